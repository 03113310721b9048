// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/RunningFold.h"

namespace warploom {

using namespace clang;

namespace {

class FoldRecogniser {
public:
    explicit FoldRecogniser(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }

    std::optional<RunningFold> recognise(const std::vector<const Stmt*>& body)
    {
        const auto loop = foldLoop(m_kernel, body);
        if (!loop)
            return std::nullopt;
        static_cast<FoldLoop&>(m_fold) = *loop;
        const auto changed = changedVariables(m_kernel, m_fold);
        if (changed.size() != 1 || !canHoldFold(m_kernel, m_fold, *changed.begin()))
            return std::nullopt;
        m_fold.reduction.var = *changed.begin();
        std::vector<const Expr*> writes;
        if (!readBody())
            return std::nullopt;
        for (const auto& write : m_fold.writes)
            writes.push_back(write.statement);
        return readOwnElements(m_kernel, m_fold, writes) ? std::optional(m_fold) : std::nullopt;
    }

private:
    bool readBody()
    {
        bool isPlain = true;
        for (const Stmt* statement : statementsIn(m_fold.loop->getBody()))
            isPlain = isPlain && readStatement(statement);
        return isPlain && m_isUpdated;
    }

    bool readStatement(const Stmt* statement)
    {
        const auto* acc = m_fold.reduction.var;
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement))
            return readLocal(declaration);
        if (m_kernel.isModifiedWithin(acc, statement))
            return !std::exchange(m_isUpdated, true) && readUpdate(statement);
        const auto* whole = llvm::dyn_cast<Expr>(statement);
        const auto* expression = whole == nullptr ? nullptr : whole->IgnoreImplicit();
        const auto* target = expression == nullptr ? nullptr : assignedBy(expression);
        if (target == nullptr || !llvm::isa<ArraySubscriptExpr, UnaryOperator>(target))
            return false;
        m_fold.writes.push_back({expression, m_isUpdated});
        return true;
    }

    bool readLocal(const DeclStmt* declaration)
    {
        for (const auto* one : declaration->decls()) {
            const auto* var = llvm::dyn_cast<VarDecl>(one);
            if (var == nullptr || !var->hasInit() || m_kernel.isModified(var) || var->isStaticLocal()
                || !m_kernel.references(m_fold.reduction.var, var->getInit()).empty())
                return false;
        }
        m_fold.locals.push_back(declaration);
        return m_kernel.source().statementRange(declaration).has_value();
    }

    bool readUpdate(const Stmt* statement)
    {
        const auto update = foldUpdate(m_kernel, m_fold.reduction.var, statement);
        if (update)
            static_cast<FoldUpdate&>(m_fold) = *update;
        return update.has_value();
    }

    const KernelScope& m_kernel;
    RunningFold m_fold;
    bool m_isUpdated = false;
};

}  // namespace

std::optional<RunningFold> runningFold(const KernelScope& kernel, const std::vector<const Stmt*>& body)
{
    return FoldRecogniser(kernel).recognise(body);
}

namespace {

/// The other bound of a variable that is changed once, by `if (var > bound) var = bound;`; null for all others.
const Expr* cutAt(const KernelScope& kernel, const VarDecl* var)
{
    const BinaryOperator* assignment = nullptr;
    int changes = 0;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
            binary != nullptr && binary->isAssignmentOp() && plainVariable(binary->getLHS()) == var) {
            assignment = binary;
            ++changes;
        }
        const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
        const bool mayChange = unary != nullptr && (unary->isIncrementDecrementOp() || unary->getOpcode() == UO_AddrOf);
        changes += mayChange && plainVariable(unary->getSubExpr()) == var ? 1 : 0;
        if (const auto* call = llvm::dyn_cast<CallExpr>(node))
            for (const Expr* argument : call->arguments())
                changes += argument->isLValue() && plainVariable(argument) == var ? 1 : 0;
        return true;
    });
    if (changes != 1 || assignment == nullptr || assignment->getOpcode() != BO_Assign)
        return nullptr;
    const auto* above = kernel.parent(assignment);
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(above); compound != nullptr && compound->size() == 1)
        above = kernel.parent(above);
    const auto* choice = llvm::dyn_cast<IfStmt>(above);
    const auto* comparison =
        choice == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(choice->getCond()->IgnoreParenImpCasts());
    if (comparison == nullptr || choice->getElse() != nullptr || !comparison->isRelationalOp())
        return nullptr;
    const bool isGreater = comparison->getOpcode() == BO_GT || comparison->getOpcode() == BO_GE;
    const auto* larger = isGreater ? comparison->getLHS() : comparison->getRHS();
    const auto* smaller = isGreater ? comparison->getRHS() : comparison->getLHS();
    const auto form = kernel.form(smaller);
    return plainVariable(larger) == var && form && form == kernel.form(assignment->getRHS()) ? smaller : nullptr;
}

}  // namespace

std::vector<const Expr*> partsOfMinimum(const KernelScope& kernel, const Expr* bound)
{
    const Expr* plain = bound->IgnoreParenCasts();
    const Expr* left = nullptr;
    const Expr* right = nullptr;
    if (const auto* var = plainVariable(plain);
        var != nullptr && var->isLocalVarDecl() && var->hasInit() && !kernel.isModified(var))
        return partsOfMinimum(kernel, var->getInit());
    if (const auto* var = plainVariable(plain); var != nullptr && var->isLocalVarDecl() && var->hasInit()) {
        const auto* cut = cutAt(kernel, var);
        if (cut == nullptr || !(cut->getBeginLoc() < bound->getBeginLoc()))
            return {bound};
        left = var->getInit();
        right = cut;
    } else if (const auto* call = llvm::dyn_cast<CallExpr>(plain);
               call != nullptr && calleeName(call) == "min" && call->getNumArgs() == 2) {
        left = call->getArg(0);
        right = call->getArg(1);
    } else if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(plain)) {
        const auto* comparison = llvm::dyn_cast<BinaryOperator>(choice->getCond()->IgnoreParenImpCasts());
        const auto same = [&](const Expr* a, const Expr* b) {
            const auto form = kernel.form(a);
            return form && form == kernel.form(b);
        };
        if (comparison == nullptr || !comparison->isRelationalOp())
            return {bound};
        const bool less = comparison->getOpcode() == BO_LT || comparison->getOpcode() == BO_LE;
        left = less ? comparison->getLHS() : comparison->getRHS();
        right = less ? comparison->getRHS() : comparison->getLHS();
        if (!same(left, choice->getTrueExpr()) || !same(right, choice->getFalseExpr()))
            return {bound};
    } else {
        return {bound};
    }
    auto parts = partsOfMinimum(kernel, left);
    const auto others = partsOfMinimum(kernel, right);
    parts.insert(parts.end(), others.begin(), others.end());
    return parts;
}

}  // namespace warploom
