// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

namespace warploom {

/// A header that exists only in memory.
struct VirtualHeader {
    const char* name = nullptr;
    const char* text = nullptr;
};

/// The parts of the C and C++ headers that kernels include out of habit and NVRTC lacks (stdint.h, math.h, cfloat, …),
/// so that simple kernels compile with no include folder. Integer types follow CCCL (int64_t is long long), so that
/// both mix. <limits> and <type_traits> forward to CCCL and need an include folder.
const std::vector<VirtualHeader>& virtualHeaders();

}  // namespace warploom
