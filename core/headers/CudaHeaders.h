// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace warploom {

/// Well-known headers with what kernels use of them, by name as written in an #include, for a compiler that has neither
/// CUDA's nor C's. cudaPrelude() comes before them.
const std::vector<std::pair<std::string, std::string>>& cudaHeaders();

}  // namespace warploom
