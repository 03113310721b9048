// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/WrittenSource.h"

#include <spdlog/spdlog.h>

#include "moves/Contraction.h"
#include "moves/PlainForm.h"

namespace warploom {

using namespace clang;

namespace {

bool arePlain(const Contraction& found)
{
    const auto factors = found.factors();
    return std::ranges::all_of(factors, [&](FactorNumber which) {
        const auto& factor = found.factor(which);
        return factor.isPlain && factor.layout != FactorLayout::Scattered;
    });
}

bool isContraction(const ParsedSource& source, const std::string& name, std::size_t sums, std::size_t terms)
{
    return std::ranges::any_of(source.kernels(), [&](const FunctionDecl* function) {
        const KernelScope kernel(source, *function);
        const auto found = kernel.name() == name ? jointContraction(kernel) : std::nullopt;
        return found && found->sums.size() == sums && found->terms.size() == terms && arePlain(*found);
    });
}

}  // namespace

std::optional<WrittenSource> writtenSource(const MoveContext& context, const std::string& name, const std::string& text,
                                           std::size_t sums, std::size_t parts)
{
    WrittenSource made{nullptr, context.request()};
    for (const bool isPlain : {false, true}) {
        const auto plain = isPlain ? plainForm(*made.parsed, made.request.fileName) : std::nullopt;
        if (isPlain && !plain)
            break;
        made.request.source = isPlain ? plain->source : text;
        auto parsed = ParsedSource::parse(made.request.source, made.request.fileName);
        if (!parsed) {
            spdlog::warn("written factors make a source that does not parse: {}", parsed.error().toString());
            break;
        }
        made.parsed = std::move(*parsed);
        if (isContraction(*made.parsed, name, sums, sums * parts))
            return made;
    }
    return std::nullopt;
}

}  // namespace warploom
