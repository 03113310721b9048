// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// One call, within a kernel, of a function of the same file that hides loops or memory: what the source is like where
/// the function's statements stand before the statement that calls it.
class InlinedCall {
public:
    /// Nothing where the function is one of values alone, returns from several places, is shaped by macros, or would be
    /// called at another time than the call is.
    static std::optional<InlinedCall> make(const KernelScope& kernel, const clang::CallExpr& call);

    /// The whole source; the function goes where nothing else calls it.
    [[nodiscard]] std::optional<std::string> text() const;

private:
    InlinedCall(const KernelScope& kernel, const clang::CallExpr& call, const clang::FunctionDecl& callee);

    bool readStatement();
    [[nodiscard]] bool isWholeValue(const clang::Stmt* statement) const;
    bool readReturn();
    bool readParameters();
    bool nameLocals();
    [[nodiscard]] bool keepsMeanings() const;
    [[nodiscard]] bool standsFor(const clang::ParmVarDecl* parameter, const clang::Expr* argument) const;
    [[nodiscard]] bool isLent(const clang::VarDecl* var) const;
    [[nodiscard]] std::optional<std::string> declarationOf(const clang::ParmVarDecl* parameter,
                                                           const clang::Expr* argument);
    [[nodiscard]] std::string freshName(const std::string& wanted) const;
    [[nodiscard]] std::string written(TextRange range) const;
    [[nodiscard]] std::string resultText() const;
    [[nodiscard]] std::string statementsText(const std::string& indentation) const;
    [[nodiscard]] std::size_t usesOfFunction() const;
    void removeFunction(SourceEdit& edit) const;

    const KernelScope* m_kernel;
    const clang::CallExpr* m_call;
    KernelScope m_callee;
    const clang::Stmt* m_statement = nullptr;  ///< that holds the call
    const clang::VarDecl* m_declared = nullptr;  ///< what the statement declares as the call's value and nothing else
    const clang::Expr* m_result = nullptr;  ///< that the function returns
    std::vector<const clang::Stmt*> m_statements;  ///< the function's, without the return
    std::vector<std::string> m_declarations;  ///< of parameters that stay variables
    std::vector<Replacement> m_renamings;
    std::set<std::string> m_taken;  ///< names that have been given
};

}  // namespace warploom
