// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FoldLoop.h"

#include "moves/KnownKernel.h"
#include "moves/TwinLoops.h"

namespace warploom {

using namespace clang;

namespace {

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

class LoopReader {
public:
    explicit LoopReader(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }

    std::optional<FoldLoop> read(const std::vector<const Stmt*>& body)
    {
        const auto loop = std::ranges::find_if(body, [](const Stmt* one) { return llvm::isa<ForStmt>(one); });
        if (loop == body.end())
            return std::nullopt;
        m_found.before.assign(body.begin(), loop);
        m_found.after.assign(std::next(loop), body.end());
        m_found.loop = llvm::cast<ForStmt>(*loop);
        return readHeader() && areQuiet() && isFlat() && !touchesFileVariables(m_found.loop) ? std::optional(m_found)
                                                                                             : std::nullopt;
    }

private:
    bool readHeader()
    {
        const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(m_found.loop->getInit());
        if (declaration == nullptr || !declaration->isSingleDecl() || m_found.loop->getCond() == nullptr
            || m_found.loop->getInc() == nullptr)
            return false;
        m_found.var = llvm::dyn_cast<VarDecl>(declaration->getSingleDecl());
        const auto* step = llvm::dyn_cast<UnaryOperator>(m_found.loop->getInc()->IgnoreParens());
        if (m_found.var == nullptr || !m_found.var->hasInit() || !m_found.var->getType()->isIntegerType()
            || step == nullptr || !step->isIncrementOp() || plainVariable(step->getSubExpr()) != m_found.var
            || m_kernel.isModifiedWithin(m_found.var, m_found.loop->getBody()))
            return false;
        m_found.first = m_found.var->getInit();
        for (const Expr* part : conjuncts(m_found.loop->getCond())) {
            const auto* comparison = llvm::dyn_cast<BinaryOperator>(part);
            if (comparison == nullptr || comparison->getOpcode() != BO_LT
                || plainVariable(comparison->getLHS()) != m_found.var
                || !m_kernel.references(m_found.var, comparison->getRHS()).empty())
                return false;
            m_found.bounds.push_back(comparison->getRHS());
        }
        return true;
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
        return std::ranges::all_of(m_found.before, [&](const Stmt* one) { return isQuiet(one, false); })
            && std::ranges::all_of(m_found.after, [&](const Stmt* one) { return isQuiet(one, true); });
    }

    [[nodiscard]] bool isFlat() const
    {
        const Stmt* body = m_found.loop->getBody();
        bool isPlain = !m_kernel.containsReturn(body) && !m_kernel.synchronises(body);
        walk(body, [&](const Stmt* node) {
            isPlain = isPlain && !llvm::isa<ForStmt, WhileStmt, DoStmt, LambdaExpr, SwitchStmt>(node);
            return isPlain;
        });
        return isPlain;
    }

    const KernelScope& m_kernel;
    FoldLoop m_found;
};

bool isFoldable(const KernelScope& kernel, QualType type)
{
    const auto bits = type->isArithmeticType() ? kernel.source().context().getTypeSize(type) : 0;
    return type->isBuiltinType() && (bits == 32 || bits == 64) && !type.isVolatileQualified();
}

class ElementReader {
public:
    ElementReader(const KernelScope& kernel, FoldLoop& loop, const std::vector<const Expr*>& writes)
        : m_kernel(kernel)
        , m_loop(loop)
        , m_writes(writes)
    {
    }

    /// Whether the steps touch nothing of each other's.
    bool read()
    {
        const auto element = m_kernel.symbolOf(m_loop.var);
        const auto varying = varyingSymbols(m_kernel, m_loop.loop);
        const auto accesses = m_kernel.accesses(m_loop.loop);
        for (const auto& access : accesses) {
            if (access.base == nullptr || !llvm::isa<ParmVarDecl>(access.base) || access.atomic)
                return false;
            if (!access.writes)
                continue;
            const auto stride = access.index ? access.index->coefficient(element) : std::nullopt;
            const bool isWrite =
                std::ranges::any_of(m_writes, [&](const auto& one) { return assignedBy(one) == access.expression; });
            if (!isWrite || !stride || !(stride->isOne() || stride->constantValue() == -1)
                || !access.index->without(element).termsOf(varying).isZero())
                return false;
            m_loop.written.insert(access.base);
        }
        return std::ranges::all_of(accesses, [&](const Access& access) {
            return readsBeforeWrites(access) && std::ranges::all_of(accesses, [&](const Access& other) {
                       return !other.writes || other.base != access.base
                           || (access.index && access.index == other.index);
                   });
        });
    }

private:
    /// What is folded is what stood there before the loop.
    [[nodiscard]] bool readsBeforeWrites(const Access& access) const
    {
        if (m_loop.written.count(access.base) == 0)
            return true;
        return std::ranges::all_of(m_writes, [&](const Expr* write) {
            return access.expression->getEndLoc() < write->getBeginLoc()
                || !(write->getEndLoc() < access.expression->getBeginLoc()) || isInWrite(access.expression);
        });
    }

    [[nodiscard]] bool isInWrite(const Expr* expression) const
    {
        return std::ranges::any_of(m_writes, [&](const Expr* write) {
            return !(expression->getBeginLoc() < write->getBeginLoc())
                && !(write->getEndLoc() < expression->getBeginLoc());
        });
    }

    const KernelScope& m_kernel;
    FoldLoop& m_loop;
    const std::vector<const Expr*>& m_writes;
};

}  // namespace

std::vector<const Stmt*> FoldLoop::withLocals(const KernelScope& kernel, std::vector<const Stmt*> parts) const
{
    // A local may need earlier ones.
    for (auto local = locals.rbegin(); local != locals.rend(); ++local)
        for (const auto* one : (*local)->decls())
            if (std::ranges::any_of(parts, [&](const Stmt* part) {
                    return !kernel.references(llvm::cast<VarDecl>(one), part).empty();
                })) {
                parts.insert(parts.begin(), *local);
                break;
            }
    return parts;
}

std::optional<FoldLoop> foldLoop(const KernelScope& kernel, const std::vector<const Stmt*>& body)
{
    return LoopReader(kernel).read(body);
}

std::set<const VarDecl*> changedVariables(const KernelScope& kernel, const FoldLoop& loop)
{
    std::set<const VarDecl*> changed;
    walk(loop.loop, [&](const Stmt* node) {
        if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
            if (const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
                var != nullptr && var != loop.var && kernel.isModifiedWithin(var, loop.loop))
                changed.insert(var);
        return true;
    });
    return changed;
}

bool canHoldFold(const KernelScope& kernel, const FoldLoop& loop, const VarDecl* var)
{
    if (!var->isLocalVarDecl() || !isPrivate(var) || !var->hasInit() || !isFoldable(kernel, var->getType())
        || loop.loop->getBeginLoc() < var->getBeginLoc())
        return false;
    const auto isKept = [&](const Stmt* one) { return !kernel.isModifiedWithin(var, one); };
    return std::ranges::all_of(loop.before, isKept) && std::ranges::all_of(loop.after, isKept)
        && kernel.references(var, loop.loop->getCond()).empty();
}

bool readOwnElements(const KernelScope& kernel, FoldLoop& loop, const std::vector<const Expr*>& writes)
{
    return ElementReader(kernel, loop, writes).read();
}

bool isBeforeFirst(const KernelScope& kernel, const VarDecl* counter, const Expr* first, const Access& place,
                   const Access& access)
{
    const auto element = kernel.symbolOf(counter);
    const auto start = kernel.form(first);
    const auto step = access.index ? access.index->coefficient(element) : std::nullopt;
    return start && place.index && step && (step->isOne() || step->constantValue() == -1)
        && *place.index == access.index->without(element) + (*start - IndexForm::constant(1)) * *step;
}

bool endsAlone(const KernelScope& kernel, const FoldLoop& fold)
{
    const auto bound = fold.bounds.size() == 1 ? kernel.form(fold.bounds[0]) : std::nullopt;
    const auto element = kernel.symbolOf(fold.var);
    const auto isNext = [&](const Access& access) {
        return std::ranges::all_of(kernel.accesses(fold.loop), [&](const Access& other) {
            return other.base != access.base
                || (!access.reads && isBeforeFirst(kernel, fold.var, fold.first, access, other))
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

std::set<const VarDecl*> arraysWritten(const KernelScope& kernel, const FoldLoop& fold)
{
    auto written = fold.written;
    for (const Stmt* statement : fold.after)
        for (const auto& access : kernel.accesses(statement))
            if (access.writes)
                written.insert(access.base);
    return written;
}

std::vector<const Stmt*> statementsIn(const Stmt* body)
{
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(body))
        return {compound->body_begin(), compound->body_end()};
    return {body};
}

const Expr* assignedBy(const Expr* statement)
{
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(statement))
        return binary->isAssignmentOp() ? binary->getLHS()->IgnoreParens() : nullptr;
    const auto* call = llvm::dyn_cast<CXXOperatorCallExpr>(statement);
    return call != nullptr && call->isAssignmentOp() ? call->getArg(0)->IgnoreParens() : nullptr;
}

}  // namespace warploom
