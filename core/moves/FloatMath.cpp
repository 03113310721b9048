// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FloatMath.h"

namespace warploom {

using namespace clang;

namespace {

bool hasBuiltinType(const Expr* expression, BuiltinType::Kind kind)
{
    return expression->getType()->isSpecificBuiltinType(kind);
}

bool isInMainFile(const KernelScope& kernel, const Decl* declaration)
{
    const auto& sources = kernel.source().context().getSourceManager();
    return sources.isInMainFile(sources.getExpansionLoc(declaration->getLocation()));
}

}  // namespace

std::vector<const FunctionDecl*> functionsRunBy(const KernelScope& kernel, bool withTemplates)
{
    std::vector<const FunctionDecl*> functions;
    std::set<const FunctionDecl*> visited;
    std::vector<const FunctionDecl*> waiting = {&kernel.kernel()};
    while (!waiting.empty()) {
        const auto* function = waiting.back();
        waiting.pop_back();
        if (!visited.insert(function).second)
            continue;
        functions.push_back(function);
        walk(function->getBody(), [&](const Stmt* node) {
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            const auto* callee = call == nullptr ? nullptr : call->getDirectCallee();
            const FunctionDecl* definition = nullptr;
            if (callee != nullptr && callee->hasBody(definition) && isInMainFile(kernel, definition)
                && !definition->isDependentContext() && (withTemplates || !definition->isTemplateInstantiation()))
                waiting.push_back(definition);
            return true;
        });
    }
    return functions;
}

std::vector<const Stmt*> bodiesRunBy(const KernelScope& kernel, bool withTemplates)
{
    std::vector<const Stmt*> bodies;
    for (const auto* function : functionsRunBy(kernel, withTemplates))
        bodies.push_back(function->getBody());
    return bodies;
}

std::string libraryFunction(const KernelScope& kernel, const CallExpr* call)
{
    const auto* callee = call->getDirectCallee();
    return callee == nullptr || llvm::isa<CXXOperatorCallExpr, CXXMemberCallExpr>(call) || isInMainFile(kernel, callee)
        ? std::string()
        : calleeName(call);
}

bool isSingle(const Expr* expression) { return hasBuiltinType(expression, BuiltinType::Float); }

bool isDouble(const Expr* expression) { return hasBuiltinType(expression, BuiltinType::Double); }

bool isInLoop(const Stmt* body, const Stmt* statement)
{
    bool found = false;
    walk(body, [&](const Stmt* node) {
        if (llvm::isa<ForStmt, WhileStmt, DoStmt>(node))
            walk(node, [&](const Stmt* inner) {
                found = found || inner == statement;
                return !found;
            });
        return !found;
    });
    return found;
}

}  // namespace warploom
