// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// What expressions come to where everything that is loaded is 0.
class ZeroValue {
public:
    explicit ZeroValue(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }

    /// Remembers what variables hold; false where one has no initialiser or is set again.
    bool learn(const clang::DeclStmt& statement);
    /// Whether \p expression is certainly 0.
    [[nodiscard]] bool isZero(const clang::Expr* expression) const;
    /// Whether \p expression is certainly \p var with 0 added.
    [[nodiscard]] bool isPlusZero(const clang::VarDecl* var, const clang::Expr* expression) const;

private:
    /// Whether \p record is a structure as it was loaded, so that its members are 0 too.
    [[nodiscard]] bool isLoadedRecord(const clang::Expr* record) const;
    /// Nothing where it depends on more than loads and numbers, or is not worked out here.
    [[nodiscard]] std::optional<double> valueOf(const clang::Expr* expression) const;
    [[nodiscard]] std::optional<double> valueOfBinary(const clang::BinaryOperator& binary) const;
    [[nodiscard]] std::optional<double> valueOfCall(const clang::CallExpr& call) const;

    const KernelScope& m_kernel;
    std::map<const clang::VarDecl*, std::optional<double>> m_known;
};

}  // namespace warploom
