// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "DeviceChecks.h"

namespace warploom::test {

Result<std::string> checkStart(const CheckSetting& setting);
Result<std::string> checkClocks(const CheckSetting& setting);
Result<std::string> checkBandwidth(const CheckSetting& setting);
Result<std::string> checkColdAgainstHot(const CheckSetting& setting);
Result<std::string> checkNoise(const CheckSetting& setting);
Result<std::string> checkBatch(const CheckSetting& setting);
Result<std::string> checkPreparedTiming(const CheckSetting& setting);

Result<std::string> checkMemorySteps(const CheckSetting& setting);
Result<std::string> checkLayout(const CheckSetting& setting);
Result<std::string> checkPastEnd(const CheckSetting& setting);
Result<std::string> checkBeforeStart(const CheckSetting& setting);
Result<std::string> checkCanary(const CheckSetting& setting);
Result<std::string> checkShare(const CheckSetting& setting);
Result<std::string> checkReadOnlyImport(const CheckSetting& setting);

Result<std::string> checkEndless(const CheckSetting& setting);
Result<std::string> checkCancel(const CheckSetting& setting);
Result<std::string> checkTrap(const CheckSetting& setting);
Result<std::string> checkFaultBeforeFill(const CheckSetting& setting);
Result<std::string> checkMisaligned(const CheckSetting& setting);
Result<std::string> checkRefusedLaunches(const CheckSetting& setting);
Result<std::string> checkArguments(const CheckSetting& setting);
Result<std::string> checkGlobals(const CheckSetting& setting);
Result<std::string> checkConstant(const CheckSetting& setting);
Result<std::string> checkSharedMemory(const CheckSetting& setting);
Result<std::string> checkClusters(const CheckSetting& setting);
Result<std::string> checkHeap(const CheckSetting& setting);

Result<std::string> checkCounters(const CheckSetting& setting);
Result<std::string> checkStalls(const CheckSetting& setting);
Result<std::string> checkInstructionCounts(const CheckSetting& setting);

}  // namespace warploom::test
