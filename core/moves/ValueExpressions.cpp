// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/IntegerCast.h"
#include "moves/ValueReader.h"

namespace warploom {

using namespace clang;

namespace {

constexpr int kDeepestCall = 8;

const Expr* unwrapped(const Expr* expression)
{
    while (true) {
        const Expr* inner = expression->IgnoreParens();
        if (const auto* cast = llvm::dyn_cast<ImplicitCastExpr>(inner);
            cast != nullptr && (cast->getCastKind() == CK_LValueToRValue || cast->getCastKind() == CK_NoOp))
            inner = cast->getSubExpr();
        else if (llvm::isa<ExprWithCleanups, MaterializeTemporaryExpr, CXXBindTemporaryExpr>(inner))
            inner = inner->IgnoreImplicit();
        if (inner == expression)
            return expression;
        expression = inner;
    }
}

std::optional<IndexForm> keptBuiltin(const MemberExpr* member)
{
    const auto* base = llvm::dyn_cast<DeclRefExpr>(member->getBase()->IgnoreParenImpCasts());
    const auto field = identifierOf(member->getMemberDecl());
    // What stays when the kernel's own dimension gets another shape.
    if (base == nullptr || (field != "y" && field != "z"))
        return std::nullopt;
    const auto name = identifierOf(base->getDecl());
    if (name != "blockIdx" && name != "gridDim")
        return std::nullopt;
    return IndexForm::symbol(ValueReader::symbolFor(name.str() + "." + field.str()));
}

/// Whether a difference is taken for a number without sign, as those do who test for both ends of a range at once.
bool turnsDifference(const Expr* expression)
{
    bool found = false;
    walk(expression, [&](const Stmt* node) {
        const auto* cast = llvm::dyn_cast<CastExpr>(node);
        if (cast == nullptr || !cast->getType()->isUnsignedIntegerType()
            || !cast->getSubExpr()->getType()->isSignedIntegerType())
            return !found;
        walk(cast->getSubExpr(), [&](const Stmt* part) {
            const auto* binary = llvm::dyn_cast<BinaryOperator>(part);
            found = found || (binary != nullptr && binary->getOpcode() == BO_Sub);
            return !found;
        });
        return !found;
    });
    return found;
}

bool isConversionFunction(const std::string& name)
{
    return name == "__half2float" || name == "__bfloat162float" || name == "__float2half" || name == "__float2half_rn"
        || name == "__float2bfloat16" || name == "__float2bfloat16_rn";
}

}  // namespace

std::optional<IndexForm> ValueReader::number(const Expr* expression)
{
    expression = expression->IgnoreParens();
    Expr::EvalResult constant;
    if (!expression->isValueDependent() && expression->getType()->isIntegralOrEnumerationType()
        && expression->EvaluateAsInt(constant, m_kernel.source().context())
        && constant.Val.getInt().getSignificantBits() <= 64)
        return IndexForm::constant(constant.Val.getInt().getExtValue());
    if (const auto* cast = llvm::dyn_cast<CastExpr>(expression))
        return cast->getSubExpr()->getType()->isIntegralOrEnumerationType()
                && keepsNumber(cast, m_kernel.source().context())
            ? number(cast->getSubExpr())
            : std::nullopt;
    if (const auto* member = llvm::dyn_cast<MemberExpr>(expression))
        return keptBuiltin(member);
    if (const auto* pseudo = llvm::dyn_cast<PseudoObjectExpr>(expression))
        return number(pseudo->getSyntacticForm());
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression))
        return numberOfBinary(binary);
    const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression);
    const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
    return var == nullptr ? std::nullopt : bound(var).number;
}

std::optional<IndexForm> ValueReader::numberOfBinary(const BinaryOperator* binary)
{
    const auto left = number(binary->getLHS());
    const auto right = left ? number(binary->getRHS()) : std::nullopt;
    if (!right)
        return std::nullopt;
    std::optional<IndexForm> form;
    switch (binary->getOpcode()) {
    case BO_Add:
        form = *left + *right;
        break;
    case BO_Sub:
        form = *left - *right;
        break;
    case BO_Mul:
        form = *left * *right;
        break;
    case BO_Div:
    case BO_Rem: {
        const auto operation = BinaryOperator::getOpcodeStr(binary->getOpcode()).str();
        form = IndexForm::opaque(operation, *left, *right);
        m_quotients[form->terms().begin()->first.front()] = {operation, *left, *right};
        break;
    }
    default:
        return std::nullopt;
    }
    return form->isReasonable() ? form : std::nullopt;
}

std::optional<PointerForm> ValueReader::pointer(const Expr* expression)
{
    expression = expression->IgnoreParenCasts();
    if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression)) {
        const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var == nullptr)
            return std::nullopt;
        const auto& binding = bound(var);
        return binding.array ? PointerForm{var, {}} : binding.pointer;
    }
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression); binary != nullptr && binary->isAdditiveOp()) {
        const bool isFirst = !binary->getLHS()->getType()->isIntegerType();
        auto base = pointer(isFirst ? binary->getLHS() : binary->getRHS());
        const auto offset = number(isFirst ? binary->getRHS() : binary->getLHS());
        if (!base || !offset)
            return std::nullopt;
        base->offset = binary->getOpcode() == BO_Add ? base->offset + *offset : base->offset - *offset;
        return base;
    }
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
        unary != nullptr && unary->getOpcode() == UO_AddrOf)
        return place(unary->getSubExpr());
    return std::nullopt;
}

std::optional<PointerForm> ValueReader::place(const Expr* lvalue)
{
    lvalue = unwrapped(lvalue);
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(lvalue); unary != nullptr && unary->getOpcode() == UO_Deref)
        return pointer(unary->getSubExpr());
    const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(lvalue);
    auto base = subscript == nullptr ? std::nullopt : pointer(subscript->getBase());
    const auto index = base ? number(subscript->getIdx()) : std::nullopt;
    if (!index || subscript->getType()->isArrayType())
        return std::nullopt;
    base->offset = base->offset + *index;
    return base;
}

ValueTree ValueReader::element(const PointerForm& place)
{
    const auto& array = bound(place.base).array;
    if (!array) {
        // What the kernel stores itself may be what it loads.
        if (std::ranges::any_of(m_stores, [&](const auto& one) { return one.base == place.base; }))
            return nullptr;
        Value value;
        value.kind = ValueKind::Load;
        value.base = place.base;
        value.index = place.offset;
        return std::make_shared<const Value>(std::move(value));
    }
    if (array->set != nullptr)
        return place.offset == IndexForm::symbol(array->setSymbol) ? array->set : nullptr;
    return substituted(array->element, kElementIndex, place.offset);
}

ValueTree ValueReader::value(const Expr* expression)
{
    expression = unwrapped(expression);
    if (expression->getType()->isIntegralOrEnumerationType()) {
        const auto form = number(expression);
        return form ? indexValue(*form) : nullptr;
    }
    if (const auto* literal = llvm::dyn_cast<FloatingLiteral>(expression)) {
        const auto text = m_kernel.source().text(expression);
        const auto shortest = fmt::format("{:e}", literal->getValueAsApproximateDouble());
        return numberValue(!text.empty() ? text : shortest + (typeText(literal->getType()) == "float" ? "f" : ""));
    }
    if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression)) {
        const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
        return var == nullptr ? nullptr : valueOfVariable(var);
    }
    if (const auto* cast = llvm::dyn_cast<CastExpr>(expression))
        return valueOfCast(cast);
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression); unary != nullptr) {
        if (unary->getOpcode() == UO_Minus)
            return operationValue(ValueKind::Binary, "-", {value(unary->getSubExpr())});
        const auto from = place(unary);
        return from ? element(*from) : nullptr;
    }
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression)) {
        const auto code = binary->getOpcode();
        if (code != BO_Add && code != BO_Sub && code != BO_Mul && code != BO_Div)
            return nullptr;
        return operationValue(ValueKind::Binary, binary->getOpcodeStr().str(),
                              {value(binary->getLHS()), value(binary->getRHS())});
    }
    if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(expression))
        return valueOfChoice(choice);
    if (const auto* construction = llvm::dyn_cast<CXXConstructExpr>(expression)) {
        if (construction->getNumArgs() != 1)
            return nullptr;
        auto inner = value(construction->getArg(0));
        const bool isCopy = typeText(construction->getType()) == typeText(construction->getArg(0)->getType());
        return isCopy ? inner : operationValue(ValueKind::Convert, typeText(construction->getType()), {inner});
    }
    if (const auto* call = llvm::dyn_cast<CallExpr>(expression))
        return valueOfCall(call);
    const auto from = place(expression);
    return from ? element(*from) : nullptr;
}

ValueTree ValueReader::valueOfCast(const CastExpr* cast)
{
    auto inner = value(cast->getSubExpr());
    const auto type = typeText(cast->getType());
    const bool isConversion = cast->getCastKind() == CK_FloatingCast || cast->getCastKind() == CK_IntegralToFloating
        || cast->getCastKind() == CK_ConstructorConversion;
    if (!isConversion || typeText(cast->getSubExpr()->getType()) == type)
        return cast->getType()->isIntegralOrEnumerationType() ? nullptr : inner;
    // A constructor has said so already.
    if (inner != nullptr && inner->kind == ValueKind::Convert && inner->text == type)
        return inner;
    return operationValue(ValueKind::Convert, type, {inner});
}

ValueTree ValueReader::valueOfVariable(const VarDecl* var)
{
    if (var->hasGlobalStorage() && (var->isConstexpr() || var->getType().isConstQualified()))
        return operationValue(ValueKind::Parameter, var->getNameAsString(), {});
    auto& binding = bound(var);
    return binding.number ? indexValue(*binding.number) : binding.value;
}

ValueTree ValueReader::valueOfChoice(const ConditionalOperator* choice)
{
    auto first = value(choice->getTrueExpr());
    auto second = value(choice->getFalseExpr());
    if (const auto holds = condition(choice->getCond()))
        return choiceValue(*holds, first, second);
    return operationValue(ValueKind::Select, "?", {first, second, comparison(choice->getCond())});
}

ValueTree ValueReader::comparison(const Expr* expression)
{
    const auto* binary = llvm::dyn_cast<BinaryOperator>(expression->IgnoreParenImpCasts());
    if (binary == nullptr || !binary->isRelationalOp())
        return nullptr;
    return operationValue(ValueKind::Binary, binary->getOpcodeStr().str(),
                          {value(binary->getLHS()), value(binary->getRHS())});
}

ValueTree ValueReader::valueOfCall(const CallExpr* call)
{
    if (const auto* member = llvm::dyn_cast<CXXMemberCallExpr>(call)) {
        if (!llvm::isa_and_nonnull<CXXConversionDecl>(member->getMethodDecl())
            || !call->getType()->isRealFloatingType())
            return nullptr;
        return operationValue(ValueKind::Convert, typeText(call->getType()),
                              {value(member->getImplicitObjectArgument())});
    }
    const auto name = calleeName(call);
    const auto* callee = call->getDirectCallee();
    const FunctionDecl* definition = nullptr;
    if (callee == nullptr || name.empty() || llvm::isa<CXXOperatorCallExpr>(call)
        || name.find("_sync") != std::string::npos)  // of other threads' values
        return nullptr;
    if (callee->hasBody(definition))
        return valueOfFunction(definition, call);
    std::vector<ValueTree> operands;
    if (name == "__ldg" && call->getNumArgs() == 1) {
        const auto from = pointer(call->getArg(0));
        return from ? element(*from) : nullptr;
    }
    for (const Expr* argument : call->arguments()) {
        if (argument->getType()->isPointerType())
            return nullptr;
        operands.push_back(value(argument));
    }
    const bool isFused = name == "fma" || name == "fmaf" || name == "__fmaf_rn";
    if (isFused && operands.size() == 3)
        return operationValue(
            ValueKind::Binary, "+",
            {operationValue(ValueKind::Binary, "*", {operands[0], operands[1]}), std::move(operands[2])});
    // Functions of numbers: they depend on nothing else.
    const bool isInfinity = name.rfind("__builtin_inf", 0) == 0;
    if ((operands.empty() && !isInfinity) || !callee->getReturnType()->isRealFloatingType())
        return isConversionFunction(name) ? operationValue(ValueKind::Convert, name, std::move(operands)) : nullptr;
    if (isConversionFunction(name))
        return operationValue(ValueKind::Convert, name, std::move(operands));
    Value value;
    value.kind = ValueKind::Call;
    value.text = name;
    value.type = typeText(call->getType());
    value.operands = std::move(operands);
    const bool isKnown = std::ranges::all_of(value.operands, [](const auto& one) { return one != nullptr; });
    return isKnown ? std::make_shared<const Value>(std::move(value)) : nullptr;
}

ValueTree ValueReader::valueOfFunction(const FunctionDecl* function, const CallExpr* call)
{
    if (m_depth >= kDeepestCall || call->getNumArgs() != function->getNumParams())
        return nullptr;
    std::vector<Binding> arguments;
    for (unsigned i = 0; i < call->getNumArgs(); ++i) {
        const auto type = function->getParamDecl(i)->getType();
        const Expr* argument = call->getArg(i);
        Binding binding;
        if (type->isReferenceType() && !type.getNonReferenceType().isConstQualified())
            return nullptr;
        if (type->isPointerType())
            binding.pointer = pointer(argument);
        else if (type.getNonReferenceType()->isIntegralOrEnumerationType())
            binding.number = number(argument);
        else
            binding.value = value(argument);
        if (!binding.pointer && !binding.number && binding.value == nullptr)
            return nullptr;
        arguments.push_back(std::move(binding));
    }
    for (unsigned i = 0; i < call->getNumArgs(); ++i)
        m_variables[function->getParamDecl(i)] = arguments[i];
    const auto stores = m_stores.size();
    const auto choices = std::exchange(m_choices, 0);
    ++m_depth;
    const bool known = runOne(function->getBody());
    --m_depth;
    m_choices = choices;
    auto result = std::exchange(m_returned, nullptr);
    return known && stores == m_stores.size() ? result : nullptr;
}

std::optional<IndexForm> ValueReader::condition(const Expr* expression)
{
    const auto* comparison = llvm::dyn_cast<BinaryOperator>(expression->IgnoreParenImpCasts());
    if (comparison == nullptr || !comparison->getLHS()->getType()->isIntegerType()
        || !comparison->getRHS()->getType()->isIntegerType() || turnsDifference(comparison))
        return std::nullopt;
    const auto left = number(comparison->getLHS());
    const auto right = number(comparison->getRHS());
    if (!left || !right)
        return std::nullopt;
    switch (comparison->getOpcode()) {
    case BO_LE:
        return *right - *left;
    case BO_LT:
        return *right - *left - IndexForm::constant(1);
    case BO_GE:
        return *left - *right;
    case BO_GT:
        return *left - *right - IndexForm::constant(1);
    default:
        return std::nullopt;
    }
}

}  // namespace warploom
