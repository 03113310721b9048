// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/IntegerCast.h"
#include "moves/NeighbourTaps.h"
#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

/// The symbol that \p form is; empty for anything else.
std::string bareSymbol(const IndexForm& form)
{
    const auto& terms = form.terms();
    const bool isBare = terms.size() == 1 && terms.begin()->second == 1 && terms.begin()->first.size() == 1;
    return isBare ? terms.begin()->first.front() : std::string();
}

}  // namespace

std::optional<IndexForm> NeighbourTaps::number(const Expr* expression)
{
    const auto& context = m_kernel.source().context();
    expression = expression->IgnoreParens();
    Expr::EvalResult constant;
    if (++m_steps > kMostTapSteps || expression->isValueDependent()
        || !expression->getType()->isIntegralOrEnumerationType())
        return std::nullopt;
    if (expression->EvaluateAsInt(constant, context) && constant.Val.getInt().getSignificantBits() <= 64)
        return IndexForm::constant(constant.Val.getInt().getExtValue());
    if (const auto* cast = llvm::dyn_cast<CastExpr>(expression)) {
        const auto inner = keepsNumber(cast, context) ? number(cast->getSubExpr()) : std::nullopt;
        const auto value = inner ? inner->constantValue() : std::nullopt;
        // As an unsigned number one below zero is another.
        return value && *value < 0 && cast->getType()->isUnsignedIntegerType() ? std::nullopt : inner;
    }
    if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression))
        return numberOf(llvm::dyn_cast<VarDecl>(reference->getDecl()), reference);
    if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(expression))
        return element(subscript);
    if (const auto clamped = clamp(expression))
        return clamped;
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
        unary != nullptr && unary->getOpcode() == UO_Minus && expression->getType()->isSignedIntegerType()) {
        const auto inner = number(unary->getSubExpr());
        return inner ? std::optional(IndexForm() - *inner) : std::nullopt;
    }
    const auto* binary = llvm::dyn_cast<BinaryOperator>(expression);
    if (binary == nullptr)
        return m_grid.canonical(expression);
    const auto left = number(binary->getLHS());
    const auto right = left ? number(binary->getRHS()) : std::nullopt;
    if (!right || !left->isReasonable() || !right->isReasonable())
        return std::nullopt;
    switch (binary->getOpcode()) {
    case BO_Add:
        return *left + *right;
    case BO_Sub:
        return *left - *right;
    case BO_Mul:
        return *left * *right;
    case BO_Div:
    case BO_Rem:
        // Constants are rounded towards zero here as there.
        if (right->isZero())
            return std::nullopt;
        return quotientForm(binary->getOpcode() == BO_Div ? '/' : '%', *left, *right);
    default:
        return std::nullopt;
    }
}

std::optional<IndexForm> NeighbourTaps::numberOf(const VarDecl* var, const Expr* reference)
{
    if (var == nullptr || !var->getType()->isIntegerType())
        return std::nullopt;
    if (const auto counter = m_counters.find(var); counter != m_counters.end())
        return IndexForm::constant(counter->second);
    if (m_partial.count(var) > 0)
        return std::nullopt;
    const bool isIndex =
        std::ranges::any_of(m_grid.guarded().indices, [&](const auto& index) { return index.var == var; });
    if (!isIndex && var->isLocalVarDecl() && var->hasInit() && !m_kernel.isModified(var)) {
        const auto& context = m_kernel.source().context();
        return context.getTypeSize(var->getType()) >= 32 ? number(var->getInit()) : std::nullopt;
    }
    return m_grid.canonical(reference);
}

/// An element of an array of constants.
std::optional<IndexForm> NeighbourTaps::element(const ArraySubscriptExpr* subscript)
{
    std::vector<std::int64_t> places;
    const Expr* base = subscript;
    while (const auto* one = llvm::dyn_cast<ArraySubscriptExpr>(base->IgnoreParenImpCasts())) {
        const auto place = constant(one->getIdx());
        if (!place || *place < 0)
            return std::nullopt;
        places.insert(places.begin(), *place);
        base = one->getBase();
    }
    const auto* reference = llvm::dyn_cast<DeclRefExpr>(base->IgnoreParenImpCasts());
    const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
    const auto& context = m_kernel.source().context();
    if (var == nullptr || !var->hasInit() || !var->getType()->isConstantArrayType()
        || !context.getBaseElementType(var->getType()).isConstQualified())
        return std::nullopt;
    const Expr* value = var->getInit();
    QualType type = var->getType();
    for (const auto place : places) {
        const auto* array = context.getAsConstantArrayType(type);
        const auto* list = llvm::dyn_cast_or_null<InitListExpr>(value);
        if (array == nullptr || list == nullptr || static_cast<std::uint64_t>(place) >= array->getZExtSize())
            return std::nullopt;
        value = static_cast<unsigned>(place) < list->getNumInits() ? list->getInit(static_cast<unsigned>(place))
                                                                   : list->getArrayFiller();
        type = array->getElementType();
    }
    Expr::EvalResult constant;
    if (value == nullptr || !type->isIntegerType())
        return std::nullopt;
    if (llvm::isa<ImplicitValueInitExpr>(value))
        return IndexForm();
    return !value->isValueDependent() && value->EvaluateAsInt(constant, context)
        ? std::optional(IndexForm::constant(constant.Val.getInt().getExtValue()))
        : std::nullopt;
}

std::optional<IndexForm> NeighbourTaps::clamp(const Expr* expression)
{
    if (!expression->getType()->isSignedIntegerType())
        return std::nullopt;
    if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(expression))
        return clampOfChoice(choice);
    return clampOfCall(expression);
}

std::optional<IndexForm> NeighbourTaps::clampOfCall(const Expr* expression)
{
    const auto operandsOf = [](const Expr* one, const char* name) {
        const auto* call = llvm::dyn_cast<CallExpr>(one->IgnoreParenImpCasts());
        const bool isCall = call != nullptr && calleeName(call) == name && call->getNumArgs() == 2
            && !call->getDirectCallee()->hasBody() && call->getType()->isSignedIntegerType();
        return isCall ? std::vector<const Expr*>{call->getArg(0), call->getArg(1)} : std::vector<const Expr*>();
    };
    // Of two operands of min or max the one that is no 0, or no bound, is clamped.
    for (const bool isMinOutside : {true, false}) {
        const auto outer = operandsOf(expression, isMinOutside ? "min" : "max");
        for (std::size_t i = 0; i < outer.size(); ++i) {
            const auto inner = operandsOf(outer[i], isMinOutside ? "max" : "min");
            for (std::size_t j = 0; j < inner.size(); ++j) {
                const Expr* zero = isMinOutside ? inner[1 - j] : outer[1 - i];
                const Expr* last = isMinOutside ? outer[1 - i] : inner[1 - j];
                const auto end = number(last);
                const auto value = constant(zero) == 0 && end && isSigned(last) && isSigned(inner[j]) ? number(inner[j])
                                                                                                      : std::nullopt;
                if (value && !end->constantValue())
                    return symbolOf({*value, *end + one(), true});
            }
        }
        for (std::size_t i = 0; i < outer.size(); ++i) {
            const auto end = number(outer[1 - i]);
            const auto value = end && isSigned(outer[0]) && isSigned(outer[1]) ? number(outer[i]) : std::nullopt;
            if (!value || value->constantValue() || (isMinOutside ? end->constantValue().has_value() : !end->isZero()))
                continue;
            if (!isMinOutside)
                return symbolOf({*value, std::nullopt, true});
            // Which of the two is the bound shows in the other: it has the coordinate.
            const auto depends = [&](const IndexForm& form) {
                return std::ranges::any_of(m_grid.axes(),
                                           [&](const auto& axis) { return form.dependsOn(axis.symbol); });
            };
            if (depends(*value) && !depends(*end))
                return symbolOf({*value, *end + one(), false});
        }
    }
    return std::nullopt;
}

/// e < 0 ? 0 : e >= n ? n - 1 : e, or one of the two.
std::optional<IndexForm> NeighbourTaps::clampOfChoice(const ConditionalOperator* choice)
{
    // What is chosen where the condition is met, or not, and the condition itself.
    const auto split = [&](const Expr* chosen, const Expr* other, bool holds) -> std::optional<NeighbourClamp> {
        std::vector<IndexForm> within;
        const auto end = isSigned(other) ? number(other) : std::nullopt;
        const auto value = end && isSigned(chosen) ? number(chosen) : std::nullopt;
        if (!value || !assume(choice->getCond(), holds, within) || within.size() != 1)
            return std::nullopt;
        if (end->isZero() && within.front() == *value)
            return NeighbourClamp{*value, std::nullopt, true};
        if (!end->isZero() && within.front() == *end - *value)
            return NeighbourClamp{*value, *end + one(), false};
        return std::nullopt;
    };
    auto outer = split(choice->getFalseExpr(), choice->getTrueExpr(), false);
    if (!outer)
        outer = split(choice->getTrueExpr(), choice->getFalseExpr(), true);
    if (outer)
        return symbolOf(*outer);
    const auto* inner = llvm::dyn_cast<ConditionalOperator>(choice->getFalseExpr()->IgnoreParenImpCasts());
    const auto clamped = inner == nullptr || constant(choice->getTrueExpr()) != 0 ? std::nullopt : number(inner);
    const auto symbol = clamped ? bareSymbol(*clamped) : std::string();
    const auto found = m_clamps.find(symbol);
    std::vector<IndexForm> below;
    if (found == m_clamps.end() || found->second.isLow || !assume(choice->getCond(), false, below)
        || below != std::vector<IndexForm>{found->second.inner})
        return std::nullopt;
    return symbolOf({found->second.inner, found->second.bound, true});
}

IndexForm NeighbourTaps::symbolOf(const NeighbourClamp& clamp)
{
    for (const auto& [symbol, known] : m_clamps)
        if (known == clamp)
            return IndexForm::symbol(symbol);
    const auto symbol = fmt::format("$clamp.{}#", m_clamps.size());
    m_clamps[symbol] = clamp;
    return IndexForm::symbol(symbol);
}

bool NeighbourTaps::isSigned(const Expr* expression) const
{
    bool found = true;
    walk(expression, [&](const Stmt* node) {
        const auto* part = llvm::dyn_cast<Expr>(node);
        const auto type = part == nullptr ? QualType() : part->getType();
        found = found && (type.isNull() || !type->isUnsignedIntegerType());
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        const bool isIndex =
            std::ranges::any_of(m_grid.guarded().indices, [&](const auto& index) { return index.var == var; });
        if (found && var != nullptr && var->isLocalVarDecl() && var->hasInit() && !isIndex
            && var->getType()->isIntegerType() && m_counters.count(var) == 0)
            found = isSigned(var->getInit());
        return found;
    });
    return found;
}

bool NeighbourTaps::assume(const Expr* condition, bool holds, std::vector<IndexForm>& inside)
{
    condition = condition->IgnoreParenImpCasts();
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(condition); unary != nullptr && unary->getOpcode() == UO_LNot)
        return assume(unary->getSubExpr(), !holds, inside);
    const auto* binary = llvm::dyn_cast<BinaryOperator>(condition);
    if (binary == nullptr)
        return false;
    if (binary->getOpcode() == (holds ? BO_LAnd : BO_LOr))
        return assume(binary->getLHS(), holds, inside) && assume(binary->getRHS(), holds, inside);
    if (!binary->isRelationalOp() || !isSigned(binary->getLHS()) || !isSigned(binary->getRHS()))
        return false;
    const auto left = number(binary->getLHS());
    const auto right = number(binary->getRHS());
    if (!left || !right)
        return false;
    const auto opcode = holds ? binary->getOpcode() : BinaryOperator::negateComparisonOp(binary->getOpcode());
    const bool isLess = opcode == BO_LT || opcode == BO_LE;
    const auto strict = opcode == BO_LT || opcode == BO_GT ? one() : IndexForm();
    inside.push_back((isLess ? *right - *left : *left - *right) - strict);
    return true;
}

}  // namespace warploom
