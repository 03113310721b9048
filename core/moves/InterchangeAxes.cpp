// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/KnownKernel.h"
#include "moves/MoveCatalogue.h"
#include "moves/ThreadAxes.h"

namespace warploom {

using namespace clang;

namespace {

/// Blocks that a grid can have along y and z.
constexpr std::int64_t kHighestGrid = 65535;

class InterchangeAxes : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"interchange-axes", "Let neighbouring threads touch neighbours",
                "a grid of two or three dimensions whose threads along x touch elements that lie rows apart, and those "
                "along another dimension neighbours",
                "what a warp loads and stores lies in whole lines"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto dimension = isKnownThroughout(kernel) ? dimensionOfNeighbours(kernel) : std::nullopt;
            if (!dimension || !fitsGrid(context, kernel))
                continue;
            if (auto made = exchanged(context, kernel, *dimension))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// Whether the grid that a timed size has along x is one that it can have along another dimension.
    static bool fitsGrid(const MoveContext& context, const KernelScope& kernel)
    {
        const auto& directives = context.directives();
        std::size_t count = 0;
        for (const auto& [size, values] : context.request().timeSizes)
            count = std::max(count, values.size());
        for (std::size_t i = 0; i < count; ++i) {
            ExpressionScope sizes;
            for (const auto& [size, values] : context.request().timeSizes)
                if (!values.empty())
                    sizes[size] = values[std::min(i, values.size() - 1)];
            for (const auto* launch : kernel.launches())
                if (directives.value(launch->gridParts.front(), sizes).value_or(0) > kHighestGrid)
                    return false;
        }
        return true;
    }

    [[nodiscard]] std::optional<MoveProposal> exchanged(const MoveContext& context, const KernelScope& kernel,
                                                        int dimension) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        SourceEdit edit(context.source().text());
        if (!body || !exchangeAxes(kernel, dimension, edit))
            return std::nullopt;
        return proposal(context, edit, body->begin, fmt::format("threads of {} along rows", kernel.name()),
                        fmt::format("neighbouring threads of {} touch elements that lie rows apart, up to 32 sectors a "
                                    "request, while its threads along {} touch neighbours: with the two exchanged a "
                                    "request touches 4 sectors, ~2.5×",
                                    kernel.name(), "xyz"[dimension]),
                        2.5);
    }
};

}  // namespace

std::unique_ptr<Move> makeInterchangeAxes() { return std::make_unique<InterchangeAxes>(); }

}  // namespace warploom
