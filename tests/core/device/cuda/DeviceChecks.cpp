// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "DeviceChecks.h"

#include "Checks.h"

namespace warploom::test {

const std::vector<DeviceCheck>& deviceChecks()
{
    static const std::vector<DeviceCheck> checks{
        {"start", "driver, context, facts", false, checkStart},
        {"clocks", "NVML snapshot and lock", true, checkClocks},
        {"bandwidth", "copy kernel, 256 MiB, cold", false, checkBandwidth},
        {"cold", "cold is slower than hot", true, checkColdAgainstHot},
        {"noise", "A/A deviation, median of 5", false, checkNoise},
        {"batch", "graph batch of a short kernel", false, checkBatch},
        {"retime", "prepare steps, many steps", false, checkPreparedTiming},
        {"memory", "plain buffers, zero, copy", false, checkMemorySteps},
        {"layout", "buffer ends at its page", false, checkLayout},
        {"past-end", "store past the end", false, checkPastEnd},
        {"before-start", "store far before the start", false, checkBeforeStart},
        {"canary", "stores into the slack", false, checkCanary},
        {"endless", "endless kernel", false, checkEndless},
        {"recovery", "a new process after that", false, checkStart},
        {"cancel", "endless kernel, cancelled", false, checkCancel},
        {"trap", "trapping kernel", false, checkTrap},
        {"fault-first", "fills behind a trapping kernel", false, checkFaultBeforeFill},
        {"misaligned", "misaligned store", true, checkMisaligned},
        {"refused", "launches the driver refuses", false, checkRefusedLaunches},
        {"arguments", "wrong arguments, no such kernel", false, checkArguments},
        {"globals", "module variables reset", false, checkGlobals},
        {"constant", "constant filled by a step", false, checkConstant},
        {"shared", "shared memory opted in", true, checkSharedMemory},
        {"cluster", "cluster and cooperative launch", true, checkClusters},
        {"heap", "device malloc", true, checkHeap},
        {"counters", "hardware counters of a copy", true, checkCounters},
        {"stalls", "samples of where warps stand", true, checkStalls},
        {"counts", "exact counts by instruction", true, checkInstructionCounts},
        {"share", "export, import in another process", false, checkShare},
        {"read-only", "read-only import", true, checkReadOnlyImport},
    };
    return checks;
}

}  // namespace warploom::test
