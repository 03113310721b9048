// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "base/Result.h"
#include "protocol/CompileProduct.h"
#include "protocol/InstructionReport.h"

namespace warploom {

/// Gives each instruction its line of the variant's own text: where it was inlined from a header, the line that called
/// it. Drops functions that are not the variant's (what the driver runs for a copy). InvalidInput for a cubin that
/// cannot be read.
Result<> placeInstructions(InstructionReport& report, const CompileProduct& product, std::string_view fileName);

}  // namespace warploom
