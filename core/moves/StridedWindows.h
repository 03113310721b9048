// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"

namespace warploom {

/// A load whose place is \p stride elements further on in the next column, and one element in the next tap.
struct WindowLine {
    std::vector<const clang::Expr*> loads;  ///< the expressions for it, conversions to float with them
    const clang::ArraySubscriptExpr* place = nullptr;
    std::string element;  ///< type in memory
    std::string conversion;  ///< the function that makes it of an element; empty: none
    int bytes = 0;  ///< of an element
    std::int64_t ahead = 0;  ///< elements of the first window before a place that vectors may begin at
};

/// A store of one element a column to its own place in a row.
struct ColumnStore {
    const clang::Expr* place = nullptr;
    const clang::Expr* value = nullptr;
    std::string element;
    int bytes = 0;
};

/// A kernel of one thread an element that goes through a window of its input: loops of known lengths, the innermost
/// along the row, which only work something out. Windows of neighbours in a row are `stride` elements apart, so that
/// they share what they read. The element is one of a row's columns by an index of the grid, or by the remainder of
/// one index. A map has no loops: its windows are one element, and it stores what it makes of the elements of several.
/// Loops over rows have windows of one element too; the innermost is no other than the rest.
struct StridedWindows {
    GuardedKernel guarded;
    const clang::VarDecl* index = nullptr;  ///< of the columns, or of all elements
    bool isLinear = false;
    const clang::Expr* columns = nullptr;  ///< of a row
    std::vector<std::pair<TextRange, clang::QualType>> columnUses;  ///< where a linear index gives the column, as what
    std::vector<std::pair<TextRange, std::string>>
        rowUses;  ///< where it gives the row, with what stands there, of "@row@"
    std::vector<const clang::DeclStmt*> declarations;  ///< all before the loops, in order
    std::set<const clang::VarDecl*> moving;  ///< variables, the loops' own too, that differ from column to column
    std::vector<const clang::VarDecl*> states;  ///< set by the loops, declared before them
    std::vector<const clang::ForStmt*> loops;  ///< outermost first; none of a map
    const clang::VarDecl* tap = nullptr;  ///< counts the innermost; null where windows are one element
    std::int64_t firstTap = 0;
    std::int64_t taps = 0;
    std::int64_t stride = 0;
    std::vector<const clang::DeclStmt*> locals;  ///< of a tap, which load nothing
    std::vector<const clang::Expr*> conditions;  ///< for the tap to be there
    std::set<const clang::Expr*> ends;  ///< those of them that tell where a row begins and ends
    const clang::IfStmt* guard = nullptr;  ///< that has the conditions
    std::vector<WindowLine> lines;
    std::vector<const clang::Stmt*>
        round;  ///< of loops over rows: what they do at each, statements that follow each other
    std::vector<const clang::Stmt*> epilogue;
    std::vector<ColumnStore> stores;  ///< all that the epilogue does but for declarations; empty: it does more

    [[nodiscard]] const clang::ForStmt* nest() const { return loops.front(); }
    [[nodiscard]] const clang::Expr* bound() const { return guarded.bounds.at(index); }
};

/// Nothing where the kernel has another form, or where windows do not overlap or lie closer than two elements.
std::optional<StridedWindows> stridedWindows(const KernelScope& kernel);
/// A map whose elements are numbered by one index, and whose loads and stores are at the column of a row, or at fixed
/// distances from it. It may store where it loads from: threads that touched each other's places would race.
std::optional<StridedWindows> rowsOfMap(const KernelScope& kernel);
/// Loops that are the same for all columns, and at each turn take the element at the column of some row.
std::optional<StridedWindows> columnsOfRows(const KernelScope& kernel);

}  // namespace warploom
