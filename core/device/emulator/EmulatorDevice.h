// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "device/Device.h"

namespace warploom {

struct EmulatorOptions {
    std::string gpu = "h100";  ///< whose limits apply and whose time is modelled: a file of resources/devices
    unsigned threads = 0;  ///< that run blocks; 0: as many as the machine has
};

/// A device that interprets PTX: exact bounds, exact counters, modelled times. NotFound for a GPU without description.
Result<std::unique_ptr<Device>> makeEmulatorDevice(const EmulatorOptions& options = {});

/// The values of EmulatorOptions::gpu that are built in.
std::vector<std::string> emulatorGpuNames();

}  // namespace warploom
