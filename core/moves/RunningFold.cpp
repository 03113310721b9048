// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/RunningFold.h"

namespace warploom {

using namespace clang;

namespace {

std::vector<const Stmt*> statementsOf(const Stmt* body)
{
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(body))
        return {compound->body_begin(), compound->body_end()};
    return {body};
}

std::vector<const Expr*> conjuncts(const Expr* condition)
{
    const auto* both = llvm::dyn_cast<BinaryOperator>(condition->IgnoreParenImpCasts());
    if (both == nullptr || both->getOpcode() != BO_LAnd)
        return {condition->IgnoreParenImpCasts()};
    auto left = conjuncts(both->getLHS());
    const auto right = conjuncts(both->getRHS());
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

/// Target of an assignment, of a built-in type or by an operator; null for anything else.
const Expr* assignedBy(const Expr* statement)
{
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(statement))
        return binary->isAssignmentOp() ? binary->getLHS()->IgnoreParens() : nullptr;
    const auto* call = llvm::dyn_cast<CXXOperatorCallExpr>(statement);
    return call != nullptr && call->isAssignmentOp() ? call->getArg(0)->IgnoreParens() : nullptr;
}

class FoldRecogniser {
public:
    explicit FoldRecogniser(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }

    std::optional<RunningFold> recognise(const std::vector<const Stmt*>& body)
    {
        const auto loop = std::ranges::find_if(body, [](const Stmt* one) { return llvm::isa<ForStmt>(one); });
        if (loop == body.end())
            return std::nullopt;
        m_fold.before.assign(body.begin(), loop);
        m_fold.after.assign(std::next(loop), body.end());
        m_fold.loop = llvm::cast<ForStmt>(*loop);
        if (!readHeader() || !readVariable() || !areQuiet() || !readBody() || !readAccesses())
            return std::nullopt;
        return m_fold;
    }

private:
    bool readHeader()
    {
        const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(m_fold.loop->getInit());
        if (declaration == nullptr || !declaration->isSingleDecl() || m_fold.loop->getCond() == nullptr
            || m_fold.loop->getInc() == nullptr)
            return false;
        m_fold.var = llvm::dyn_cast<VarDecl>(declaration->getSingleDecl());
        const auto* step = llvm::dyn_cast<UnaryOperator>(m_fold.loop->getInc()->IgnoreParens());
        if (m_fold.var == nullptr || !m_fold.var->hasInit() || !m_fold.var->getType()->isIntegerType()
            || step == nullptr || !step->isIncrementOp() || plainVariable(step->getSubExpr()) != m_fold.var
            || m_kernel.isModifiedWithin(m_fold.var, m_fold.loop->getBody()))
            return false;
        m_fold.first = m_fold.var->getInit();
        for (const Expr* part : conjuncts(m_fold.loop->getCond())) {
            const auto* comparison = llvm::dyn_cast<BinaryOperator>(part);
            if (comparison == nullptr || comparison->getOpcode() != BO_LT
                || plainVariable(comparison->getLHS()) != m_fold.var
                || !m_kernel.references(m_fold.var, comparison->getRHS()).empty())
                return false;
            m_fold.bounds.push_back(comparison->getRHS());
        }
        return true;
    }

    /// The one variable of outside that the loop changes; nothing else does.
    bool readVariable()
    {
        std::set<const VarDecl*> changed;
        walk(m_fold.loop, [&](const Stmt* node) {
            if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
                if (const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
                    var != nullptr && var != m_fold.var && m_kernel.isModifiedWithin(var, m_fold.loop))
                    changed.insert(var);
            return true;
        });
        const auto* var = changed.size() == 1 ? *changed.begin() : nullptr;
        if (var == nullptr || !var->isLocalVarDecl() || !var->hasInit() || !isFoldable(var->getType())
            || m_fold.loop->getBeginLoc() < var->getBeginLoc())
            return false;
        m_fold.reduction.var = var;
        const auto isKept = [&](const Stmt* one) { return !m_kernel.isModifiedWithin(var, one); };
        return std::ranges::all_of(m_fold.before, isKept) && std::ranges::all_of(m_fold.after, isKept)
            && m_kernel.references(var, m_fold.loop->getCond()).empty();
    }

    [[nodiscard]] bool isFoldable(QualType type) const
    {
        const auto bits = type->isArithmeticType() ? m_kernel.source().context().getTypeSize(type) : 0;
        return type->isBuiltinType() && (bits == 32 || bits == 64) && !type.isVolatileQualified();
    }

    /// No loops, ends or effects around the loop but writes after it.
    [[nodiscard]] bool areQuiet() const
    {
        const auto isQuiet = [&](const Stmt* statement, bool mayWrite) {
            bool quiet = !m_kernel.containsReturn(statement) && !m_kernel.synchronises(statement);
            walk(statement, [&](const Stmt* node) {
                quiet = quiet && !llvm::isa<ForStmt, WhileStmt, DoStmt, LambdaExpr>(node);
                return quiet;
            });
            for (const auto& access : m_kernel.accesses(statement))
                quiet = quiet && access.base != nullptr && !access.atomic && (mayWrite || !access.writes)
                    && (!access.writes || llvm::isa<ParmVarDecl>(access.base));
            return quiet && m_kernel.source().statementRange(statement);
        };
        return std::ranges::all_of(m_fold.before, [&](const Stmt* one) { return isQuiet(one, false); })
            && std::ranges::all_of(m_fold.after, [&](const Stmt* one) { return isQuiet(one, true); });
    }

    bool readBody()
    {
        const Stmt* body = m_fold.loop->getBody();
        if (m_kernel.containsReturn(body) || m_kernel.synchronises(body))
            return false;
        bool isPlain = true;
        walk(body, [&](const Stmt* node) {
            isPlain = isPlain && !llvm::isa<ForStmt, WhileStmt, DoStmt, LambdaExpr, SwitchStmt>(node);
            return isPlain;
        });
        for (const Stmt* statement : statementsOf(body))
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
        const auto* acc = m_fold.reduction.var;
        const auto reduction = reductionOf(m_kernel, acc, statement);
        if (!reduction)
            return false;
        m_fold.reduction = *reduction;
        const auto* choice = llvm::dyn_cast<IfStmt>(statement);
        if (choice == nullptr)
            return readAssignment(llvm::dyn_cast<Expr>(statement));
        if (choice->getElse() != nullptr || choice->hasInitStorage() || choice->hasVarStorage())
            return false;
        const auto inner = statementsOf(choice->getThen());
        const auto* only = inner.size() == 1 ? llvm::dyn_cast<Expr>(inner.front()) : nullptr;
        // if (e > acc) acc = e;
        if (!m_kernel.references(acc, choice->getCond()).empty())
            return only != nullptr && readAssignment(only);
        const bool hasNeutral =
            reduction->operation == ReductionOperation::Sum || reduction->operation == ReductionOperation::Product;
        m_fold.condition = choice->getCond();
        return hasNeutral && only != nullptr && readAssignment(only);
    }

    bool readAssignment(const Expr* expression)
    {
        const auto* acc = m_fold.reduction.var;
        // Counted by ++.
        if (const auto* unary = llvm::dyn_cast_or_null<UnaryOperator>(expression))
            return unary->isIncrementOp() && plainVariable(unary->getSubExpr()) == acc;
        const auto* assignment = llvm::dyn_cast_or_null<BinaryOperator>(expression);
        if (assignment == nullptr || plainVariable(assignment->getLHS()) != acc)
            return false;
        if (const auto* compound = llvm::dyn_cast<CompoundAssignOperator>(assignment)) {
            m_fold.isNegated = compound->getOpcode() == BO_SubAssign;
            return isOfType(compound->getComputationResultType()) && add(compound->getRHS());
        }
        const Expr* value = assignment->getRHS()->IgnoreParenImpCasts();
        if (const auto* call = llvm::dyn_cast<CallExpr>(value)) {
            if (!isOfType(call->getType()))
                return false;
            bool done = true;
            for (const Expr* argument : call->arguments())
                done = done && (plainVariable(argument) == acc || add(argument));
            return done;
        }
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(value);
            binary != nullptr && (plainVariable(binary->getLHS()) == acc || plainVariable(binary->getRHS()) == acc)) {
            m_fold.isNegated = binary->getOpcode() == BO_Sub;
            return isOfType(binary->getType())
                && add(plainVariable(binary->getLHS()) == acc ? binary->getRHS() : binary->getLHS());
        }
        if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(value);
            choice != nullptr && !m_kernel.references(acc, choice).empty()) {
            const auto* other =
                plainVariable(choice->getTrueExpr()) == acc ? choice->getFalseExpr() : choice->getTrueExpr();
            return isOfType(choice->getType()) && isComparedWith(choice->getCond(), other) && add(other);
        }
        return isOfType(value->getType()) && add(value);
    }

    /// Whether \p other is what the variable is compared with.
    [[nodiscard]] bool isComparedWith(const Expr* condition, const Expr* other) const
    {
        const auto* comparison = llvm::dyn_cast<BinaryOperator>(condition->IgnoreParenImpCasts());
        if (comparison == nullptr)
            return false;
        const auto* compared =
            plainVariable(comparison->getLHS()) == m_fold.reduction.var ? comparison->getRHS() : comparison->getLHS();
        const auto text = m_kernel.source().text(other->IgnoreParenImpCasts());
        return !text.empty() && text == m_kernel.source().text(compared->IgnoreParenImpCasts());
    }

    [[nodiscard]] bool isOfType(QualType type) const
    {
        return m_kernel.source().context().hasSameUnqualifiedType(type, m_fold.type());
    }

    bool add(const Expr* factor)
    {
        m_fold.factors.push_back(factor);
        return m_kernel.references(m_fold.reduction.var, factor).empty() && m_kernel.source().range(factor).has_value();
    }

    /// Whether the steps touch nothing of each other's.
    bool readAccesses()
    {
        const auto element = m_kernel.symbolOf(m_fold.var);
        const auto accesses = m_kernel.accesses(m_fold.loop);
        for (const auto& access : accesses) {
            if (access.base == nullptr || !llvm::isa<ParmVarDecl>(access.base) || access.atomic)
                return false;
            if (!access.writes)
                continue;
            const auto stride = access.index ? access.index->coefficient(element) : std::nullopt;
            const bool isWrite = std::ranges::any_of(
                m_fold.writes, [&](const auto& one) { return assignedBy(one.statement) == access.expression; });
            if (!isWrite || !stride || !stride->isOne())
                return false;
            m_fold.written.insert(access.base);
        }
        return std::ranges::all_of(accesses, [&](const Access& access) {
            return readsBeforeWrites(access) && std::ranges::all_of(accesses, [&](const Access& other) {
                       return !other.writes || other.base != access.base
                           || (access.index && access.index == other.index);
                   });
        });
    }

    /// What is folded is what stood there before the loop.
    [[nodiscard]] bool readsBeforeWrites(const Access& access) const
    {
        if (m_fold.written.count(access.base) == 0)
            return true;
        return std::ranges::all_of(m_fold.writes, [&](const RunningFold::Write& write) {
            return access.expression->getEndLoc() < write.statement->getBeginLoc()
                || !(write.statement->getEndLoc() < access.expression->getBeginLoc()) || isInWrite(access.expression);
        });
    }

    [[nodiscard]] bool isInWrite(const Expr* expression) const
    {
        return std::ranges::any_of(m_fold.writes, [&](const RunningFold::Write& write) {
            return !(expression->getBeginLoc() < write.statement->getBeginLoc())
                && !(write.statement->getEndLoc() < expression->getBeginLoc());
        });
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

bool endsAlone(const KernelScope& kernel, const RunningFold& fold)
{
    const auto bound = fold.bounds.size() == 1 ? kernel.form(fold.bounds[0]) : std::nullopt;
    const auto element = kernel.symbolOf(fold.var);
    const auto isNext = [&](const Access& access) {
        return std::ranges::all_of(kernel.accesses(fold.loop), [&](const Access& other) {
            return other.base != access.base
                || (bound && access.index && other.index && !access.reads && other.index->coefficient(element)
                    && other.index->coefficient(element)->isOne()
                    && *access.index == other.index->without(element) + *bound);
        });
    };
    bool isAlone = true;
    for (const Stmt* statement : fold.after) {
        for (const auto& access : kernel.accesses(statement))
            isAlone = isAlone && ((fold.written.count(access.base) == 0 && !access.writes) || isNext(access));
        walk(statement, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isAlone = isAlone && (var == nullptr || !kernel.isModifiedWithin(var, statement));
            return isAlone;
        });
    }
    return isAlone;
}

std::set<const VarDecl*> arraysWritten(const KernelScope& kernel, const RunningFold& fold)
{
    auto written = fold.written;
    for (const Stmt* statement : fold.after)
        for (const auto& access : kernel.accesses(statement))
            if (access.writes)
                written.insert(access.base);
    return written;
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
