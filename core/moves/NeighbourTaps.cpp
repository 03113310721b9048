// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/NeighbourTaps.h"

#include <utility>

#include "moves/GridFacts.h"
#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kLongestFixedLoop = 11;
constexpr std::int64_t kLargestWeight = 1 << 24;
constexpr std::uint64_t kNarrowestSum = 32;

/// Whether \p statement is the end of a turn of the loop around.
bool endsTurn(const Stmt* statement)
{
    if (const auto* block = llvm::dyn_cast<CompoundStmt>(statement))
        return block->size() == 1 && llvm::isa<ContinueStmt>(block->body_front());
    return llvm::isa<ContinueStmt>(statement);
}

/// Whether \p expression changes nothing.
bool onlyComputes(const Expr* expression)
{
    bool isPure = true;
    walk(expression, [&](const Stmt* node) {
        const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
        const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        const auto name = call == nullptr ? std::string() : calleeName(call);
        isPure = isPure && (binary == nullptr || !binary->isAssignmentOp())
            && (unary == nullptr || !unary->isIncrementDecrementOp())
            && (call == nullptr || name == "min" || name == "max" || name == "__ldg")
            && !llvm::isa<CXXConstructExpr, StmtExpr, CXXNewExpr>(node);
        return isPure;
    });
    return isPure;
}

/// Whether \p type has the sum of \p terms as it is: sums below zero stay what they are in signed types only.
bool keepsSum(QualType type, const std::vector<std::pair<NeighbourTap, std::int64_t>>& terms, const ASTContext& context)
{
    const bool isUnsigned = type->isUnsignedIntegerType();
    return type->isIntegerType() && context.getTypeSize(type) >= kNarrowestSum
        && (!isUnsigned
            || std::ranges::all_of(terms, [](const auto& term) { return !term.first.isSigned && term.second >= 0; }));
}

}  // namespace

NeighbourTaps::NeighbourTaps(const GridKernel& grid)
    : m_grid(grid)
    , m_kernel(grid.kernel())
{
}

bool NeighbourTaps::read(const ForStmt* loop) { return run(loop) && m_sum != nullptr && m_base != nullptr; }

bool NeighbourTaps::readValue(const Expr* expression)
{
    const auto found = onlyComputes(expression) ? terms(expression) : std::nullopt;
    if (found)
        m_total = *found;
    return found && m_base != nullptr;
}

bool NeighbourTaps::run(const Stmt* statement)
{
    if (++m_steps > kMostTapSteps)
        return false;
    if (const auto* hinted = llvm::dyn_cast<AttributedStmt>(statement))
        return run(hinted->getSubStmt());
    if (const auto* block = llvm::dyn_cast<CompoundStmt>(statement)) {
        const auto outside = m_inside;
        const bool wasSkipped = std::exchange(m_isSkipped, false);
        bool isRun = std::ranges::all_of(block->body(), [&](const Stmt* one) { return run(one); });
        // A `continue` ends the turn of the loop: what it leaves out has to end with the block.
        isRun = isRun && (!m_isSkipped || llvm::isa_and_nonnull<ForStmt>(m_kernel.parent(block)));
        m_inside = outside;
        m_isSkipped = wasSkipped;
        return isRun;
    }
    if (const auto* loop = llvm::dyn_cast<ForStmt>(statement))
        return runLoop(loop);
    if (const auto* branch = llvm::dyn_cast<IfStmt>(statement))
        return runBranch(branch);
    if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement))
        return declare(declaration);
    const auto* assignment = llvm::dyn_cast<BinaryOperator>(statement);
    return assignment != nullptr && change(assignment);
}

bool NeighbourTaps::runLoop(const ForStmt* statement)
{
    const auto loop = fixedLoop(m_grid, statement);
    if (!loop || loop->last - loop->first >= kLongestFixedLoop)
        return false;
    for (auto value = loop->first; value <= loop->last; ++value) {
        m_counters[loop->var] = value;
        const auto outside = m_inside;
        const bool wasSkipped = m_isSkipped;
        if (!run(statement->getBody()))
            return false;
        m_inside = outside;
        m_isSkipped = wasSkipped;
    }
    m_counters.erase(loop->var);
    return true;
}

bool NeighbourTaps::runBranch(const IfStmt* branch)
{
    if (branch->getElse() != nullptr || branch->hasInitStorage() || branch->hasVarStorage() || branch->isConstexpr())
        return false;
    if (endsTurn(branch->getThen())) {
        m_isSkipped = true;
        return assume(branch->getCond(), false, m_inside);
    }
    const auto outside = m_inside;
    const bool isRun = assume(branch->getCond(), true, m_inside) && run(branch->getThen());
    m_inside = outside;
    return isRun;
}

bool NeighbourTaps::declare(const DeclStmt* statement)
{
    for (const Decl* one : statement->decls()) {
        const auto* var = llvm::dyn_cast<VarDecl>(one);
        if (var == nullptr || !var->hasInit() || var->isStaticLocal() || !onlyComputes(var->getInit()))
            return false;
        if (!m_kernel.isModified(var)) {
            // It is looked at where it is used, and sums may have changed by then.
            if (std::ranges::any_of(m_partial, [&](const auto& sum) {
                    return !m_kernel.references(sum.first, var->getInit()).empty();
                }))
                return false;
            continue;
        }
        const auto& context = m_kernel.source().context();
        if (!var->getType()->isIntegerType() || context.getTypeSize(var->getType()) < kNarrowestSum
            || constant(var->getInit()) != 0)
            return false;
        m_partial[var] = {};
    }
    return true;
}

bool NeighbourTaps::change(const BinaryOperator* assignment)
{
    const auto* target = llvm::dyn_cast<DeclRefExpr>(assignment->getLHS()->IgnoreParens());
    const auto* var = target == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(target->getDecl());
    if (var == nullptr)
        return false;
    const auto opcode = assignment->getOpcode();
    if (opcode == BO_AddAssign || opcode == BO_SubAssign)
        return addTo(var, assignment->getRHS(), opcode == BO_AddAssign ? 1 : -1);
    const auto* sum =
        opcode == BO_Assign ? llvm::dyn_cast<BinaryOperator>(assignment->getRHS()->IgnoreParenImpCasts()) : nullptr;
    if (sum == nullptr || (sum->getOpcode() != BO_Add && sum->getOpcode() != BO_Sub))
        return false;
    if (plainVariable(sum->getLHS()) == var && m_kernel.references(var, sum->getRHS()).empty())
        return addTo(var, sum->getRHS(), sum->getOpcode() == BO_Add ? 1 : -1);
    return sum->getOpcode() == BO_Add && plainVariable(sum->getRHS()) == var
        && m_kernel.references(var, sum->getLHS()).empty() && addTo(var, sum->getLHS(), 1);
}

bool NeighbourTaps::addTo(const VarDecl* var, const Expr* added, std::int64_t sign)
{
    const auto& context = m_kernel.source().context();
    const auto found = terms(added);
    if (!found || var->getType().isVolatileQualified() || !keepsSum(var->getType(), *found, context)
        || (sign < 0 && var->getType()->isUnsignedIntegerType()))
        return false;
    const auto partial = m_partial.find(var);
    if (partial == m_partial.end()) {
        if (!var->isLocalVarDecl() || (m_sum != nullptr && m_sum != var))
            return false;
        m_sum = var;
    }
    auto& sum = partial == m_partial.end() ? m_total : partial->second;
    for (const auto& [tap, weight] : *found)
        sum.emplace_back(tap, weight * sign);
    return true;
}

std::optional<NeighbourTaps::Terms> NeighbourTaps::terms(const Expr* expression)
{
    const auto& context = m_kernel.source().context();
    expression = expression->IgnoreParens();
    if (++m_steps > kMostTapSteps || !expression->getType()->isIntegerType())
        return std::nullopt;
    if (constant(expression) == 0)
        return Terms();
    if (const auto* cast = llvm::dyn_cast<CastExpr>(expression)) {
        const auto found = terms(cast->getSubExpr());
        const bool isLoad = cast->getCastKind() == CK_LValueToRValue || cast->getCastKind() == CK_NoOp;
        const bool isKept =
            isLoad || (cast->getCastKind() == CK_IntegralCast && found && keepsSum(cast->getType(), *found, context));
        return isKept ? found : std::nullopt;
    }
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression))
        return termsOfBinary(binary);
    if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(expression))
        return termsOfChoice(choice);
    if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression)) {
        const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (const auto partial = m_partial.find(var); partial != m_partial.end()) {
            auto found = partial->second;
            for (auto& [tap, weight] : found)
                tap.inside.insert(tap.inside.end(), m_inside.begin(), m_inside.end());
            return found;
        }
        const bool isOwn = var != nullptr && var->isLocalVarDecl() && var->hasInit() && !m_kernel.isModified(var);
        return isOwn ? terms(var->getInit()) : std::nullopt;
    }
    return tapOf(expression);
}

std::optional<NeighbourTaps::Terms> NeighbourTaps::termsOfBinary(const BinaryOperator* binary)
{
    const auto opcode = binary->getOpcode();
    const auto& context = m_kernel.source().context();
    if (opcode == BO_Add || opcode == BO_Sub) {
        auto left = terms(binary->getLHS());
        const auto right = terms(binary->getRHS());
        if (!left || !right)
            return std::nullopt;
        for (const auto& [tap, weight] : *right)
            left->emplace_back(tap, opcode == BO_Add ? weight : -weight);
        return keepsSum(binary->getType(), *left, context) ? left : std::nullopt;
    }
    if (opcode != BO_Mul && opcode != BO_Shl)
        return std::nullopt;
    auto factor = constant(binary->getRHS());
    const bool isFirst = !factor && opcode == BO_Mul;
    if (isFirst)
        factor = constant(binary->getLHS());
    if (factor && opcode == BO_Shl)
        factor = *factor >= 0 && *factor < 24 ? std::optional(std::int64_t{1} << *factor) : std::nullopt;
    auto scaled = factor && std::abs(*factor) <= kLargestWeight ? terms(isFirst ? binary->getRHS() : binary->getLHS())
                                                                : std::nullopt;
    if (!scaled)
        return std::nullopt;
    for (auto& [tap, weight] : *scaled) {
        weight *= *factor;
        if (std::abs(weight) > kLargestWeight)
            return std::nullopt;
    }
    return keepsSum(binary->getType(), *scaled, context) ? scaled : std::nullopt;
}

/// A read where the neighbour exists, else zero.
std::optional<NeighbourTaps::Terms> NeighbourTaps::termsOfChoice(const ConditionalOperator* choice)
{
    const bool isElse = constant(choice->getTrueExpr()) == 0;
    if (!isElse && constant(choice->getFalseExpr()) != 0)
        return std::nullopt;
    const auto outside = m_inside;
    auto found = assume(choice->getCond(), !isElse, m_inside)
        ? terms(isElse ? choice->getFalseExpr() : choice->getTrueExpr())
        : std::nullopt;
    m_inside = outside;
    return found;
}

std::optional<NeighbourTaps::Terms> NeighbourTaps::tapOf(const Expr* place)
{
    std::optional<PointerForm> at;
    if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(place)) {
        at = pointer(subscript->getBase());
        const auto index = number(subscript->getIdx());
        if (!at || !index)
            return std::nullopt;
        at->offset = at->offset + *index;
    } else if (const auto* unary = llvm::dyn_cast<UnaryOperator>(place);
               unary != nullptr && unary->getOpcode() == UO_Deref) {
        at = pointer(unary->getSubExpr());
    } else if (const auto* call = llvm::dyn_cast<CallExpr>(place);
               call != nullptr && calleeName(call) == "__ldg" && call->getNumArgs() == 1) {
        at = pointer(call->getArg(0));
    }
    const auto& context = m_kernel.source().context();
    if (!at || (m_base != nullptr && m_base != at->base) || !llvm::isa<ParmVarDecl>(at->base))
        return std::nullopt;
    const auto type = innermostElement(at->base->getType());
    if (!type->isIntegerType() || type->isBooleanType() || context.getTypeSize(type) >= kNarrowestSum
        || !context.hasSameUnqualifiedType(type, place->getType()))
        return std::nullopt;
    m_base = at->base;
    Terms found;
    found.emplace_back(NeighbourTap{at->offset, m_inside, type->isSignedIntegerType()}, 1);
    return found;
}

std::optional<PointerForm> NeighbourTaps::pointer(const Expr* expression)
{
    expression = expression->IgnoreParens();
    if (const auto* cast = llvm::dyn_cast<ImplicitCastExpr>(expression)) {
        const auto kind = cast->getCastKind();
        return kind == CK_LValueToRValue || kind == CK_NoOp ? pointer(cast->getSubExpr()) : std::nullopt;
    }
    if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression)) {
        const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var == nullptr || m_kernel.isModified(var) || !var->getType()->isPointerType())
            return std::nullopt;
        if (llvm::isa<ParmVarDecl>(var))
            return PointerForm{var, {}};
        return var->isLocalVarDecl() && var->hasInit() ? pointer(var->getInit()) : std::nullopt;
    }
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
        unary != nullptr && unary->getOpcode() == UO_AddrOf) {
        const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(unary->getSubExpr()->IgnoreParens());
        auto base = subscript == nullptr ? std::nullopt : pointer(subscript->getBase());
        const auto index = base ? number(subscript->getIdx()) : std::nullopt;
        if (!index)
            return std::nullopt;
        return PointerForm{base->base, base->offset + *index};
    }
    const auto* binary = llvm::dyn_cast<BinaryOperator>(expression);
    if (binary == nullptr || !binary->isAdditiveOp() || !binary->getType()->isPointerType())
        return std::nullopt;
    const bool isFirst = binary->getLHS()->getType()->isPointerType();
    auto base = pointer(isFirst ? binary->getLHS() : binary->getRHS());
    const auto offset = base ? number(isFirst ? binary->getRHS() : binary->getLHS()) : std::nullopt;
    if (!offset)
        return std::nullopt;
    base->offset = binary->getOpcode() == BO_Add ? base->offset + *offset : base->offset - *offset;
    return base;
}

std::optional<std::int64_t> NeighbourTaps::constant(const Expr* expression)
{
    const auto form = number(expression);
    return form ? form->constantValue() : std::nullopt;
}

}  // namespace warploom
