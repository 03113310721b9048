// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FoldRound.h"

#include "moves/FoldLoop.h"
#include "moves/SharedValues.h"
#include "moves/ZeroValue.h"

namespace warploom {

using namespace clang;

namespace {

/// Statements of a round that are no more than what they say, line by line.
bool isPlainKind(const Stmt* node)
{
    if (const auto* choice = llvm::dyn_cast<IfStmt>(node))
        return choice->getInit() == nullptr && choice->getConditionVariable() == nullptr && !choice->isConstexpr();
    return llvm::isa<Expr, DeclStmt, CompoundStmt, NullStmt>(node) && !llvm::isa<LambdaExpr, StmtExpr>(node);
}

/// What \p node assigns to; null where it is no assignment.
const Expr* settingOf(const Stmt* node)
{
    const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
    const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
    if (binary != nullptr && binary->isAssignmentOp())
        return binary->getLHS();
    return unary != nullptr && unary->isIncrementDecrementOp() ? unary->getSubExpr() : nullptr;
}

/// The variable of the thread's own that \p target plainly is; else null.
const VarDecl* threadVariable(const Expr* target)
{
    const auto* reference = llvm::dyn_cast<DeclRefExpr>(target->IgnoreParens());
    const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
    return var == nullptr || !var->hasLocalStorage() || llvm::isa<ParmVarDecl>(var) || var->getType()->isReferenceType()
            || var->getType()->isPointerType()
        ? nullptr
        : var;
}

bool isAddressOf(const Stmt* node)
{
    const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
    return unary != nullptr && unary->getOpcode() == UO_AddrOf;
}

class FoldRoundReader {
public:
    FoldRoundReader(const KernelScope& kernel, const CountedLoop& loop)
        : m_kernel(kernel)
        , m_loop(loop)
        , m_body(loop.statement->getBody())
    {
    }

    std::optional<FoldRound> read()
    {
        m_round.statements = statementsIn(m_body);
        if (m_round.statements.empty() || !readDeclarations() || !makesValues(m_body) || !readLoads() || !readNodes())
            return std::nullopt;
        m_round.isIdleOnZeros = isIdleOnZeros();
        return m_round.states.empty() || m_round.loads.empty() ? std::nullopt : std::optional(std::move(m_round));
    }

private:
    bool readDeclarations()
    {
        bool fits = true;
        walk(m_body, [&](const Stmt* node) {
            const auto* statement = llvm::dyn_cast<DeclStmt>(node);
            for (const Decl* one : statement == nullptr ? DeclGroupRef() : statement->getDeclGroup()) {
                const auto* var = llvm::dyn_cast<VarDecl>(one);
                fits = fits && var != nullptr && var->hasLocalStorage() && !var->getType()->isReferenceType()
                    && !var->getType()->isPointerType() && !var->getType()->isArrayType();
                m_own.insert(var);
            }
            return fits;
        });
        return fits;
    }

    bool readLoads()
    {
        m_round.loads = m_kernel.accesses(m_body);
        return std::ranges::all_of(m_round.loads,
                                   [&](const Access& access) {
                                       return !access.writes && !access.atomic && access.call == nullptr && access.index
                                           && llvm::isa_and_nonnull<ParmVarDecl>(access.base);
                                   })
            && std::ranges::all_of(m_round.loads, [&](const Access& access) {
                   return std::ranges::any_of(m_round.loads, [&](const Access& other) {
                       return other.base == access.base && other.index == access.index
                           && isAlwaysLoaded(other.expression);
                   });
               });
    }

    /// Whether no condition stands before it.
    [[nodiscard]] bool isAlwaysLoaded(const Stmt* node) const
    {
        for (const Stmt* above = m_kernel.parent(node); node != m_body; node = above, above = m_kernel.parent(above)) {
            if (above == nullptr)
                return false;
            const auto* choice = llvm::dyn_cast<IfStmt>(above);
            const auto* selection = llvm::dyn_cast<ConditionalOperator>(above);
            const auto* logical = llvm::dyn_cast<BinaryOperator>(above);
            if ((choice != nullptr && node != choice->getCond())
                || (selection != nullptr && node != selection->getCond())
                || (logical != nullptr && logical->isLogicalOp() && node == logical->getRHS()))
                return false;
        }
        return true;
    }

    [[nodiscard]] bool isLoad(const Stmt* node) const
    {
        return std::ranges::any_of(m_round.loads, [&](const Access& access) { return access.expression == node; });
    }

    /// Of all that does not say where a load is from.
    bool readNodes()
    {
        bool fits = true;
        walk(m_body, [&](const Stmt* node) {
            if (isLoad(node))
                return false;
            fits = fits && isPlainKind(node) && readChange(node) && readName(llvm::dyn_cast<DeclRefExpr>(node));
            return fits;
        });
        return fits && placesAreSettled();
    }

    bool readChange(const Stmt* node)
    {
        const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
        // Others divide by zero beyond the edges.
        if (isAddressOf(node)
            || (binary != nullptr && binary->getType()->isIntegerType()
                && (binary->getOpcode() == BO_Div || binary->getOpcode() == BO_Rem
                    || binary->getOpcode() == BO_DivAssign || binary->getOpcode() == BO_RemAssign)))
            return false;
        const Expr* target = settingOf(node);
        if (target == nullptr)
            return true;
        const auto* var = threadVariable(target);
        if (var == nullptr || var == m_loop.var)
            return false;
        if (m_own.count(var) == 0)
            m_round.states.insert(var);
        return true;
    }

    bool readName(const DeclRefExpr* reference)
    {
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var == nullptr)
            return true;
        if (isThreadBuiltin(reference) || var->getType()->isPointerType())
            return false;
        if (llvm::isa<ParmVarDecl>(var))
            return !m_kernel.isModified(var);
        if (!var->hasLocalStorage())
            return var->getType().isConstQualified();
        // What is set before the loop alone stays there.
        return m_own.count(var) > 0 || m_kernel.isModifiedWithin(var, m_body);
    }

    /// Whether no place depends on what the rounds set.
    [[nodiscard]] bool placesAreSettled() const
    {
        return std::ranges::all_of(m_round.loads, [&](const Access& access) {
            bool isSettled = true;
            walk(access.expression, [&](const Stmt* node) {
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
                isSettled = isSettled && (var == nullptr || (m_own.count(var) == 0 && m_round.states.count(var) == 0));
                return isSettled;
            });
            return isSettled;
        });
    }

    /// Whether every statement is a value, or adds something that is 0 where all loads are.
    [[nodiscard]] bool isIdleOnZeros() const
    {
        ZeroValue values(m_kernel);
        return std::ranges::all_of(m_round.statements, [&](const Stmt* statement) {
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement))
                return values.learn(*declaration);
            const auto* assignment = llvm::dyn_cast<BinaryOperator>(statement);
            const auto* state = assignment == nullptr ? nullptr : plainVariable(assignment->getLHS());
            if (state == nullptr || m_round.states.count(state) == 0)
                return false;
            if (assignment->getOpcode() == BO_AddAssign || assignment->getOpcode() == BO_SubAssign)
                return values.isZero(assignment->getRHS());
            return assignment->getOpcode() == BO_Assign && values.isPlusZero(state, assignment->getRHS());
        });
    }

    const KernelScope& m_kernel;
    const CountedLoop& m_loop;
    const Stmt* m_body;
    std::set<const VarDecl*> m_own;
    FoldRound m_round;
};

}  // namespace

std::optional<FoldRound> foldRound(const KernelScope& kernel, const CountedLoop& loop)
{
    return FoldRoundReader(kernel, loop).read();
}

std::optional<std::set<const VarDecl*>> variablesSetBy(const KernelScope& kernel, const Stmt* statement)
{
    std::set<const VarDecl*> variables;
    bool fits = !kernel.containsReturn(statement);
    walk(statement, [&](const Stmt* node) {
        fits = fits && (isPlainKind(node) || llvm::isa<ForStmt>(node)) && !isAddressOf(node);
        if (const Expr* target = fits ? settingOf(node) : nullptr) {
            const auto* var = threadVariable(target);
            fits = var != nullptr;
            variables.insert(var);
        }
        return fits;
    });
    return fits ? std::optional(std::move(variables)) : std::nullopt;
}

}  // namespace warploom
