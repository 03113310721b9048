// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "device/cuda/CudaDriver.h"
#include "protocol/DeviceFacts.h"

namespace warploom {

/// What device \p ordinal is, from the driver's attributes and NVML; needs no context. DeviceMissing when there are
/// fewer devices.
Result<DeviceFacts> readCudaFacts(const CudaDriver& driver, int ordinal);

/// "580.159.04": from NVML, else from the kernel module; empty when neither tells.
std::string nvidiaDriverVersion();

}  // namespace warploom
