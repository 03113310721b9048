// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace warploom {

/// What keeps a variant from being faster: what experience is kept by. Several rules may find the same.
enum class Bottleneck {
    MemoryBandwidth,  ///< DRAM is busy with bytes that are needed: near the end of the road
    Uncoalesced,  ///< lanes of a warp touch sectors far apart
    RedundantTraffic,  ///< the same bytes are fetched again and again
    BankConflicts,  ///< shared memory is read or written in more wavefronts than needed
    Spills,  ///< registers spilt to local memory, arrays that live there
    Atomics,
    Divergence,  ///< lanes idle while others of their warp work
    Barriers,  ///< warps wait for one another
    Compute,  ///< instruction issue or arithmetic is busy
    WrongUnit,  ///< arithmetic on a slower unit than the task needs
    Occupancy,  ///< too few warps at a time to hide latencies
    TooFewBlocks,  ///< not every multiprocessor has work all the time
    Latency,  ///< nothing is busy: too few loads in flight
    LaunchBound,  ///< as short as the launches themselves
    Unknown,  ///< slow, and without counters nothing more can be said
};

std::string_view bottleneckName(Bottleneck bottleneck);
std::optional<Bottleneck> bottleneckFromName(std::string_view name);
const std::vector<Bottleneck>& allBottlenecks();

/// Share of the time that a cure would save, 0…1: an interval, because rules estimate.
struct Saving {
    double low = 0;
    double high = 0;
};

/// One thing that a rule has found, with the numbers that say so.
struct Finding {
    std::string rule;  ///< "uncoalesced-loads"
    Bottleneck bottleneck = Bottleneck::Unknown;
    Saving saving;  ///< as the rule estimates it; diagnose() cuts it to what the roofline leaves
    /// Speedup if it were gone: of `saving`, from 1. Equal ends of 1 mean: nothing to gain, an honest limit.
    double leastGain = 1;
    double mostGain = 1;
    std::map<std::string, double> numbers;  ///< by name with unit: "sectors_per_request", "bank_conflicts"
    std::string kernel;  ///< lowered name of the launch concerned; empty: the plan as a whole
    std::vector<int> lines;  ///< of the source, the worst first; empty where unknown
    std::vector<std::string> moves;  ///< of the rules agent, that address it
};

void to_json(nlohmann::json& json, const Finding& finding);
void from_json(const nlohmann::json& json, Finding& finding);

}  // namespace warploom
