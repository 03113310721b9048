// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <limits>

#include "analysis/Diagnosis.h"
#include "profiler/FindingRows.h"

namespace warploom::test {

inline constexpr const char* kLoweredKernel = "_Z10scale_rowsIfEvPT_";

inline Finding uncoalesced(double least = 1.4, double most = 2.6)
{
    Finding finding;
    finding.rule = "uncoalesced-loads";
    finding.bottleneck = Bottleneck::Uncoalesced;
    finding.saving = {1 - 1 / least, 1 - 1 / most};
    finding.leastGain = least;
    finding.mostGain = most;
    finding.numbers = {{"sectors_per_request", 32}, {"ideal_sectors_per_request", 4}, {"excess_sectors", 1e6}};
    finding.kernel = kLoweredKernel;
    finding.lines = {24, 31};
    finding.moves = {"tile-transpose", "row-per-block"};
    return finding;
}

inline Finding spills()
{
    Finding finding;
    finding.rule = "register-spills";
    finding.bottleneck = Bottleneck::Spills;
    finding.saving = {0.05, 0.1};
    finding.leastGain = 1.05;
    finding.mostGain = 1.11;
    finding.numbers = {{"registers", 255}, {"spill_bytes", 128}};
    finding.kernel = kLoweredKernel;
    finding.lines = {24};
    return finding;
}

inline Finding atLimit()
{
    Finding finding;
    finding.rule = "memory-bound";
    finding.bottleneck = Bottleneck::MemoryBandwidth;
    finding.numbers = {{"achieved_bytes_per_second", 2.8e12}, {"peak_bytes_per_second", 3.35e12}, {"peak_share", 0.83}};
    return finding;
}

inline Diagnosis sampleDiagnosis()
{
    Diagnosis diagnosis;
    diagnosis.primary = Bottleneck::Uncoalesced;
    diagnosis.findings = {uncoalesced(), spills(), atLimit()};
    diagnosis.shareOfPeak = 0.83;
    diagnosis.occupancy = 0.5;
    diagnosis.occupancyLimiter = "registers";
    diagnosis.unknown = {"stalls: no counters of a card", "SASS: nvdisasm was not found"};
    return diagnosis;
}

/// Loads were worse, and atomics queued up.
inline Diagnosis parentDiagnosis()
{
    Diagnosis diagnosis;
    Finding atomics;
    atomics.rule = "atomics-contention";
    atomics.saving = {0.2, 0.5};
    atomics.leastGain = 1.25;
    atomics.mostGain = 2;
    atomics.numbers = {{"global_atomics", 1.2e7}, {"atomics_per_thread", 12}};
    atomics.kernel = kLoweredKernel;
    diagnosis.findings = {uncoalesced(3, 6), atomics, atLimit()};
    diagnosis.shareOfPeak = 0.2;
    return diagnosis;
}

inline KernelNames sampleNames() { return {{kLoweredKernel, "scale_rows<float>"}}; }

}  // namespace warploom::test
