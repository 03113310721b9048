// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/HostedSource.h"
#include "moves/SizeForms.h"

namespace warploom {

/// Reads integer expressions of host code as forms over sizes: variables that are set once stand for what they are set
/// to, functions of one return statement for what they return, (n + 255) / 256 for itself.
class HostExpressions {
public:
    /// Each spelling in \p sizes stands for the size with that name, wherever it occurs. Variables of the host are
    /// never called like one of \p taken.
    HostExpressions(const HostedSource& source, std::map<std::string, std::string> sizes,
                    std::vector<std::string> taken);

    /// Nothing for what cannot be known from the text. Variables that get their value from outside are symbols with
    /// their own name: see isFree().
    [[nodiscard]] std::optional<IndexForm> form(const clang::Expr* expression) const;
    /// The extents of a dim3 or of an integer in its place, missing ones being 1.
    [[nodiscard]] std::array<std::optional<IndexForm>, 3> extents(const clang::Expr* expression) const;
    /// The number that \p expression starts from: of a variable its initial value, even where it is changed later.
    [[nodiscard]] std::optional<double> startValue(const clang::Expr* expression) const;
    /// Whether \p symbol is a variable of the host code that stands for no size.
    [[nodiscard]] bool isFree(const std::string& symbol) const { return m_free.count(symbol) > 0; }
    /// All of those so far.
    [[nodiscard]] const std::set<std::string>& freeNames() const { return m_free; }

private:
    using Environment = std::map<const clang::VarDecl*, IndexForm>;

    [[nodiscard]] std::optional<IndexForm> read(const clang::Expr* expression, const Environment& values,
                                                int depth) const;
    [[nodiscard]] std::optional<IndexForm> readVariable(const clang::DeclRefExpr* reference, const Environment& values,
                                                        int depth) const;
    [[nodiscard]] std::optional<IndexForm> readBinary(const clang::BinaryOperator* binary, const Environment& values,
                                                      int depth) const;
    [[nodiscard]] std::optional<IndexForm> readCall(const clang::CallExpr* call, const Environment& values,
                                                    int depth) const;
    [[nodiscard]] std::optional<IndexForm> readMember(const clang::MemberExpr* member, const Environment& values,
                                                      int depth) const;
    [[nodiscard]] std::array<std::optional<IndexForm>, 3> readExtents(const clang::Expr* expression,
                                                                      const Environment& values, int depth) const;
    void noteChanges(const clang::Stmt* body);

    const HostedSource& m_source;
    std::map<std::string, std::string> m_sizes;
    std::vector<std::string> m_taken;
    std::set<const clang::VarDecl*> m_modified;
    std::map<std::pair<const clang::VarDecl*, int>, const clang::Expr*> m_memberValues;
    mutable std::set<std::string> m_free;
};

/// What a function of one statement returns; null for all others.
const clang::Expr* returnedBy(const clang::FunctionDecl* function);
/// \p text without blanks.
std::string withoutBlanks(std::string_view text);
/// \p expression without parentheses, conversions and temporaries around it.
const clang::Expr* stripped(const clang::Expr* expression);

}  // namespace warploom
