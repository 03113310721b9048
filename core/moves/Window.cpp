// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveCatalogue.h"
#include "moves/PatchTunables.h"

namespace warploom {

using namespace clang;

namespace {

/// Larger patches of three dimensions have more code than the instruction cache holds.
constexpr int kLargestPatch = 64;
/// More sizes of filters than that have too much code.
constexpr std::size_t kMostFilters = 3;

bool isWindow(const std::optional<Stencil>& stencil) { return stencil && windowReach(*stencil) > 1; }

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
            const auto stencils = stencilsOf(context, kernel);
            if (stencils.empty())
                continue;
            if (auto made = inPatches(context, stencils))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// One, or one for each size that a filter has where the task is timed.
    static std::vector<Stencil> stencilsOf(const MoveContext& context, const KernelScope& kernel)
    {
        auto one = stencilOf(context, kernel);
        const auto values = isWindow(one) ? std::vector<KnownValues>() : timedValuesOf(context, kernel);
        if (values.size() < 2 || values.size() > kMostFilters)
            return isWindow(one) ? std::vector<Stencil>{std::move(*one)} : std::vector<Stencil>();
        std::vector<Stencil> several;
        for (const auto& known : values) {
            auto stencil = stencilOf(context, kernel, known);
            if (!isWindow(stencil))
                return {};
            several.push_back(std::move(*stencil));
        }
        return several;
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
        names.count[1] = tune("ROWS", hasPlanes ? std::vector<std::int64_t>{2, 1, 4} : patchRows(context, stencil));
        names.count[0] = tune("COLUMNS", patchColumns(context, stencil, hasPlanes));
        if (hasPlanes)
            directives.addRequire(
                edit, fmt::format("{} * {} * {} <= {}", names.count[2], names.count[1], names.count[0], kLargestPatch));
        if (!stencil.grid.isLinear()) {
            names.block[0] = tune("BLOCK_X", {32, 64, 128});
            names.block[1] = tune("BLOCK_Y", {4, 8, 2, 1});
        }
        return names;
    }

    [[nodiscard]] std::optional<MoveProposal> inPatches(const MoveContext& context,
                                                        const std::vector<Stencil>& stencils) const
    {
        const auto& stencil = stencils.front();
        const auto& kernel = stencil.grid.kernel();
        const auto body = context.source().range(kernel.kernel().getBody());
        SourceEdit edit(context.source().text());
        const auto names = namesOf(context, stencil, edit);
        if (!body || !writePatches(context, stencils, PatchKind::Window, names, edit))
            return std::nullopt;
        const auto reach = windowReach(stencil);
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
