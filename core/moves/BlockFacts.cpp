// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/BlockFacts.h"

namespace warploom {

using namespace clang;

bool standsAlone(const Stmt* body)
{
    bool isAlone = true;
    std::set<const Stmt*> dropped;  // statements for whose value nobody asks
    walk(body, [&](const Stmt* node) {
        if (llvm::isa<CompoundStmt, IfStmt, ForStmt, WhileStmt, DoStmt, CaseStmt, DefaultStmt, AttributedStmt>(node))
            for (const Stmt* child : node->children())
                dropped.insert(child);
        if (const auto* choice = llvm::dyn_cast<IfStmt>(node))
            dropped.erase(choice->getCond());
        if (const auto* loop = llvm::dyn_cast<WhileStmt>(node))
            dropped.erase(loop->getCond());
        if (const auto* loop = llvm::dyn_cast<DoStmt>(node))
            dropped.erase(loop->getCond());
        if (const auto* loop = llvm::dyn_cast<ForStmt>(node))
            dropped.erase(loop->getCond());
        if (const auto* expression = llvm::dyn_cast<Expr>(node))
            isAlone = isAlone && !expression->getType().isVolatileQualified();
        if (const auto* call = llvm::dyn_cast<CallExpr>(node)) {
            const auto name = calleeName(call);
            const bool isAtomic = name.rfind("atomic", 0) == 0;
            isAlone = isAlone && call->getDirectCallee() != nullptr && name.rfind("__threadfence", 0) != 0
                && name != "__nanosleep" && name != "__activemask" && name != "__ldcv"
                && (!isAtomic || (dropped.contains(call) && name != "atomicCAS" && name.rfind("atomicExch", 0) != 0));
        }
        isAlone = isAlone && !llvm::isa<GCCAsmStmt>(node);
        return isAlone;
    });
    return isAlone;
}

bool knowsBlock(const Stmt* body)
{
    bool found = false;
    walk(body, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto name = reference == nullptr ? llvm::StringRef() : identifierOf(reference->getDecl());
        found = found || name == "blockIdx" || name == "gridDim";
        return !found;
    });
    return found;
}

BlockMeans blockMeans(const Stmt* body)
{
    BlockMeans means;
    walk(body, [&](const Stmt* node) {
        if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
            means.memory = means.memory || reference->getDecl()->hasAttr<CUDASharedAttr>();
        if (const auto* call = llvm::dyn_cast<CallExpr>(node))
            means.barriers = means.barriers || calleeName(call).rfind("__syncthreads", 0) == 0;
        return true;
    });
    return means;
}

bool changesParameters(const KernelScope& kernel)
{
    return std::ranges::any_of(kernel.kernel().parameters(),
                               [&](const auto* parameter) { return kernel.isModified(parameter); });
}

}  // namespace warploom
