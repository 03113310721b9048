// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/Result.h"
#include "protocol/DeviceFacts.h"

namespace warploom {

/// The GPUs of this machine, as the driver sees them.
struct CudaProbe {
    std::string driver;  ///< "580.159.04", empty if unknown
    int cudaVersion = 0;  ///< newest CUDA the driver supports: 13000 for 13.0; NVRTC's major must not exceed it
    std::vector<DeviceFacts> devices;
};

/// Makes no context. LibraryMissing without a driver, VersionMismatch when it is too old, DeviceMissing without a GPU.
Result<CudaProbe> probeCudaDevices();

}  // namespace warploom
