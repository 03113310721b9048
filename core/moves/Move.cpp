// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/Move.h"

#include <cmath>

namespace warploom {

MoveContext::MoveContext(const ParsedSource& source, const MoveRequest& request)
    : m_source(source)
    , m_request(request)
{
    for (const auto* kernel : source.kernels())
        m_kernels.emplace_back(source, *kernel);
    for (const auto& scratch : source.directives().scratches()) {
        BufferFact fact{scratch.name, scratch.type, "scratch", {}, false};
        for (const auto& extent : scratch.shape)
            fact.shape.push_back(source.text(extent));
        m_scratches.push_back(std::move(fact));
    }
}

const BufferFact* MoveContext::findArray(const std::string& name) const
{
    for (const auto* facts : {&m_request.buffers, &m_scratches})
        for (const auto& fact : *facts)
            if (fact.name == name)
                return &fact;
    return nullptr;
}

const BufferFact* MoveContext::arrayOf(const KernelScope& kernel, const clang::VarDecl* parameter) const
{
    const auto* own = llvm::dyn_cast_or_null<clang::ParmVarDecl>(parameter);
    if (own == nullptr || own->getDeclContext() != &kernel.kernel())
        return nullptr;
    const BufferFact* found = nullptr;
    for (const auto* launch : kernel.launches()) {
        const auto at = own->getFunctionScopeIndex();
        const auto* fact = launch->arguments.size() == kernel.kernel().getNumParams()
            ? findArray(m_source.text(launch->arguments[at]))
            : nullptr;
        if (fact == nullptr || (found != nullptr && fact->shape != found->shape))
            return nullptr;
        found = fact;
    }
    return found;
}

const BufferFact* MoveContext::bufferOf(const KernelScope& kernel, const LaunchLine& launch,
                                        const clang::VarDecl* parameter) const
{
    const auto& declaration = kernel.kernel();
    if (launch.arguments.size() != declaration.getNumParams())
        return nullptr;
    for (unsigned i = 0; i < declaration.getNumParams(); ++i) {
        if (declaration.getParamDecl(i) != parameter)
            continue;
        const auto name = m_source.text(launch.arguments[i]);
        for (const auto& buffer : m_request.buffers)
            if (buffer.name == name)
                return &buffer;
    }
    return nullptr;
}

std::optional<MoveProposal> Move::proposal(const MoveContext& context, const SourceEdit& edit, std::size_t offset,
                                           std::string title, std::string hypothesis, double gain) const
{
    auto text = edit.apply();
    if (!text || *text == context.source().text())
        return std::nullopt;
    return MoveProposal{description().name,
                        std::move(title),
                        std::move(*text),
                        std::move(hypothesis),
                        gain,
                        context.source().lineOf(offset)};
}

std::vector<std::int64_t> powersAround(std::int64_t present, std::int64_t low, std::int64_t high)
{
    std::vector<std::int64_t> values;
    for (std::int64_t value = 1; value <= high; value *= 2)
        if (value >= low && value != present)
            values.push_back(value);
    const auto distance = [&](std::int64_t value) {
        return std::abs(std::log2(static_cast<double>(value) / static_cast<double>(present)));
    };
    std::stable_sort(values.begin(), values.end(), [&](auto a, auto b) { return distance(a) < distance(b); });
    values.insert(values.begin(), present);
    return values;
}

}  // namespace warploom
