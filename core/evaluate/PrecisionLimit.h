// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "protocol/JudgeValues.h"
#include "task/Task.h"

namespace warploom {

/// How large the root mean square of an output's errors may be, in tolerances.
struct PrecisionLimit {
    double baseline = 0;  ///< the baseline's own
    double allowed = 0;
};

/// The larger of [verify] error_factor times the baseline's error, and [verify] error_share; without an error_share,
/// eight units in the last place of an output of usual size (root mean square).
PrecisionLimit precisionLimit(const Task& task, std::string_view buffer, const ComparisonReport& baseline);

}  // namespace warploom
