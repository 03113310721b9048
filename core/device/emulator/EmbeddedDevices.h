// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>

namespace warploom::emulator {

/// One file of resources/devices, put into the binary by the build.
struct EmbeddedDevice {
    std::string_view name;  ///< of the file, without its ending
    std::string_view toml;
};

std::span<const EmbeddedDevice> embeddedDevices();

}  // namespace warploom::emulator
