// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Move.h"

namespace warploom {

/// Threads of a kernel's blocks, as every launch has them.
struct BlockSize {
    std::string text;  ///< a constant expression of C++ over tunables, which the compiler knows as macros
    std::int64_t value = 0;  ///< with the tunables at their defaults
    bool isTunable = false;  ///< whether tunables take part
};

/// Nothing when the kernel is not launched, a launch's block depends on sizes, or launches differ in what tunables may
/// change; of launches that are literals, the largest.
std::optional<BlockSize> blockSizeOf(const MoveContext& context, const KernelScope& kernel);
/// Whether how many registers a thread gets can matter: there is an array of its own, a vector, a loop to be unrolled
/// or a great many variables.
bool mayNeedRegisters(const KernelScope& kernel);
/// Whether something limits the kernel's registers already: an attribute, or an option of the compiler.
bool hasRegisterLimit(const MoveContext& context, const KernelScope& kernel);

}  // namespace warploom
