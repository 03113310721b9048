// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "device/cuda/CudaDevice.h"

namespace warploom::test {

/// What a check works with.
struct CheckSetting {
    std::string driver = "libcuda.so.1";
    std::filesystem::path fixtures;  ///< folder of kernels.cubin, state.cubin and heap.cubin
    std::filesystem::path executable;  ///< this program: checks that need a second process start it again
    bool simulated = false;  ///< the driver is the tests' stand-in: figures mean nothing
};

/// One check of a CUDA device, run in a process of its own: after most faults the process is of no more use.
struct DeviceCheck {
    std::string name;
    std::string title;
    bool realOnly = false;  ///< needs a real card: code that the stand-in cannot run, or a time that means something
    /// The figures to show, or why the check failed.
    std::function<Result<std::string>(const CheckSetting&)> run;
};

const std::vector<DeviceCheck>& deviceChecks();

/// The other side of the check that shares memory: imports \p fd, verifies what the parent wrote, writes an answer.
Result<> importSharedBuffer(const CheckSetting& setting, int fd);

}  // namespace warploom::test
