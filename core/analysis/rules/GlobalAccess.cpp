// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/GlobalAccess.h"

#include <algorithm>

#include "analysis/rules/LaunchFindings.h"

namespace warploom {

namespace {

/// 32 lanes of 16 bytes, the widest there are.
constexpr double kWidestSectors = 16;
/// Contiguous lanes that begin anywhere take one sector more than the ideal: 5 instead of 4 for 4 bytes a lane. With
/// half of the ideal more, and more than that one sector, lanes are scattered.
constexpr double kScattered = 1.5;
constexpr double kOneSectorMore = 1.1;
/// 9 sectors instead of 8, for 8 bytes a lane; less costs nothing that could be measured.
constexpr double kMisaligned = 1.1;
/// Above this share of the stores' requests, atomics make what the emulator counts of stores meaningless.
constexpr double kMostAtomicRequests = 0.1;

std::optional<GlobalAccess> accessOf(std::optional<double> requests, std::optional<double> sectors, double bytes)
{
    if (!requests || !sectors || !(*requests > 0) || !(*sectors > 0))
        return std::nullopt;
    GlobalAccess access{*requests, *sectors, 0, bytes > 0, bytes};
    // Lanes that read the same bytes ask for more than they need, which leaves the request one sector at least.
    access.idealSectors = access.isIdealKnown ? std::max(bytes / kBytesInSector, *requests)
                                              : std::min(*sectors, kWidestSectors * *requests);
    return access;
}

double passesOfAccess(double sectors, double requests) { return std::max(sectors / kSectorsInPass, requests); }

}  // namespace

AccessForm GlobalAccess::form() const
{
    const double ratio = idealSectors > 0 ? sectors / idealSectors : 1;
    if (ratio >= kScattered && perRequest() - idealPerRequest() > kOneSectorMore)
        return AccessForm::Scattered;
    return ratio >= kMisaligned ? AccessForm::Misaligned : AccessForm::Contiguous;
}

std::optional<GlobalAccess> globalLoads(const ObservedLaunch& launch)
{
    return accessOf(launch.metric("l1tex__t_requests_pipe_lsu_mem_global_op_ld.sum"),
                    launch.metric("l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum"),
                    launch.counts ? static_cast<double>(launch.counts->globalLoadBytes) : 0);
}

std::optional<GlobalAccess> globalStores(const ObservedLaunch& launch)
{
    if (!launch.counts)
        return accessOf(launch.metric("l1tex__t_requests_pipe_lsu_mem_global_op_st.sum"),
                        launch.metric("l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum"), 0);
    const LaunchCounters& counts = *launch.counts;
    const auto requests = static_cast<double>(counts.globalStoreRequests);
    if (static_cast<double>(counts.globalAtomicRequests) > kMostAtomicRequests * requests)
        return std::nullopt;
    return accessOf(requests, static_cast<double>(counts.globalStoreSectors),
                    static_cast<double>(counts.globalStoreBytes));
}

Saving savingOfExcess(const UnitLoads& loads, const GlobalAccess& access, std::optional<double> absorbed)
{
    const double passes =
        passesOfAccess(access.sectors, access.requests) - passesOfAccess(access.idealSectors, access.requests);
    const double toL2 = access.excess() * (1 - absorbed.value_or(0));
    return loads.without(
        {{Unit::L1, loads.share(Unit::L1, passes)}, {Unit::L2, loads.share(Unit::L2, toL2), absorbed.has_value()}});
}

}  // namespace warploom
