// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The part of AccessReader that follows pointers, also where kernels move them on.
#include "moves/AccessReader.h"

namespace warploom {

using namespace clang;

/// Also of a statement itself.
bool AccessReader::contains(const Stmt* outer, const Stmt* inner) const
{
    for (const Stmt* node = inner; node != nullptr; node = m_scope.parent(node))
        if (node == outer)
            return true;
    return false;
}

/// The innermost loop, or null.
const Stmt* AccessReader::loopAround(const Stmt* statement) const
{
    for (const Stmt* node = m_scope.parent(statement); node != nullptr; node = m_scope.parent(node))
        if (llvm::isa<ForStmt, WhileStmt, DoStmt>(node))
            return node;
    return nullptr;
}

/// Steps over float4 are four floats each; over char, of a buffer of floats, they are no whole ones.
std::optional<IndexForm> AccessReader::scaled(const IndexForm& count, QualType element, const VarDecl* base) const
{
    const auto& context = m_code.parsed().context();
    const auto scalar = scalarOf(base->getType());
    if (element->isIncompleteType() || element->isVoidType() || scalar->isIncompleteType())
        return std::nullopt;
    const auto size = context.getTypeSize(element);
    const auto unit = context.getTypeSize(scalar);
    if (unit == 0 || size % unit != 0)
        return std::nullopt;
    return count * IndexForm::constant(static_cast<std::int64_t>(size / unit));
}

/// Casts change what a pointer points to, not where.
std::optional<PointerPlace> AccessReader::place(const Expr* expression)
{
    expression = expression->IgnoreParenCasts();
    if (++m_depth > kDeepestForm) {
        --m_depth;
        return std::nullopt;
    }
    std::optional<PointerPlace> found;
    const auto move = [&](const Expr* from, const Expr* by, QualType element, int sign) {
        found = place(from);
        if (!found || !found->offset)
            return;
        const auto count = scaled(form(by), element, found->base);
        found->offset =
            count ? std::optional(*found->offset + IndexForm::constant(sign) * *count) : std::optional<IndexForm>();
    };
    if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression)) {
        if (const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl()))
            found = placeOfVariable(var, expression);
    } else if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(expression)) {
        if (subscript->getType()->isArrayType())
            move(subscript->getBase(), subscript->getIdx(), subscript->getType(), 1);
    } else if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression)) {
        const bool left = binary->getLHS()->getType()->isPointerType() || binary->getLHS()->getType()->isArrayType();
        if (binary->isAdditiveOp())
            move(left ? binary->getLHS() : binary->getRHS(), left ? binary->getRHS() : binary->getLHS(),
                 binary->getType()->getPointeeType(), binary->getOpcode() == BO_Add ? 1 : -1);
    } else if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression)) {
        const auto* inner = unary->getSubExpr()->IgnoreParens();
        const auto* element = llvm::dyn_cast<ArraySubscriptExpr>(inner);
        if (unary->getOpcode() == UO_AddrOf && element != nullptr)
            move(element->getBase(), element->getIdx(), element->getType(), 1);
        else if (unary->isIncrementDecrementOp() || unary->getOpcode() == UO_AddrOf)
            found = place(inner);
    } else if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(expression)) {
        found = place(choice->getTrueExpr());
        if (found)
            found->offset.reset();
    }
    --m_depth;
    return found;
}

/// Where a variable points before anything moves it.
std::optional<PointerPlace> AccessReader::startOf(const VarDecl* var)
{
    if (const auto known = m_call.pointers.find(var); known != m_call.pointers.end())
        return known->second;
    if (var->getType()->isArrayType() || llvm::isa<ParmVarDecl>(var))
        return PointerPlace{var, IndexForm()};
    if (!var->hasInit() || !m_open.insert(var).second)
        return std::nullopt;
    auto start = place(var->getInit());
    m_open.erase(var);
    return start;
}

std::optional<PointerPlace> AccessReader::placeOfVariable(const VarDecl* var, const Expr* use)
{
    if (!var->getType()->isPointerType() && !var->getType()->isArrayType())
        return std::nullopt;
    auto place = startOf(var);
    const auto changes = m_changes.find(var);
    if (changes == m_changes.end())
        return place;
    for (const auto& change : changes->second) {
        if (!place) {
            // Declared without a value: the first assignment says where it points.
            if (change.value == nullptr || change.adds || change.subtracts || !m_open.insert(var).second)
                continue;
            place = this->place(change.value);
            m_open.erase(var);
            if (place && m_scope.parent(change.whole) != m_function.getBody())
                place->offset.reset();
        } else {
            applyChange(change, var, use, *place);
        }
    }
    return place;
}

/// Moves by statements of the function's own block happen once, those of a counted loop each time; after others the
/// offset is not known.
void AccessReader::applyChange(const Change& change, const VarDecl* var, const Expr* use, PointerPlace& place)
{
    const bool isBefore = offsetOf(change.whole) < offsetOf(use);
    const auto* loop = loopAround(change.whole);
    const bool shareLoop = loop != nullptr && contains(loop, use);
    if (!isBefore && !shareLoop)
        return;
    const auto step = change.value == nullptr ? IndexForm::constant(1) : form(change.value);
    const auto moved =
        scaled(change.subtracts ? IndexForm::constant(-1) * step : step, var->getType()->getPointeeType(), place.base);
    std::optional<IndexForm> times;
    if (!place.offset || (!change.adds && !change.subtracts) || !moved) {
        place.offset.reset();
        return;
    }
    const auto* block = m_scope.parent(change.whole);
    if (loop == nullptr && block == m_function.getBody())
        times = *moved;
    else if (const auto* counted = llvm::dyn_cast_or_null<ForStmt>(loop);
             counted != nullptr && shareLoop && (block == counted->getBody() || block == counted))
        times = iterationsBefore(loop, *moved);
    if (times && shareLoop && isBefore && block != loop)
        *times = *times + *moved;
    place.offset = times ? std::optional(*place.offset + *times) : std::nullopt;
}

/// What a step taken in each iteration adds up to at the start of one.
std::optional<IndexForm> AccessReader::iterationsBefore(const Stmt* loop, const IndexForm& step)
{
    for (const auto& [var, counter] : m_counters)
        if (counter.first == loop && counterForm(var))
            return step * IndexForm::symbol(symbolAt(offsetOf(loop), 'q'));
    const auto counted = m_scope.countedLoop(loop);
    if (!counted)
        return std::nullopt;
    const auto offset = m_code.parsed().offset(counted->var->getLocation()).value_or(0);
    const auto stride = counted->step == nullptr ? IndexForm::constant(1) : form(counted->step);
    const auto ratio = exactQuotient(step, stride);
    return ratio ? std::optional(*ratio * (IndexForm::symbol(symbolAt(offset, 'v')) - form(counted->start)))
                 : std::nullopt;
}

}  // namespace warploom
