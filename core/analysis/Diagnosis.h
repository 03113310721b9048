// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "analysis/Roofline.h"
#include "base/Units.h"
#include "protocol/CompileProduct.h"
#include "protocol/Counters.h"
#include "protocol/DeviceFacts.h"

namespace warploom {

/// What keeps a variant from being faster.
enum class Bottleneck {
    MemoryBandwidth,  ///< DRAM is busy with bytes that are needed: near the end of the road
    Uncoalesced,  ///< lanes of a warp touch sectors far apart
    BankConflicts,  ///< shared memory is read or written in more wavefronts than needed
    Spills,  ///< registers spilt to local memory
    Atomics,
    Divergence,  ///< lanes idle while others of their warp work
    Compute,  ///< instruction issue or arithmetic is busy
    TooFewBlocks,  ///< not every multiprocessor has one
    Latency,  ///< nothing is busy: too few threads or loads in flight
    LaunchBound,  ///< as short as the launches themselves
    Unknown,  ///< slow, and without counters nothing more can be said
};

std::string_view bottleneckName(Bottleneck bottleneck);
std::optional<Bottleneck> bottleneckFromName(std::string_view name);
const std::vector<Bottleneck>& allBottlenecks();

/// Geometry of one launch of the plan.
struct LaunchShape {
    std::string kernel;  ///< lowered name, as in the counters
    std::uint64_t blocks = 0;
    std::uint32_t threadsPerBlock = 0;
    Bytes dynamicShared;
};

/// What is known of a variant at one size. Counters may be missing (a card without a profiler).
struct Observation {
    DeviceFacts facts;
    Work work;
    ArithmeticUnit unit = ArithmeticUnit::Fp32;
    Microseconds time{};
    std::vector<LaunchShape> launches;
    std::vector<KernelResources> resources;
    std::vector<LaunchCounters> counters;
};

/// One bottleneck with the numbers that say so.
struct Finding {
    Bottleneck bottleneck = Bottleneck::Unknown;
    double share = 0;  ///< of the time that it explains, estimated, 0…1
    std::map<std::string, double> numbers;  ///< by name with unit: "sectors_per_load_request", "dram_bytes_per_second"
};

struct Diagnosis {
    Bottleneck primary = Bottleneck::Unknown;
    std::vector<Finding> findings;  ///< the primary one first, then by share
    double shareOfPeak = 0;  ///< of the roofline; 0 when the device's peaks are unknown
    double occupancy = 0;  ///< theoretical, of the launch with most blocks; 0 when unknown
    std::string occupancyLimiter;
};

/// A first, simple diagnosis: estimates what each resource alone would take, and names the one that explains the time
/// best. Never fails: what is not known is left out.
Diagnosis diagnose(const Observation& observation);

void to_json(nlohmann::json& json, const Finding& finding);
void to_json(nlohmann::json& json, const Diagnosis& diagnosis);

}  // namespace warploom
