// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// How good the timing is, how right and how fast the emulator:
//   warploom-bench timing [--gpu 0] [--only equal,slower,costs,cold,cupti] [--seconds N]
//   warploom-bench timing-simulation [--series N]
//   warploom-bench check
//   warploom-bench peaks [--gpu 0] [--only peak_read,peak_copy,…]
//   warploom-bench corpus [--gpu 0] [--folder tests/bench/emulator/corpus] [--record FILE | --against FILE]
//   warploom-bench planted [--record FILE]     (planted.py makes a table of it on a card)
//   warploom-bench emulator [--seconds N]
//   warploom-bench preflight [--folder kernels]
//   warploom-bench ranking WORKSPACE... [--model h200] [--long] [--threads N]
//   warploom-bench once TASK [--variant FILE] [--size NAME] [--gpu 0]     (for ncu_compare.py)
// `peaks` needs a GPU; `timing` one too, warploom-worker beside it or in WARPLOOM_BIN, and the task library
// (WARPLOOM_KERNELS).
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "TimingBenches.h"
#include "TimingSimulation.h"
#include "emulator/EmulatorBenches.h"

using namespace warploom;
using namespace warploom::test;

namespace {

struct Section {
    const char* name;
    double share;  ///< of the time that is given
    std::function<Result<>(Seconds)> run;
};

int runSections(const std::vector<Section>& sections, const std::vector<std::string>& only, double seconds)
{
    int failed = 0;
    for (const Section& section : sections) {
        if (!only.empty() && std::find(only.begin(), only.end(), section.name) == only.end())
            continue;
        const auto begin = std::chrono::steady_clock::now();
        const auto done = section.run(Seconds(section.share * seconds));
        if (!done) {
            ++failed;
            fmt::print("{} failed: {}\n", section.name, done.error().toString());
        }
        fmt::print("({}: {:.1f} s)\n\n", section.name, Seconds(std::chrono::steady_clock::now() - begin).count());
        std::fflush(stdout);
    }
    return failed == 0 ? 0 : 1;
}

int exitStatus(const Result<>& done)
{
    if (!done)
        fmt::print("{}\n", done.error().toString());
    return done ? 0 : 1;
}

/// What somebody asked for; filled by the parser.
struct Options {
    int ordinal = 0;
    double seconds = 300;
    int series = 2000;
    std::vector<std::string> only;
    std::string task;
    std::string variant;
    std::string size;
    int cardOfCorpus = -1;
    std::string corpusFolder = "tests/bench/emulator/corpus";
    std::string record;
    std::string against;
    double speedSeconds = 10;
    std::string kernels = "kernels";
    std::vector<std::string> workspaces;
    RankingOptions ranking;
    int status = 0;
};

int runTiming(const Options& options)
{
    const int ordinal = options.ordinal;
    const std::string device = fmt::format("cuda:{}", ordinal);
    const std::vector<Section> sections{
        {"cold", 0, [&](Seconds) { return benchColdness(ordinal); }},
        {"costs", 0.15, [&](Seconds time) { return benchCosts(device, time); }},
        {"slower", 0.4, [&](Seconds time) { return benchSlowerPairs(device, time); }},
        {"equal", 0.35, [&](Seconds time) { return benchEqualPairs(device, time); }},
        {"cupti", 0, [&](Seconds) { return benchAgainstCupti(ordinal); }},
    };
    return runSections(sections, options.only, options.seconds);
}

void addTiming(CLI::App& app, Options& options)
{
    auto* timing = app.add_subcommand("timing", "Tables of real timing on a GPU");
    timing->add_option("--gpu", options.ordinal, "Number of the GPU");
    timing->add_option("--only", options.only, "Sections: equal slower costs cold cupti")->delimiter(',');
    timing->add_option("--seconds", options.seconds, "About as long as all sections may take");
    timing->callback([&] { options.status = runTiming(options); });
    auto* simulation = app.add_subcommand("timing-simulation", "Error, power and coverage over simulated noise");
    simulation->add_option("--series", options.series, "Series of each case");
    simulation->callback([&] { fmt::print("{}", simulationTable(options.series)); });
    auto* check = app.add_subcommand("check", "Makes and compiles what `timing` runs, without a GPU");
    check->callback([&] { options.status = exitStatus(checkBenchSources()); });
}

void addCard(CLI::App& app, Options& options)
{
    auto* peaks = app.add_subcommand("peaks", "What the GPU can do at most, by micro-benchmarks");
    peaks->add_option("--gpu", options.ordinal, "Number of the GPU");
    peaks->add_option("--only", options.only, "Kernels")->delimiter(',');
    peaks->callback([&] { options.status = exitStatus(benchPeaks(options.ordinal, options.only)); });
    auto* once = app.add_subcommand("once", "Runs a kernel once, for another profiler to look at");
    once->add_option("TASK", options.task)->required();
    once->add_option("--variant", options.variant, "A kernel file; the baseline otherwise");
    once->add_option("--size", options.size, "The first time size otherwise");
    once->add_option("--gpu", options.ordinal, "Number of the GPU");
    once->callback(
        [&] { options.status = exitStatus(runOnce(options.ordinal, options.task, options.variant, options.size)); });
}

void addEmulator(CLI::App& app, Options& options)
{
    auto* corpus =
        app.add_subcommand("corpus", "Kernels on the emulator and on a GPU: results and counts beside each other");
    corpus->add_option("--gpu", options.cardOfCorpus, "Number of the GPU; the emulator alone otherwise");
    corpus->add_option("--folder", options.corpusFolder, "Where the kernels are");
    corpus->add_option("--record", options.record, "Writes down what the card wrote and counted");
    corpus->add_option("--against", options.against, "What a card wrote and counted before, where there is none now");
    corpus->callback([&] {
        options.status =
            exitStatus(benchCorpus(options.corpusFolder, options.cardOfCorpus, options.record, options.against));
    });
    auto* planted = app.add_subcommand("planted", "Kernels with planted faults on the emulator");
    planted->add_option("--record", options.record, "Writes down sources and verdicts");
    planted->callback([&] { options.status = exitStatus(benchPlanted(options.record)); });
    auto* emulator = app.add_subcommand("emulator", "How fast the emulator is, by threads");
    emulator->add_option("--seconds", options.speedSeconds, "About as long as it may take");
    emulator->callback([&] { options.status = exitStatus(benchEmulatorSpeed(options.speedSeconds)); });
    auto* preflight = app.add_subcommand("preflight", "How long each task's baseline takes on its emulator sizes");
    preflight->add_option("--folder", options.kernels, "The task library");
    preflight->callback([&] { options.status = exitStatus(benchPreflight(options.kernels)); });
    auto* ranking = app.add_subcommand("ranking", "How well modelled times order what runs have measured on a card");
    ranking->add_option("WORKSPACE", options.workspaces)->required();
    ranking->add_option("--model", options.ranking.gpu, "The GPU that is modelled");
    ranking->add_flag("--long", options.ranking.isLong, "Each time");
    ranking->add_option("--threads", options.ranking.threads, "Workspaces at the same time");
    ranking->callback([&] { options.status = exitStatus(benchRanking(options.workspaces, options.ranking)); });
}

}  // namespace

int main(int argumentCount, char** arguments)
{
    CLI::App app{"How good Warploom's timing is, how right and how fast its emulator"};
    app.require_subcommand(1);
    Options options;
    addTiming(app, options);
    addCard(app, options);
    addEmulator(app, options);
    CLI11_PARSE(app, argumentCount, arguments);
    return options.status;
}
