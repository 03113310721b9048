// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/KnownKernel.h"

namespace warploom {

using namespace clang;

namespace {

/// Structures within structures that are looked into.
constexpr int kDeepestField = 4;

/// Whether objects of \p type can lead to memory.
bool holdsPointer(QualType type, int depth = 0)
{
    const auto* record = type->getAsCXXRecordDecl();
    if (record == nullptr)
        return depth > 0 && (type->isPointerType() || type->isReferenceType());
    if (depth > kDeepestField || !record->hasDefinition())
        return true;
    return std::ranges::any_of(record->fields(),
                               [&](const FieldDecl* field) { return holdsPointer(field->getType(), depth + 1); })
        || std::ranges::any_of(record->bases(),
                               [&](const CXXBaseSpecifier& base) { return holdsPointer(base.getType(), depth + 1); });
}

bool isKnownVariable(const Decl* declaration)
{
    const auto* var = llvm::dyn_cast<VarDecl>(declaration);
    if (var == nullptr)
        return true;
    const auto type = var->getType();
    return !llvm::isa<DecompositionDecl>(var)
        && !(type->isReferenceType() && !type->getPointeeType().isConstQualified()) && !holdsPointer(type);
}

bool isMessage(const CallExpr* call)
{
    const auto name = calleeName(call);
    return call->getDirectCallee() == nullptr || name.rfind("__threadfence", 0) == 0 || name == "__nanosleep"
        || name == "__ldcv";
}

bool isKnownNode(const Stmt* node)
{
    if (llvm::isa<LambdaExpr, StmtExpr, GotoStmt, IndirectGotoStmt, LabelStmt, AsmStmt>(node))
        return false;
    if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
        return std::ranges::all_of(declaration->decls(), isKnownVariable);
    if (const auto* member = llvm::dyn_cast<MemberExpr>(node); member != nullptr && member->isArrow())
        return false;
    if (const auto* call = llvm::dyn_cast<CallExpr>(node); call != nullptr && isMessage(call))
        return false;
    const auto* expression = llvm::dyn_cast<Expr>(node);
    return expression == nullptr || !expression->getType().isVolatileQualified();
}

/// Variables of the file that are no constants.
bool isState(const VarDecl* var)
{
    return !var->getType().isConstQualified() && !var->hasAttr<CUDAConstantAttr>() && !var->hasAttr<CUDASharedAttr>();
}

/// Tables of the file, which have ends.
bool isTable(const VarDecl* var) { return var->getType()->isArrayType() && !var->hasAttr<CUDASharedAttr>(); }

/// Whether variables of the file that are \p sought are named within \p statement or what it calls.
bool names(const Stmt* statement, bool (*sought)(const VarDecl*), std::set<const FunctionDecl*>& visited)
{
    bool found = false;
    walk(statement, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        found = found || (var != nullptr && var->isFileVarDecl() && !isThreadBuiltin(reference) && sought(var));
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        const auto* callee = call == nullptr ? nullptr : call->getDirectCallee();
        const FunctionDecl* definition = nullptr;
        if (!found && callee != nullptr && callee->hasBody(definition) && visited.insert(definition).second)
            found = names(definition->getBody(), sought, visited);
        return !found;
    });
    return found;
}

}  // namespace

bool touchesFileVariables(const Stmt* statement)
{
    std::set<const FunctionDecl*> visited;
    return names(statement, isState, visited);
}

bool readsFileTables(const FunctionDecl* function)
{
    const FunctionDecl* definition = nullptr;
    std::set<const FunctionDecl*> visited;
    return function->hasBody(definition) && names(definition->getBody(), isTable, visited);
}

bool isKnownThroughout(const KernelScope& kernel)
{
    const auto* body = kernel.kernel().getBody();
    bool isKnown = !touchesFileVariables(body);
    walk(body, [&](const Stmt* node) {
        isKnown = isKnown && isKnownNode(node);
        return isKnown;
    });
    return isKnown;
}

}  // namespace warploom
