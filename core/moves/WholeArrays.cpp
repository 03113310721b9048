// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/WholeArrays.h"

#include "moves/HostWords.h"
#include "moves/SizeForms.h"

namespace warploom {

namespace {

std::optional<IndexForm> formOfHost(const MoveContext& context, const std::string& words)
{
    return words.empty() ? std::nullopt : formOfExpression(withoutLets(context.directives(), words));
}

}  // namespace

std::set<const clang::VarDecl*> wholeArrays(const MoveContext& context, const KernelScope& kernel,
                                            const clang::Expr* bound)
{
    std::set<const clang::VarDecl*> whole;
    const auto launches = kernel.launches();
    for (const auto* parameter : kernel.kernel().parameters()) {
        const bool isWhole =
            parameter->getType()->isPointerType() && std::ranges::all_of(launches, [&](const auto* launch) {
                const auto* buffer = context.bufferOf(kernel, *launch, parameter);
                if (buffer == nullptr || buffer->shape.empty())
                    return false;
                const auto extent = formOfHost(context, kernel.argumentOf(*launch, bound));
                return extent && formOfHost(context, fmt::format("({})", fmt::join(buffer->shape, ") * ("))) == extent;
            });
        if (isWhole && !launches.empty())
            whole.insert(parameter);
    }
    return whole;
}

}  // namespace warploom
