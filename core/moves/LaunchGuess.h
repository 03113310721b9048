// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelView.h"

namespace warploom {

/// Of a block, on every card.
constexpr std::int64_t kMostThreads = 1024;

/// A size that no parameter of the kernel gives.
struct InventedSize {
    std::string name;
    std::optional<std::int64_t> hostValue;  ///< what it usually is
    std::string why;
};

/// How the kernel is to be launched, from a launch in the host code where there is one, else from its guards.
struct LaunchGuess {
    LaunchForms forms;  ///< grid and block known in every axis
    std::optional<IndexForm> sharedBytes;  ///< of dynamic shared memory, where the host code says
    std::vector<InventedSize> invented;
    std::string why;
};

LaunchGuess guessLaunch(const KernelView& view);

}  // namespace warploom
