// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// How good the timing is:
//   warploom-bench timing [--gpu 0] [--only equal,slower,costs,cold,cupti] [--seconds N]
//   warploom-bench timing-simulation [--series N]
//   warploom-bench check
//   warploom-bench peaks [--gpu 0] [--only peak_read,peak_copy,…]
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

}  // namespace

int main(int argumentCount, char** arguments)
{
    CLI::App app{"How good Warploom's timing is"};
    app.require_subcommand(1);
    int ordinal = 0;
    double seconds = 300;
    int series = 2000;
    std::vector<std::string> only;
    auto* timing = app.add_subcommand("timing", "Tables of real timing on a GPU");
    timing->add_option("--gpu", ordinal, "Number of the GPU");
    timing->add_option("--only", only, "Sections: equal slower costs cold cupti")->delimiter(',');
    timing->add_option("--seconds", seconds, "About as long as all sections may take");
    auto* simulation = app.add_subcommand("timing-simulation", "Error, power and coverage over simulated noise");
    simulation->add_option("--series", series, "Series of each case");
    auto* peaks = app.add_subcommand("peaks", "What the GPU can do at most, by micro-benchmarks");
    peaks->add_option("--gpu", ordinal, "Number of the GPU");
    peaks->add_option("--only", only, "Kernels")->delimiter(',');
    auto* check = app.add_subcommand("check", "Makes and compiles what `timing` runs, without a GPU");
    std::string task;
    std::string variant;
    std::string size;
    auto* once = app.add_subcommand("once", "Runs a kernel once, for another profiler to look at");
    once->add_option("TASK", task)->required();
    once->add_option("--variant", variant, "A kernel file; the baseline otherwise");
    once->add_option("--size", size, "The first time size otherwise");
    once->add_option("--gpu", ordinal, "Number of the GPU");
    CLI11_PARSE(app, argumentCount, arguments);
    if (simulation->parsed()) {
        fmt::print("{}", simulationTable(series));
        return 0;
    }
    if (check->parsed()) {
        const auto checked = checkBenchSources();
        if (!checked)
            fmt::print("{}\n", checked.error().toString());
        return checked ? 0 : 1;
    }
    if (peaks->parsed()) {
        const auto measured = benchPeaks(ordinal, only);
        if (!measured)
            fmt::print("\n{}\n", measured.error().toString());
        return measured ? 0 : 1;
    }
    if (once->parsed()) {
        const auto ran = runOnce(ordinal, task, variant, size);
        if (!ran)
            fmt::print("{}\n", ran.error().toString());
        return ran ? 0 : 1;
    }
    const std::string device = fmt::format("cuda:{}", ordinal);
    const std::vector<Section> sections{
        {"cold", 0, [&](Seconds) { return benchColdness(ordinal); }},
        {"costs", 0.15, [&](Seconds time) { return benchCosts(device, time); }},
        {"slower", 0.4, [&](Seconds time) { return benchSlowerPairs(device, time); }},
        {"equal", 0.35, [&](Seconds time) { return benchEqualPairs(device, time); }},
        {"cupti", 0, [&](Seconds) { return benchAgainstCupti(ordinal); }},
    };
    return runSections(sections, only, seconds);
}
