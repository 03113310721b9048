// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveCatalogue.h"
#include "moves/NeighbourSumCode.h"
#include "moves/SizeForms.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kWidestRun = 16;  ///< bytes that one instruction loads
constexpr int kLargestSumPatch = 128;  ///< elements; larger ones spill

class ShareSums : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"share-sums", "Share the sums of neighbourhoods",
                "one thread an element of a grid that adds up its neighbours, small integers, times known weights",
                "each thread computes a patch: rows are loaded as words, sums along a row are worked out once for all "
                "rows that they are part of, two in a register"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto found = neighbourSumOf(context, kernel);
            if (!found)
                continue;
            if (auto made = inPatches(context, *found))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// Elements of a run that is loaded at once: such that rows consist of whole runs where the task is timed.
    static std::vector<std::int64_t> columnsOf(const MoveContext& context, const NeighbourSum& found)
    {
        std::int64_t least = isPacked(found) ? 4 : 1;
        for (const auto step : found.steps)
            least = std::max({least, sideOf(found, step), found.reach() == 0 ? 1 : step});
        std::vector<std::int64_t> values;
        for (auto value = kWidestRun / found.bytes(); value >= least; value /= 2)
            values.push_back(value);
        const auto fits = [&](std::int64_t value) {
            return std::ranges::all_of(timedArguments(context, found.grid.kernel()),
                                       [&](const ParameterValues& arguments) {
                                           const auto width = valueWith(found.grid.axes()[0].bound, arguments);
                                           return !width || *width % value == 0;
                                       });
        };
        std::erase_if(values, [&](auto value) { return !fits(value); });
        return values;
    }

    [[nodiscard]] std::optional<MoveProposal> inPatches(const MoveContext& context, const NeighbourSum& found) const
    {
        const auto& kernel = found.grid.kernel();
        const auto& directives = context.directives();
        const auto body = context.source().range(kernel.kernel().getBody());
        const auto columns = columnsOf(context, found);
        if (!body || columns.empty())
            return std::nullopt;
        SourceEdit edit(context.source().text());
        const auto tune = [&](const std::string& name, const std::vector<std::int64_t>& values) {
            const auto own = directives.freshName(name);
            directives.addTune(edit, own, values);
            return own;
        };
        SumPatch patch;
        patch.rows = tune("ROWS", {8, 4, 16, 2});
        patch.columns = tune("COLUMNS", columns);
        patch.block = {tune("BLOCK_X", {32, 64, 128}), tune("BLOCK_Y", {4, 2, 8, 1})};
        directives.addRequire(edit, fmt::format("{} * {} <= {}", patch.rows, patch.columns, kLargestSumPatch));
        if (!SumPatchWriter(context, found, patch).write(edit))
            return std::nullopt;
        const auto terms = found.weights.size() * found.weights.front().size();
        const double gain = terms >= 9 ? 6.0 : 2.5;
        return proposal(context, edit, body->begin, fmt::format("shared sums of neighbours in {}", kernel.name()),
                        fmt::format("{} loads and adds {} neighbours anew for each element: in patches, rows are "
                                    "loaded once as words of {} bytes and {} sum{} along a row serve{} {} rows{}, "
                                    "~{:.0f}×",
                                    kernel.name(), terms, columns.front() * found.bytes(), shapesOf(found),
                                    shapesOf(found) == 1 ? "" : "s", shapesOf(found) == 1 ? "s" : "",
                                    found.weights.size(), isPacked(found) ? ", two in a register" : "", gain),
                        gain);
    }
};

}  // namespace

std::unique_ptr<Move> makeShareSums() { return std::make_unique<ShareSums>(); }

}  // namespace warploom
