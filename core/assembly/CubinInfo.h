// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace warploom {

/// What an entry of .nv.info or .nv.info.KERNEL is about (EIATTR_…); entries of other kinds are kept too.
enum class InfoKind : std::uint8_t {
    MaxThreads = 0x05,  ///< __launch_bounds__: three u32
    ParameterBank = 0x0a,
    RequiredThreads = 0x10,  ///< .reqntid: three u32
    FrameSize = 0x11,  ///< symbol, bytes of stack
    MinStackSize = 0x12,  ///< symbol, bytes of stack with those of the functions it calls
    Parameter = 0x17,  ///< unused, ordinal u16, offset u16, packed: size from bit 18 on
    MaxRegisters = 0x1b,
    RegisterCount = 0x2f,  ///< symbol, registers a thread
    BarrierCount = 0x4c,
    Annotations = 0x55,  ///< pairs: what it is (1: spill), offset of the instruction
};

struct InfoEntry {
    InfoKind kind{};
    std::uint16_t value = 0;  ///< of an entry without data
    std::string_view data;
};

/// The entries of a .nv.info section up to the first that is cut off.
std::vector<InfoEntry> infoEntries(std::string_view section);

}  // namespace warploom
