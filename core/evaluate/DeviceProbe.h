// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/Result.h"
#include "protocol/DeviceFacts.h"

namespace warploom {

/// What this machine can do, as a worker found out: no CUDA library is ever opened in this process.
struct DeviceProbe {
    std::vector<DeviceFacts> devices;  ///< GPUs first, the emulator last
    std::optional<Error> cudaFailure;  ///< why there is no GPU
    std::optional<Error> compilerFailure;
    std::string compiler;  ///< "NVRTC 13.0"
    std::string compilerOrigin;  ///< where it was found
    std::string driver;
};

Result<DeviceProbe> probeDevices();
/// "auto" becomes "cuda:0" where there is a GPU, else "emulator"; others are checked for their form.
Result<std::string> resolveDevice(const std::string& name);

}  // namespace warploom
