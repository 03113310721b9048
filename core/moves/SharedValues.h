// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// Tells which expressions of a kernel have the same value whoever works them out, and when, while the kernel has not
/// begun: nothing that they are made of is written by it, and nothing happens on the way.
class SharedValues {
public:
    explicit SharedValues(const KernelScope& kernel);

    /// \p var, which nothing sets again, may be part of expressions: an index, a counter, or a value with an
    /// initialiser.
    void admit(const clang::VarDecl* var) { m_admitted.insert(var); }
    /// Adds all variables that \p value is worked out from, through initialisers too, and all loads on the way; false
    /// where it is no such expression.
    bool collect(const clang::Expr* value, std::set<const clang::VarDecl*>& variables,
                 std::vector<Access>& loads) const;

private:
    [[nodiscard]] bool areLoads(const clang::Expr* value, std::vector<Access>& loads) const;
    bool follow(const clang::VarDecl* var, std::set<const clang::VarDecl*>& variables,
                std::vector<Access>& loads) const;

    const KernelScope& m_kernel;
    std::set<const clang::VarDecl*> m_admitted;
    std::set<const clang::VarDecl*> m_written;
    bool m_isKnown = true;
};

/// Whether all that is called within \p statement makes values of values and does nothing else.
bool makesValues(const clang::Stmt* statement);

}  // namespace warploom
