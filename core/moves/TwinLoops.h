// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/RowNest.h"

namespace warploom {

/// Who runs through a loop: threads that take turns, or each thread from its start to its end.
enum class LoopRunners { InTurns, EachThread };

/// Two loops, or nests, in which every thread goes over the same columns in the same order, and what expressions of the
/// second are in the words of the first.
class TwinLoops {
public:
    /// Nothing where the two differ, or are not run by \p runners. Both are statements of one block.
    static std::optional<TwinLoops> make(const KernelScope& kernel, const clang::Stmt* first, const clang::Stmt* second,
                                         LoopRunners runners);

    /// Outermost first.
    [[nodiscard]] const std::vector<CountedLoop>& first() const { return m_first; }
    [[nodiscard]] const std::vector<CountedLoop>& second() const { return m_second; }
    [[nodiscard]] const clang::ForStmt* firstLoop() const { return m_first.front().statement; }
    [[nodiscard]] const clang::ForStmt* secondLoop() const { return m_second.front().statement; }
    [[nodiscard]] const clang::Stmt* firstBody() const { return m_first.back().statement->getBody(); }
    [[nodiscard]] const clang::Stmt* secondBody() const { return m_second.back().statement->getBody(); }

    /// Whether the first touches with \p first, an access along the row, what the second does with \p second.
    [[nodiscard]] bool isSame(const Access& first, const Access& second) const;
    /// Whether \p var is another one in each iteration of the second.
    [[nodiscard]] bool isOfSecond(const clang::VarDecl* var) const;
    /// \p expression of the second as it can stand at the start of the first one's body, or, for \p isFirst, before the
    /// first with the values of the first column of all; nothing where it can not.
    [[nodiscard]] std::optional<std::string> inlined(const clang::Expr* expression, bool isFirst) const;
    /// Text that is the same for the same value in either: elements are named by their places, and what the loops set
    /// once is what that is set to. Empty for what has no such text.
    [[nodiscard]] std::string normal(const clang::Expr* expression, bool ofFirst) const;

private:
    explicit TwinLoops(const KernelScope& kernel)
        : m_kernel(&kernel)
    {
    }
    [[nodiscard]] bool isByThread(const CountedLoop& loop) const;
    [[nodiscard]] bool areAlike(const CountedLoop& first, const CountedLoop& second) const;
    [[nodiscard]] std::optional<std::size_t> levelOf(const clang::VarDecl* var) const;
    [[nodiscard]] std::string column(std::size_t level, bool isFirst) const;
    [[nodiscard]] std::string initialised(const clang::VarDecl* var, const std::string& text) const;
    [[nodiscard]] bool isThere(const clang::VarDecl* var) const;
    [[nodiscard]] std::string nameOf(const clang::VarDecl* var, const std::vector<CountedLoop>& loops) const;
    [[nodiscard]] std::string placeOf(const Access& access, const std::vector<CountedLoop>& loops) const;

    const KernelScope* m_kernel;
    std::vector<CountedLoop> m_first;
    std::vector<CountedLoop> m_second;
};

std::set<const clang::VarDecl*> variablesOf(const clang::Stmt* statement);
/// Whether \p var is a thread's own, which no other can change.
bool isPrivate(const clang::VarDecl* var);

}  // namespace warploom
