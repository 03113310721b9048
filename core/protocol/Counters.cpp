// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/Counters.h"

#include <array>

namespace warploom {

namespace {

using Launch = LaunchCounters;
using Line = LineCounters;

constexpr std::array kLaunchFields{
    CounterField<Launch>{"warp_instructions", &Launch::warpInstructions},
    CounterField<Launch>{"thread_instructions", &Launch::threadInstructions},
    CounterField<Launch>{"global_load_requests", &Launch::globalLoadRequests},
    CounterField<Launch>{"global_load_sectors", &Launch::globalLoadSectors},
    CounterField<Launch>{"global_load_bytes", &Launch::globalLoadBytes},
    CounterField<Launch>{"global_store_requests", &Launch::globalStoreRequests},
    CounterField<Launch>{"global_store_sectors", &Launch::globalStoreSectors},
    CounterField<Launch>{"global_store_bytes", &Launch::globalStoreBytes},
    CounterField<Launch>{"global_atomics", &Launch::globalAtomics},
    CounterField<Launch>{"global_atomic_requests", &Launch::globalAtomicRequests},
    CounterField<Launch>{"shared_requests", &Launch::sharedRequests},
    CounterField<Launch>{"shared_wavefronts", &Launch::sharedWavefronts},
    CounterField<Launch>{"shared_load_wavefronts", &Launch::sharedLoadWavefronts},
    CounterField<Launch>{"shared_store_wavefronts", &Launch::sharedStoreWavefronts},
    CounterField<Launch>{"shared_bank_conflicts", &Launch::sharedBankConflicts},
    CounterField<Launch>{"local_sectors", &Launch::localSectors},
    CounterField<Launch>{"branches", &Launch::branches},
    CounterField<Launch>{"divergent_branches", &Launch::divergentBranches},
    CounterField<Launch>{"barriers", &Launch::barriers},
    CounterField<Launch>{"flops32", &Launch::flops32},
    CounterField<Launch>{"flops64", &Launch::flops64},
    CounterField<Launch>{"integer_instructions", &Launch::integerInstructions},
    CounterField<Launch>{"single_instructions", &Launch::singleInstructions},
    CounterField<Launch>{"double_instructions", &Launch::doubleInstructions},
    CounterField<Launch>{"half_instructions", &Launch::halfInstructions},
    CounterField<Launch>{"tensor_instructions", &Launch::tensorInstructions},
    CounterField<Launch>{"special_instructions", &Launch::specialInstructions},
    CounterField<Launch>{"memory_instructions", &Launch::memoryInstructions},
    CounterField<Launch>{"control_instructions", &Launch::controlInstructions},
};

constexpr std::array kLineFields{
    CounterField<Line>{"warp_instructions", &Line::warpInstructions},
    CounterField<Line>{"global_sectors", &Line::globalSectors},
    CounterField<Line>{"shared_bank_conflicts", &Line::sharedBankConflicts},
    CounterField<Line>{"divergent_branches", &Line::divergentBranches},
    CounterField<Line>{"thread_instructions", &Line::threadInstructions},
    CounterField<Line>{"global_requests", &Line::globalRequests},
    CounterField<Line>{"local_sectors", &Line::localSectors},
    CounterField<Line>{"double_instructions", &Line::doubleInstructions},
};

nlohmann::json rowOf(int number, const LineCounters& counts)
{
    nlohmann::json row = {number};
    std::size_t kept = kLineFields.size();
    while (kept > 0 && counts.*kLineFields[kept - 1].member == 0)
        --kept;
    for (std::size_t i = 0; i < kept; ++i)
        row.push_back(counts.*kLineFields[i].member);
    return row;
}

LineCounters lineFrom(const nlohmann::json& row)
{
    LineCounters counts;
    for (std::size_t i = 0; i < kLineFields.size() && i + 1 < row.size(); ++i)
        counts.*kLineFields[i].member = row.at(i + 1).get<std::uint64_t>();
    return counts;
}

}  // namespace

std::span<const CounterField<LaunchCounters>> launchCounterFields() { return kLaunchFields; }

std::span<const CounterField<LineCounters>> lineCounterFields() { return kLineFields; }

void to_json(nlohmann::json& json, const LaunchCounters& counters)
{
    auto lines = nlohmann::json::array();
    for (const auto& [line, counts] : counters.lines)
        lines.push_back(rowOf(line, counts));
    json = {{"kernel", counters.kernel},
            {"blocks", counters.blocks},
            {"sampled_blocks", counters.sampledBlocks},
            {"lines", std::move(lines)}};
    // A workspace keeps thousands of these, and most counts of most kernels are 0.
    for (const auto& field : kLaunchFields)
        if (counters.*field.member != 0)
            json[field.name] = counters.*field.member;
}

void from_json(const nlohmann::json& json, LaunchCounters& counters)
{
    counters.kernel = json.value("kernel", "");
    counters.blocks = json.value("blocks", std::uint64_t{0});
    counters.sampledBlocks = json.value("sampled_blocks", std::uint64_t{0});
    for (const auto& field : kLaunchFields)
        counters.*field.member = json.value(field.name, std::uint64_t{0});
    counters.lines.clear();
    for (const auto& row : json.value("lines", nlohmann::json::array()))
        counters.lines[row.at(0).get<int>()] = lineFrom(row);
}

void to_json(nlohmann::json& json, const ModelledTime& modelled)
{
    json = {{"time_us", modelled.time.count()},
            {"limiter", modelled.limiter},
            {"occupancy", modelled.occupancy},
            {"counters", modelled.counters}};
}

void from_json(const nlohmann::json& json, ModelledTime& modelled)
{
    modelled.time = Microseconds(json.value("time_us", 0.0));
    modelled.limiter = json.value("limiter", "");
    modelled.occupancy = json.value("occupancy", 0.0);
    modelled.counters = json.value("counters", std::vector<LaunchCounters>{});
}

}  // namespace warploom
