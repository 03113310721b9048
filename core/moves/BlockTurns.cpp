// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/BlockTurns.h"

#include "moves/FloatMath.h"

namespace warploom {

using namespace clang;

namespace {

/// Whether \p body neither asks nor tells other blocks how far they are: what atomics answer may be a number of blocks,
/// fences and volatile accesses are for messages.
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

/// What is used within: arrays in shared memory, and barriers of the block.
struct BlockMeans {
    bool memory = false;
    bool barriers = false;
};

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
            || m_kernel.containsReturn(statement) || carriesOver(*loop))
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

std::optional<BlockTurns> blockTurns(const KernelScope& kernel) { return TurnReader(kernel).read(); }

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
