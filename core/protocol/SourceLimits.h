// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace warploom {

/// Largest source that is compiled.
inline constexpr std::size_t kLargestSource = 4 * 1024 * 1024;

/// Largest source that the rewriter is asked about: it parses every proposal again.
inline constexpr std::size_t kLargestParent = 1024 * 1024;

}  // namespace warploom
