// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "base/Units.h"

namespace warploom {

/// What a device is: limits that decide validity, peaks that decide rooflines. For the emulator these describe the GPU
/// whose time is modelled.
struct DeviceFacts {
    std::string id;  ///< "cuda:0" or "emulator"
    std::string name;  ///< "NVIDIA H100 80GB HBM3"
    std::string uuid;  ///< GPU UUID; "emulator" otherwise
    std::string architecture;  ///< "sm_90"
    std::string driver;  ///< "580.159.04", empty for the emulator
    bool modelled = false;  ///< true: times are modelled, never measured
    bool drivesDisplay = false;  ///< an endless kernel would freeze the screen
    std::uint32_t multiprocessors = 0;
    std::uint32_t maxThreadsPerBlock = 1024;
    std::uint32_t maxThreadsPerMultiprocessor = 2048;
    std::uint32_t maxBlocksPerMultiprocessor = 32;
    std::uint32_t registersPerMultiprocessor = 65536;
    Bytes sharedPerMultiprocessor{233472};
    Bytes sharedPerBlockOptIn{232448};  ///< most dynamic + static shared memory of one block
    Bytes l2Size;
    Bytes memorySize;
    double clockMhz = 0;  ///< SM boost clock
    double dramBytesPerSecond = 0;  ///< theoretical
    double fp32FlopsPerSecond = 0;  ///< theoretical, FMA counted as 2
    double fp64FlopsPerSecond = 0;
    double tensorFlopsPerSecond = 0;  ///< densest type the architecture has for f16 inputs
    double tf32FlopsPerSecond = 0;  ///< dense
};

void to_json(nlohmann::json& json, const DeviceFacts& facts);
void from_json(const nlohmann::json& json, DeviceFacts& facts);

}  // namespace warploom
