// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ThreadDigits.h"

namespace warploom {

/// What code is made of, after what has names was called by them.
struct NamedUse {
    std::set<std::size_t> names;  ///< numbers of those that it has
    std::set<const clang::ParmVarDecl*> parameters;
    std::set<const clang::VarDecl*> counters;  ///< of loops that it stands in
    std::vector<const clang::Stmt*> statements;  ///< that make values which it needs, in their order
    bool isClosed = true;  ///< whether there is nothing else: the thread's place, variables that change
};

/// Code in other words: integers of known forms are called by names, wherever the code works them out.
class NamedForms {
public:
    NamedForms(const KernelScope& kernel, const ThreadDigits& digits)
        : m_kernel(kernel)
        , m_digits(digits)
    {
    }

    /// Calls what has the canonical form \p form \p text, an operand of type int.
    void name(const IndexForm& form, std::string text) { m_names.push_back({form, std::move(text)}); }
    /// \p var, which is no name's, is worked out by \p statements alone.
    void make(const clang::VarDecl* var, std::vector<const clang::Stmt*> statements)
    {
        m_made[var] = std::move(statements);
    }
    /// \p range, where \p node stands, in those words; nothing where a macro hides a part of it.
    [[nodiscard]] std::optional<std::string> text(const clang::Stmt& node, TextRange range) const;
    [[nodiscard]] std::optional<std::string> text(const clang::Stmt& node) const;
    /// Also of what variables that it names are set to.
    [[nodiscard]] NamedUse use(const clang::Stmt& node) const;

private:
    struct Name {
        IndexForm form;
        std::string text;
    };

    [[nodiscard]] const Name* nameOf(const clang::Expr& expression) const;
    void visit(const clang::Stmt* node, const std::function<void(const clang::Expr&, const Name&)>& onName,
               const std::function<void(const clang::DeclRefExpr&)>& onRest) const;
    void add(const clang::Stmt& node, NamedUse& use) const;
    void addMaker(const clang::VarDecl& var, NamedUse& use) const;

    const KernelScope& m_kernel;
    const ThreadDigits& m_digits;
    std::vector<Name> m_names;
    std::map<const clang::VarDecl*, std::vector<const clang::Stmt*>> m_made;
};

/// Whether \p var is set once, where it is declared, to a value.
bool isSettledLocal(const KernelScope& kernel, const clang::VarDecl* var);

}  // namespace warploom
