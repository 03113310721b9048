// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FusedKernel.h"
#include "moves/MoveCatalogue.h"
#include "moves/MoveChain.h"
#include "moves/RowMap.h"
#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

/// What a row in one kernel brings where no move shares it: one launch less.
constexpr double kFusedGain = 1.1;
constexpr double kMostFusedGain = 8;
/// Rows fit into registers more often than columns do; what does not is read again by every pass.
constexpr double kOnlineRows = 0.95;
constexpr double kOnlineColumns = 1.05;
/// Rows that leave most of a card idle when each has the threads of a block.
constexpr std::int64_t kFewRows = 32;

struct Stage : ChainedSource {
    bool isOnline = false;  ///< the statistics are found in one pass less
    bool isKept = false;  ///< rows stay in registers
};

/// What \p move makes of \p stage.
std::vector<Stage> stagesAfter(const MoveContext& context, const Stage& stage, const Move& move)
{
    std::vector<Stage> made;
    for (auto& next : chained(context, stage, [&](const MoveContext& own) { return move.propose(own); }))
        made.push_back({std::move(next), stage.isOnline, stage.isKept});
    return made;
}

/// A launch that reduces rows to a few numbers and the next one, which maps the elements with these.
class FuseStatistics : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"fuse-statistics", "Make statistics of rows and use them in one launch",
                "a launch of one thread a row or column that reduces it, and the next of one thread an element, which "
                "reads what its own row came to",
                "a row is read by the threads that have just reduced it: from their registers, or from a cache"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        const auto& launches = context.directives().launches();
        for (std::size_t i = 0; i + 1 < launches.size(); ++i)
            addFused(context, i, proposals);
        return proposals;
    }

private:
    static const KernelScope* kernelOf(const MoveContext& context, const LaunchLine& launch)
    {
        for (const auto& kernel : context.kernels())
            if (kernel.name() == launch.kernel)
                return &kernel;
        return nullptr;
    }

    void addFused(const MoveContext& context, std::size_t at, std::vector<MoveProposal>& proposals) const
    {
        const auto& launches = context.directives().launches();
        const auto* first = kernelOf(context, launches[at]);
        const auto* second = kernelOf(context, launches[at + 1]);
        if (first == nullptr || second == nullptr || !handsOver(context, launches[at], launches[at + 1]))
            return;
        const auto rows = mapLaunch(context, *first, launches[at], true);
        const auto elements = rows ? mapLaunch(context, *second, launches[at + 1], true) : std::nullopt;
        const auto map = elements ? RowMap::make(context, *rows, *elements) : std::nullopt;
        const auto fused = map ? fusedSource(context, *map, at) : std::nullopt;
        if (!fused)
            return;
        for (const auto& stage : shared(context, *map, *fused))
            proposals.push_back(described(context, *first, *second, launches[at], *map, stage));
    }

    /// Whether the second is passed a buffer that the first is passed as well: else there is nothing to gain.
    static bool handsOver(const MoveContext& context, const LaunchLine& first, const LaunchLine& second)
    {
        return std::ranges::any_of(first.arguments, [&](const auto& argument) {
            return std::ranges::any_of(second.arguments, [&](const auto& other) {
                return context.directives().text(argument) == context.directives().text(other);
            });
        });
    }

    /// The elements' kernel by rows first, which two launches of one thread a row then are.
    static std::optional<Stage> fusedSource(const MoveContext& context, const RowMap& map, std::size_t at)
    {
        SourceEdit edit(context.source().text());
        const auto text = map.editInto(edit) ? edit.apply() : std::nullopt;
        if (!text)
            return std::nullopt;
        const auto source = ParsedSource::parse(*text, context.request().fileName);
        if (!source)
            return std::nullopt;
        MoveRequest request = context.request();
        request.source = *text;
        const MoveContext byRows(**source, request);
        const auto& launches = byRows.directives().launches();
        const auto made =
            at + 1 < launches.size() ? fusedLaunches(byRows, launches[at], launches[at + 1]) : std::nullopt;
        return made ? std::optional(Stage{{made->source, kFusedGain, {}}}) : std::nullopt;
    }

    /// In the first of the ways that \p keeping knows, or the last.
    static Stage kept(const MoveContext& context, const Stage& stage, const Move& keeping, bool isLast = false)
    {
        auto made = stagesAfter(context, stage, keeping);
        if (made.empty())
            return stage;
        auto& one = isLast ? made.back() : made.front();
        one.isKept = true;
        return one;
    }

    /// One thread a row does not fill a card: the ways to share rows, each with its row in registers where that can be.
    static std::vector<Stage> shared(const MoveContext& context, const RowMap& map, const Stage& fused)
    {
        const auto rows = fewestRows(context, map);
        if (rows && *rows < kFewRows)
            return {};
        std::vector<Stage> made;
        const auto add = [&](const std::unique_ptr<Move>& sharing, const std::unique_ptr<Move>& keeping,
                             double online) {
            for (const auto& stage : stagesAfter(context, fused, *sharing)) {
                made.push_back(kept(context, stage, *keeping));
                const double inAllPasses = made.back().gain;
                const auto inOnePass = stagesAfter(context, stage, *makeFusePasses());
                if (inOnePass.empty())
                    continue;
                made.push_back(kept(context, inOnePass.front(), *keeping, true));
                made.back().isOnline = true;
                made.back().gain = std::max(made.back().gain, inAllPasses) * online;
            }
        };
        add(makeRowPerBlock(), makeKeepRow(), kOnlineRows);
        add(makeShareColumns(), makeKeepColumn(), kOnlineColumns);
        return made.empty() ? std::vector<Stage>{fused} : made;
    }

    /// Where the task is timed; nothing where that is not known.
    static std::optional<std::int64_t> fewestRows(const MoveContext& context, const RowMap& map)
    {
        const auto& sizes = context.request().timeSizes;
        const auto symbols = symbolsOf(map.rows());
        std::optional<std::int64_t> fewest;
        for (std::size_t i = 0; !sizes.empty() && i < sizes.begin()->second.size(); ++i) {
            std::map<std::string, std::int64_t> values;
            for (const auto& [name, timed] : sizes)
                if (i < timed.size())
                    values[name] = timed[i];
            if (std::ranges::any_of(symbols, [&](const auto& symbol) { return values.count(symbol) == 0; }))
                return std::nullopt;
            fewest = std::min(fewest.value_or(std::numeric_limits<std::int64_t>::max()), valueOf(map.rows(), values));
        }
        return fewest;
    }

    [[nodiscard]] MoveProposal described(const MoveContext& context, const KernelScope& first,
                                         const KernelScope& second, const LaunchLine& launch, const RowMap& map,
                                         const Stage& stage) const
    {
        const auto before = map.passes() + 2;
        const auto passes = stage.isKept ? 2 : before - (stage.isOnline ? 1 : 0);
        const double gain =
            std::min(kMostFusedGain, stage.gain * static_cast<double>(before) / static_cast<double>(passes));
        std::string title = fmt::format("fuse {} into the rows of {}", second.name(), first.name());
        if (!stage.done.empty())
            title += fmt::format(": {}", fmt::join(stage.done, ", "));
        return {description().name,
                title,
                stage.source,
                fmt::format("{} reads each row {} time{} and {} reads it again: by the same threads, one after the "
                            "other, it goes through memory {} times in place of {}, ~{:.1f}×",
                            first.name(), map.passes(), map.passes() == 1 ? "" : "s", second.name(), passes, before,
                            gain),
                gain,
                context.source().lineOf(launch.line.begin)};
    }
};

}  // namespace

std::unique_ptr<Move> makeFuseStatistics() { return std::make_unique<FuseStatistics>(); }

}  // namespace warploom
