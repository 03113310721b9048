// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/HostWords.h"
#include "moves/MoveCatalogue.h"
#include "moves/MoveChain.h"
#include "moves/RowSharing.h"
#include "moves/StripCode.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

/// Blocks of a row each that fill a large card.
constexpr double kManyRows = 1056;
/// Elements between those of neighbouring threads from which on they share no sectors.
constexpr std::int64_t kScatteredFrom = 8;
/// Threads with a column each that do so.
constexpr double kManyColumns = 135'000;
constexpr std::int64_t kLeastStrips = 4;
constexpr std::int64_t kMostStrips = 256;
constexpr double kMostGainOfStrips = 4;
constexpr double kLeastGainOfStrips = 1.3;
constexpr double kGainOfOnePass = 6;

class SplitSum : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"split-sum", "Sum in strips",
                "one thread an output that sums long loops, or keeps their extrema: few threads, each with much to do",
                "as many times more threads as there are strips; another launch adds what they found"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext() || !hasLinearLaunches(kernel) || kernel.launches().size() != 1
                || kernel.launches().front()->shared || !isPlainLaunch(context.source(), *kernel.launches().front()))
                continue;
            const auto found = stripFolds(kernel);
            if (!found)
                continue;
            if (auto made = inStrips(context, kernel, *found))
                proposals.push_back(std::move(*made));
            if (auto made = inOnePass(context, kernel, *found))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    [[nodiscard]] std::optional<MoveProposal> inStrips(const MoveContext& context, const KernelScope& kernel,
                                                       const StripFolds& found) const
    {
        StripCode code(context, kernel, found);
        const auto at = context.source().statementRange(found.loops.front().counted.statement);
        SourceEdit edit(context.source().text());
        const bool areRows = rowWork(kernel, found.guarded).has_value();
        const auto outputs = timedOutputs(context, kernel, found.guarded);
        context.directives().addTune(edit, code.tunable(), stripsFor(outputs, areRows ? kManyRows : kManyColumns));
        if (!at || (!areRows && areScattered(kernel, found)) || !code.apply(edit, *kernel.launches().front()))
            return std::nullopt;
        auto made = proposal(
            context, edit, at->begin, fmt::format("sum in strips in {}", kernel.name()),
            fmt::format("{} has one thread an output, too few to keep the card busy where outputs are few: strips "
                        "of its loop are several times as many threads, ~4×",
                        kernel.name()),
            kMostGainOfStrips);
        return made && areRows ? byBlocks(context, kernel, outputs, code, std::move(*made)) : made;
    }

    /// Two loops of a column in one launch, where the second adds up squares or exponentials of distances from what the
    /// first comes to.
    [[nodiscard]] std::optional<MoveProposal> inOnePass(const MoveContext& context, const KernelScope& kernel,
                                                        const StripFolds& found) const
    {
        if (found.loops.size() != 2 || found.loops[1].folds.size() != 1 || rowWork(kernel, found.guarded)
            || areScattered(kernel, found))
            return std::nullopt;
        const auto passes = onlinePasses(kernel, LoopRunners::EachThread);
        const auto pass = std::ranges::find_if(passes, [&](const OnlinePass& one) {
            return one.first.size() == 1 && one.first[0].statement == found.loops[0].counted.statement
                && one.second[0].statement == found.loops[1].counted.statement;
        });
        if (pass == passes.end())
            return std::nullopt;
        StripCode code(context, kernel, found, &*pass);
        SourceEdit edit(context.source().text());
        context.directives().addTune(edit, code.tunable(),
                                     stripsFor(timedOutputs(context, kernel, found.guarded), kManyColumns));
        const auto at = context.source().statementRange(pass->first[0].statement);
        if (!at || !code.apply(edit, *kernel.launches().front()))
            return std::nullopt;
        return proposal(
            context, edit, at->begin, fmt::format("sum in strips in one pass in {}", kernel.name()),
            fmt::format("{0} has one thread an output, too few to keep the card busy, and reads its columns "
                        "twice: strips of its loops are several times as many threads, which keep {1} in "
                        "the same pass, ~{2:.0f}×",
                        kernel.name(), pass->kind == OnlineSum::Squares ? "squares" : "exponentials", kGainOfOnePass),
            kGainOfOnePass);
    }

    /// Whether neighbouring threads load elements that lie far from each other: more of them would be no gain.
    static bool areScattered(const KernelScope& kernel, const StripFolds& found)
    {
        return std::ranges::any_of(found.loops, [&](const StripLoop& loop) {
            return std::ranges::any_of(kernel.accesses(loop.counted.statement), [&](const Access& access) {
                const auto apart = access.index && llvm::isa<ParmVarDecl>(access.base)
                    ? access.index->coefficient(threadSymbol(0))
                    : std::nullopt;
                return apart && (!apart->constantValue() || std::abs(*apart->constantValue()) >= kScatteredFrom);
            });
        });
    }

    /// Neighbouring threads are rows apart: blocks have to share the strips, or little is gained.
    [[nodiscard]] static std::optional<MoveProposal> byBlocks(const MoveContext& context, const KernelScope& kernel,
                                                              const std::vector<std::int64_t>& outputs,
                                                              const StripCode& code, MoveProposal made)
    {
        const auto rows = outputs.empty() ? 0 : std::ranges::max(outputs);
        if (rows == 0 || static_cast<double>(rows) * kLeastGainOfStrips > kManyRows)
            return std::nullopt;
        const auto rowPerBlock = makeRowPerBlock();
        for (const auto& strips : code.kernels()) {
            const auto title = fmt::format("{} in {}", blockGroup().words, strips);
            const auto shared = chained(context, {made.source, 1, {}},
                                        [&](const MoveContext& own) { return rowPerBlock->propose(own); });
            const auto one =
                std::ranges::find_if(shared, [&](const ChainedSource& chain) { return chain.done.back() == title; });
            if (one == shared.end())
                return std::nullopt;
            made.source = one->source;
        }
        made.title = fmt::format("several blocks a row in {}", kernel.name());
        made.predictedGain = std::clamp(kManyRows / static_cast<double>(rows), kLeastGainOfStrips, kMostGainOfStrips);
        made.hypothesis =
            fmt::format("{} has {} rows, and a card room for more blocks: several share a row, each with a "
                        "strip of it, and another launch adds what they found, ~{:.1f}×",
                        kernel.name(), rows, made.predictedGain);
        return made;
    }

    /// How many there are at the sizes that are timed.
    static std::vector<std::int64_t> timedOutputs(const MoveContext& context, const KernelScope& kernel,
                                                  const GuardedKernel& guarded)
    {
        std::vector<std::int64_t> outputs;
        const auto bound = kernel.form(guarded.bounds.begin()->second);
        for (const auto& values : timedArguments(context, kernel))
            if (const auto number = bound ? valueWith(*bound, values) : std::nullopt; number && *number > 0)
                outputs.push_back(*number);
        return outputs;
    }

    /// As many as bring the fewest outputs to \p many, in front.
    static std::vector<std::int64_t> stripsFor(const std::vector<std::int64_t>& outputs, double many)
    {
        if (outputs.empty())
            return {16, 8, 32, 64, 4, 128};
        const auto fewest = static_cast<double>(std::ranges::min(outputs));
        std::int64_t strips = kLeastStrips;
        while (strips < kMostStrips && static_cast<double>(strips) * fewest < many)
            strips *= 2;
        return powersAround(strips, kLeastStrips, kMostStrips);
    }
};

}  // namespace

std::unique_ptr<Move> makeSplitSum() { return std::make_unique<SplitSum>(); }

}  // namespace warploom
