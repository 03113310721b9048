// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/Rules.h"

namespace warploom {

std::vector<Rule> makeRules()
{
    return {
        atomicsContention(),  barrierBound(),          computeBound(),        conversionHeavy(),   divergence(),
        doubleByAccident(),   frequentBarriers(),      instructionFetch(),    integerOverhead(),   issueBound(),
        l2Thrash(),           latencyBound(),          launchBound(),         launchTooSmall(),    localArrays(),
        memoryBound(),        memoryQueues(),          misalignedLoads(),     narrowLoads(),       occupancyBlockSize(),
        occupancyRegisters(), occupancySharedMemory(), partialWarps(),        redundantLoads(),    redundantStores(),
        registerSpills(),     scratchTraffic(),        sharedBankConflicts(), sharedTraffic(),     specialFunctions(),
        tailEffect(),         uncoalescedLoads(),      uncoalescedStores(),   unusedTensorCores(),
    };
}

}  // namespace warploom
