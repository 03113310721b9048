// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "base/Result.h"
#include "protocol/Records.h"
#include "task/Task.h"

namespace warploom {

class Workspace;

/// What an export is made from: one right evaluation and all it refers to.
struct ExportSubject {
    Task task;
    VariantRecord variant;
    std::vector<VariantRecord> lineage;  ///< from the baseline to the variant itself, along first parents
    EvaluationRecord evaluation;
    EnvironmentRecord environment;
};

/// The best by the rule of Standings: of \p variant, or of the latest run's task where \p variant is 0. Modelled
/// figures count only where nothing was measured. NotFound where there is no such variant; InvalidArgument where
/// nothing right can be chosen from, naming the best variants of other tasks.
Result<ExportSubject> chooseSubject(Workspace& workspace, VariantId variant = 0);

}  // namespace warploom
