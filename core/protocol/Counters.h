// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/Units.h"

namespace warploom {

/// Counts of one source line of one launch.
struct LineCounters {
    std::uint64_t warpInstructions = 0;
    std::uint64_t globalSectors = 0;
    std::uint64_t sharedBankConflicts = 0;
    std::uint64_t divergentBranches = 0;
    std::uint64_t threadInstructions = 0;
    std::uint64_t globalRequests = 0;  ///< loads and stores
    std::uint64_t localSectors = 0;
    std::uint64_t doubleInstructions = 0;  ///< warp instructions on the f64 pipe
};

/// What one launch did. Exact where every block ran; scaled where blocks were sampled.
struct LaunchCounters {
    std::string kernel;
    std::uint64_t blocks = 0;  ///< of the grid
    std::uint64_t sampledBlocks = 0;  ///< that really ran
    std::uint64_t warpInstructions = 0;  ///< smsp__inst_executed
    std::uint64_t threadInstructions = 0;
    std::uint64_t globalLoadRequests = 0;  ///< l1tex__t_requests_pipe_lsu_mem_global_op_ld
    std::uint64_t globalLoadSectors = 0;  ///< l1tex__t_sectors_pipe_lsu_mem_global_op_ld (32 bytes each)
    std::uint64_t globalStoreRequests = 0;
    std::uint64_t globalStoreSectors = 0;
    std::uint64_t globalAtomics = 0;  ///< lanes that did one
    std::uint64_t sharedRequests = 0;
    std::uint64_t sharedWavefronts = 0;  ///< of loads, stores and atomics
    std::uint64_t sharedLoadWavefronts = 0;  ///< l1tex__data_pipe_lsu_wavefronts_mem_shared_op_ld
    std::uint64_t sharedStoreWavefronts = 0;  ///< of plain stores
    std::uint64_t sharedBankConflicts = 0;  ///< wavefronts beyond the ideal
    std::uint64_t localSectors = 0;
    std::uint64_t branches = 0;
    std::uint64_t divergentBranches = 0;
    std::uint64_t barriers = 0;
    std::uint64_t flops32 = 0;  ///< FMA counts 2
    std::uint64_t flops64 = 0;
    // What the lanes asked for: what sectors would hold if none of their bytes were wasted.
    std::uint64_t globalLoadBytes = 0;
    std::uint64_t globalStoreBytes = 0;
    std::uint64_t globalAtomicRequests = 0;  ///< warp instructions
    // Warp instructions by the unit that runs them; their sum is warpInstructions.
    std::uint64_t integerInstructions = 0;
    std::uint64_t singleInstructions = 0;
    std::uint64_t doubleInstructions = 0;
    std::uint64_t halfInstructions = 0;
    std::uint64_t tensorInstructions = 0;
    std::uint64_t specialInstructions = 0;
    std::uint64_t memoryInstructions = 0;
    std::uint64_t controlInstructions = 0;
    std::map<int, LineCounters> lines;  ///< by source line; empty without line tables
};

/// A prediction, never a measurement.
struct ModelledTime {
    Microseconds time{};
    std::string limiter;  ///< "DRAM bandwidth", "issue", "shared memory", "latency", "launch"
    double occupancy = 0;  ///< 0…1, theoretical, of the longest launch
    std::vector<LaunchCounters> counters;
};

/// Name in JSON and place of one count.
template <typename T>
struct CounterField {
    std::string_view name;
    std::uint64_t T::* member;
};

/// Every count that grows with the work done, so that none is forgotten where they are written, read, added or scaled.
std::span<const CounterField<LaunchCounters>> launchCounterFields();
/// In the order of a row of "lines"; what is missing at its end is 0, and so is a count of a launch that is not there.
std::span<const CounterField<LineCounters>> lineCounterFields();

void to_json(nlohmann::json& json, const LaunchCounters& counters);
void from_json(const nlohmann::json& json, LaunchCounters& counters);
void to_json(nlohmann::json& json, const ModelledTime& modelled);
void from_json(const nlohmann::json& json, ModelledTime& modelled);

}  // namespace warploom
