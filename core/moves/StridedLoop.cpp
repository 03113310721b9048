// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/StridedLoop.h"

#include "moves/GuardedKernel.h"
#include "moves/PlainLaunch.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

/// Whether start and step of a loop are those of threads that share it without gap or overlap.
bool takesTurns(const KernelScope& kernel, const CountedLoop& loop)
{
    const auto start = kernel.form(loop.start);
    const auto step = loop.step == nullptr ? std::nullopt : kernel.form(loop.step);
    if (!start || !step)
        return false;
    const auto thread = IndexForm::symbol(threadSymbol(0));
    const auto size = IndexForm::symbol(blockSizeSymbol(0));
    if (*start == thread && *step == size)
        return true;
    // The lanes of a warp, or of a part of it.
    if (*start == IndexForm::opaque("%", thread, *step))
        return true;
    if (isThreadIndex(kernel, loop.start, 0) && *step == size * IndexForm::symbol(gridSizeSymbol(0)))
        return true;
    const auto launches = kernel.launches();
    return *start == thread && !launches.empty()
        && std::all_of(launches.begin(), launches.end(), [&](const auto* launch) {
               const auto shape = kernel.source().directives().blockShape(*launch);
               return shape && *step == IndexForm::constant((*shape)[0]);
           });
}

/// Whether the threads that share a loop may differ in something. What they worked out together counts as the same.
class SharerUses {
public:
    SharerUses(const KernelScope& kernel, const CountedLoop& loop)
        : m_kernel(kernel)
        , m_loop(loop)
    {
        const auto start = kernel.form(loop.start);
        const auto thread = IndexForm::symbol(threadSymbol(0));
        const auto step = loop.step == nullptr ? std::nullopt : kernel.form(loop.step);
        if (start && step && *start == IndexForm::opaque("%", thread, *step))
            m_lanes = step;
        m_isOfGrid = start && start->dependsOn(blockSymbol(0));
    }

    /// Whether what the loop does, or whether it is run at all, may differ.
    bool any()
    {
        return m_found || isIn(m_loop.bound) || isIn(m_loop.statement->getBody()) || isAround(m_loop.statement)
            || isBefore();
    }

private:
    bool isIn(const Stmt* statement)
    {
        m_found = m_found || (statement != nullptr && callsUseBuiltins(statement));
        walk(statement, [&](const Stmt* node) {
            read(node);
            return !m_found && !isGroupNumber(node);
        });
        return m_found;
    }

    void read(const Stmt* node)
    {
        const auto* member = llvm::dyn_cast<MemberExpr>(node);
        const auto form = member == nullptr ? std::nullopt : m_kernel.form(member);
        if (form
            && (*form == IndexForm::symbol(threadSymbol(0))
                || (m_isOfGrid && *form == IndexForm::symbol(blockSymbol(0)))))
            m_found = true;
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var == nullptr || var == m_loop.var || !var->isLocalVarDecl() || !m_seen.insert(var).second)
            return;
        if (m_kernel.isModified(var))
            readChanges(*var);
        else if (var->hasInit() && !m_kernel.synchronises(var->getInit()))
            isIn(var->getInit());
    }

    /// A variable that is set before the loop, and not in it: what it was set to since threads last worked it out
    /// together, and whether all of them come by there.
    void readChanges(const VarDecl& var)
    {
        if (isDeclaredWithin(&var, m_loop.statement) || m_kernel.isModifiedWithin(&var, m_loop.statement))
            return;
        std::vector<const Stmt*> changes;
        bool isAnew = false;
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            if (!sets(node, var))
                return true;
            const bool isBefore = node->getBeginLoc() < m_loop.statement->getBeginLoc();
            const bool isTogether = isBefore && m_kernel.synchronises(node);
            if (isTogether || (isBefore && startsAnew(node, var))) {
                isAnew = true;
                changes.clear();
            }
            if (!isTogether)
                changes.push_back(node);
            return true;
        });
        if (!isAnew && var.hasInit() && !m_kernel.synchronises(var.getInit()))
            isIn(var.getInit());
        for (const Stmt* change : changes) {
            isIn(change);
            isAround(change);
        }
    }

    /// Whether \p node gives \p var another value.
    static bool sets(const Stmt* node, const VarDecl& var)
    {
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(node); binary != nullptr && binary->isAssignmentOp())
            return plainVariable(binary->getLHS()) == &var;
        const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
        return unary != nullptr && unary->isIncrementDecrementOp() && plainVariable(unary->getSubExpr()) == &var;
    }

    /// Whether \p change, which all that come to the loop come by, leaves nothing of what \p var was.
    [[nodiscard]] bool startsAnew(const Stmt* change, const VarDecl& var) const
    {
        const auto* binary = llvm::dyn_cast<BinaryOperator>(change);
        if (binary == nullptr || binary->getOpcode() != BO_Assign
            || !m_kernel.references(&var, binary->getRHS()).empty())
            return false;
        const Stmt* above = m_kernel.parent(change);
        while (llvm::isa_and_nonnull<Expr>(above))
            above = m_kernel.parent(above);
        if (!llvm::isa_and_nonnull<CompoundStmt>(above))
            return false;
        for (const Stmt* node = m_loop.statement; node != nullptr; node = m_kernel.parent(node))
            if (node == above)
                return true;
        return false;
    }

    /// The same for all lanes that share the loop: thread / 32, where a warp does.
    [[nodiscard]] bool isGroupNumber(const Stmt* node) const
    {
        const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
        if (!m_lanes || binary == nullptr || (binary->getOpcode() != BO_Div && binary->getOpcode() != BO_Shr))
            return false;
        const auto left = m_kernel.form(binary->getLHS());
        const auto right = m_kernel.form(binary->getRHS());
        if (!left || !right || left->coefficient(threadSymbol(0)) != IndexForm::constant(1))
            return false;
        const bool isWarp = *m_lanes == IndexForm::constant(32);
        return binary->getOpcode() == BO_Div ? *right == *m_lanes : isWarp && *right == IndexForm::constant(5);
    }

    /// Whether threads may differ in whether, and how often, they come to \p statement.
    bool isAround(const Stmt* statement)
    {
        for (const Stmt* node = m_kernel.parent(statement); node != nullptr; node = m_kernel.parent(node)) {
            if (const auto* choice = llvm::dyn_cast<IfStmt>(node))
                isIn(choice->getCond());
            else if (const auto* loop = llvm::dyn_cast<ForStmt>(node))
                m_found = isIn(loop->getInit()) || isIn(loop->getCond()) || isIn(loop->getInc());
            else if (const auto* other = llvm::dyn_cast<WhileStmt>(node))
                isIn(other->getCond());
            else if (const auto* cases = llvm::dyn_cast<SwitchStmt>(node))
                isIn(cases->getCond());
        }
        return m_found;
    }

    /// Threads that some condition let leave before.
    bool isBefore()
    {
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* choice = llvm::dyn_cast<IfStmt>(node);
            if (choice != nullptr && choice->getBeginLoc() < m_loop.statement->getBeginLoc() && leaves(choice))
                isIn(choice->getCond());
            return !m_found;
        });
        return m_found;
    }

    static bool leaves(const Stmt* statement)
    {
        bool found = false;
        walk(statement, [&](const Stmt* node) {
            found = found || llvm::isa<ReturnStmt>(node);
            return !found && !llvm::isa<LambdaExpr>(node);
        });
        return found;
    }

    const KernelScope& m_kernel;
    const CountedLoop& m_loop;
    std::optional<IndexForm> m_lanes;  ///< how many share the loop, where not all of a block do
    bool m_isOfGrid = false;
    bool m_found = false;
    std::set<const VarDecl*> m_seen;
};

/// Whether the bound is another one later: the body changes it, or the kernel the memory that it is read from.
bool isBoundMoved(const KernelScope& kernel, const CountedLoop& loop)
{
    bool isMoved = false;
    walk(loop.bound, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        isMoved = isMoved || (var != nullptr && kernel.isModifiedWithin(var, loop.statement));
        return !isMoved;
    });
    const auto read = kernel.accesses(loop.bound);
    for (const auto& access : kernel.accesses(kernel.kernel().getBody()))
        isMoved = isMoved || (access.writes && std::ranges::any_of(read, [&](const auto& one) {
                                  return one.base == access.base || one.base == nullptr;
                              }));
    return isMoved;
}

/// Whether threads may differ in where a row starts: a variable that is set anew takes part, other than those of the
/// loops around.
bool mayStartApart(const KernelScope& kernel, const Stmt* loop, const IndexForm& start)
{
    std::set<std::string> moved;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var != nullptr && kernel.isModified(var))
            moved.insert(kernel.symbolOf(var));
        return true;
    });
    for (const Stmt* node = kernel.parent(loop); node != nullptr; node = kernel.parent(node))
        if (const auto around = kernel.countedLoop(node))
            moved.erase(kernel.symbolOf(around->var));
    return !start.termsOf(moved).isZero();
}

/// Whether \p bound is how many elements stand before a boundary: a number worked out from an address.
bool isOfAddress(const Expr* bound)
{
    const auto* var = plainVariable(bound);
    bool found = false;
    walk(var == nullptr || !var->hasInit() ? nullptr : var->getInit(), [&](const Stmt* node) {
        const auto* cast = llvm::dyn_cast<CastExpr>(node);
        found = found || (cast != nullptr && cast->getCastKind() == CK_PointerToIntegral);
        return !found;
    });
    return found;
}

/// Whether the loop is what a vectorised loop falls back to.
bool isFallback(const KernelScope& kernel, const CountedLoop& counted)
{
    const Stmt* loop = counted.statement;
    if (isOfAddress(counted.bound))
        return true;
    for (const Stmt* node = loop; node != nullptr; node = kernel.parent(node)) {
        const auto* choice = llvm::dyn_cast_or_null<IfStmt>(kernel.parent(node));
        if (choice != nullptr && choice->getElse() == node
            && kernel.source().text(choice->getCond()).find('%') != std::string::npos)
            return true;
    }
    return false;
}

}  // namespace

std::optional<std::int64_t> sharersOf(const KernelScope& kernel, const CountedLoop& loop)
{
    const auto step = loop.step == nullptr ? std::nullopt : kernel.form(loop.step);
    if (step && step->constantValue())
        return step->constantValue();
    const auto launches = kernel.launches();
    if (!step || launches.empty() || !(*step == IndexForm::symbol(blockSizeSymbol(0))))
        return std::nullopt;
    const auto shape = kernel.source().directives().blockShape(*launches.front());
    return shape ? std::optional((*shape)[0]) : std::nullopt;
}

std::optional<StridedLoop> stridedLoop(const KernelScope& kernel, const Stmt* statement, RowStart rows, VectorsOf of,
                                       const std::set<const VarDecl*>& arrays)
{
    const auto counted = kernel.countedLoop(statement);
    if (!counted || !takesTurns(kernel, *counted) || isFallback(kernel, *counted) || isBoundMoved(kernel, *counted)
        || SharerUses(kernel, *counted).any())
        return std::nullopt;
    const Stmt* body = counted->statement->getBody();
    std::vector<const Stmt*> statements = {body};
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(body))
        statements.assign(compound->body_begin(), compound->body_end());
    const auto& source = kernel.source();
    const auto whole = source.statementRange(statement);
    const auto start = source.range(counted->start);
    const auto step = source.range(counted->step);
    const auto bound = source.text(counted->bound);
    if (statements.empty() || !whole || !start || !step || bound.empty())
        return std::nullopt;
    const auto first = source.statementRange(statements.front());
    const auto last = source.statementRange(statements.back());
    if (!first || !last)
        return std::nullopt;
    auto plan =
        VectorPlan::make(kernel, counted->var, counted->bound, statements, {first->begin, last->end}, of, rows, arrays);
    if (!plan || (plan->start() && mayStartApart(kernel, statement, *plan->start())))
        return std::nullopt;
    return StridedLoop{*counted, std::move(*plan), *whole, *start, *step, bound};
}

bool hasOddRows(const MoveContext& context, const KernelScope& kernel, const StridedLoop& loop)
{
    const auto bound = kernel.form(loop.counted.bound);
    const auto timed = timedArguments(context, kernel);
    return bound && loop.plan.needsMultipleBound() && std::ranges::any_of(timed, [&](const auto& values) {
               return valueWith(*bound, values).value_or(0) % loop.plan.width() != 0;
           });
}

}  // namespace warploom
