// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveCatalogue.h"
#include "moves/StencilCode.h"

namespace warploom {

using namespace clang;

namespace {

/// Larger patches of three dimensions have more code than the instruction cache holds.
constexpr int kLargestPatch = 64;

/// Values that \p extent has where the task is timed; none when it is no single size.
std::vector<std::int64_t> timedValues(const MoveContext& context, const IndexForm& extent)
{
    const auto& terms = extent.terms();
    if (terms.size() != 1 || terms.begin()->second != 1 || terms.begin()->first.size() != 1)
        return {};
    const auto found = context.request().timeSizes.find(terms.begin()->first.front());
    return found == context.request().timeSizes.end() ? std::vector<std::int64_t>() : found->second;
}

bool divides(std::int64_t number, const std::vector<std::int64_t>& values)
{
    return std::ranges::all_of(values, [number](auto value) { return value % number == 0; });
}

/// \p values with \p first in front.
std::vector<std::int64_t> beginningWith(std::int64_t first, std::vector<std::int64_t> values)
{
    std::erase(values, first);
    values.insert(values.begin(), first);
    return values;
}

class Window : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"window", "Keep the neighbourhood in registers",
                "one thread an element of a grid of two or three dimensions that reads its neighbours, or a filter's",
                "each thread computes a patch: what its elements have in common is loaded once, rows as vectors"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto stencil = stencilOf(context, kernel);
            if (!stencil || reachOf(*stencil) == 1)
                continue;
            if (auto made = inPatches(context, *stencil))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// Elements that the largest window has for one output.
    static std::int64_t reachOf(const Stencil& stencil)
    {
        std::int64_t most = 1;
        for (const auto& window : stencil.windows) {
            std::int64_t reach = 1;
            for (std::size_t axis = 0; axis < 3; ++axis)
                reach *= window.high[axis] - window.low[axis] + 1;
            most = std::max(most, reach);
        }
        return most;
    }

    /// Bytes of the narrowest element that is stored.
    static std::int64_t bytesOf(const MoveContext& context, const Stencil& stencil)
    {
        std::int64_t bytes = 16;
        for (const auto& output : stencil.outputs)
            bytes = std::min<std::int64_t>(
                bytes,
                context.source().context().getTypeSizeInChars(innermostElement(output.base->getType())).getQuantity());
        return std::max<std::int64_t>(bytes, 1);
    }

    static std::vector<std::int64_t> columnsOf(const MoveContext& context, const Stencil& stencil, bool hasPlanes)
    {
        const auto most = std::clamp<std::int64_t>(16 / bytesOf(context, stencil), 2, 8);
        auto first = most;
        while (first > 1 && !divides(first, timedValues(context, stencil.grid.axes()[0].extent)))
            first /= 2;
        std::vector<std::int64_t> values = {4, 2, 1};
        if (most == 8)
            values.insert(values.begin(), 8);
        return beginningWith(hasPlanes ? 1 : first, values);
    }

    /// Small images are cut into equal parts.
    static std::vector<std::int64_t> rowsOf(const MoveContext& context, const Stencil& stencil)
    {
        const std::vector<std::int64_t> values = {4, 2, 8, 1};
        const auto heights = timedValues(context, stencil.grid.axes()[1].extent);
        if (stencil.grid.isLinear() && !heights.empty())
            for (const std::int64_t part : {8, 7, 6, 5, 4})
                if (divides(part, heights))
                    return beginningWith(part, values);
        return values;
    }

    static PatchNames namesOf(const MoveContext& context, const Stencil& stencil, SourceEdit& edit)
    {
        const auto& directives = context.directives();
        const auto tune = [&](const std::string& name, const std::vector<std::int64_t>& values) {
            const auto own = directives.freshName(name);
            directives.addTune(edit, own, values);
            return own;
        };
        const bool hasPlanes = stencil.low(2) != 0 || stencil.high(2) != 0;
        PatchNames names;
        if (hasPlanes)
            names.count[2] = tune("PLANES", {4, 8, 2});
        names.count[1] = tune("ROWS", hasPlanes ? std::vector<std::int64_t>{2, 1, 4} : rowsOf(context, stencil));
        names.count[0] = tune("COLUMNS", columnsOf(context, stencil, hasPlanes));
        if (hasPlanes)
            directives.addRequire(
                edit, fmt::format("{} * {} * {} <= {}", names.count[2], names.count[1], names.count[0], kLargestPatch));
        if (!stencil.grid.isLinear()) {
            names.block[0] = tune("BLOCK_X", {32, 64, 128});
            names.block[1] = tune("BLOCK_Y", {4, 8, 2, 1});
        }
        return names;
    }

    [[nodiscard]] std::optional<MoveProposal> inPatches(const MoveContext& context, const Stencil& stencil) const
    {
        const auto& kernel = stencil.grid.kernel();
        const auto body = context.source().range(kernel.kernel().getBody());
        SourceEdit edit(context.source().text());
        const auto names = namesOf(context, stencil, edit);
        if (!body || !writePatches(context, stencil, PatchKind::Window, names, edit))
            return std::nullopt;
        const auto reach = reachOf(stencil);
        const double gain = reach >= 9 ? 2.5 : 1.4;
        return proposal(context, edit, body->begin, fmt::format("neighbourhoods in registers in {}", kernel.name()),
                        fmt::format("{} loads what is up to {} elements around each output anew for each of them: in "
                                    "patches a thread loads each once, a fraction of the load and index instructions "
                                    "with more bytes in flight, ~{:.1f}×",
                                    kernel.name(), reach, gain),
                        gain);
    }
};

}  // namespace

std::unique_ptr<Move> makeWindow() { return std::make_unique<Window>(); }

}  // namespace warploom
