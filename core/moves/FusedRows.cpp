// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FusedRows.h"

#include "moves/MoveCatalogue.h"
#include "moves/MoveChain.h"

namespace warploom {

namespace {

constexpr int kMostLaunches = 6;
/// What is read again by the threads that have just read it comes from a cache.
constexpr double kGainOfLaunch = 1.2;
constexpr double kMostGainOfRows = 8;
constexpr double kGainOfPass = 1.1;

std::vector<ChainedSource> after(const MoveContext& context, const ChainedSource& before,
                                 const std::unique_ptr<Move>& move)
{
    return chained(context, before, [&](const MoveContext& own) { return move->propose(own); });
}

std::size_t launchesOf(const MoveContext& context, const ChainedSource& chain)
{
    std::size_t launches = 0;
    chained(context, chain, [&](const MoveContext& own) {
        launches = own.directives().launches().size();
        return std::vector<MoveProposal>();
    });
    return launches;
}

/// \p rows by vectors, where they can be.
ChainedSource widened(const MoveContext& context, const ChainedSource& rows)
{
    auto made = after(context, rows, makeVectorize());
    return made.empty() ? rows : std::move(made.front());
}

/// One after the other, as far as it goes.
ChainedSource inFewerPasses(const MoveContext& context, ChainedSource rows)
{
    for (int pass = 0; pass < kMostLaunches; ++pass) {
        auto made = after(context, rows, makeFusePasses());
        if (made.empty())
            break;
        rows = std::move(made.front());
    }
    return rows;
}

/// What was done after the launches were fused: each once, without the kernel's name.
std::string wordsOf(const ChainedSource& chain, std::size_t from)
{
    std::vector<std::string> words;
    for (std::size_t i = from; i < chain.done.size(); ++i) {
        auto word = chain.done[i].substr(0, chain.done[i].rfind(" in "));
        if (std::ranges::find(words, word) == words.end())
            words.push_back(std::move(word));
    }
    return fmt::format("{}", fmt::join(words, ", "));
}

MoveProposal described(const MoveContext& context, const ChainedSource& fused, const ChainedSource& chain,
                       double factor)
{
    const auto launches = fused.done.size() + 1;
    const double gain = std::min(kMostGainOfRows,
                                 chain.gain * factor * std::pow(kGainOfLaunch, static_cast<double>(fused.done.size())));
    return {"fuse-launches",
            fmt::format("{} launches in one: {}", launches, wordsOf(chain, fused.done.size())),
            chain.source,
            fmt::format("{} launches work through the same rows, one thread each: in one, whose rows many threads "
                        "share, neighbouring threads load neighbouring elements, and what is read again comes from "
                        "a cache, ~{:.1f}×",
                        launches, gain),
            gain,
            context.source().lineOf(context.directives().launches().front().line.begin)};
}

}  // namespace

std::vector<MoveProposal> fusedRows(const MoveContext& context, const PairFusion& fusePairs)
{
    ChainedSource fused{std::string(context.source().text()), 1, {}};
    for (int launch = 1; launch < kMostLaunches; ++launch) {
        auto made = chained(context, fused, fusePairs);
        if (made.empty())
            break;
        fused = std::move(made.front());
    }
    // More than these are not one row's work.
    if (fused.done.empty() || launchesOf(context, fused) != 1)
        return {};
    std::vector<MoveProposal> proposals;
    for (const auto& rows : after(context, fused, makeRowPerBlock())) {
        proposals.push_back(described(context, fused, widened(context, rows), 1));
        if (auto online = inFewerPasses(context, rows); online.done.size() > rows.done.size())
            proposals.push_back(described(context, fused, widened(context, online), kGainOfPass));
    }
    return proposals;
}

}  // namespace warploom
