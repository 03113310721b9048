// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "BenchJudge.h"
#include "TimingBenches.h"

namespace warploom::test {

namespace {

using WallClock = std::chrono::steady_clock;

constexpr int kEqualPairs = 200;
constexpr int kSlowerPairs = 50;

void say(const std::string& line)
{
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

double secondsSince(WallClock::time_point begin) { return Seconds(WallClock::now() - begin).count(); }

/// What became of many series of one kind.
struct Tally {
    int pairs = 0;
    int faster = 0;
    int slower = 0;
    int equal = 0;
    std::vector<double> speedups;
    std::vector<double> rounds;
    std::vector<double> wall;
    int copies = 0;

    void add(const SeriesOutcome& outcome, double seconds)
    {
        ++pairs;
        faster += outcome.decision == TimingDecision::Faster ? 1 : 0;
        slower += outcome.decision == TimingDecision::Slower || outcome.decision == TimingDecision::Hopeless ? 1 : 0;
        equal += outcome.decision == TimingDecision::Equal ? 1 : 0;
        speedups.push_back(outcome.estimate.speedup(kReportedConfidence).estimate);
        rounds.push_back(outcome.estimate.rounds());
        wall.push_back(1e3 * seconds);
        copies = outcome.last.copies;
    }
};

/// Series of the two until \p most are played or the time is up.
Result<Tally> play(BenchJudge& bench, const CandidateSpec& candidate, const CandidateSpec& opponent, int most,
                   Seconds time)
{
    Tally tally;
    const auto begin = WallClock::now();
    while (tally.pairs < most && secondsSince(begin) < time.count()) {
        const auto start = WallClock::now();
        WARPLOOM_TRY(const SeriesOutcome outcome, bench.series(candidate, opponent));
        tally.add(outcome, secondsSince(start));
    }
    return tally;
}

/// The chain's time is `base + slope × length`, in microseconds.
struct ChainLine {
    double base = 0;
    double slope = 0;
    [[nodiscard]] std::int64_t lengthFor(double time) const
    {
        return std::max<std::int64_t>(std::llround((time - base) / slope), 1);
    }
};

Result<ChainLine> calibrate(BenchJudge& bench, double target)
{
    constexpr std::int64_t kFirst = 4000;
    WARPLOOM_TRY(const CandidateSpec probe, bench.compile(chainSource(kFirst)));
    WARPLOOM_TRY(const double probed, bench.timeOf(probe, 4));
    const auto length = static_cast<std::int64_t>(kFirst * target / probed);
    std::vector<double> times;
    for (const std::int64_t factor : {10, 12}) {
        WARPLOOM_TRY(const CandidateSpec spec, bench.compile(chainSource(length * factor / 10)));
        WARPLOOM_TRY(times.emplace_back(), bench.timeOf(spec, 24));
    }
    ChainLine line;
    line.slope = (times[1] - times[0]) / (static_cast<double>(length * 12 / 10 - length));
    line.base = times[0] - line.slope * static_cast<double>(length);
    return line;
}

Result<std::unique_ptr<BenchJudge>> chainBench(const std::string& device)
{
    WARPLOOM_TRY(auto bench, BenchJudge::start(device));
    WARPLOOM_TRY(Task task, chainTask(std::uint64_t{bench->facts().multiprocessors} * 2048));
    WARPLOOM_CHECK(bench->open(std::move(task)));
    return bench;
}

std::string percent(int part, int whole) { return whole == 0 ? "–" : fmt::format("{:.1f} %", 100.0 * part / whole); }

}  // namespace

Result<> benchEqualPairs(const std::string& device, Seconds time)
{
    WARPLOOM_TRY(const auto bench, BenchJudge::start(device));
    const std::vector<double> targets{10, 50, 200, 2000};
    const auto combinations = static_cast<int>(targets.size() * scaledTasks().size());
    const int most = (kEqualPairs + combinations - 1) / combinations;
    int pairs = 0;
    int different = 0;
    say("A/A: kernels beside themselves");
    say(fmt::format("{:<12} {:>9} {:>10} {:>7} {:>6} {:>9} {:>6} {:>9} {:>7} {:>8} {:>9}", "task", "wanted", "time",
                    "copies", "pairs", "different", "equal", "ratio off", "rounds", "noise", "wall"));
    for (const double target : targets) {
        for (const ScaledTask& scaled : scaledTasks()) {
            WARPLOOM_TRY(const CandidateSpec opponent, bench->openScaled(scaled, target));
            WARPLOOM_TRY(const CandidateSpec same, bench->compile("// the same\n" + opponent.source));
            WARPLOOM_TRY(const double typical, bench->timeOf(opponent, 4));
            WARPLOOM_TRY(const Tally tally, play(*bench, same, opponent, most, time / combinations));
            std::vector<double> off;
            for (const double speedup : tally.speedups)
                off.push_back(100 * std::abs(speedup - 1));
            pairs += tally.pairs;
            different += tally.faster + tally.slower;
            say(fmt::format(
                "{:<12} {:>6.0f} µs {:>7.1f} µs {:>7} {:>6} {:>9} {:>6} {:>7.3f} % {:>7.0f} {:>6.2f} % {:>6.0f} ms",
                scaled.name, target, typical, tally.copies, tally.pairs, tally.faster + tally.slower, tally.equal,
                median(off), median(tally.rounds), 100 * bench->noise(), median(tally.wall)));
        }
    }
    say(fmt::format("{} of {} pairs called different: {}\n", different, pairs, percent(different, pairs)));
    return {};
}

Result<> benchSlowerPairs(const std::string& device, Seconds time)
{
    WARPLOOM_TRY(const auto bench, chainBench(device));
    say("Kernels that are slower by a longer chain of arithmetic");
    say(fmt::format("{:>9} {:>8} {:>7} {:>6} {:>9} {:>7} {:>6} {:>10} {:>7} {:>8} {:>9}", "time", "slower", "copies",
                    "pairs", "found", "faster?", "equal", "measured", "rounds", "noise", "wall"));
    for (const double target : {60.0, 10.0}) {
        WARPLOOM_TRY(const ChainLine line, calibrate(*bench, target));
        WARPLOOM_TRY(const CandidateSpec opponent, bench->compile(chainSource(line.lengthFor(target))));
        for (const double slower : {0.005, 0.01, 0.02, 0.05}) {
            WARPLOOM_TRY(const CandidateSpec candidate,
                         bench->compile(chainSource(line.lengthFor(target * (1 + slower)))));
            WARPLOOM_TRY(const Tally tally, play(*bench, candidate, opponent, kSlowerPairs, time / 8));
            say(fmt::format(
                "{:>6.0f} µs {:>6.1f} % {:>7} {:>6} {:>9} {:>7} {:>6} {:>8.2f} % {:>7.0f} {:>6.2f} % {:>6.0f} ms",
                target, 100 * slower, tally.copies, tally.pairs, percent(tally.slower, tally.pairs), tally.faster,
                tally.equal, 100 * (1 / median(tally.speedups) - 1), median(tally.rounds), 100 * bench->noise(),
                median(tally.wall)));
        }
    }
    say("");
    return {};
}

Result<> benchCosts(const std::string& device, Seconds time)
{
    WARPLOOM_TRY(const auto bench, chainBench(device));
    const auto begin = WallClock::now();
    say("What a decision costs (device and wall time, ms)");
    say(fmt::format("{:>9} {:>9} {:<10} {:>7} {:>16} {:<10} {:>16} {:>16}", "time", "speed-up", "looks", "rounds",
                    "device/wall", "64 rounds", "device/wall", "100 launches"));
    std::vector<double> looks[2];
    std::vector<double> all[2];
    std::vector<double> fixed[2];
    for (const double target : {200.0, 60.0, 12.0}) {
        WARPLOOM_TRY(const ChainLine line, calibrate(*bench, target));
        WARPLOOM_TRY(const CandidateSpec opponent, bench->compile(chainSource(line.lengthFor(target))));
        for (const double factor : {0.5, 0.9, 0.98, 0.99, 1.0, 1.01, 1.02, 1.1, 1.5, 3.0}) {
            if (secondsSince(begin) > time.count())
                break;
            WARPLOOM_TRY(const CandidateSpec candidate, bench->compile(chainSource(line.lengthFor(target * factor))));
            auto start = WallClock::now();
            WARPLOOM_TRY(const SeriesOutcome early, bench->series(candidate, opponent));
            looks[0].push_back(1e3 * early.spent.count());
            looks[1].push_back(1e3 * secondsSince(start));
            TimingSettings exhaustive;
            exhaustive.stopsEarly = false;
            start = WallClock::now();
            WARPLOOM_TRY(const SeriesOutcome full, bench->series(candidate, opponent, exhaustive));
            all[0].push_back(1e3 * full.spent.count());
            all[1].push_back(1e3 * secondsSince(start));
            start = WallClock::now();
            WARPLOOM_TRY(const double launches, bench->secondsOfLaunches(candidate, 100));
            fixed[0].push_back(1e3 * launches);
            fixed[1].push_back(1e3 * secondsSince(start));
            say(fmt::format(
                "{:>6.0f} µs {:>9.3f} {:<10} {:>7} {:>7.0f} /{:>7.0f} {:<10} {:>7.0f} /{:>7.0f} {:>7.0f} /{:>7.0f}",
                target, 1 / factor, timingDecisionName(early.decision), early.estimate.rounds(), looks[0].back(),
                looks[1].back(), timingDecisionName(full.decision), all[0].back(), all[1].back(), fixed[0].back(),
                fixed[1].back()));
        }
    }
    say(fmt::format("median    looks {:.0f} / {:.0f}, 64 rounds {:.0f} / {:.0f}, 100 launches {:.0f} / {:.0f}\n",
                    median(looks[0]), median(looks[1]), median(all[0]), median(all[1]), median(fixed[0]),
                    median(fixed[1])));
    return {};
}

}  // namespace warploom::test
