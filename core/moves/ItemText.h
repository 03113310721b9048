// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/BroadcastLoops.h"

namespace warploom {

/// Statements that follow each other and are written together, once for each item of a thread.
using StatementRun = std::vector<const clang::Stmt*>;

/// Code of a kernel of one item a thread, said for several: variables that live from one run of its statements to
/// another become arrays of one element an item.
class ItemText {
public:
    /// \p item is what counts a thread's items, \p count how many there are.
    ItemText(const KernelScope& kernel, const BroadcastKernel& found, std::string item, std::string count)
        : m_kernel(kernel)
        , m_found(found)
        , m_item(std::move(item))
        , m_count(std::move(count))
    {
    }

    /// Leaves references within \p expressions out of account: they will be something else.
    void ignore(std::vector<const clang::Expr*> expressions) { m_ignored = std::move(expressions); }
    /// Which of the variables that the \p runs declare are arrays; false where one cannot be.
    bool divide(const std::vector<StatementRun>& runs);
    /// Declares the arrays.
    [[nodiscard]] std::string declarations() const;
    /// Declares what all threads have alike.
    [[nodiscard]] std::string uniforms() const;
    /// The text of \p run; nothing where a macro hides a part.
    [[nodiscard]] std::optional<std::string> text(const StatementRun& run) const;
    /// The text of \p range, which lies within \p whole, with \p changes.
    [[nodiscard]] std::optional<std::string> text(TextRange range, const clang::Stmt* whole,
                                                  std::vector<Replacement> changes) const;
    /// Whether \p var has become an array.
    [[nodiscard]] bool isArray(const clang::VarDecl* var) const { return m_arrays.count(var) > 0; }

private:
    [[nodiscard]] bool isUsed(const clang::DeclStmt* declaration, const clang::Stmt* within) const;
    bool addArrays(const clang::DeclStmt* statement);
    [[nodiscard]] std::optional<std::string> settings(const clang::DeclStmt* statement) const;
    bool addRenamings(const clang::Stmt* within, std::vector<Replacement>& changes) const;

    const KernelScope& m_kernel;
    const BroadcastKernel& m_found;
    std::string m_item, m_count;
    std::vector<const clang::Expr*> m_ignored;
    std::set<const clang::VarDecl*> m_arrays;
    std::set<const clang::DeclStmt*> m_divided;
    std::string m_declarations;
};

/// \p range with the rest of its lines where nothing else stands there.
TextRange withWholeLines(std::string_view text, TextRange range);

}  // namespace warploom
