// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/Occupancy.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace warploom {

namespace {

constexpr std::uint64_t kWarp = 32;
constexpr std::uint64_t kRegisterUnit = 256;  // registers are given to a warp in units of this
constexpr std::uint64_t kSharedUnit = 128;  // bytes
constexpr std::uint64_t kSharedReserved = 1024;  // bytes a block that the driver keeps, since compute capability 8
constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

std::uint64_t roundedUp(std::uint64_t value, std::uint64_t unit) { return (value + unit - 1) / unit * unit; }

std::uint64_t blocksByRegisters(const BlockNeeds& needs, std::uint64_t warps, const DeviceFacts& facts)
{
    if (needs.registersPerThread == 0)
        return kUnlimited;
    const std::uint64_t perWarp = roundedUp(std::uint64_t{needs.registersPerThread} * kWarp, kRegisterUnit);
    return facts.registersPerMultiprocessor / perWarp / warps;
}

std::uint64_t blocksByShared(const BlockNeeds& needs, const DeviceFacts& facts)
{
    if (needs.shared.value == 0)
        return kUnlimited;
    return facts.sharedPerMultiprocessor.value / (roundedUp(needs.shared.value, kSharedUnit) + kSharedReserved);
}

}  // namespace

Occupancy occupancy(const BlockNeeds& needs, const DeviceFacts& facts)
{
    if (needs.threads == 0 || needs.threads > facts.maxThreadsPerBlock || facts.maxThreadsPerMultiprocessor == 0)
        return {0, 0, "threads"};
    const std::uint64_t threads = roundedUp(needs.threads, kWarp);
    const std::array<std::pair<const char*, std::uint64_t>, 4> limits{{
        {"threads", facts.maxThreadsPerMultiprocessor / threads},
        {"registers", blocksByRegisters(needs, threads / kWarp, facts)},
        {"shared-memory", blocksByShared(needs, facts)},
        {"blocks", facts.maxBlocksPerMultiprocessor},
    }};
    const auto tightest = std::min_element(limits.begin(), limits.end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
    const double resident = static_cast<double>(tightest->second * threads);
    return {static_cast<std::uint32_t>(tightest->second),
            std::min(1.0, resident / static_cast<double>(facts.maxThreadsPerMultiprocessor)), tightest->first};
}

void to_json(nlohmann::json& json, const Occupancy& occupancy)
{
    json = {{"blocks", occupancy.blocks}, {"fraction", occupancy.fraction}, {"limiter", occupancy.limiter}};
}

}  // namespace warploom
