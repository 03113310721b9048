// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace warploom {

/// Declarations of the CUDA runtime and of a few containers, enough to see in host code what it allocates and launches.
/// What host code uses beyond them stays unknown there. Comes after cudaPrelude().
std::string_view hostPrelude();

}  // namespace warploom
