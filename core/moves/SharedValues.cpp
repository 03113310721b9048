// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/SharedValues.h"

namespace warploom {

using namespace clang;

namespace {

bool isEffect(const Stmt* node)
{
    const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
    const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
    return (binary != nullptr && binary->isAssignmentOp()) || (unary != nullptr && unary->isIncrementDecrementOp())
        || llvm::isa<LambdaExpr, StmtExpr, CXXNewExpr, CXXDeleteExpr, CXXThrowExpr, AsmStmt>(node);
}

/// Whether a function without a body, one of CUDA's own, makes a value of values and does nothing else.
bool isOfValues(const FunctionDecl& function)
{
    const auto name = identifierOf(&function).str();
    const bool acts = name.find("sync") != std::string::npos || name.rfind("clock", 0) == 0 || name == "__activemask"
        || name == "printf" || name == "assert";
    const bool isLoad = name.rfind("__ld", 0) == 0;
    return !acts && !function.getReturnType()->isVoidType()
        && (isLoad || std::ranges::none_of(function.parameters(), [](const ParmVarDecl* parameter) {
                const auto type = parameter->getType();
                return type->isPointerType() || (type->isReferenceType() && !type->getPointeeType().isConstQualified());
            }));
}

bool isValueFunction(const FunctionDecl& function, std::set<const FunctionDecl*>& visited);

/// Whether all that is called within \p statement makes values of values.
bool callsValues(const Stmt* statement, std::set<const FunctionDecl*>& visited)
{
    bool fits = true;
    walk(statement, [&](const Stmt* node) {
        const FunctionDecl* callee = nullptr;
        if (const auto* call = llvm::dyn_cast<CallExpr>(node)) {
            callee = call->getDirectCallee();
            fits = fits && callee != nullptr;
        }
        if (const auto* construction = llvm::dyn_cast<CXXConstructExpr>(node))
            callee = construction->getConstructor();
        const auto* method = llvm::dyn_cast_or_null<CXXMethodDecl>(callee);
        const bool isConst =
            method == nullptr || method->isStatic() || method->isConst() || llvm::isa<CXXConstructorDecl>(method);
        fits = fits && (callee == nullptr || (isConst && isValueFunction(*callee, visited)));
        return fits;
    });
    return fits;
}

/// Functions may change variables of their own.
bool isValueFunction(const FunctionDecl& function, std::set<const FunctionDecl*>& visited)
{
    const FunctionDecl* definition = nullptr;
    if (!function.hasBody(definition))
        return function.isDefaulted() || llvm::isa<CXXConstructorDecl>(function) || isOfValues(function);
    if (!visited.insert(definition).second)
        return true;
    bool fits = std::ranges::none_of(definition->parameters(), [](const ParmVarDecl* parameter) {
        const auto type = parameter->getType();
        return type->isPointerType() || (type->isReferenceType() && !type->getPointeeType().isConstQualified());
    });
    walk(definition->getBody(), [&](const Stmt* node) {
        fits = fits && !llvm::isa<AsmStmt, LambdaExpr, StmtExpr>(node);
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            for (const Decl* one : declaration->decls()) {
                const auto* var = llvm::dyn_cast<VarDecl>(one);
                fits = fits && var != nullptr && !var->isStaticLocal() && !var->hasAttr<CUDASharedAttr>();
            }
        return fits;
    });
    return fits && callsValues(definition->getBody(), visited);
}

}  // namespace

bool makesValues(const Stmt* statement)
{
    std::set<const FunctionDecl*> visited;
    return callsValues(statement, visited);
}

SharedValues::SharedValues(const KernelScope& kernel)
    : m_kernel(kernel)
{
    for (const auto& access : kernel.accesses(kernel.kernel().getBody()))
        if (access.writes) {
            m_isKnown = m_isKnown && access.base != nullptr;
            m_written.insert(access.base);
        }
}

bool SharedValues::collect(const Expr* value, std::set<const VarDecl*>& variables, std::vector<Access>& loads) const
{
    std::set<const FunctionDecl*> visited;
    bool fits = m_isKnown && areLoads(value, loads) && callsValues(value, visited);
    walk(value, [&](const Stmt* node) {
        const auto* expression = llvm::dyn_cast<Expr>(node);
        fits = fits && !isEffect(node) && (expression == nullptr || !expression->getType().isVolatileQualified());
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr || isThreadBuiltin(reference)
            ? nullptr
            : llvm::dyn_cast<VarDecl>(reference->getDecl());
        fits = fits && (var == nullptr || follow(var, variables, loads));
        return fits;
    });
    return fits;
}

bool SharedValues::areLoads(const Expr* value, std::vector<Access>& loads) const
{
    for (const auto& access : m_kernel.accesses(value)) {
        const bool isOwn =
            access.base != nullptr && access.base->hasLocalStorage() && !llvm::isa<ParmVarDecl>(access.base);
        const bool isFixed = access.base != nullptr
            && (access.base->hasAttr<CUDAConstantAttr>()
                || innermostElement(access.base->getType()).isConstQualified());
        if (access.base == nullptr || access.writes || access.atomic || m_written.count(access.base) > 0
            || access.base->hasAttr<CUDASharedAttr>() || (!llvm::isa<ParmVarDecl>(access.base) && !isFixed))
            return false;
        if (!isOwn)
            loads.push_back(access);
    }
    return true;
}

bool SharedValues::follow(const VarDecl* var, std::set<const VarDecl*>& variables, std::vector<Access>& loads) const
{
    const auto* parameter = llvm::dyn_cast<ParmVarDecl>(var);
    if (parameter != nullptr ? m_kernel.isModified(var) && m_kernel.advanceOf(var) == nullptr
                             : var->hasLocalStorage() && m_admitted.count(var) == 0)
        return false;
    if (!variables.insert(var).second || parameter != nullptr || !var->hasLocalStorage() || !var->hasInit())
        return true;
    return collect(var->getInit(), variables, loads);
}

}  // namespace warploom
