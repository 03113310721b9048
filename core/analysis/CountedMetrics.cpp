// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>

#include "analysis/Observation.h"

namespace warploom {

namespace {

struct CountedName {
    std::string_view name;
    std::optional<double> (*count)(const LaunchCounters& counts);
};

template <std::uint64_t LaunchCounters::* member>
std::optional<double> countOf(const LaunchCounters& counts)
{
    return static_cast<double>(counts.*member);
}

/// The emulator counts atomics with the stores, CUPTI does not: their requests can be taken off …
std::optional<double> plainStoreRequests(const LaunchCounters& counts)
{
    if (counts.globalAtomicRequests > counts.globalStoreRequests)
        return std::nullopt;
    return static_cast<double>(counts.globalStoreRequests - counts.globalAtomicRequests);
}

/// … their sectors cannot.
std::optional<double> plainStoreSectors(const LaunchCounters& counts)
{
    if (counts.globalAtomics != 0)
        return std::nullopt;
    return static_cast<double>(counts.globalStoreSectors);
}

// Only what means the same on a card. Not here: local memory (PTX knows no spills), branches and pipes (SASS has other
// instructions).
constexpr std::array<CountedName, 8> kCountedNames{{
    {"smsp__inst_executed.sum", countOf<&LaunchCounters::warpInstructions>},
    {"smsp__thread_inst_executed.sum", countOf<&LaunchCounters::threadInstructions>},
    {"l1tex__t_requests_pipe_lsu_mem_global_op_ld.sum", countOf<&LaunchCounters::globalLoadRequests>},
    {"l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum", countOf<&LaunchCounters::globalLoadSectors>},
    {"l1tex__t_requests_pipe_lsu_mem_global_op_st.sum", plainStoreRequests},
    {"l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum", plainStoreSectors},
    {"l1tex__data_bank_conflicts_pipe_lsu_mem_shared.sum", countOf<&LaunchCounters::sharedBankConflicts>},
    {"l1tex__data_pipe_lsu_wavefronts_mem_shared.sum", countOf<&LaunchCounters::sharedWavefronts>},
}};

}  // namespace

std::optional<double> countedMetric(const LaunchCounters& counts, const std::string& name)
{
    for (const CountedName& known : kCountedNames)
        if (known.name == name)
            return known.count(counts);
    return std::nullopt;
}

const std::vector<std::string>& countedMetricNames()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> list;
        for (const CountedName& known : kCountedNames)
            list.emplace_back(known.name);
        return list;
    }();
    return names;
}

}  // namespace warploom
