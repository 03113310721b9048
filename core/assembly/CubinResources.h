// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assembly/CubinFile.h"
#include "protocol/CompileProduct.h"

namespace warploom {

/// What a cubin itself says of one kernel: the same as ptxas reports, without its log.
struct CubinResources {
    struct Parameter {
        std::uint32_t offset = 0;  ///< bytes, from the first parameter
        std::uint32_t size = 0;  ///< bytes
    };

    std::string kernel;  ///< lowered name
    std::uint32_t registers = 0;  ///< a thread
    std::uint32_t maxRegisters = 0;  ///< the limit it was compiled under; 255 is the architecture's own
    std::uint32_t stackBytes = 0;  ///< a thread: its own frame
    std::uint32_t stackBytesWithCalls = 0;  ///< a thread: with the deepest chain of calls
    std::uint32_t sharedBytes = 0;  ///< static, a block, without what the system keeps for itself
    std::uint32_t reservedSharedBytes = 0;  ///< a block: what the system keeps (1024 from sm_90 on)
    std::uint32_t barriers = 0;
    std::uint32_t constantBytes = 0;  ///< own banks, arguments and the system's part of bank 0 included
    std::uint32_t moduleConstantBytes = 0;  ///< the module's __constant__ variables
    std::uint32_t maxThreads = 0;  ///< a block, from __launch_bounds__; 0: none stated
    /// Registers stored to and loaded from local memory because there were too few, bytes a thread. Marked as such in
    /// the cubin; each instruction counts once, as in ptxas' report.
    std::uint32_t spillStoreBytes = 0;
    std::uint32_t spillLoadBytes = 0;
    std::uint32_t codeBytes = 0;  ///< functions it calls and padding included
    std::vector<Parameter> parameters;  ///< in order
};

/// Of every kernel (at most 1024), in the file's order. What a damaged part would have said stays 0.
std::vector<CubinResources> cubinResources(const CubinFile& cubin);
/// Fills in what \p kernel does not know (0, no parameters) from what the cubin says.
void fillIn(KernelResources& kernel, const CubinResources& known);

}  // namespace warploom
