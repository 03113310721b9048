// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace warploom {

/// Declarations of CUDA's language and device library that are enough to parse kernels without the CUDA SDK: built-in
/// variables, vector types, barriers, shuffles, atomics, mathematics. Included before the first line of every source.
std::string_view cudaPrelude();

}  // namespace warploom
