// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace warploom {

/// Floating-point operations a clock and multiprocessor (FMA counted as 2, sparsity not), 0 where unknown.
struct ArchitecturePeaks {
    int fp32 = 0;
    int fp64 = 0;  ///< of the faster of vector units and tensor cores: a physics floor must hold for any kernel
    int tensorF16 = 0;  ///< f16 inputs, dense, the faster accumulator
    int tensorTf32 = 0;
};

/// All zero for compute capabilities this build does not know.
ArchitecturePeaks peaksOf(int major, int minor);

/// "sm_90"
std::string architectureName(int major, int minor);

/// Double data rate: two transfers a clock over \p busBits wires.
double dramBytesPerSecond(double memoryClockKhz, double busBits);

}  // namespace warploom
