// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/BlockSize.h"
#include "moves/BlockTurns.h"
#include "moves/GridLoops.h"
#include "moves/MoveCatalogue.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kMostThreadsThere = 2048;  // on a multiprocessor
constexpr std::int64_t kMostBlocksThere = 32;
/// With more waves than that a last one that is hardly filled costs less than a loop that is new.
constexpr std::int64_t kManyWaves = 64;

/// How many blocks there are, where it is timed, and how many shall be.
struct Waves {
    std::int64_t fewest = 0;
    std::int64_t most = 0;
    std::vector<std::int64_t> atOnce;
};

class WholeWaves : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"whole-waves", "Launch as many blocks as run at once",
                "more blocks than the device runs at once, that do not know of each other",
                "no wave of blocks is half empty, and blocks start once"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels())
            if (const auto waves = isOneLine(context, kernel) ? wavesOf(context, kernel) : std::nullopt) {
                const bool areMany = waves->most > kManyWaves * waves->atOnce.front();
                const auto turns = areMany ? std::nullopt : blockTurns(kernel);
                if (auto made = turns ? inTurns(context, kernel, *turns, *waves) : fewer(context, kernel, *waves))
                    proposals.push_back(std::move(*made));
            }
        return proposals;
    }

private:
    /// Whether the grid has one dimension, and launch lines and the kernel are plain enough to get an argument more.
    static bool isOneLine(const MoveContext& context, const KernelScope& kernel)
    {
        const auto& function = kernel.kernel();
        const auto& directives = context.directives();
        if (!blockSizeOf(context, kernel) || function.getNumParams() == 0 || function.isVariadic()
            || function.getDescribedFunctionTemplate() != nullptr || function.isDependentContext()
            || function.getPreviousDecl() != nullptr)
            return false;
        return std::ranges::all_of(kernel.launches(), [&](const LaunchLine* launch) {
            const auto line = directives.text(launch->line);
            return launch->arguments.size() == function.getNumParams() && !launch->gridParts.empty()
                && !mentions(line, "cluster") && !mentions(line, "cooperative")
                && std::ranges::all_of(launch->gridParts.begin() + 1, launch->gridParts.end(),
                                       [&](TextRange part) { return directives.text(part) == "1"; });
        });
    }

    static std::optional<Waves> crowdOf(const MoveContext& context, const KernelScope& kernel)
    {
        std::optional<Waves> crowd;
        for (const auto* launch : kernel.launches())
            for (const auto& sizes : timedScopes(context.request())) {
                const auto blocks = context.directives().value(launch->gridParts.front(), sizes);
                if (!blocks)
                    return std::nullopt;
                crowd = crowd ? Waves{std::min(crowd->fewest, *blocks), std::max(crowd->most, *blocks), {}}
                              : Waves{*blocks, *blocks, {}};
            }
        return crowd;
    }

    /// Multiples of what one block on each multiprocessor makes, half of the threads that fit first.
    static std::vector<std::int64_t> waves(std::int64_t multiprocessors, std::int64_t threads, std::int64_t most)
    {
        const auto fit = std::clamp<std::int64_t>(kMostThreadsThere / threads, 1, kMostBlocksThere);
        const auto first = std::max<std::int64_t>(1, fit / 2);
        std::vector<std::int64_t> values = {first * multiprocessors};
        for (const auto count :
             {fit, fit * 3 / 4, fit * 5 / 8, fit * 3 / 8, fit / 4, std::int64_t{1}, 2 * fit, 4 * fit}) {
            const auto blocks = count * multiprocessors;
            if (count > 0 && blocks < most && std::ranges::find(values, blocks) == values.end())
                values.push_back(blocks);
        }
        return values;
    }

    /// Nothing where one wave is enough.
    static std::optional<Waves> wavesOf(const MoveContext& context, const KernelScope& kernel)
    {
        const auto size = blockSizeOf(context, kernel);
        auto crowd = crowdOf(context, kernel);
        const std::int64_t multiprocessors = context.request().multiprocessors;
        if (!size || !crowd || multiprocessors < 1)
            return std::nullopt;
        crowd->atOnce = waves(multiprocessors, size->value, crowd->most);
        return crowd->fewest <= crowd->atOnce.front() ? std::nullopt : crowd;
    }

    /// A kernel that loops over the grid already needs no more than a smaller one.
    [[nodiscard]] std::optional<MoveProposal> fewer(const MoveContext& context, const KernelScope& kernel,
                                                    const Waves& waves) const
    {
        if (!takesFewerBlocks(kernel))
            return std::nullopt;
        const auto& directives = context.directives();
        const auto tune = directives.freshName("BLOCKS");
        SourceEdit edit(context.source().text());
        for (const auto* launch : kernel.launches()) {
            const auto grid = directives.text(launch->gridParts.front());
            // A number of blocks that is tuned, or bounded by one, is what this would make of it.
            for (const auto& known : directives.tunes())
                if (grid == known.name || (grid.starts_with("min(") && mentions(grid, known.name)))
                    return std::nullopt;
            edit.replace(launch->gridParts.front(), fmt::format("min({}, {})", grid, tune));
        }
        directives.addTune(edit, tune, waves.atOnce);
        return proposal(context, edit, kernel.launches().front()->line.begin,
                        fmt::format("at most {} blocks of {}", tune, kernel.name()), hypothesis(context, kernel, waves),
                        gainOf(waves));
    }

    [[nodiscard]] std::optional<MoveProposal> inTurns(const MoveContext& context, const KernelScope& kernel,
                                                      const BlockTurns& turns, const Waves& waves) const
    {
        const auto& source = context.source();
        const auto& directives = context.directives();
        const auto braces = source.range(kernel.kernel().getBody());
        const auto last =
            source.range(CharSourceRange::getTokenRange(kernel.kernel().parameters().back()->getSourceRange()));
        if (!braces || !last || kernel.statements().empty())
            return std::nullopt;
        const auto tune = directives.freshName("BLOCKS");
        const auto number = directives.freshName("block");
        const auto count = directives.freshName("blocks");
        const TextRange content{braces->begin + 1, braces->end - 1};
        std::vector<Replacement> inside;
        for (const auto& range : turns.numbers)
            inside.push_back({range, number});
        for (const auto& range : turns.returns)
            inside.push_back({range, "continue"});
        const auto first = source.range(kernel.statements().front());
        const auto indentation = first ? indentationAt(source.text(), first->begin) : std::string("    ");
        SourceEdit edit(source.text());
        edit.insert(last->end, fmt::format(", unsigned {}", count));
        edit.replace(content,
                     fmt::format("\n{0}// {1} turns, taken by as many blocks as run at once.\n"
                                 "{0}for (unsigned {2} = blockIdx.x; {2} < {1}; {2} += gridDim.x) {{\n{3}{4}{0}}}\n",
                                 indentation, count, number,
                                 turns.needsBarrier ? indentation + "    __syncthreads();\n" : "",
                                 reindented(rewritten(source.text(), content, inside), indentation + "    ")));
        for (const auto* launch : kernel.launches()) {
            const auto grid = launch->gridParts.front();
            edit.replace(grid, fmt::format("min({}, {})", source.text(grid), tune));
            edit.insert(launch->arguments.back().end, fmt::format(", {}", source.text(grid)));
        }
        directives.addTune(edit, tune, waves.atOnce);
        return proposal(context, edit, braces->begin,
                        fmt::format("{} blocks of {} that take turns", tune, kernel.name()),
                        hypothesis(context, kernel, waves), gainOf(waves));
    }

    static double gainOf(const Waves& waves)
    {
        const auto first = waves.atOnce.front();
        const auto full = static_cast<double>(waves.most) / static_cast<double>(first);
        return std::clamp(static_cast<double>((waves.most + first - 1) / first) / full, 1.01, 1.2);
    }

    static std::string hypothesis(const MoveContext& context, const KernelScope& kernel, const Waves& waves)
    {
        const auto first = waves.atOnce.front();
        return fmt::format("{} blocks of {} are {:.1f} waves of the {} that {} multiprocessors run at half occupancy: "
                           "with one wave that loops, none is partly empty and blocks start once, ~{:.2f}×",
                           waves.most, kernel.name(), static_cast<double>(waves.most) / static_cast<double>(first),
                           first, context.request().multiprocessors, gainOf(waves));
    }
};

}  // namespace

std::unique_ptr<Move> makeWholeWaves() { return std::make_unique<WholeWaves>(); }

}  // namespace warploom
