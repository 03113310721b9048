// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// One loop of a nest (perhaps the only one) whose iterations threads may share, the loops around it being run by every
/// thread: between their heads stand only values that each thread may work out for itself.
struct RowNest {
    std::vector<CountedLoop> around;  ///< outermost first
    CountedLoop shared;
    const clang::ForStmt* whole = nullptr;  ///< the outermost loop
};

/// Every loop of the nest that \p statement is, outermost first; empty where it is no counted loop.
std::vector<RowNest> rowNests(const KernelScope& kernel, const clang::Stmt* statement);

/// Symbols of the variables that are not the same all through \p statement.
std::set<std::string> varyingSymbols(const KernelScope& kernel, const clang::Stmt* statement);

/// Whether whatever lies at \p index belongs to one iteration of the loop over \p var alone, however often \p around
/// repeats that loop: neighbouring iterations have neighbouring elements, and everything else that varies moves by
/// multiples of the loop's \p extent.
bool isOfOneIteration(const KernelScope& kernel, const IndexForm& index, const clang::VarDecl* var,
                      const std::optional<IndexForm>& extent, const clang::Stmt* around);

}  // namespace warploom
