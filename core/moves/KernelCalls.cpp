// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/KernelScope.h"

namespace warploom {

using namespace clang;

namespace {

/// Functions of places call one or two others, not more.
constexpr std::size_t kDeepestPlace = 4;
constexpr std::uint64_t kNarrowestPlace = 32;

/// What a function of one line returns, where it is of whole numbers alone; null for any other.
const Expr* lineOf(const FunctionDecl& function, const ASTContext& context)
{
    const auto isWhole = [&](QualType type) {
        return type->isIntegerType() && !type->isBooleanType() && context.getTypeSize(type) >= kNarrowestPlace;
    };
    const auto* body = llvm::dyn_cast_or_null<CompoundStmt>(function.getBody());
    const auto* result =
        body != nullptr && body->size() == 1 ? llvm::dyn_cast<ReturnStmt>(body->body_front()) : nullptr;
    const bool isPlain = result != nullptr && result->getRetValue() != nullptr && isWhole(function.getReturnType())
        && !llvm::isa<CXXMethodDecl>(function)
        && std::ranges::all_of(function.parameters(),
                               [&](const ParmVarDecl* parameter) { return isWhole(parameter->getType()); });
    return isPlain ? result->getRetValue() : nullptr;
}

}  // namespace

std::optional<IndexForm> KernelScope::formOfCall(const CallExpr* call) const
{
    const auto* function = call->getDirectCallee();
    const auto* value =
        function == nullptr || m_calls.size() >= kDeepestPlace || std::ranges::find(m_calls, function) != m_calls.end()
        ? nullptr
        : lineOf(*function, m_source.context());
    if (value == nullptr || call->getNumArgs() != function->getNumParams())
        return std::nullopt;
    std::map<const VarDecl*, IndexForm> given;
    for (unsigned i = 0; i < call->getNumArgs(); ++i) {
        const auto argument = form(call->getArg(i));
        if (!argument)
            return std::nullopt;
        given[function->getParamDecl(i)] = *argument;
    }
    std::swap(m_given, given);
    m_calls.push_back(function);
    auto result = form(value);
    m_calls.pop_back();
    std::swap(m_given, given);
    return result;
}

}  // namespace warploom
