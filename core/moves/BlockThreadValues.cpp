// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <limits>

#include "moves/BlockThreads.h"

namespace warploom {

using namespace clang;

namespace {

using Kind = LaneValue::Kind;

constexpr int kThreadsOfWarp = 32;
constexpr int kNoBits = 63;  // more are shifted nowhere

/// "max" or "min"; empty for other functions.
std::string extremumOf(const std::string& name)
{
    if (name == "fmaxf" || name == "fmax" || name == "max")
        return "max";
    return name == "fminf" || name == "fmin" || name == "min" ? "min" : "";
}

LaneValue sumOf(const LaneValue& a, const LaneValue& b, int sign)
{
    if (a.kind == Kind::Number && b.kind == Kind::Place && sign > 0)
        return sumOf(b, a, sign);
    if ((a.kind != Kind::Number && a.kind != Kind::Place) || b.kind != Kind::Number)
        return {};
    LaneValue result = a;
    result.number += sign * b.number;
    result.form = sign > 0 ? a.form + b.form : a.form - b.form;
    return result;
}

LaneValue arithmetic(BinaryOperatorKind code, std::int64_t a, std::int64_t b)
{
    const bool isShift = code == BO_Shl || code == BO_Shr;
    if (((code == BO_Div || code == BO_Rem) && b == 0) || (isShift && (b < 0 || b >= kNoBits)))
        return {};
    switch (code) {
    case BO_Mul:
        return LaneValue::ofNumber(a * b);
    case BO_Div:
        return LaneValue::ofNumber(a / b);
    case BO_Rem:
        return LaneValue::ofNumber(a % b);
    case BO_Shl:
        return LaneValue::ofNumber(static_cast<std::int64_t>(static_cast<std::uint64_t>(a) << b));
    case BO_Shr:
        return LaneValue::ofNumber(a >> b);
    case BO_And:
        return LaneValue::ofNumber(a & b);
    case BO_Or:
        return LaneValue::ofNumber(a | b);
    case BO_Xor:
        return LaneValue::ofNumber(a ^ b);
    case BO_LAnd:
        return LaneValue::ofNumber(a != 0 && b != 0 ? 1 : 0);
    case BO_LOr:
        return LaneValue::ofNumber(a != 0 || b != 0 ? 1 : 0);
    case BO_LT:
        return LaneValue::ofNumber(a < b ? 1 : 0);
    case BO_LE:
        return LaneValue::ofNumber(a <= b ? 1 : 0);
    case BO_GT:
        return LaneValue::ofNumber(a > b ? 1 : 0);
    case BO_GE:
        return LaneValue::ofNumber(a >= b ? 1 : 0);
    case BO_EQ:
        return LaneValue::ofNumber(a == b ? 1 : 0);
    case BO_NE:
        return LaneValue::ofNumber(a != b ? 1 : 0);
    default:
        return {};
    }
}

/// Products and sums of what is the same for all are that too.
LaneValue uniformSum(const LaneValue& a, const LaneValue& b)
{
    if (isZero(a.tree))
        return b;
    if (isZero(b.tree))
        return a;
    return LaneValue::ofTree(operationValue(ValueKind::Binary, "+", {a.tree, b.tree}));
}

LaneValue uniformExtremum(const LaneValue& a, const LaneValue& b, const std::string& operation)
{
    return isSame(a.tree, b.tree)
        ? a
        : LaneValue::ofTree(operationValue(ValueKind::Call, operation == "max" ? "fmaxf" : "fminf", {a.tree, b.tree}));
}

}  // namespace

LaneValue LaneValue::ofNumber(std::int64_t number, IndexForm form)
{
    LaneValue made;
    made.kind = Kind::Number;
    made.number = number;
    made.form = std::move(form);
    return made;
}

LaneValue LaneValue::ofTree(ValueTree tree)
{
    LaneValue made;
    made.kind = tree == nullptr ? Kind::Unknown : Kind::Uniform;
    made.tree = std::move(tree);
    return made;
}

bool operator==(const LaneValue& a, const LaneValue& b)
{
    return a.kind == b.kind && a.number == b.number && a.form == b.form && a.base == b.base && a.team == b.team
        && a.parts == b.parts && (a.tree == b.tree || isSame(a.tree, b.tree))
        && std::ranges::equal(a.others, b.others, [](const auto& x, const auto& y) { return isSame(x, y); });
}

LaneValue combined(const LaneValue& a, const LaneValue& b, const std::string& operation)
{
    const bool isSum = operation == "+";
    if (a.kind == Kind::Uniform && b.kind == Kind::Uniform)
        return isSum ? uniformSum(a, b) : uniformExtremum(a, b, operation);
    if (a.kind != Kind::Share && b.kind == Kind::Share)
        return combined(b, a, operation);
    if (a.kind != Kind::Share || a.tree->text != operation)
        return {};
    auto result = a;
    if (b.isPlainNumber())
        return combined(a, LaneValue::ofTree(numberValue(std::to_string(b.number))), operation);
    if (b.kind == Kind::Uniform) {
        if (!isSum)
            result.others.push_back(b.tree);
        return isSum && !isZero(b.tree) ? LaneValue() : result;
    }
    if (b.kind != Kind::Share || b.team != a.team || (b.tree != a.tree && !isSame(a.tree, b.tree))
        || (isSum && (a.parts & b.parts).any()))
        return {};
    result.parts |= b.parts;
    for (const auto& other : b.others)
        if (std::ranges::none_of(result.others, [&](const auto& one) { return isSame(one, other); }))
            result.others.push_back(other);
    return result;
}

LaneValue BlockThreads::variable(const VarDecl* var, int lane)
{
    // What is known of it elsewhere is newer.
    if (auto known = m_elsewhere.variable(var, lane); known.kind != Kind::Unknown)
        return known;
    const auto own = m_state.variables.find(var);
    return own == m_state.variables.end() ? LaneValue() : own->second[lane];
}

LaneValue BlockThreads::valueOfMember(const MemberExpr* member, int lane) const
{
    const auto* base = llvm::dyn_cast<DeclRefExpr>(member->getBase()->IgnoreParenImpCasts());
    if (base == nullptr || !isThreadBuiltin(base))
        return {};
    const auto name = identifierOf(base->getDecl());
    const auto field = identifierOf(member->getMemberDecl());
    const std::size_t axis = field == "x" ? 0 : field == "y" ? 1 : 2;
    if (name == "blockDim")
        return LaneValue::ofNumber(m_shape[axis]);
    if (name != "threadIdx")
        return {};
    std::int64_t place = lane;
    for (std::size_t i = 0; i < axis; ++i)
        place /= m_shape[i];
    return LaneValue::ofNumber(place % m_shape[axis]);
}

LaneValue BlockThreads::place(const Expr* lvalue, int lane)
{
    lvalue = lvalue->IgnoreParenImpCasts();
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(lvalue); unary != nullptr && unary->getOpcode() == UO_Deref)
        return value(unary->getSubExpr(), lane);
    if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(lvalue)) {
        const auto* whole = subscript->getBase()->IgnoreParenImpCasts();
        auto index = value(subscript->getIdx(), lane);
        for (auto type = subscript->getType(); index.kind == Kind::Number && type->isArrayType();) {
            const auto* array = m_context.getAsConstantArrayType(type);
            if (array == nullptr)
                return {};
            index.number *= array->getSize().getSExtValue();
            index.form = index.form * IndexForm::constant(array->getSize().getSExtValue());
            type = array->getElementType();
        }
        return sumOf(whole->getType()->isArrayType() ? place(whole, lane) : value(whole, lane), index, 1);
    }
    const auto* var = plainVariable(lvalue);
    if (var == nullptr || !var->hasAttr<CUDASharedAttr>())
        return {};
    LaneValue made;
    made.kind = Kind::Place;
    made.base = var;
    return made;
}

LaneValue BlockThreads::load(const LaneValue& place, int lane)
{
    return place.kind == Kind::Place && touch(place, lane, false) ? kept(place.base, place.form, place.number)
                                                                  : LaneValue();
}

LaneValue BlockThreads::valueOfSign(const UnaryOperator* unary, int lane)
{
    const auto one = value(unary->getSubExpr(), lane);
    if (!one.isPlainNumber())
        return {};
    switch (unary->getOpcode()) {
    case UO_LNot:
        return LaneValue::ofNumber(one.number == 0 ? 1 : 0);
    case UO_Minus:
        return LaneValue::ofNumber(-one.number);
    case UO_Plus:
        return one;
    default:
        return {};
    }
}

/// (256 * block + thread) / 32, and what is left of it: built-ins are not negative.
LaneValue BlockThreads::quotient(BinaryOperatorKind code, const LaneValue& a, const LaneValue& b) const
{
    if (a.kind != Kind::Number || a.number < 0 || !b.isPlainNumber() || b.number < 0 || b.number >= kNoBits * kNoBits)
        return {};
    const bool isMask = code == BO_And;
    const auto divisor = code == BO_Shr ? std::int64_t{1} << std::min<std::int64_t>(b.number, kNoBits - 1)
        : isMask                        ? b.number + 1
                                        : b.number;
    const auto whole = a.form.quotient(IndexForm::constant(divisor));
    const auto isBlocks = [](const auto& term) {
        return term.second > 0 && term.first.size() == 1 && term.first.front() == blockSymbol(0);
    };
    if (divisor <= 0 || (isMask && (divisor & b.number) != 0) || !whole
        || !std::ranges::all_of(a.form.terms(), isBlocks))
        return {};
    return code == BO_Rem || isMask ? LaneValue::ofNumber(a.number % divisor)
                                    : LaneValue::ofNumber(a.number / divisor, *whole);
}

LaneValue BlockThreads::value(const Expr* expression, int lane)
{
    expression = expression->IgnoreParens();
    Expr::EvalResult constant;
    if (!expression->isValueDependent() && expression->getType()->isIntegralOrEnumerationType()
        && expression->EvaluateAsInt(constant, m_context) && constant.Val.getInt().getSignificantBits() <= 64)
        return LaneValue::ofNumber(constant.Val.getInt().getExtValue());
    LaneValue made;
    if (const auto* cast = llvm::dyn_cast<CastExpr>(expression)) {
        made = value(cast->getSubExpr(), lane);
        // Something may be cut off.
        const auto kind = cast->getCastKind();
        const bool isNew = kind == CK_FloatingToIntegral || kind == CK_IntegralToFloating
            || ((kind == CK_IntegralCast || kind == CK_FloatingCast)
                && m_context.getTypeSize(cast->getType()) < m_context.getTypeSize(cast->getSubExpr()->getType()));
        const bool isNamed =
            made.kind == Kind::Share || (made.kind == Kind::Uniform && made.tree->kind == ValueKind::Parameter);
        if (isNamed && isNew)
            made = {};
    } else if (const auto* pseudo = llvm::dyn_cast<PseudoObjectExpr>(expression))
        made = value(pseudo->getSyntacticForm(), lane);
    else if (const auto* member = llvm::dyn_cast<MemberExpr>(expression))
        made = valueOfMember(member, lane);
    else if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression))
        made = valueOfBinary(binary, lane);
    else if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(expression))
        made = valueOfChoice(choice, lane);
    else if (const auto* call = llvm::dyn_cast<CallExpr>(expression))
        made = valueOfCall(call, lane);
    else if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
             unary != nullptr && unary->getOpcode() == UO_AddrOf)
        made = place(unary->getSubExpr(), lane);
    else if (const auto* sign = llvm::dyn_cast<UnaryOperator>(expression);
             sign != nullptr && sign->getOpcode() != UO_Deref)
        made = valueOfSign(sign, lane);
    else if (llvm::isa<UnaryOperator, ArraySubscriptExpr>(expression))
        made = expression->getType()->isArrayType() ? place(expression, lane) : load(place(expression, lane), lane);
    else if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression)) {
        const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var != nullptr && identifierOf(var) == "warpSize")
            made = LaneValue::ofNumber(kThreadsOfWarp);
        else if (var != nullptr && var->hasAttr<CUDASharedAttr>())
            made = var->getType()->isArrayType() ? place(expression, lane) : load(place(expression, lane), lane);
        else if (var != nullptr)
            made = variable(var, lane);
    }
    // A number becomes a real, or the other way round, elsewhere.
    const bool isReal = expression->getType()->isRealFloatingType();
    if (isReal && made.isPlainNumber())
        return LaneValue::ofTree(numberValue(fmt::format("{}.0f", made.number)));
    return made.kind == Kind::Unknown ? m_elsewhere.uniform(expression) : made;
}

LaneValue BlockThreads::valueOfBinary(const BinaryOperator* binary, int lane)
{
    const auto code = binary->isCompoundAssignmentOp() ? BinaryOperator::getOpForCompoundAssignment(binary->getOpcode())
                                                       : binary->getOpcode();
    const auto a = value(binary->getLHS(), lane);
    const auto b = value(binary->getRHS(), lane);
    const bool isReal = binary->getLHS()->getType()->isRealFloatingType();
    if (isReal)
        return valueOfReals(code, a, b, lane);
    if (code == BO_Add && (a.kind == Kind::Share || b.kind == Kind::Share))
        return combined(a, b, "+");
    if (code == BO_Add || code == BO_Sub)
        return sumOf(a, b, code == BO_Add ? 1 : -1);
    if (binary->isComparisonOp() && a.kind == Kind::Number && b.kind == Kind::Number && a.form == b.form)
        return arithmetic(code, a.number, b.number);
    if (code == BO_Mul && a.kind == Kind::Number && b.kind == Kind::Number && (a.form.isZero() || b.form.isZero())) {
        const auto& plain = a.form.isZero() ? a : b;
        const auto& other = a.form.isZero() ? b : a;
        return LaneValue::ofNumber(a.number * b.number, other.form * IndexForm::constant(plain.number));
    }
    if (code == BO_Div || code == BO_Rem || code == BO_Shr || code == BO_And)
        if (auto made = quotient(code, a, b); made.kind != Kind::Unknown)
            return made;
    return a.isPlainNumber() && b.isPlainNumber() ? arithmetic(code, a.number, b.number) : LaneValue();
}

LaneValue BlockThreads::valueOfReals(BinaryOperatorKind code, const LaneValue& a, const LaneValue& b, int lane) const
{
    if (auto sum = code == BO_Add ? combined(a, b, "+") : LaneValue(); sum.kind != Kind::Unknown)
        return sum;
    const auto first = a.kind == Kind::Share ? m_elsewhere.whole(a, lane) : a;
    const auto second = b.kind == Kind::Share ? m_elsewhere.whole(b, lane) : b;
    const bool isKnown = code == BO_Add || code == BO_Sub || code == BO_Mul || code == BO_Div;
    if (!isKnown || first.kind != Kind::Uniform || second.kind != Kind::Uniform)
        return {};
    return LaneValue::ofTree(
        operationValue(ValueKind::Binary, BinaryOperator::getOpcodeStr(code).str(), {first.tree, second.tree}));
}

LaneValue BlockThreads::valueOfChoice(const ConditionalOperator* choice, int lane)
{
    const auto condition = value(choice->getCond(), lane);
    if (condition.isPlainNumber())
        return value(condition.number != 0 ? choice->getTrueExpr() : choice->getFalseExpr(), lane);
    const auto* test = llvm::dyn_cast<BinaryOperator>(choice->getCond()->IgnoreParenImpCasts());
    if (test == nullptr || !test->isRelationalOp())
        return {};
    // The larger of two, or the smaller.
    const bool isGreater = test->getOpcode() == BO_GT || test->getOpcode() == BO_GE;
    const auto more = value(isGreater ? test->getLHS() : test->getRHS(), lane);
    const auto less = value(isGreater ? test->getRHS() : test->getLHS(), lane);
    const auto first = value(choice->getTrueExpr(), lane);
    const auto second = value(choice->getFalseExpr(), lane);
    if (first == more && second == less)
        return combined(more, less, "max");
    return first == less && second == more ? combined(more, less, "min") : LaneValue();
}

LaneValue BlockThreads::valueOfCall(const CallExpr* call, int lane)
{
    if (const auto ready = m_results.find(call); ready != m_results.end())
        return ready->second[lane];
    const auto name = calleeName(call);
    if (name.rfind("__shfl", 0) == 0)
        return valueOfShuffle(name, call, lane);
    const auto extremum = extremumOf(name);
    if (!extremum.empty() && call->getNumArgs() == 2 && call->getType()->isArithmeticType())
        return combined(value(call->getArg(0), lane), value(call->getArg(1), lane), extremum);
    if (name == "__fadd_rn" && call->getNumArgs() == 2)
        return combined(value(call->getArg(0), lane), value(call->getArg(1), lane), "+");
    return {};
}

LaneValue BlockThreads::valueOfShuffle(const std::string& name, const CallExpr* call, int lane)
{
    const bool isSynchronised = name.size() > 5 && name.ends_with("_sync");
    const unsigned first = isSynchronised ? 1 : 0;
    if (call->getNumArgs() < first + 2)
        return {};
    const auto amount = value(call->getArg(first + 1), lane);
    const auto width = call->getNumArgs() > first + 2 && !llvm::isa<CXXDefaultArgExpr>(call->getArg(first + 2))
        ? value(call->getArg(first + 2), lane)
        : LaneValue::ofNumber(kThreadsOfWarp);
    if (!amount.isPlainNumber() || !width.isPlainNumber() || width.number < 1 || width.number > kThreadsOfWarp)
        return {};
    const std::int64_t segment = lane / width.number * width.number;
    std::int64_t from = lane;
    if (name.find("xor") != std::string::npos)
        from = lane / kThreadsOfWarp * kThreadsOfWarp + ((lane % kThreadsOfWarp) ^ amount.number);
    else if (name.find("down") != std::string::npos)
        from = lane + amount.number;
    else if (name.find("up") != std::string::npos)
        from = lane - amount.number;
    else
        from = segment + amount.number % width.number;
    if (from < segment || from >= segment + width.number)
        from = lane;
    return from < m_threads && m_active.test(static_cast<std::size_t>(from))
        ? value(call->getArg(first), static_cast<int>(from))
        : LaneValue();
}

}  // namespace warploom
