// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/InstanceNames.h"

namespace warploom {

/// One call, within a kernel, of a function of the same file that hides loops, memory or the members of a structure:
/// what the source is like where the function's statements stand before the statement that calls it. What is but a
/// value can also stand where it is called only at times.
class InlinedCall {
public:
    /// Nothing where the function is one of values alone that carries none from round to round, returns from several
    /// places, is shaped by macros, or would be called at another time than the call is.
    static std::optional<InlinedCall> make(const KernelScope& kernel, const clang::CallExpr& call);

    /// The whole source; the function goes where nothing else calls it.
    [[nodiscard]] std::optional<std::string> text() const;

private:
    InlinedCall(const KernelScope& kernel, const clang::CallExpr& call, const clang::FunctionDecl& callee);

    bool readObject();
    bool readStatement();
    [[nodiscard]] bool isOneOfSeveral() const;
    bool readBranch(const clang::Stmt* above);
    bool readValue();
    [[nodiscard]] bool isWholeValue(const clang::Stmt* statement) const;
    bool readReturn();
    void readChoices();
    [[nodiscard]] std::string valueText(const clang::Expr* value) const;
    bool readParameters();
    bool nameLocals();
    [[nodiscard]] bool keepsMeanings() const;
    [[nodiscard]] bool standsFor(const clang::ParmVarDecl* parameter, const clang::Expr* argument) const;
    [[nodiscard]] bool isLent(const clang::VarDecl* var) const;
    [[nodiscard]] std::optional<std::string> declarationOf(const clang::ParmVarDecl* parameter,
                                                           const clang::Expr* argument);
    [[nodiscard]] const clang::Expr* argumentOf(const clang::ParmVarDecl* parameter) const;
    [[nodiscard]] std::string valueOf(const clang::ParmVarDecl* parameter, const clang::Expr* argument) const;
    [[nodiscard]] bool addRenaming(const clang::VarDecl* var, const std::string& text);
    [[nodiscard]] std::string freshName(const std::string& wanted) const;
    [[nodiscard]] std::string written(TextRange range) const;
    [[nodiscard]] std::string resultText() const;
    [[nodiscard]] std::string textOf(std::size_t first, std::size_t end, const std::string& indentation) const;
    [[nodiscard]] std::string statementsText(const std::string& indentation) const;
    [[nodiscard]] std::size_t usesOfFunction() const;
    void openMembers(SourceEdit& edit) const;
    void replaceBranch(SourceEdit& edit, TextRange statement, const std::string& result) const;
    void removeFunction(SourceEdit& edit) const;

    const KernelScope* m_kernel;
    const clang::CallExpr* m_call;
    KernelScope m_callee;
    const clang::Expr* m_object = nullptr;  ///< that a function of a structure is called for
    std::string m_objectText;
    const clang::Stmt* m_statement = nullptr;  ///< that holds the call; null where it may not be evaluated once
    bool m_isBranch = false;  ///< the statement is a branch or a body without braces
    const clang::VarDecl* m_declared = nullptr;  ///< what the statement declares as the call's value and nothing else
    const clang::Expr* m_result = nullptr;  ///< that the function returns
    std::vector<const clang::IfStmt*> m_choices;  ///< that return other values before, one after the other
    std::optional<std::size_t> m_leave;  ///< the statement on whose condition a function of nothing ends there
    std::vector<const clang::Stmt*> m_statements;  ///< the function's, without the return
    std::vector<std::string> m_declarations;  ///< of parameters that stay variables
    std::vector<Replacement> m_renamings;
    std::set<std::string> m_taken;  ///< names that have been given
};

}  // namespace warploom
