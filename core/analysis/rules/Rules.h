// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "analysis/Rule.h"

namespace warploom {

// One function a rule, each in the file of its name.
Rule atomicsContention();
Rule barrierBound();
Rule computeBound();
Rule conversionHeavy();
Rule divergence();
Rule doubleByAccident();
Rule frequentBarriers();
Rule instructionFetch();
Rule integerOverhead();
Rule issueBound();
Rule l2Thrash();
Rule latencyBound();
Rule launchBound();
Rule launchTooSmall();
Rule localArrays();
Rule memoryBound();
Rule memoryQueues();
Rule misalignedLoads();
Rule narrowLoads();
Rule occupancyBlockSize();
Rule occupancyRegisters();
Rule occupancySharedMemory();
Rule partialWarps();
Rule redundantLoads();
Rule redundantStores();
Rule registerSpills();
Rule scratchTraffic();
Rule sharedBankConflicts();
Rule sharedTraffic();
Rule specialFunctions();
Rule tailEffect();
Rule uncoalescedLoads();
Rule uncoalescedStores();
Rule unusedTensorCores();

/// All of them, in no particular order.
std::vector<Rule> makeRules();

}  // namespace warploom
