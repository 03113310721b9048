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
