// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/PeakMethods.h"

#include <array>
#include <charconv>

namespace warploom {

namespace {

using Source = PeakMethod::Source;

constexpr int kAny = 999;
constexpr double kTileBytes = kPeakTile.value;
// Chains × steps × 2 of each thread, as PeakKernels.cu has them.
constexpr double kFmaOperations = 16 * 16 * 2 * kPeakThreads;
// Chains × steps of each warp, as PeakTensorKernels.cu has them.
constexpr double kMmas = 8 * 8 * kPeakThreads / 32.0;
// Steps of each warpgroup, as PeakWgmmaKernels.cu has them.
constexpr double kWgmmas = 16 * kPeakThreads / 128.0;

constexpr double operations(int m, int n, int k) { return 2.0 * m * n * k; }

constexpr std::array kMethods{
    PeakMethod{PeakRoof::Dram, "read", Source::Plain, "peak_read", kTileBytes, 0, 0, kAny},
    PeakMethod{PeakRoof::Dram, "copy", Source::Plain, "peak_copy", 2 * kTileBytes, 0, 0, kAny},
    PeakMethod{PeakRoof::L2, "read past L1 (ld.global.cg)", Source::Plain, "peak_l2", kTileBytes, 4, 0, kAny},
    PeakMethod{PeakRoof::L1, "shared memory read (ld.shared.v4)", Source::Plain, "peak_shared", kTileBytes, 4, 0, kAny},
    PeakMethod{PeakRoof::Fp32, "fma.f32", Source::Plain, "peak_fp32", kFmaOperations, 4, 0, kAny},
    PeakMethod{PeakRoof::Fp64, "fma.f64", Source::Plain, "peak_fp64", kFmaOperations, 4, 0, kAny},
    PeakMethod{PeakRoof::Fp64, "mma.sync m8n8k4.f64", Source::Tensor, "peak_mma_f64", kMmas* operations(8, 8, 4), 2, 80,
               89},
    PeakMethod{PeakRoof::Fp64, "mma.sync m16n8k16.f64", Source::Tensor, "peak_mma_f64", kMmas* operations(16, 8, 16), 2,
               90, 90},
    PeakMethod{PeakRoof::Tf32, "mma.sync m16n8k8.tf32", Source::Tensor, "peak_mma_tf32", kMmas* operations(16, 8, 8), 4,
               80, kAny},
    PeakMethod{PeakRoof::Tensor, "mma.sync m16n8k16.f16", Source::Tensor, "peak_mma_f16", kMmas* operations(16, 8, 16),
               4, 80, kAny},
    PeakMethod{PeakRoof::Tf32, "wgmma m64n256k8.tf32", Source::Wgmma, "peak_wgmma_tf32",
               kWgmmas* operations(64, 256, 8), 1, 90, 90},
    PeakMethod{PeakRoof::Tensor, "wgmma m64n256k16.f16", Source::Wgmma, "peak_wgmma_f16",
               kWgmmas* operations(64, 256, 16), 1, 90, 90},
};

/// 0 where the name is none of an architecture.
int capabilityOf(std::string_view architecture)
{
    constexpr std::string_view kPrefix = "sm_";
    int capability = 0;
    if (architecture.starts_with(kPrefix))
        std::from_chars(architecture.data() + kPrefix.size(), architecture.data() + architecture.size(), capability);
    return capability;
}

}  // namespace

std::vector<PeakMethod> peakMethods(std::string_view architecture)
{
    const int capability = capabilityOf(architecture);
    std::vector<PeakMethod> methods;
    for (const PeakMethod& method : kMethods)
        if (method.leastCapability <= capability && capability <= method.mostCapability)
            methods.push_back(method);
    return methods;
}

}  // namespace warploom
