// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/CodeTemplate.h"
#include "moves/Contraction.h"
#include "moves/Move.h"

namespace warploom {

/// The user's own parts of a contraction for a template: types, names, bounds, factors, epilogue indented by
/// \p indentation; and fresh names for what templates declare.
CodeValues contractionValues(const MoveContext& context, const Contraction& found, const std::string& indentation);
/// The user's own update with its loads, and the sum if \p sum is given, replaced.
std::string contractionUpdate(const MoveContext& context, const KernelScope& kernel, const Contraction& found,
                              const std::string& left, const std::string& right, const std::string& sum);
/// Gives every launch a grid with a block for each \p across columns and \p down rows, and \p block; \p shared is the
/// dynamic shared memory, empty for none. False where a launch has another shape, or dynamic shared memory already.
bool editContractionLaunches(SourceEdit& edit, const KernelScope& kernel, const Contraction& found,
                             const std::string& across, const std::string& down, const std::string& block,
                             const std::string& shared = {});
/// Lets the compiler know \p threads a block, and \p blocks a multiprocessor unless it is empty; nothing where the
/// kernel says so itself.
void addLaunchBounds(SourceEdit& edit, const KernelScope& kernel, const std::string& threads,
                     const std::string& blocks = {});

/// How a factor's tile lies in shared memory: lines of elements that are neighbours in global memory too.
struct FactorTile {
    std::string lines;  ///< of a slice
    std::string elements;  ///< of a line
    std::string element;  ///< what follows the tile of a stage to name the element at @LINE@, @ALONG@
    std::string copy;  ///< the function that copies \p width elements ahead
    int width = 1;
    /// The function that copies so many of \p width elements where lines begin at any word of 4 bytes; empty: there are
    /// no such copies. Else the template declares "leftIsWide" and "rightIsWide".
    std::string partCopy;
};
/// Declares where a thread's copies of \p found's left or right factor come from. The template declares "kThreads",
/// "thread", "firstRow" and "firstColumn". Only for factors whose isAffine is true.
std::string factorAddresses(const Contraction& found, bool isLeft, const FactorTile& tile);
/// Copies the slice at "base" into "stage", and moves on by a slice: a few instructions for each copy.
std::string factorCopies(const Contraction& found, bool isLeft, const FactorTile& tile);
/// Fresh names that the two use.
CodeValues factorNames(const DirectiveEditor& directives);
/// Gives both their side's marks; \p text may have them too.
std::string filledForFactor(const char* text, const Contraction& found, bool isLeft, const FactorTile& tile);

}  // namespace warploom
