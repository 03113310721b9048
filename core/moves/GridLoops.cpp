// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GridLoops.h"

#include "moves/BlockFacts.h"
#include "moves/FloatMath.h"
#include "moves/LoopCarry.h"

namespace warploom {

using namespace clang;

namespace {

/// Loops at the top of a kernel that step over the whole grid.
class GridLoops {
public:
    explicit GridLoops(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }

    [[nodiscard]] bool areAll()
    {
        for (const Stmt* statement : m_kernel.statements()) {
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement)) {
                if (!readDeclaration(declaration))
                    return false;
            } else if (!readLoop(statement)) {
                return false;
            }
        }
        return m_hasLoop && isBlockUsedHereOnly();
    }

private:
    bool readDeclaration(const DeclStmt* declaration)
    {
        for (const Decl* inner : declaration->decls()) {
            const auto* var = llvm::dyn_cast<VarDecl>(inner);
            if (var == nullptr || m_kernel.isModified(var) || var->hasAttr<CUDASharedAttr>()
                || var->getType()->isReferenceType() || (var->getType()->isPointerType() && namesArray(var->getInit())))
                return false;
            m_plain.insert(var);
        }
        bool calls = false;
        walk(declaration, [&](const Stmt* node) {
            calls = calls || (llvm::isa<CallExpr>(node) && !llvm::isa<CXXConstructExpr>(node));
            return !calls;
        });
        return !calls;
    }

    static bool namesArray(const Stmt* expression)
    {
        bool found = false;
        walk(expression, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            found = found || (reference != nullptr && reference->getType()->isArrayType());
            return !found;
        });
        return found;
    }

    bool readLoop(const Stmt* statement)
    {
        const auto loop = m_kernel.countedLoop(statement);
        const auto start = loop ? m_kernel.form(loop->start) : std::nullopt;
        const auto step = loop && loop->step != nullptr ? m_kernel.form(loop->step) : std::nullopt;
        const auto width = start ? start->coefficient(blockSymbol(0)) : std::nullopt;
        if (!step || !width || width->isZero() || *step != *width * IndexForm::symbol(gridSizeSymbol(0)))
            return false;
        const auto rest = start->without(blockSymbol(0));
        for (int dimension = 0; dimension < 3; ++dimension)
            for (const auto& symbol : {blockSymbol(dimension), gridSizeSymbol(dimension)})
                if (rest.dependsOn(symbol) || width->dependsOn(symbol))
                    return false;
        if (width->dependsOn(threadSymbol(0)) || width->dependsOn(threadSymbol(1)) || width->dependsOn(threadSymbol(2))
            || m_kernel.containsReturn(statement) || carriesOver(*loop) || carriesThroughMemory(m_kernel, *loop))
            return false;
        m_allowed.insert({loop->start, loop->step});
        m_hasLoop = true;
        return true;
    }

    /// Whether what one turn of the loop leaves is seen by the next.
    [[nodiscard]] bool carriesOver(const CountedLoop& loop) const
    {
        std::set<const VarDecl*> own = {loop.var};
        bool carries = false;
        walk(loop.statement->getBody(), [&](const Stmt* node) {
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
                for (const Decl* inner : declaration->decls())
                    if (const auto* var = llvm::dyn_cast<VarDecl>(inner))
                        own.insert(var);
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            carries = carries || llvm::isa<LambdaExpr>(node)
                || (var != nullptr && var->isLocalVarDecl() && !own.contains(var)
                    && (m_kernel.isModified(var) || var->getType()->isArrayType()));
            return !carries;
        });
        return carries;
    }

    /// Whether blockIdx and gridDim do nothing but begin the loops and step them.
    [[nodiscard]] bool isBlockUsedHereOnly() const
    {
        bool isSo = true;
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            if (m_allowed.contains(node))
                return false;
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            if (reference == nullptr || !isSo)
                return isSo;
            const auto name = identifierOf(reference->getDecl());
            const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
            isSo = (name != "blockIdx" && name != "gridDim") || isInPlain(reference);
            isSo = isSo && (var == nullptr || !m_plain.contains(var) || !knowsBlock(var->getInit()));
            return isSo;
        });
        return isSo;
    }

    /// Whether \p node stands in what a variable at the top is set to.
    [[nodiscard]] bool isInPlain(const Stmt* node) const
    {
        while (node != nullptr && m_kernel.parent(node) != m_kernel.kernel().getBody())
            node = m_kernel.parent(node);
        return node != nullptr && llvm::isa<DeclStmt>(node);
    }

    const KernelScope& m_kernel;
    std::set<const VarDecl*> m_plain;  ///< set once, before the loops
    std::set<const Stmt*> m_allowed;
    bool m_hasLoop = false;
};

}  // namespace

bool takesFewerBlocks(const KernelScope& kernel)
{
    if (changesParameters(kernel))
        return false;
    for (const Stmt* body : bodiesRunBy(kernel, true)) {
        const auto means = blockMeans(body);
        if (!standsAlone(body) || means.memory || means.barriers
            || (body != kernel.kernel().getBody() && knowsBlock(body)))
            return false;
    }
    return GridLoops(kernel).areAll();
}

}  // namespace warploom
