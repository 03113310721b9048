// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/CompileProduct.h"

namespace warploom {

/// A kernel as a PTX module declares it.
struct PtxEntry {
    std::string name;
    std::vector<KernelParameter> parameters;
};

/// What a PTX module offers to launch plans.
struct PtxSignatures {
    std::vector<PtxEntry> entries;  ///< in the module's order
    std::vector<std::string> constants;  ///< names of its __constant__ variables

    [[nodiscard]] const PtxEntry* findEntry(std::string_view name) const;
    [[nodiscard]] bool hasConstant(std::string_view name) const;
};

/// Reads the declarations of a module; skips what it does not understand.
PtxSignatures parsePtxSignatures(std::string_view ptx);

/// The source line that line \p ptxLine (from 1) of a module compiled with -lineinfo came from: that of the last `.loc`
/// above it in the same function. Nothing if there is none.
std::optional<SourcePlace> sourceOfPtxLine(std::string_view ptx, int ptxLine);

}  // namespace warploom
