// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/Selection.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kLongestList = 32;

using SelectionParts = std::vector<const Stmt*>;

SelectionParts selectionParts(const Stmt* statement)
{
    if (const auto* compound = llvm::dyn_cast_or_null<CompoundStmt>(statement))
        return {compound->body_begin(), compound->body_end()};
    return statement == nullptr ? SelectionParts{} : SelectionParts{statement};
}

const VarDecl* declaredVar(const Stmt* statement)
{
    const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
    return declaration != nullptr && declaration->isSingleDecl() ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
                                                                 : nullptr;
}

const BinaryOperator* plainAssignment(const Stmt* statement)
{
    const auto* binary = llvm::dyn_cast_or_null<BinaryOperator>(statement);
    return binary != nullptr && binary->getOpcode() == BO_Assign ? binary : nullptr;
}

/// A comparison with the larger side first.
struct ValueOrder {
    const Expr* larger = nullptr;
    const Expr* smaller = nullptr;
};

/// What holds when \p condition does; with \p negated, when it does not.
std::optional<ValueOrder> valueOrderOf(const Expr* condition, bool negated = false)
{
    condition = condition->IgnoreParenImpCasts();
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(condition); unary != nullptr && unary->getOpcode() == UO_LNot)
        return valueOrderOf(unary->getSubExpr(), !negated);
    const auto* binary = llvm::dyn_cast<BinaryOperator>(condition);
    if (binary == nullptr || !binary->isRelationalOp())
        return std::nullopt;
    const bool leftIsLarger = (binary->getOpcode() == BO_GT || binary->getOpcode() == BO_GE) != negated;
    const Expr* left = binary->getLHS()->IgnoreParenImpCasts();
    const Expr* right = binary->getRHS()->IgnoreParenImpCasts();
    return leftIsLarger ? ValueOrder{left, right} : ValueOrder{right, left};
}

/// The variable that \p statement counts down by one.
const VarDecl* countedDown(const Stmt* statement)
{
    if (const auto* unary = llvm::dyn_cast_or_null<UnaryOperator>(statement);
        unary != nullptr && unary->isDecrementOp())
        return plainVariable(unary->getSubExpr());
    return nullptr;
}

class SelectionRecogniser {
public:
    explicit SelectionRecogniser(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }

    std::optional<Selection> recognise()
    {
        auto guarded = guardedKernel(m_kernel);
        if (!guarded || guarded->indices.size() != 1 || guarded->indices[0].dimension != 0
            || usesBuiltinsElsewhere(m_kernel, *guarded))
            return std::nullopt;
        m_result.guarded = std::move(*guarded);
        for (const Stmt* statement : m_result.guarded.body)
            if (!readStatement(statement))
                return std::nullopt;
        return m_result.outputs.empty() ? std::nullopt : std::optional(m_result);
    }

private:
    bool readStatement(const Stmt* statement)
    {
        if (llvm::isa<DeclStmt>(statement))
            return readDeclaration(llvm::cast<DeclStmt>(statement));
        const auto loop = m_kernel.countedLoop(statement);
        if (!loop || loop->step != nullptr || m_result.list == nullptr || !m_kernel.source().statementRange(statement))
            return false;
        const auto start = m_kernel.form(loop->start);
        if (!start || !start->isZero())
            return false;
        if (m_result.fill == nullptr)
            return readFill(*loop);
        return m_result.value == nullptr ? readRow(*loop) : readOutput(*loop);
    }

    bool readDeclaration(const DeclStmt* statement)
    {
        for (const auto& access : m_kernel.accesses(statement))
            if (access.base == nullptr || access.writes)
                return false;
        const bool isAfterRow = m_result.value != nullptr;
        m_result.needsAllThreads = m_result.needsAllThreads || !m_result.outputs.empty()
            || (isAfterRow && !m_kernel.references(m_result.list, statement).empty());
        const auto* var = declaredVar(statement);
        const auto* array =
            var == nullptr ? nullptr : m_kernel.source().context().getAsConstantArrayType(var->getType());
        if (array == nullptr)
            return std::ranges::none_of(statement->decls(), [](const Decl* one) {
                const auto* other = llvm::dyn_cast<VarDecl>(one);
                return other == nullptr || other->getType()->isArrayType();
            });
        m_result.count = static_cast<std::int64_t>(array->getSize().getLimitedValue(kLongestList + 1));
        m_result.type = array->getElementType().getUnqualifiedType().getCanonicalType();
        const bool isShuffled = m_result.type->isBuiltinType() && m_result.type->isArithmeticType()
            && (m_result.type->isIntegerType() || !m_result.type->isSpecificBuiltinType(BuiltinType::LongDouble))
            && m_kernel.source().context().getTypeSize(m_result.type) >= 32;
        if (m_result.list != nullptr || isSharedArray(var) || var->hasInit() || !isShuffled || m_result.count < 2
            || m_result.count > kLongestList || !m_kernel.source().statementRange(statement))
            return false;
        m_result.declaration = statement;
        m_result.list = var;
        return true;
    }

    [[nodiscard]] bool isWholeList(const CountedLoop& loop) const
    {
        const auto bound = m_kernel.form(loop.bound);
        return bound && bound->constantValue() == m_result.count;
    }

    /// What \p expression's place in the list is, if it is an element of it.
    [[nodiscard]] std::optional<IndexForm> placeOf(const Expr* expression) const
    {
        const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(expression->IgnoreParenImpCasts());
        if (subscript == nullptr || plainVariable(subscript->getBase()) != m_result.list)
            return std::nullopt;
        return m_kernel.form(subscript->getIdx());
    }

    [[nodiscard]] bool isAt(const Expr* expression, const VarDecl* place, std::int64_t offset) const
    {
        const auto form = placeOf(expression);
        return form && *form == IndexForm::symbol(m_kernel.symbolOf(place)) + IndexForm::constant(offset);
    }

    [[nodiscard]] bool isLast(const Expr* expression) const
    {
        const auto form = placeOf(expression);
        return form && form->constantValue() == m_result.count - 1;
    }

    bool readFill(const CountedLoop& loop)
    {
        const auto parts = selectionParts(loop.statement->getBody());
        const auto* sets = parts.size() == 1 ? plainAssignment(parts[0]) : nullptr;
        if (!isWholeList(loop) || sets == nullptr || !isAt(sets->getLHS(), loop.var, 0)
            || !m_kernel.accesses(sets->getRHS()).empty() || m_kernel.source().text(sets->getRHS()).empty()
            || sets->getRHS()->HasSideEffects(m_kernel.source().context(), false))
            return false;
        bool isFixed = true;
        walk(sets->getRHS(), [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            isFixed = isFixed && (reference == nullptr || !llvm::isa<VarDecl>(reference->getDecl()));
            return isFixed;
        });
        m_result.fill = loop.statement;
        m_result.lowest = sets->getRHS();
        return isFixed;
    }

    /// What the kernel calls the element: a variable of the loop, or the expression itself.
    [[nodiscard]] bool isValue(const Expr* expression) const
    {
        if (m_variable != nullptr) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression->IgnoreParenImpCasts());
            return reference != nullptr && reference->getDecl() == m_variable;
        }
        const auto text = m_kernel.source().text(expression->IgnoreParenImpCasts());
        return !text.empty() && text == m_kernel.source().text(m_result.value);
    }

    bool readRow(const CountedLoop& loop)
    {
        m_result.loop = loop;
        auto parts = selectionParts(loop.statement->getBody());
        if (const auto* var = parts.empty() ? nullptr : declaredVar(parts.front())) {
            m_variable = var;
            m_result.value = var->getInit();
            parts.erase(parts.begin());
        }
        if (parts.empty() || !m_kernel.source().range(loop.bound) || !m_kernel.accesses(loop.bound).empty()
            || loop.bound->HasSideEffects(m_kernel.source().context(), false))
            return false;
        if (const auto* choice = llvm::dyn_cast<IfStmt>(parts.front()); choice != nullptr && !readGuard(choice, parts))
            return false;
        return m_result.value != nullptr && (isInsertion(parts) || isExchange(parts)) && readElement();
    }

    /// if (worse than the last) continue; …     or     if (better than the last) { … }, all there is
    bool readGuard(const IfStmt* choice, SelectionParts& parts)
    {
        const auto inner = selectionParts(choice->getThen());
        const bool leaves = inner.size() == 1 && llvm::isa<ContinueStmt>(inner[0]);
        if (choice->getElse() != nullptr || choice->hasInitStorage() || choice->hasVarStorage()
            || (!leaves && parts.size() != 1))
            return false;
        const auto order = valueOrderOf(choice->getCond(), leaves);
        if (!order || isLast(order->larger) == isLast(order->smaller))
            return false;
        m_result.keepsLargest = isLast(order->smaller);
        const Expr* value = m_result.keepsLargest ? order->larger : order->smaller;
        if (m_result.value == nullptr)
            m_result.value = value;
        else if (!isValue(value))
            return false;
        m_isGuarded = true;
        if (leaves)
            parts.erase(parts.begin());
        else
            parts = inner;
        return true;
    }

    /// Whether \p order says that the value belongs before the element at \p place + \p offset.
    [[nodiscard]] bool displaces(const std::optional<ValueOrder>& order, const VarDecl* place,
                                 std::int64_t offset) const
    {
        if (!order)
            return false;
        const Expr* value = m_result.keepsLargest ? order->larger : order->smaller;
        const Expr* other = m_result.keepsLargest ? order->smaller : order->larger;
        return isValue(value) && isAt(other, place, offset);
    }

    /// int p = K - 1; while (p > 0 && best[p - 1] < v) { best[p] = best[p - 1]; --p; } best[p] = v;
    [[nodiscard]] bool isInsertion(const SelectionParts& parts) const
    {
        if (!m_isGuarded || parts.size() != 3)
            return false;
        const auto* place = declaredVar(parts[0]);
        const auto start = place != nullptr && place->hasInit() ? m_kernel.form(place->getInit()) : std::nullopt;
        if (!start || start->constantValue() != m_result.count - 1 || !place->getType()->isSignedIntegerType())
            return false;
        SelectionParts moves;
        const Expr* condition = nullptr;
        if (const auto* loop = llvm::dyn_cast<ForStmt>(parts[1])) {
            moves = selectionParts(loop->getBody());
            if (loop->getInit() != nullptr || loop->getConditionVariable() != nullptr)
                return false;
            if (loop->getInc() != nullptr)
                moves.push_back(loop->getInc());
            condition = loop->getCond();
        } else if (const auto* repeat = llvm::dyn_cast<WhileStmt>(parts[1])) {
            moves = selectionParts(repeat->getBody());
            condition = repeat->getCond();
        }
        if (moves.size() != 2 || condition == nullptr || countedDown(moves[1]) != place
            || !goesOn(condition->IgnoreParenImpCasts(), place))
            return false;
        const auto* shift = plainAssignment(moves[0]);
        const auto* put = plainAssignment(parts[2]);
        return shift != nullptr && isAt(shift->getLHS(), place, 0) && isAt(shift->getRHS(), place, -1) && put != nullptr
            && isAt(put->getLHS(), place, 0) && isValue(put->getRHS());
    }

    /// place > 0 && best[place - 1] is worse than the value
    [[nodiscard]] bool goesOn(const Expr* condition, const VarDecl* place) const
    {
        const auto* both = llvm::dyn_cast<BinaryOperator>(condition);
        if (both == nullptr || both->getOpcode() != BO_LAnd)
            return false;
        const auto* inner = llvm::dyn_cast<BinaryOperator>(both->getLHS()->IgnoreParenImpCasts());
        const auto order = valueOrderOf(both->getLHS());
        if (inner == nullptr || !order || plainVariable(order->larger) != place)
            return false;
        const auto limit = m_kernel.form(order->smaller);
        const bool isStrict = inner->getOpcode() == BO_GT || inner->getOpcode() == BO_LT;
        return limit && limit->constantValue() == (isStrict ? 0 : 1)
            && displaces(valueOrderOf(both->getRHS()), place, -1);
    }

    /// for (k…) if (v > best[k]) { T t = best[k]; best[k] = v; v = t; }
    [[nodiscard]] bool isExchange(const SelectionParts& parts)
    {
        const auto loop = parts.size() == 1 ? m_kernel.countedLoop(parts[0]) : std::nullopt;
        const auto start = loop ? m_kernel.form(loop->start) : std::nullopt;
        if (!loop || loop->step != nullptr || !start || !start->isZero() || !isWholeList(*loop)
            || m_variable == nullptr)
            return false;
        const auto body = selectionParts(loop->statement->getBody());
        const auto* choice = body.size() == 1 ? llvm::dyn_cast<IfStmt>(body[0]) : nullptr;
        const auto swaps = choice == nullptr ? SelectionParts{} : selectionParts(choice->getThen());
        if (swaps.size() != 3 || choice->getElse() != nullptr || choice->hasInitStorage() || choice->hasVarStorage())
            return false;
        const auto order = valueOrderOf(choice->getCond());
        if (!m_isGuarded && order)
            m_result.keepsLargest = isValue(order->larger);
        const auto* kept = declaredVar(swaps[0]);
        const auto* put = plainAssignment(swaps[1]);
        const auto* taken = plainAssignment(swaps[2]);
        return displaces(order, loop->var, 0) && kept != nullptr && kept->hasInit()
            && isAt(kept->getInit(), loop->var, 0)
            && kept->getType().getUnqualifiedType().getCanonicalType() == m_result.type && put != nullptr
            && isAt(put->getLHS(), loop->var, 0) && isValue(put->getRHS()) && taken != nullptr
            && plainVariable(taken->getLHS()) == m_variable && plainVariable(taken->getRHS()) == kept;
    }

    /// The value is made of one element of the row, and neighbours in the row lie side by side.
    bool readElement()
    {
        const auto& source = m_kernel.source();
        const QualType type = m_variable != nullptr ? m_variable->getType() : m_result.value->getType();
        const auto accesses = m_kernel.accesses(m_result.value);
        if (type.getUnqualifiedType().getCanonicalType() != m_result.type || accesses.size() != 1
            || m_kernel.synchronises(m_result.value) || source.text(m_result.value).empty())
            return false;
        m_result.element = accesses.front();
        const auto& element = m_result.element;
        const auto step =
            element.index ? element.index->coefficient(m_kernel.symbolOf(m_result.loop.var)) : std::nullopt;
        if (!llvm::isa_and_nonnull<ParmVarDecl>(element.base) || element.writes || element.call != nullptr || !step
            || !step->isOne() || !source.range(element.expression)
            || !m_kernel.renaming(m_result.loop.var, element.expression, {}))
            return false;
        m_result.elementType = element.expression->getType().getUnqualifiedType();
        const auto bits = source.context().getTypeSize(m_result.elementType);
        for (const auto& access : m_kernel.accesses(m_kernel.kernel().getBody()))
            if (access.writes && (access.base == nullptr || access.base == element.base))
                return false;
        return (bits == 8 || bits == 16 || bits == 32 || bits == 64) && isOfColumnOnly(m_result.value);
    }

    /// Whether nothing that the row loop sets, but its counter, takes part.
    [[nodiscard]] bool isOfColumnOnly(const Expr* value) const
    {
        bool result = true;
        walk(value, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            result = result
                && (var == nullptr || var == m_result.loop.var
                    || !m_kernel.isModifiedWithin(var, m_result.loop.statement));
            return result;
        });
        return result && !value->HasSideEffects(m_kernel.source().context(), false);
    }

    /// Writes elsewhere for each place of the list, which may be done in any order.
    bool readOutput(const CountedLoop& loop)
    {
        const auto place = m_kernel.symbolOf(loop.var);
        const Stmt* body = loop.statement->getBody();
        const auto parts = selectionParts(body);
        bool isPlain = isWholeList(loop) && !m_kernel.containsReturn(body) && !m_kernel.synchronises(body)
            && !parts.empty() && m_kernel.source().statementRange(parts.front())
            && m_kernel.source().statementRange(parts.back());
        walk(body, [&](const Stmt* node) {
            isPlain = isPlain && !llvm::isa<ForStmt, WhileStmt, DoStmt, LambdaExpr>(node);
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isPlain = isPlain
                && (var == nullptr || var->getBeginLoc() > loop.statement->getBeginLoc()
                    || !m_kernel.isModifiedWithin(var, body) || var == m_result.list);
            return isPlain;
        });
        for (const auto& access : m_kernel.accesses(body)) {
            const auto step = access.index ? access.index->coefficient(place) : std::nullopt;
            const bool isList = access.base == m_result.list;
            if (isList
                && (access.writes || !isAt(access.expression, loop.var, 0)
                    || !m_kernel.source().range(access.expression)))
                return false;
            if (access.base == nullptr
                || (access.writes
                    && (!llvm::isa<ParmVarDecl>(access.base) || !step || !step->constantValue() || step->isZero())))
                return false;
        }
        // What is written must not be read by another place's turn.
        for (const auto& access : m_kernel.accesses(body))
            for (const auto& other : m_kernel.accesses(body))
                isPlain = isPlain && !(access.writes && other.base == access.base && other.index != access.index);
        // Nothing but elements of the list takes part of it.
        std::size_t elements = 0;
        for (const auto& access : m_kernel.accesses(body))
            elements += access.base == m_result.list ? 1 : 0;
        if (!isPlain || elements != m_kernel.references(m_result.list, body).size())
            return false;
        m_result.outputs.push_back(loop);
        return true;
    }

    const KernelScope& m_kernel;
    Selection m_result;
    const VarDecl* m_variable = nullptr;  ///< that holds the value
    bool m_isGuarded = false;
};

}  // namespace

std::optional<Selection> selectionOf(const KernelScope& kernel) { return SelectionRecogniser(kernel).recognise(); }

}  // namespace warploom
