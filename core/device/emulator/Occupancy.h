// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "protocol/DeviceFacts.h"

namespace warploom::emulator {

/// What a block needs of a multiprocessor.
struct BlockNeeds {
    std::uint32_t threads = 1;
    std::uint32_t registers = 0;  ///< a thread
    std::uint64_t shared = 0;  ///< bytes, static and dynamic
};

/// Registers that the GPU sets aside for a block, in the portions it gives them out in. More than kMostRegistersOfBlock
/// is refused.
std::uint64_t registersOfBlock(const BlockNeeds& needs);
constexpr std::uint64_t kMostRegistersOfBlock = 65536;

/// Blocks that fit on one multiprocessor at a time; 0 when not even one does.
std::uint32_t residentBlocks(const BlockNeeds& needs, const DeviceFacts& facts);

}  // namespace warploom::emulator
