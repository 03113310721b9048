// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/Counters.h"

namespace warploom {

void to_json(nlohmann::json& json, const LaunchCounters& counters)
{
    auto lines = nlohmann::json::array();
    for (const auto& [line, counts] : counters.lines) {
        lines.push_back({line, counts.warpInstructions, counts.globalSectors, counts.sharedBankConflicts,
                         counts.divergentBranches});
    }
    json = {{"kernel", counters.kernel},
            {"blocks", counters.blocks},
            {"sampled_blocks", counters.sampledBlocks},
            {"warp_instructions", counters.warpInstructions},
            {"thread_instructions", counters.threadInstructions},
            {"global_load_requests", counters.globalLoadRequests},
            {"global_load_sectors", counters.globalLoadSectors},
            {"global_store_requests", counters.globalStoreRequests},
            {"global_store_sectors", counters.globalStoreSectors},
            {"global_atomics", counters.globalAtomics},
            {"shared_requests", counters.sharedRequests},
            {"shared_wavefronts", counters.sharedWavefronts},
            {"shared_bank_conflicts", counters.sharedBankConflicts},
            {"local_sectors", counters.localSectors},
            {"branches", counters.branches},
            {"divergent_branches", counters.divergentBranches},
            {"barriers", counters.barriers},
            {"flops32", counters.flops32},
            {"flops64", counters.flops64},
            {"lines", std::move(lines)}};
}

void from_json(const nlohmann::json& json, LaunchCounters& counters)
{
    const auto count = [&json](const char* name) { return json.value(name, std::uint64_t{0}); };
    counters.kernel = json.value("kernel", "");
    counters.blocks = count("blocks");
    counters.sampledBlocks = count("sampled_blocks");
    counters.warpInstructions = count("warp_instructions");
    counters.threadInstructions = count("thread_instructions");
    counters.globalLoadRequests = count("global_load_requests");
    counters.globalLoadSectors = count("global_load_sectors");
    counters.globalStoreRequests = count("global_store_requests");
    counters.globalStoreSectors = count("global_store_sectors");
    counters.globalAtomics = count("global_atomics");
    counters.sharedRequests = count("shared_requests");
    counters.sharedWavefronts = count("shared_wavefronts");
    counters.sharedBankConflicts = count("shared_bank_conflicts");
    counters.localSectors = count("local_sectors");
    counters.branches = count("branches");
    counters.divergentBranches = count("divergent_branches");
    counters.barriers = count("barriers");
    counters.flops32 = count("flops32");
    counters.flops64 = count("flops64");
    counters.lines.clear();
    for (const auto& row : json.value("lines", nlohmann::json::array())) {
        counters.lines[row.at(0).get<int>()] = {row.at(1).get<std::uint64_t>(), row.at(2).get<std::uint64_t>(),
                                                row.at(3).get<std::uint64_t>(), row.at(4).get<std::uint64_t>()};
    }
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
