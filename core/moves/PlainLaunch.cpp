// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

std::optional<std::string> inLaunchWords(const KernelScope& kernel, const LaunchLine& launch, const Expr* expression)
{
    expression = expression->IgnoreParenCasts();
    if (const auto* literal = llvm::dyn_cast<IntegerLiteral>(expression))
        return llvm::toString(literal->getValue(), 10, false);
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression)) {
        const auto left = inLaunchWords(kernel, launch, binary->getLHS());
        const auto right = inLaunchWords(kernel, launch, binary->getRHS());
        const bool isKnown = binary->getOpcode() == BO_Add || binary->getOpcode() == BO_Sub
            || binary->getOpcode() == BO_Mul || binary->getOpcode() == BO_Div;
        if (!left || !right || !isKnown)
            return std::nullopt;
        return fmt::format("({} {} {})", *left, binary->getOpcodeStr().str(), *right);
    }
    const auto* var = plainVariable(expression);
    if (var == nullptr || !var->getType()->isIntegerType() || kernel.isModified(var))
        return std::nullopt;
    if (llvm::isa<ParmVarDecl>(var)) {
        const auto text = kernel.argumentOf(launch, expression);
        const bool isWord = std::ranges::all_of(text, [](char c) { return std::isalnum(c) != 0 || c == '_'; });
        return text.empty() ? std::nullopt : std::optional(isWord ? text : fmt::format("({})", text));
    }
    return var->isLocalVarDecl() && var->hasInit() ? inLaunchWords(kernel, launch, var->getInit()) : std::nullopt;
}

bool usesOnlyBuiltins(const KernelScope& kernel, const Stmt* within,
                      const std::function<bool(const IndexForm&)>& allowed)
{
    if (callsUseBuiltins(within))
        return false;
    bool fits = true;
    walk(within, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        if (reference == nullptr || !isThreadBuiltin(reference))
            return fits;
        const auto* member = llvm::dyn_cast_or_null<MemberExpr>(kernel.parent(reference));
        const auto form = member == nullptr ? std::nullopt : kernel.form(member);
        fits = fits && form && allowed(*form) && kernel.source().range(member).has_value();
        return fits;
    });
    return fits;
}

bool isInArithmetic(const KernelScope& kernel, const Stmt* use)
{
    const Stmt* above = kernel.parent(use);
    while (llvm::isa_and_nonnull<ImplicitCastExpr, ParenExpr, OpaqueValueExpr, PseudoObjectExpr>(above))
        above = kernel.parent(above);
    const auto* binary = llvm::dyn_cast_or_null<BinaryOperator>(above);
    return binary != nullptr && (binary->isMultiplicativeOp() || binary->isAdditiveOp() || binary->isShiftOp());
}

std::string threadIndexDeclaration(const KernelScope& kernel, QualType type, const std::string& name, int axis)
{
    const auto& context = kernel.source().context();
    const auto word = type.getUnqualifiedType().getAsString(context.getPrintingPolicy());
    const char letter = static_cast<char>('x' + axis);
    return context.getTypeSize(type) > 32
        ? fmt::format("{0} {1} = ({0})(blockIdx.{2}) * blockDim.{2} + threadIdx.{2};", word, name, letter)
        : fmt::format("{0} {1} = blockIdx.{2} * blockDim.{2} + threadIdx.{2};", word, name, letter);
}

const LaunchLine* onlyLaunch(const KernelScope& kernel)
{
    const auto launches = kernel.launches();
    return launches.size() == 1 && launches.front()->arguments.size() == kernel.kernel().getNumParams()
            && launches.front()->arguments.size() > 0
        ? launches.front()
        : nullptr;
}

}  // namespace warploom
