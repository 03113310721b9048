// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"

namespace warploom {

/// How a factor lies in memory.
enum class FactorLayout {
    AlongDepth,  ///< neighbours in p are neighbours
    AlongOutput,  ///< neighbours in the row (of the left) or the column (of the right) are
    Scattered,
};

/// One factor of a contraction's product: a load, perhaps converted.
struct ContractionFactor {
    std::string text;  ///< of the load, as the user wrote it
    std::string element;  ///< its type, as the user calls it
    std::string plainElement;  ///< the same by its own name
    std::string base;  ///< the parameter that it is loaded through
    int bytes = 0;  ///< of an element
    bool isPlain = true;  ///< converted to wider floating types only, if at all; one of integers to wider integers
    FactorLayout layout = FactorLayout::Scattered;
    /// What must be a multiple of a vector's elements for lines to start on its boundary; empty where nothing must.
    /// Nothing where that cannot be told.
    std::optional<std::string> pitch;
    std::string lineStep;  ///< the parameter that says how far apart lines are; empty: none does alone
    /// Parameters that must be such multiples as well, since the block's layer begins there.
    std::vector<std::string> layerParts;
    bool isAffine = false;  ///< the next row (or column) and the next p are always as far away
    /// Where it lies along the depth in runs: the next p is the neighbour within a run, and anywhere at its end; rows
    /// (or columns) are always as far away. pitch says when runs begin and end on a vector's boundary as well.
    bool hasRuns = false;
    bool hasLayer = false;  ///< the block's layer takes part in the place
    bool isRecord = false;  ///< elements are structures, all of whose members are 0 in `T{}`
    const clang::Expr* worked = nullptr;  ///< text is no load: a tile holds what this comes to
    std::string shift;  ///< what its pointer was advanced by, in the kernel's words; empty: nothing
};

/// Which of a contraction's factors.
struct FactorNumber {
    bool isLeft = true;
    std::size_t number = 0;
};

/// A product of one left and one right factor, which a contraction's loop adds to a sum.
struct ContractionTerm {
    const clang::VarDecl* sum = nullptr;
    std::size_t sumNumber = 0;
    std::string sumType;
    std::string plainSumType;  ///< the same by its own name
    const clang::Stmt* loopBody = nullptr;  ///< of the loop that adds it up
    TextRange update;  ///< the statement there
    std::size_t left = 0;  ///< numbers of its factors
    std::size_t right = 0;
    TextRange leftLoad;  ///< where its update loads them
    TextRange rightLoad;
    std::string start;  ///< what it is before the loop, as the user wrote it; empty: 0
};

/// Where a round that is no sum of products loads which factor.
struct FactorLoad {
    TextRange place;
    FactorNumber factor;
};

/// One thread computes one element of a matrix: sum over p of left(row, p) * right(p, column), then an epilogue. There
/// may be several such sums, in one loop or in loops of the same ends, which share factors or do not; and a loop may
/// add several products to the same sum. Columns are the direction in which the epilogue stores neighbours, whichever
/// of the block's dimensions that is.
/// Only some elements may be asked for: those whose row and column the guard's relations allow.
/// Instead of a sum of products it may be anything that is worked out round for round of the factors at p.
struct Contraction {
    GuardedKernel guarded;
    CountedLoop loop;  ///< the first; others count by the same name
    int columnDimension = 0;  ///< of the grid, 0 or 1; rows have the other
    std::vector<ContractionFactor> lefts;  ///< depend on the row and p
    std::vector<ContractionFactor> rights;  ///< depend on the column and p
    std::vector<ContractionTerm> terms;  ///< in the order of the loops
    std::vector<std::size_t> sums;  ///< number of the first term of each
    bool isProduct = true;  ///< terms are products that are added up from 0 on; else they are what rounds hand on
    TextRange round;  ///< what the loop does where it is no product, and where that loads factors
    std::vector<FactorLoad> roundLoads;
    bool isIdleOnZeros = true;  ///< factors of 0, as stand behind the depth, leave all sums as they are
    const clang::IfStmt* choice =
        nullptr;  ///< elements for which it does not hold keep the sums' starts; null: none do
    std::string unasked;  ///< what gives them those
    std::set<const clang::VarDecl*> locals;  ///< set once before the loops; only factors stand for them
    TextRange preamble;  ///< statements that advance pointers to the block's layer; empty: there are none
    TextRange epilogue;  ///< what follows the loops
    std::vector<const clang::Stmt*> rest;  ///< its statements
    std::string row, column, rows, columns, depth;
    std::string indexType, loopType;

    /// Of a contraction with one product, else of its first.
    [[nodiscard]] const ContractionFactor& left() const { return lefts.front(); }
    [[nodiscard]] const ContractionFactor& right() const { return rights.front(); }
    [[nodiscard]] const ContractionTerm& term() const { return terms.front(); }
    [[nodiscard]] const ContractionFactor& factor(FactorNumber which) const
    {
        return (which.isLeft ? lefts : rights)[which.number];
    }
    /// The left ones first.
    [[nodiscard]] std::vector<FactorNumber> factors() const;

    [[nodiscard]] const ThreadIndex& columnIndex() const { return *guarded.indexOf(columnDimension); }
    [[nodiscard]] const ThreadIndex& rowIndex() const { return *guarded.indexOf(1 - columnDimension); }
    [[nodiscard]] const clang::Expr* columnBound() const { return guarded.bounds.at(columnIndex().var); }
    [[nodiscard]] const clang::Expr* rowBound() const { return guarded.bounds.at(rowIndex().var); }
};

/// With one sum of one product a round; nothing where the kernel has another form.
std::optional<Contraction> contraction(const KernelScope& kernel);
/// With one sum or up to four, of one product a round or several. With \p allowsChoice the loop may be run for some
/// elements alone, for callers that make sure of loadsAnywhere().
std::optional<Contraction> jointContraction(const KernelScope& kernel, bool allowsChoice = false);

/// With factors that are worked out of loads and of what their side knows, for tiles of what is worked out.
std::optional<Contraction> workedContraction(const KernelScope& kernel);

/// Where it is no sum of products: what the loop's rounds make of one left and one right factor, or of some.
std::optional<Contraction> foldedPairs(const KernelScope& kernel, bool allowsChoice = false);

/// The load within \p factor: itself, or what a conversion to the sum's type converts.
const clang::Expr* loadedBy(const clang::Expr* factor);
/// \p expression as the operand of another: in parentheses where it is more than a name or a number.
std::string termText(const std::string& expression);
/// A condition in the kernel's words for loads of \p width neighbours to be whole and aligned, where the factor lies
/// along \p bound's index; nothing where there is none.
std::optional<std::string> wideCondition(const ContractionFactor& factor, const std::string& bound, int width);

}  // namespace warploom
