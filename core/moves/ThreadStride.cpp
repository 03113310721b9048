// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ThreadStride.h"

#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

/// Elements of four bytes that lie so far apart share no sector.
constexpr std::int64_t kOutOfSector = 8;
/// Longer chains of variables and calls are not followed.
constexpr int kDeepestStride = 24;

ThreadStride strideOf(std::int64_t step)
{
    const auto distance = step < 0 ? -step : step;
    return distance == 0          ? ThreadStride::None
        : distance == 1           ? ThreadStride::Next
        : distance < kOutOfSector ? ThreadStride::Near
                                  : ThreadStride::Far;
}

ThreadStride sumOf(ThreadStride a, ThreadStride b)
{
    const bool areBothNext = a == ThreadStride::Next && b == ThreadStride::Next;
    return areBothNext ? ThreadStride::Near : std::max(a, b);
}

class StrideReader {
public:
    StrideReader(const KernelScope& kernel, int dimension)
        : m_kernel(kernel)
        , m_symbol(threadSymbol(dimension))
    {
    }

    /// Of a pointer, or of what stands where one points.
    ThreadStride place(const Expr* expression)
    {
        expression = expression->IgnoreParenCasts();
        if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(expression)) {
            const auto step = number(subscript->getIdx());
            const bool isRow = subscript->getType()->isArrayType() && step != ThreadStride::None;
            return sumOf(place(subscript->getBase()), isRow ? std::max(step, ThreadStride::Far) : step);
        }
        if (const auto* member = llvm::dyn_cast<MemberExpr>(expression))
            return place(member->getBase());
        if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
            unary != nullptr && (unary->getOpcode() == UO_Deref || unary->getOpcode() == UO_AddrOf))
            return place(unary->getSubExpr());
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression);
            binary != nullptr && binary->isAdditiveOp())
            return sumOf(placeOrNumber(binary->getLHS()), placeOrNumber(binary->getRHS()));
        const auto* var = plainVariable(expression);
        if (var == nullptr || llvm::isa<ParmVarDecl>(var) || !var->getType()->isPointerType())
            return var == nullptr ? ThreadStride::Unknown : ThreadStride::None;
        const bool isSettled = var->hasInit() && !m_kernel.isModified(var) && ++m_depth < kDeepestStride;
        return isSettled ? place(var->getInit()) : ThreadStride::Unknown;
    }

private:
    ThreadStride placeOrNumber(const Expr* part)
    {
        return part->getType()->isPointerType() || part->getType()->isArrayType() ? place(part) : number(part);
    }

    ThreadStride number(const Expr* expression)
    {
        expression = expression->IgnoreParenCasts();
        // Names of a function that is looked into mean nothing in the kernel.
        const auto form = m_given.empty() ? m_kernel.form(expression) : std::nullopt;
        if (const auto step = form && isOfFixed(*form) ? form->coefficient(m_symbol) : std::nullopt)
            return step->isZero()       ? ThreadStride::None
                : step->constantValue() ? strideOf(*step->constantValue())
                                        : ThreadStride::Far;
        if (++m_depth > kDeepestStride)
            return ThreadStride::Unknown;
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression))
            return ofBinary(*binary);
        if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression))
            return unary->getOpcode() == UO_Minus || unary->getOpcode() == UO_Plus ? number(unary->getSubExpr())
                                                                                   : ThreadStride::Unknown;
        if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(expression))
            return std::max(number(choice->getTrueExpr()), number(choice->getFalseExpr()));
        if (const auto* call = llvm::dyn_cast<CallExpr>(expression))
            return ofCall(*call);
        if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(expression))
            return place(subscript) == ThreadStride::None ? ThreadStride::None : ThreadStride::Unknown;
        if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression))
            return ofVariable(llvm::dyn_cast<VarDecl>(reference->getDecl()));
        const auto* member = llvm::dyn_cast<MemberExpr>(expression);
        const bool isGiven = member != nullptr && llvm::isa_and_nonnull<ParmVarDecl>(plainVariable(member->getBase()));
        return isGiven || llvm::isa<IntegerLiteral>(expression) ? ThreadStride::None : ThreadStride::Unknown;
    }

    /// Whether nothing but the grid and parameters take part: other variables stand for themselves in forms.
    [[nodiscard]] bool isOfFixed(const IndexForm& form) const
    {
        return std::ranges::all_of(symbolsOf(form), [&](const std::string& symbol) {
            const bool isBuiltin = symbol.find('.') != std::string::npos;
            return isBuiltin || std::ranges::any_of(m_kernel.kernel().parameters(), [&](const auto* parameter) {
                       return m_kernel.symbolOf(parameter) == symbol && !m_kernel.isModified(parameter);
                   });
        });
    }

    ThreadStride ofVariable(const VarDecl* var)
    {
        if (const auto given = m_given.find(var); given != m_given.end())
            return given->second;
        if (var == nullptr || !m_given.empty())
            return ThreadStride::Unknown;
        if (!var->isLocalVarDecl())
            return m_kernel.isModified(var) ? ThreadStride::Unknown : ThreadStride::None;
        // Counters are as far apart as what they start from.
        return var->hasInit() ? number(var->getInit()) : ThreadStride::Unknown;
    }

    ThreadStride ofBinary(const BinaryOperator& binary)
    {
        const auto left = number(binary.getLHS());
        const auto right = number(binary.getRHS());
        const auto most = std::max(left, right);
        if (most == ThreadStride::None || most == ThreadStride::Unknown)
            return most;
        if (binary.isAdditiveOp())
            return sumOf(left, right);
        const bool isOfLeft = right == ThreadStride::None;
        if (binary.getOpcode() == BO_Rem && isOfLeft && left == ThreadStride::Next)
            return left;
        if (binary.getOpcode() != BO_Mul || (!isOfLeft && left != ThreadStride::None))
            return ThreadStride::Unknown;
        Expr::EvalResult value;
        const auto* factor = isOfLeft ? binary.getRHS() : binary.getLHS();
        const bool isNumber = most == ThreadStride::Next && factor->EvaluateAsInt(value, m_kernel.source().context());
        return isNumber ? strideOf(value.Val.getInt().getExtValue()) : ThreadStride::Far;
    }

    ThreadStride ofCall(const CallExpr& call)
    {
        std::vector<ThreadStride> given;
        auto most = ThreadStride::None;
        for (const Expr* argument : call.arguments()) {
            given.push_back(argument->getType()->isIntegerType() ? number(argument) : ThreadStride::Unknown);
            most = std::max(most, given.back());
        }
        const auto name = calleeName(&call);
        if (most == ThreadStride::None || most == ThreadStride::Unknown || name == "min" || name == "max")
            return most;
        const auto* function = call.getDirectCallee();
        const auto* body = function == nullptr ? nullptr : llvm::dyn_cast_or_null<CompoundStmt>(function->getBody());
        const auto* result =
            body != nullptr && body->size() == 1 ? llvm::dyn_cast<ReturnStmt>(body->body_front()) : nullptr;
        if (result == nullptr || result->getRetValue() == nullptr || function->getNumParams() != given.size())
            return ThreadStride::Unknown;
        std::map<const VarDecl*, ThreadStride> before;
        for (unsigned i = 0; i < function->getNumParams(); ++i)
            before[function->getParamDecl(i)] = given[i];
        std::swap(m_given, before);
        const auto stride = number(result->getRetValue());
        std::swap(m_given, before);
        return stride;
    }

    const KernelScope& m_kernel;
    std::string m_symbol;
    std::map<const VarDecl*, ThreadStride> m_given;  ///< to the function that is looked into
    int m_depth = 0;
};

}  // namespace

ThreadStride threadStride(const KernelScope& kernel, const Expr* access, int dimension)
{
    return StrideReader(kernel, dimension).place(access);
}

}  // namespace warploom
