// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "device/emulator/Warp.h"

namespace warploom::emulator {

/// What the lanes of a warp are about to store, read from its registers.
struct StoredValues {
    const Warp& warp;
    const Instruction& in;
    std::uint32_t elementBytes = 0;  ///< 0: not known before the access

    [[nodiscard]] bool isKnown() const { return elementBytes != 0; }
    /// Bytes [offset, offset + size) of what \p lane stores;.
    void read(std::uint32_t lane, std::uint32_t offset, std::uint32_t size, std::byte* to) const
    {
        const std::uint32_t container = std::max(elementBytes, 2u);  // bytes live in 16-bit registers
        while (size > 0) {
            const std::uint32_t within = offset % elementBytes;
            const std::uint32_t part = std::min(size, elementBytes - within);
            const std::byte* element = warp.frame + in.operand[offset / elementBytes + 1] + lane * container;
            std::memcpy(to, element + within, part);
            to += part;
            offset += part;
            size -= part;
        }
    }
    [[nodiscard]] bool areEqual(std::uint32_t lane, std::uint32_t offset, const std::byte* memory,
                                std::uint32_t size) const
    {
        std::byte value[16];
        if (!isKnown())
            return false;
        read(lane, offset, size, value);
        return std::memcmp(value, memory, size) == 0;
    }
};

}  // namespace warploom::emulator
