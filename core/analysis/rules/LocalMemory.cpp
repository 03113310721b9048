// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/LocalMemory.h"

#include "analysis/rules/LaunchFindings.h"

namespace warploom {

std::optional<double> localSectorsOnCard(const ObservedLaunch& launch)
{
    const auto loads = launch.metric("smsp__sass_inst_executed_op_local_ld.sum");
    const auto stores = launch.metric("smsp__sass_inst_executed_op_local_st.sum");
    if (!loads && !stores)
        return std::nullopt;
    // Local memory is interleaved: 32 lanes of 4 bytes are four sectors.
    return kSectorsInPass * (loads.value_or(0) + stores.value_or(0));
}

std::optional<double> spillBytes(const ObservedLaunch& launch)
{
    if (!launch.resources)
        return std::nullopt;
    return static_cast<double>(launch.resources->spillStoreBytes) + launch.resources->spillLoadBytes;
}

Saving savingOfLocal(const UnitLoads& loads, double sectors)
{
    const double passes = sectors / kSectorsInPass;
    return loads.without({{Unit::L1, loads.share(Unit::L1, passes)},
                          {Unit::Issue, loads.share(Unit::Issue, passes)},
                          {Unit::L2, loads.share(Unit::L2, sectors), false}});
}

}  // namespace warploom
