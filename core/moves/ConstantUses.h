// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// What an integer constant decides where it stands.
enum class ConstantRole {
    ThreadIndex,  ///< multiplies blockIdx
    SharedExtent,  ///< extent of a __shared__ array whose indices are known and follow threadIdx
    LoopStep,  ///< step of a loop that starts at a thread's own index
    LaunchBounds,
    Unroll,  ///< factor of an unroll pragma
    Other,
};

/// One integer constant written in a kernel: as a literal, through an object-like macro or a const variable.
struct ConstantUse {
    std::string name;  ///< empty for a literal
    std::int64_t value = 0;
    TextRange range;
    ConstantRole role = ConstantRole::Other;
    int dimension = -1;  ///< of blockIdx, for ThreadIndex
};

/// All of them, in source order.
std::vector<ConstantUse> constantUses(const KernelScope& kernel);

/// A definition of a named integer constant: #define NAME 32, constexpr int NAME = 32.
struct NamedConstant {
    std::string name;
    std::int64_t value = 0;
    TextRange definition;  ///< without what else stands on its line
};

std::vector<NamedConstant> namedConstants(const ParsedSource& source);

}  // namespace warploom
