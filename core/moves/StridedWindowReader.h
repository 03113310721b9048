// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/StridedWindows.h"

namespace warploom {

/// column * column + tap * tap + number + what is the same for all.
struct ColumnForm {
    std::int64_t column = 0;
    std::int64_t tap = 0;
    std::int64_t number = 0;
    bool isNumber = true;  ///< nothing else is added
};

/// Reads the kernels that stridedWindows() and the others tell of.
class StridedWindowReader {
public:
    explicit StridedWindowReader(const KernelScope& kernel);
    std::optional<StridedWindows> read();
    std::optional<StridedWindows> readMap();
    std::optional<StridedWindows> readColumns();

private:
    /// What stands within the innermost loop and the conditions there that are the same for all columns.
    bool readColumnRound();
    /// A declaration that is the same for all columns.
    [[nodiscard]] bool isShared(const clang::Stmt* statement) const;
    /// Whether \p place can be worked out before any of \p statements.
    [[nodiscard]] bool isBefore(const clang::Expr* place, const std::vector<const clang::Stmt*>& statements) const;
    bool readCommon();
    /// Each load at the column of a row, from arrays that are stored to before anything is stored.
    bool readMapLoads();
    [[nodiscard]] std::vector<const clang::Stmt*> everything() const;
    /// Declarations, one loop, the rest.
    bool readParts();
    /// Which of the index's uses are of its row and which of its column, where it counts all elements.
    bool readRows();
    [[nodiscard]] bool varies(const clang::Stmt* statement) const;
    static const clang::VarDecl* declared(const clang::DeclStmt& statement);
    bool readDeclarations();
    [[nodiscard]] bool reads(const clang::Stmt* statement) const;
    /// Whether \p statement only works something out of values and of arrays that nobody writes to.
    [[nodiscard]] bool onlyReads(const clang::Stmt* statement) const;
    static std::vector<const clang::Stmt*> within(const clang::Stmt* body);
    /// From the outermost loop to the innermost: what stands around it is the same for all columns.
    bool readNest();
    static bool holdsLoop(const clang::Stmt* body);
    /// The last statement, where those before it are declarations of what all columns share.
    const clang::Stmt* enter(const std::vector<const clang::Stmt*>& statements);
    const clang::Stmt* enterChoice(const clang::IfStmt& choice);
    /// Whether \p loop goes round alike for all columns.
    [[nodiscard]] bool isSteady(const clang::ForStmt& loop) const;
    bool readStates();
    /// The innermost loop, with constant ends.
    bool readTap();
    bool readRound(std::vector<const clang::Stmt*> statements);
    [[nodiscard]] bool usesStates(const clang::Stmt* statement) const;
    bool readLines(const std::vector<const clang::Stmt*>& statements);
    /// Whether \p statements load from \p place whatever they find: there, or in the same words.
    [[nodiscard]] bool isTaken(const clang::ArraySubscriptExpr& place,
                               const std::vector<const clang::Stmt*>& statements) const;
    /// Whether no condition stands before \p load within \p statements.
    [[nodiscard]] bool isAlways(const clang::Stmt* load, const std::vector<const clang::Stmt*>& statements) const;
    bool addLine(const clang::ArraySubscriptExpr& place, const ColumnForm& form);
    /// The load with the conversion to float that it is given to.
    [[nodiscard]] std::pair<const clang::Expr*, std::string>
    convertedLoad(const clang::ArraySubscriptExpr& place) const;
    /// Whether each condition is the same for all columns, or tells where a row begins and ends.
    [[nodiscard]] bool conditionsFit() const;
    [[nodiscard]] std::optional<ColumnForm> formOf(const clang::Expr* expression) const;
    [[nodiscard]] std::optional<ColumnForm> formOfBinary(const clang::BinaryOperator& binary) const;
    /// Of the index and of what its array's pointer is ahead by.
    [[nodiscard]] std::optional<ColumnForm> formOfPlace(const clang::ArraySubscriptExpr& place) const;
    [[nodiscard]] std::optional<ColumnForm> formOfPointer(const clang::Expr& pointer) const;
    static ColumnForm sumOf(const ColumnForm& left, const ColumnForm& right, std::int64_t sign);
    bool readEpilogue();
    [[nodiscard]] bool loadsByColumn(const clang::Stmt* statement) const;
    /// Place and value of an assignment, of a structure's type too.
    static std::pair<const clang::Expr*, const clang::Expr*> partsOfAssignment(const clang::Expr& expression);
    [[nodiscard]] std::optional<ColumnStore> storeOf(const clang::Expr& assignment) const;

    const KernelScope& m_kernel;
    bool m_isMap = false;
    StridedWindows m_result;
    std::set<const clang::VarDecl*> m_written;
    std::set<const clang::Stmt*> m_columnNodes;
    std::set<const clang::Stmt*> m_rowNodes;
};

}  // namespace warploom
