// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GridFacts.h"

namespace warploom {

using namespace clang;

std::optional<FixedLoop> fixedLoop(const GridKernel& grid, const Stmt* statement)
{
    const auto* loop = llvm::dyn_cast_or_null<ForStmt>(statement);
    const auto* declaration = loop == nullptr ? nullptr : llvm::dyn_cast_or_null<DeclStmt>(loop->getInit());
    const auto* var = declaration != nullptr && declaration->isSingleDecl()
        ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
        : nullptr;
    if (var == nullptr || !var->hasInit() || !var->getType()->isSignedIntegerType() || loop->getCond() == nullptr
        || loop->getInc() == nullptr || grid.kernel().isModifiedWithin(var, loop->getBody()))
        return std::nullopt;
    const auto* test = llvm::dyn_cast<BinaryOperator>(loop->getCond()->IgnoreParenImpCasts());
    const auto* step = llvm::dyn_cast<UnaryOperator>(loop->getInc()->IgnoreParens());
    if (test == nullptr || (test->getOpcode() != BO_LT && test->getOpcode() != BO_LE)
        || plainVariable(test->getLHS()) != var || !test->getLHS()->IgnoreParens()->getType()->isSignedIntegerType()
        || step == nullptr || !step->isIncrementOp() || plainVariable(step->getSubExpr()) != var)
        return std::nullopt;
    const auto start = grid.canonical(var->getInit());
    const auto bound = grid.canonical(test->getRHS());
    const auto first = start ? start->constantValue() : std::nullopt;
    const auto end = bound ? bound->constantValue() : std::nullopt;
    if (!first || !end)
        return std::nullopt;
    const FixedLoop found{loop, var, *first, test->getOpcode() == BO_LE ? *end : *end - 1};
    return found.first <= found.last ? std::optional(found) : std::nullopt;
}

std::optional<std::pair<std::int64_t, std::int64_t>> rangeOf(const IndexForm& form, const CounterRanges& counters)
{
    std::pair<std::int64_t, std::int64_t> range{0, 0};
    for (const auto& [monomial, factor] : form.terms()) {
        std::pair<std::int64_t, std::int64_t> values{1, 1};
        if (monomial.size() == 1 && counters.count(monomial.front()) > 0)
            values = counters.at(monomial.front());
        else if (!monomial.empty())
            return std::nullopt;
        range.first += factor * (factor > 0 ? values.first : values.second);
        range.second += factor * (factor > 0 ? values.second : values.first);
    }
    return range;
}

void GridFacts::assumeAround(const Stmt* node)
{
    comparisonsAround(m_grid->kernel(), node,
                      [&](const BinaryOperator& comparison, bool holds) { assumeComparison(&comparison, holds); });
    refine();
}

void GridFacts::assumeComparison(const BinaryOperator* comparison, bool holds)
{
    const auto opcode = holds ? comparison->getOpcode() : BinaryOperator::negateComparisonOp(comparison->getOpcode());
    const auto left = m_grid->canonical(comparison->getLHS());
    const auto right = m_grid->canonical(comparison->getRHS());
    if (!left || !right)
        return;
    const auto one = IndexForm::constant(1);
    const bool isUnsigned = comparison->getLHS()->getType()->isUnsignedIntegerType();
    // Below a bound as unsigned numbers is at least 0 too.
    if (isUnsigned && (opcode == BO_LT || opcode == BO_LE) && lowest(*right).value_or(-1) >= 0)
        m_notNegative.push_back(*left);
    else if (isUnsigned && !sidesOf(comparison))
        return;
    if (opcode == BO_LT)
        m_notNegative.push_back(*right - *left - one);
    else if (opcode == BO_GT)
        m_notNegative.push_back(*left - *right - one);
    if (opcode == BO_LE || opcode == BO_EQ)
        m_notNegative.push_back(*right - *left);
    if (opcode == BO_GE || opcode == BO_EQ)
        m_notNegative.push_back(*left - *right);
    if (opcode == BO_NE)
        m_notZero.push_back(*left - *right);
}

void GridFacts::refine()
{
    for (std::size_t axis = 0; axis < m_grid->axes().size(); ++axis) {
        const auto sharpen = [&](const IndexForm& form, std::int64_t& least) {
            for (const auto& fact : m_notNegative)
                if (const auto over = (fact - form).constantValue())
                    least = std::max(least, -*over);
            for (std::size_t round = 0; round < m_notZero.size(); ++round)
                for (const auto& fact : m_notZero)
                    for (const auto& over : {(fact - form).constantValue(), (form + fact).constantValue()})
                        if (over && ((fact - form).constantValue() ? -*over : *over) == least)
                            ++least;
        };
        sharpen(coordinate(axis), m_low[axis]);
        sharpen(following(axis), m_high[axis]);
    }
}

bool GridFacts::isInside(std::size_t axis, const IndexForm& offset) const
{
    const auto range = rangeOf(offset, *m_counters);
    if (!range)
        return false;
    const auto isShown = [&](const IndexForm& form) {
        return std::ranges::any_of(m_notNegative, [&](const auto& fact) {
            const auto over = (form - fact).constantValue();
            return over && *over >= 0;
        });
    };
    return (m_low[axis] + range->first >= 0 || isShown(coordinate(axis) + offset))
        && (m_high[axis] - range->second >= 0 || isShown(following(axis) - offset));
}

std::optional<std::int64_t> GridFacts::lowest(const IndexForm& form) const
{
    if (const auto range = rangeOf(form, *m_counters))
        return range->first;
    for (std::size_t axis = 0; axis < m_grid->axes().size(); ++axis) {
        if (const auto range = rangeOf(form - coordinate(axis), *m_counters))
            return m_low[axis] + range->first;
        if (m_grid->axes()[axis].bound.isZero())
            continue;
        if (const auto range = rangeOf(form - following(axis), *m_counters))
            return m_high[axis] + range->first;
        if (const auto range = rangeOf(form - m_grid->axes()[axis].bound, *m_counters))
            return m_low[axis] + m_high[axis] + 1 + range->first;
    }
    return std::nullopt;
}

std::optional<std::int64_t> GridFacts::highest(const IndexForm& form) const
{
    const auto least = lowest(IndexForm() - form);
    return least ? std::optional(-*least) : std::nullopt;
}

std::optional<std::pair<IndexForm, IndexForm>> GridFacts::sidesOf(const BinaryOperator* comparison) const
{
    const auto left = m_grid->canonical(comparison->getLHS());
    const auto right = m_grid->canonical(comparison->getRHS());
    if (!left || !right)
        return std::nullopt;
    const bool isUnsigned = comparison->getLHS()->getType()->isUnsignedIntegerType();
    if (isUnsigned && (lowest(*left).value_or(-1) < 0 || lowest(*right).value_or(-1) < 0))
        return std::nullopt;
    return std::pair(*left, *right);
}

std::optional<bool> GridFacts::settledComparison(const BinaryOperator* comparison) const
{
    const auto sides = sidesOf(comparison);
    if (!sides)
        return std::nullopt;
    const auto least = lowest(sides->first - sides->second);
    const auto most = highest(sides->first - sides->second);
    const bool isMore = least && *least > 0;
    const bool isLess = most && *most < 0;
    const bool isAtLeast = least && *least >= 0;
    const bool isAtMost = most && *most <= 0;
    const auto known = [](bool yes, bool no) {
        return yes ? std::optional(true) : no ? std::optional(false) : std::nullopt;
    };
    switch (comparison->getOpcode()) {
    case BO_LT:
        return known(isLess, isAtLeast);
    case BO_LE:
        return known(isAtMost, isMore);
    case BO_GT:
        return known(isMore, isAtMost);
    case BO_GE:
        return known(isAtLeast, isLess);
    case BO_EQ:
        return known(false, isMore || isLess);
    case BO_NE:
        return known(isMore || isLess, false);
    default:
        return std::nullopt;
    }
}

std::optional<bool> GridFacts::settled(const Expr* condition) const
{
    condition = condition->IgnoreParenImpCasts();
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(condition);
        unary != nullptr && unary->getOpcode() == UO_LNot) {
        const auto inner = settled(unary->getSubExpr());
        return inner ? std::optional(!*inner) : std::nullopt;
    }
    const auto* binary = llvm::dyn_cast<BinaryOperator>(condition);
    if (binary == nullptr)
        return std::nullopt;
    if (binary->isComparisonOp())
        return settledComparison(binary);
    if (!binary->isLogicalOp())
        return std::nullopt;
    const auto left = settled(binary->getLHS());
    const auto right = settled(binary->getRHS());
    const bool isAnd = binary->getOpcode() == BO_LAnd;
    if ((left && *left != isAnd) || (right && *right != isAnd))
        return !isAnd;
    return left && right ? std::optional(isAnd) : std::nullopt;
}

std::vector<std::pair<const Expr*, bool>> settledConditions(const GridKernel& grid, const CounterRanges& counters,
                                                            const std::array<std::int64_t, 3>& low,
                                                            const std::array<std::int64_t, 3>& high)
{
    std::vector<std::pair<const Expr*, bool>> conditions;
    const auto& kernel = grid.kernel();
    const GridFacts facts(grid, counters, low, high);
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const Expr* condition = nullptr;
        if (const auto* branch = llvm::dyn_cast<IfStmt>(node); branch != nullptr && branch != grid.guarded().guard)
            condition = branch->getCond();
        else if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(node))
            condition = choice->getCond();
        const auto value = condition == nullptr || condition->HasSideEffects(kernel.source().context())
            ? std::nullopt
            : facts.settled(condition);
        if (value)
            conditions.emplace_back(condition, *value);
        return true;
    });
    return conditions;
}

}  // namespace warploom
