// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/Result.h"
#include "base/Units.h"
#include "protocol/DeviceFacts.h"

namespace warploom::emulator {

/// A GPU whose time is modelled: resources/devices/*.toml.
struct ModelledGpu {
    DeviceFacts facts;
    Bytes l1Size;  ///< with shared memory, a multiprocessor
    double dramEfficiency = 0.9;  ///< share of the theoretical bandwidth that copies reach
    double dramReadEfficiency = 0.9;  ///< the same for what only reads
    double l2BytesPerSecond = 0;
    double integerLanes = 64;  ///< a cycle and multiprocessor, like those below
    double doubleLanes = 64;
    double halfLanes = 256;
    double specialLanes = 16;
    double l1Latency = 33;  ///< cycles, like those below
    double l2Latency = 262;
    double dramLatency = 560;
    double sharedLatency = 29;
    double atomicCycles = 1;  ///< between two updates of one address
    double blocksPerCycle = 0.84;  ///< that the card starts
    Microseconds launchOverhead{2.3};
};

/// Names of the descriptions that are built in, in alphabetical order.
std::vector<std::string> modelledGpuNames();
/// NotFound, naming those there are.
Result<ModelledGpu> findModelledGpu(std::string_view name);
/// Reads a description. InvalidInput with its place.
Result<ModelledGpu> parseModelledGpu(std::string_view toml, const std::string& file);

}  // namespace warploom::emulator
