// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/StridedWindowCode.h"
#include "moves/WindowRows.h"

namespace warploom {

/// Writes what writeStridedWindows() tells of.
class StridedWindowWriter {
public:
    StridedWindowWriter(const MoveContext& context, const KernelScope& kernel, const StridedWindows& found,
                        const std::string& outputs);
    bool write(SourceEdit& edit);

private:
    static std::string numbered(std::size_t number);
    [[nodiscard]] std::string typeText(clang::QualType type) const;
    /// Of what a row has as many of.
    [[nodiscard]] clang::QualType columnType() const;
    [[nodiscard]] std::string indexType() const;
    /// The user's own words, with rows and columns by their names and \p changes made.
    std::string words(std::optional<TextRange> range, std::vector<Replacement> changes = {});
    std::string words(const clang::Expr* expression, std::vector<Replacement> changes = {});
    std::string statementWords(const clang::Stmt* statement, const std::string& indentation,
                               std::vector<Replacement> changes = {});
    std::vector<Replacement> renamed(const clang::VarDecl* var, const clang::Stmt* within, const std::string& text);
    static const clang::VarDecl* variableOf(const clang::DeclStmt* statement);
    [[nodiscard]] bool isState(const clang::VarDecl* var) const;
    /// Variables that \p statements are worked out from, through the initialisers of moving ones.
    [[nodiscard]] std::set<const clang::VarDecl*> needsOf(const std::vector<const clang::Stmt*>& statements) const;
    /// The column of an output, where \p users load what lies there by themselves one that is there.
    std::string columnOf(const std::vector<const clang::Stmt*>& users);
    /// Declares the column, and what \p users need of it.
    std::string columnText(const std::string& value, const std::vector<const clang::Stmt*>& users,
                           const std::string& indentation, bool withStates = false);
    [[nodiscard]] bool isIndex(const clang::VarDecl* var) const;
    std::string columns();
    std::string operand(const clang::Expr* expression);
    /// Whether the output of number \p output is one of the row's, and there.
    std::string isIn(const std::string& output);
    std::string kernelText();
    /// Declarations of what all columns share; what the rows' numbers are worked out from first.
    std::string headText();
    std::string statesText();
    /// The loops as they are, but for what the innermost does: once to load all rows, which are few, and once to work
    /// on them; else row by row.
    std::string nestText();
    /// The rows of the window, and all outputs' work on them.
    std::string windowText();
    /// Whether it can be said before the loops that all of a thread's windows lie within their row.
    [[nodiscard]] bool hasInner() const;
    /// Says it.
    std::string innerText();
    /// The conditions that are still to be tested, "a" and "b" as "(a) && (b)"; empty where there are none.
    std::string testsText(const std::vector<const clang::Stmt*>& tested);
    [[nodiscard]] std::vector<const clang::Stmt*> testedConditions() const;
    /// Loops over rows, whose round first takes the row's elements for all outputs.
    std::string columnsText();
    std::string nestWith(const std::function<std::string(const std::string&)>& inner);
    static std::string unled(const std::string& text, const std::string& indentation);
    /// Elements before the first, for vectors to be on their boundaries.
    static std::int64_t elementsApart(const WindowLine& line);
    std::string slotText(std::size_t number) const;
    /// What is kept of the element at \p place of a row, as the loads had it.
    std::string keptText(std::size_t number, const std::string& place) const;
    std::string rowsText(std::size_t number);
    /// All outputs' work on one row of the window.
    std::string workText(const std::string& indentation);
    [[nodiscard]] std::string plusFirstTap() const;
    [[nodiscard]] std::string minusFirstTap() const;
    /// The column of an element of the row, with what \p users need of it and of the tap.
    std::string placeText(const std::vector<const clang::Stmt*>& users);
    std::string lineText(const WindowLine& line, std::size_t number);
    std::string mapLineText(std::size_t number);
    std::string tapText();
    /// Where an element of the row lies, not what is kept of it.
    std::string placeWords(const WindowLine& line);
    std::string epilogueText();
    std::string statesBack(const std::string& indentation);
    std::string plainEpilogue();
    /// What is stored is gathered first, then stored at once.
    std::string storedEpilogue();
    std::string storeText(const ColumnStore& store, const std::string& name);
    bool editLaunches(SourceEdit& edit);

    const KernelScope& m_kernel;
    const ParsedSource& m_source;
    const StridedWindows& m_found;
    CodeValues m_names;
    std::string m_column;
    std::vector<std::pair<std::string, std::string>> m_lines;
    std::map<const clang::VarDecl*, std::string> m_states;
    std::vector<std::string> m_stored;
    bool m_saysPlaces = false;  ///< that are loaded from, instead of what was loaded
    std::optional<WindowRows> m_rows;  ///< that are kept at once
    bool m_isInner = false;  ///< what is written is for windows within their row
    bool m_isWhole = true;
};

}  // namespace warploom
