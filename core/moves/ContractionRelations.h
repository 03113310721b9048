// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Contraction.h"

namespace warploom {

/// An array and the place in it that a factor is loaded from.
using FactorSource = std::pair<const clang::VarDecl*, IndexForm>;

/// Whether every row and every column of \p found has an element that its guard's relations ask for, so that all
/// factors may be loaded; \p lefts and \p rights are where from.
bool asksForAllLines(const KernelScope& kernel, const Contraction& found, const std::vector<FactorSource>& lefts,
                     const std::vector<FactorSource>& rights);
/// \p code, indented by \p indentation, where the relations of \p found hold; without any it is the code alone.
std::string inRelations(const Contraction& found, const std::string& code, const std::string& indentation);
/// Lets blocks leave of whose tile the guard asks for no element; \p row and \p column are where it begins, \p down and
/// \p across how many it has. Empty where elements of all tiles are asked for.
std::string skippedTiles(const Contraction& found, const std::string& row, const std::string& column,
                         const std::string& down, const std::string& across);

}  // namespace warploom
