// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/BlockTurns.h"

#include "moves/BlockFacts.h"
#include "moves/FloatMath.h"

namespace warploom {

using namespace clang;

namespace {

class TurnReader {
public:
    explicit TurnReader(const KernelScope& kernel)
        : m_kernel(kernel)
        , m_body(kernel.kernel().getBody())
    {
    }

    std::optional<BlockTurns> read()
    {
        if (changesParameters(m_kernel))
            return std::nullopt;
        walk(m_body, [&](const Stmt* node) {
            m_isSound = m_isSound && readNode(node);
            return m_isSound;
        });
        BlockMeans means;
        for (const Stmt* body : bodiesRunBy(m_kernel, true)) {
            m_isSound = m_isSound && standsAlone(body) && (body == m_body || !knowsBlock(body));
            const auto own = blockMeans(body);
            means = {means.memory || own.memory, means.barriers || own.barriers};
        }
        // Threads that have left wait for nobody; those that only end their turn would be waited for.
        if (!m_isSound || m_turns.numbers.empty() || (means.barriers && !m_leavesTogether))
            return std::nullopt;
        m_turns.needsBarrier = means.memory || means.barriers;
        return m_turns;
    }

private:
    bool readNode(const Stmt* node)
    {
        if (llvm::isa<LambdaExpr, GotoStmt, LabelStmt, IndirectGotoStmt>(node))
            return false;
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            return std::ranges::all_of(declaration->decls(), readDeclaration);
        if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
            return readReference(reference);
        return !llvm::isa<ReturnStmt>(node) || readReturn(node);
    }

    static bool readDeclaration(const Decl* declaration)
    {
        const auto* var = llvm::dyn_cast<VarDecl>(declaration);
        return var == nullptr || !var->isStaticLocal() || declaration->hasAttr<CUDASharedAttr>();
    }

    bool readReference(const DeclRefExpr* reference)
    {
        const auto name = identifierOf(reference->getDecl());
        if (name == "gridDim")
            return false;
        if (name != "blockIdx")
            return true;
        const Stmt* above = m_kernel.parent(reference);
        while (above != nullptr && llvm::isa<ParenExpr, ImplicitCastExpr>(above))
            above = m_kernel.parent(above);
        const auto* member = llvm::dyn_cast_or_null<MemberExpr>(above);
        const auto range = member == nullptr ? std::nullopt : m_kernel.source().range(member);
        if (!range || m_kernel.source().text(*range) != "blockIdx.x")
            return false;
        m_turns.numbers.push_back(*range);
        return true;
    }

    bool readReturn(const Stmt* statement)
    {
        const auto range = m_kernel.source().range(statement);
        if (!range)
            return false;
        for (const Stmt* node = statement; node != m_body; node = m_kernel.parent(node)) {
            if (node == nullptr || llvm::isa<ForStmt, WhileStmt, DoStmt, SwitchStmt>(node))
                return false;
            if (const auto* choice = llvm::dyn_cast<IfStmt>(node))
                m_leavesTogether = m_leavesTogether && isOfBlock(choice->getCond());
        }
        m_turns.returns.push_back(*range);
        return true;
    }

    /// Whether all threads of a block have the same value.
    [[nodiscard]] bool isOfBlock(const Stmt* expression) const
    {
        bool isSame = true;
        walk(expression, [&](const Stmt* node) {
            if (llvm::isa<CallExpr, ArraySubscriptExpr, LambdaExpr>(node))
                isSame = false;
            if (const auto* unary = llvm::dyn_cast<UnaryOperator>(node))
                isSame = isSame && unary->getOpcode() != UO_Deref && !unary->isIncrementDecrementOp();
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            if (var != nullptr && identifierOf(var) == "threadIdx")
                isSame = false;
            else if (var != nullptr && var->isLocalVarDecl())
                isSame = isSame && var->hasInit() && !m_kernel.isModified(var) && isOfBlock(var->getInit());
            return isSame;
        });
        return isSame;
    }

    const KernelScope& m_kernel;
    const Stmt* m_body;
    BlockTurns m_turns;
    bool m_isSound = true;
    bool m_leavesTogether = true;
};

}  // namespace

std::optional<BlockTurns> blockTurns(const KernelScope& kernel) { return TurnReader(kernel).read(); }

}  // namespace warploom
