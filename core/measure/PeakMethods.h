// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "protocol/DevicePeaks.h"

namespace warploom {

/// Threads of a block of every benchmark.
constexpr std::uint32_t kPeakThreads = 256;
/// What a block reads in a round: 8 loads of 16 bytes a thread.
constexpr Bytes kPeakTile{std::uint64_t{kPeakThreads} * 8 * 16};

/// One micro-benchmark: a kernel whose blocks do the same work in every round.
struct PeakMethod {
    enum class Source {
        Plain,  ///< PeakKernels.cu
        Tensor,  ///< PeakTensorKernels.cu
        Wgmma,  ///< PeakWgmmaKernels.cu, which is for sm_90a alone
    };

    PeakRoof roof;
    std::string_view method;  ///< for people: the instruction that does it
    Source source;
    const char* kernel;
    double workPerRound;  ///< bytes or operations of one block
    std::uint32_t blocksPerMultiprocessor;  ///< at once; 0: each block has a piece of memory of its own
    int leastCapability;  ///< major × 10 + minor
    int mostCapability;
};

/// Those that a device of this architecture ("sm_90") can run.
std::vector<PeakMethod> peakMethods(std::string_view architecture);

}  // namespace warploom
