// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/SharedMemory.h"

#include <algorithm>
#include <string>

namespace warploom {

namespace {

/// A metric of loads and stores together, else the sum of both.
std::optional<double> loadsAndStores(const ObservedLaunch& launch, const std::string& name)
{
    const auto loads = launch.metric(name + "_op_ld.sum");
    const auto stores = launch.metric(name + "_op_st.sum");
    return loads && stores ? std::optional(*loads + *stores) : launch.metric(name + ".sum");
}

}  // namespace

std::optional<SharedAccess> sharedAccess(const ObservedLaunch& launch)
{
    const auto wavefronts = loadsAndStores(launch, "l1tex__data_pipe_lsu_wavefronts_mem_shared");
    const auto conflicts = loadsAndStores(launch, "l1tex__data_bank_conflicts_pipe_lsu_mem_shared");
    if (!wavefronts || !conflicts || !(*wavefronts > 0))
        return std::nullopt;
    return SharedAccess{*wavefronts, std::min(*conflicts, *wavefronts)};
}

}  // namespace warploom
