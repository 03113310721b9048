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
/// What a step's loads and sums are called in a template, with the marks of forEachTerm().
struct StepWords {
    std::string left;
    std::string right;
    std::string sum;  ///< empty: as the user calls it
};

/// The mark of what there is one of for each factor, or for each sum: that of the first is \p base itself.
std::string numberedMark(const std::string& base, std::size_t number);
/// What tells the names of one factor's things from those of its side's others, and the names of one sum's from those
/// of others: empty where it is alone.
std::string suffixOf(const Contraction& found, FactorNumber which);
std::string suffixOf(const Contraction& found, const ContractionTerm& term);
/// \p text once for each product that is added to a sum. Marks: "sumOf", "sumsOf", "sumTypeOf", "startOf", and
/// "leftTileOf", "rightTileOf", "leftPartOf", "rightPartOf" of its factors.
std::string forEachTerm(const Contraction& found, const std::string& text);
/// \p text once for each sum. Marks: "sumOf", "sumsOf", "sumTypeOf", "startOf".
std::string forEachSum(const Contraction& found, const std::string& text);
/// \p text once for each left, or each right, factor. Marks: "tile", "part", "type", "zero", "factor", "index" and
/// "bound".
std::string forEachFactor(const Contraction& found, bool isLeft, const std::string& text);
/// A line that says which sums an element has, where it has several.
std::string sumsComment(const Contraction& found);
/// Where in "ring" the tiles of each factor lie, the factors one after the other, "STAGES" of each.
std::string ringsText(const Contraction& found);
/// "2 * TEXT": \p count times \p text, or itself.
std::string times(std::size_t count, const std::string& text);
/// \p text as often as there are sums.
std::string timesSums(const Contraction& found, const std::string& text);
/// What one statement does or several do: \p text, in braces where there are several products, each line beginning with
/// \p indentation; it follows the head of a loop.
std::string loopBody(const Contraction& found, const std::string& text, const std::string& indentation);
/// What follows the head of a loop over the steps of a slice: the user's own updates, or round, in \p words.
std::string updatesBody(const MoveContext& context, const KernelScope& kernel, const Contraction& found,
                        const StepWords& words, const std::string& indentation);
/// Declares "sumsOf", THREAD_M x THREAD_N of each, with what they are before the loop.
std::string startsText(const Contraction& found);
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
    /// no such copies. Else the template declares "leftIsWide" and "rightIsWide", one for each factor.
    std::string partCopy;
};
/// Declares where a thread's copies of one of \p found's factors come from. The template declares "kThreads", "thread",
/// "firstRow" and "firstColumn". Only for factors whose isAffine or hasRuns is true.
std::string factorAddresses(const Contraction& found, FactorNumber which, const FactorTile& tile);
/// Copies the slice at "base" into "stage", and moves on by a slice: a few instructions for each copy.
std::string factorCopies(const Contraction& found, FactorNumber which, const FactorTile& tile);
/// Fresh names that the two use.
CodeValues factorNames(const DirectiveEditor& directives, const Contraction& found);
/// Gives both their factor's marks; \p text may have them too.
std::string filledForFactor(const char* text, const Contraction& found, FactorNumber which, const FactorTile& tile);

}  // namespace warploom
