// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/KnownRanges.h"

#include "moves/KnownConditions.h"
#include "moves/PlainLaunch.h"
#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

/// Steps of \p increment: 1 for ++i, -2 for i -= 2; nothing for what is no number.
std::optional<std::int64_t> stepOf(const KernelScope& kernel, const Expr* increment, const VarDecl* var)
{
    increment = increment == nullptr ? nullptr : increment->IgnoreParens();
    if (const auto* unary = llvm::dyn_cast_or_null<UnaryOperator>(increment);
        unary != nullptr && unary->isIncrementDecrementOp() && plainVariable(unary->getSubExpr()) == var)
        return unary->isIncrementOp() ? 1 : -1;
    const auto* change = llvm::dyn_cast_or_null<CompoundAssignOperator>(increment);
    if (change == nullptr || plainVariable(change->getLHS()) != var)
        return std::nullopt;
    const auto amount = kernel.form(change->getRHS());
    const auto number = amount ? amount->constantValue() : std::nullopt;
    if (!number || *number == 0)
        return std::nullopt;
    return change->getOpcode() == BO_AddAssign ? number
        : change->getOpcode() == BO_SubAssign  ? std::optional(-*number)
                                               : std::nullopt;
}

bool hasNoDifference(const IndexForm& form)
{
    return std::ranges::all_of(form.terms(), [](const auto& term) { return term.second >= 0; });
}

/// A comparison with \p var on its left: the opcode and what stands on the right.
std::optional<std::pair<BinaryOperatorKind, IndexForm>> limitOf(const KernelScope& kernel, const Expr* condition,
                                                                const VarDecl* var)
{
    const auto* comparison = llvm::dyn_cast<BinaryOperator>(condition->IgnoreParenImpCasts());
    if (comparison == nullptr || !comparison->isRelationalOp())
        return std::nullopt;
    const auto counter = IndexForm::symbol(kernel.symbolOf(var));
    const bool isLeft = kernel.form(comparison->getLHS()) == counter;
    if (!isLeft && kernel.form(comparison->getRHS()) != counter)
        return std::nullopt;
    const auto limit = kernel.form(isLeft ? comparison->getRHS() : comparison->getLHS());
    // A difference of unsigned numbers may begin anew below zero.
    if (!limit || (comparison->getLHS()->getType()->isUnsignedIntegerType() && !hasNoDifference(*limit)))
        return std::nullopt;
    const auto opcode = comparison->getOpcode();
    return std::pair(isLeft ? opcode : BinaryOperator::reverseComparisonOp(opcode), *limit);
}

bool isUnsignedNumber(const Expr* side)
{
    const auto* plain = side->IgnoreParenImpCasts();
    return llvm::isa<IntegerLiteral>(plain)
        || (llvm::isa<DeclRefExpr>(plain) && plain->getType()->isUnsignedIntegerType());
}

/// What \p statement declares by the name \p name, for what comes behind it.
const VarDecl* declaredIn(const Stmt* statement, llvm::StringRef name)
{
    const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(statement);
    const VarDecl* found = nullptr;
    if (declaration != nullptr)
        for (const Decl* one : declaration->decls())
            if (const auto* var = llvm::dyn_cast<VarDecl>(one); var != nullptr && identifierOf(var) == name)
                found = var;
    return found;
}

/// What \p name means within \p above because of what it declares before \p node; null where it declares none.
const VarDecl* declaredBefore(const Stmt* above, const Stmt* node, llvm::StringRef name)
{
    const VarDecl* found = nullptr;
    for (const Stmt* statement : above->children()) {
        if (statement == node)
            break;
        if (const auto* var = declaredIn(statement, name))
            found = var;
    }
    return found;
}

}  // namespace

bool isSeenFrom(const KernelScope& kernel, const VarDecl* var, const Stmt* node)
{
    const auto name = identifierOf(var);
    for (const Stmt* above = kernel.parent(node); above != nullptr; node = above, above = kernel.parent(node))
        if (const auto* found = declaredBefore(above, node, name))
            return found == var;
    return llvm::is_contained(kernel.kernel().parameters(), var);
}

std::optional<RangedLoop> rangedLoop(const KernelScope& kernel, const Stmt* statement)
{
    const auto* loop = llvm::dyn_cast_or_null<ForStmt>(statement);
    const auto* declaration = loop == nullptr ? nullptr : llvm::dyn_cast_or_null<DeclStmt>(loop->getInit());
    if (declaration == nullptr || !declaration->isSingleDecl() || loop->getCond() == nullptr)
        return std::nullopt;
    const auto* var = llvm::dyn_cast<VarDecl>(declaration->getSingleDecl());
    if (var == nullptr || !var->hasInit() || !var->getType()->isIntegerType()
        || kernel.isModifiedWithin(var, loop->getBody()) || kernel.isModifiedWithin(var, loop->getCond()))
        return std::nullopt;
    const auto step = stepOf(kernel, loop->getInc(), var);
    const auto start = kernel.form(var->getInit());
    if (!step || !start || (var->getType()->isUnsignedIntegerType() && !hasNoDifference(*start)))
        return std::nullopt;
    const bool isUp = *step > 0;
    for (const auto* part : partsOf(loop->getCond(), BO_LAnd)) {
        const auto limit = limitOf(kernel, part, var);
        const auto opcode = limit ? limit->first : BO_EQ;
        if (isUp && (opcode == BO_LT || opcode == BO_LE))
            return RangedLoop{loop, var, *start, opcode == BO_LT ? limit->second - one() : limit->second};
        if (!isUp && (opcode == BO_GT || opcode == BO_GE))
            return RangedLoop{loop, var, opcode == BO_GT ? limit->second + one() : limit->second, *start};
    }
    return std::nullopt;
}

KnownRanges::KnownRanges(const KernelScope& kernel, const Stmt* node, std::set<std::string> counts,
                         std::vector<IndexForm> given)
    : m_kernel(kernel)
    , m_counts(std::move(counts))
    , m_notNegative(std::move(given))
{
    for (int dimension = 0; dimension < 3; ++dimension)
        for (const auto& symbol :
             {threadSymbol(dimension), blockSymbol(dimension), blockSizeSymbol(dimension), gridSizeSymbol(dimension)})
            m_settled.insert(symbol);
    for (const auto* parameter : kernel.kernel().parameters())
        if (!kernel.isModified(parameter))
            m_settled.insert(kernel.symbolOf(parameter));
    collectLoops(node);
    comparisonsAround(kernel, node, [&](const BinaryOperator& comparison, bool holds) {
        if (comparison.getLHS()->getType()->isIntegerType())
            assumeComparison(comparison, holds);
    });
}

void KnownRanges::collectLoops(const Stmt* node)
{
    std::vector<RangedLoop> found;
    for (const Stmt* above = m_kernel.parent(node); above != nullptr; node = above, above = m_kernel.parent(node)) {
        const auto* loop = llvm::dyn_cast<ForStmt>(above);
        const auto ranged = loop != nullptr && loop->getBody() == node ? rangedLoop(m_kernel, loop) : std::nullopt;
        if (ranged)
            found.push_back(*ranged);
    }
    // The outer ones first: what bounds an inner counter may be made of theirs.
    for (auto loop = found.rbegin(); loop != found.rend(); ++loop) {
        if (!isSettledForm(loop->lowest) || !isSettledForm(loop->highest))
            continue;
        m_settled.insert(m_kernel.symbolOf(loop->var));
        m_loops.insert(m_loops.begin(), *loop);
        m_notNegative.push_back(loop->highest - loop->lowest);
    }
}

void KnownRanges::assumeComparison(const BinaryOperator& comparison, bool holds)
{
    const auto left = m_kernel.form(comparison.getLHS());
    const auto right = m_kernel.form(comparison.getRHS());
    const bool wraps = comparison.getLHS()->getType()->isUnsignedIntegerType()
        && !(isUnsignedNumber(comparison.getLHS()) && isUnsignedNumber(comparison.getRHS()));
    if (!left || !right || wraps)
        return;
    const auto opcode = holds ? comparison.getOpcode() : BinaryOperator::negateComparisonOp(comparison.getOpcode());
    if (opcode == BO_LT)
        add(*right - *left - one());
    if (opcode == BO_GT)
        add(*left - *right - one());
    if (opcode == BO_LE || opcode == BO_EQ)
        add(*right - *left);
    if (opcode == BO_GE || opcode == BO_EQ)
        add(*left - *right);
}

void KnownRanges::add(const IndexForm& form)
{
    if (isSettledForm(form))
        m_notNegative.push_back(form);
}

bool KnownRanges::isSettledForm(const IndexForm& form) const
{
    return std::ranges::all_of(symbolsOf(form), [&](const std::string& symbol) { return isSettled(symbol); });
}

bool KnownRanges::isPositiveForm(const IndexForm& form) const
{
    return std::ranges::all_of(form.terms(), [&](const auto& term) {
        return term.second >= 0
            && std::ranges::all_of(term.first, [&](const std::string& symbol) { return m_counts.count(symbol) > 0; });
    });
}

/// The least that \p form can be, where that is a form without counters.
std::optional<IndexForm> KnownRanges::withoutCounters(IndexForm form) const
{
    for (const auto& loop : m_loops) {
        const auto symbol = m_kernel.symbolOf(loop.var);
        const auto factor = form.coefficient(symbol);
        if (!factor)
            return std::nullopt;
        const bool grows = isPositiveForm(*factor);
        if (!grows && !isPositiveForm(IndexForm() - *factor))
            return std::nullopt;
        form = form.without(symbol) + *factor * (grows ? loop.lowest : loop.highest);
    }
    return form;
}

bool KnownRanges::isLeastNotNegative(const IndexForm& form) const
{
    const auto least = withoutCounters(form);
    return least && isPositiveForm(*least);
}

bool KnownRanges::isNotNegative(const IndexForm& form) const
{
    if (!isSettledForm(form))
        return false;
    if (isLeastNotNegative(form))
        return true;
    // What is left when one or two of the facts are taken off may show it.
    for (std::size_t i = 0; i < m_notNegative.size(); ++i) {
        const auto rest = form - m_notNegative[i];
        if (isLeastNotNegative(rest))
            return true;
        for (std::size_t j = i; j < m_notNegative.size(); ++j)
            if (isLeastNotNegative(rest - m_notNegative[j]))
                return true;
    }
    return false;
}

}  // namespace warploom
