// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include "compile/Compiler.h"

namespace warploom {

/// {"product": …} or {"failure": …}
nlohmann::json outcomeToJson(const CompileOutcome& outcome);
/// ProtocolViolation when it is neither, or breaks its format.
Result<CompileOutcome> outcomeFromJson(const nlohmann::json& json);

}  // namespace warploom
