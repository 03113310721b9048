// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/Result.h"
#include "protocol/Records.h"

namespace warploom {

/// What a measured evaluation must have reached to be exported; a modelled one is exported as never measured.
constexpr int kExportTrust = 5;

/// InvalidArgument, with the checks that are missing, where the evaluation is not trusted enough to leave the house.
Result<> requireExportTrust(const EvaluationRecord& evaluation);
/// Why level 6 was not reached, for the header and the terminal; empty where it was.
std::string memoryCheckNote(const EvaluationRecord& evaluation);

}  // namespace warploom
