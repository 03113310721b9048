// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Move.h"
#include "moves/RunningFold.h"

namespace warploom {

/// A scan of a whole array: by one thread, or in three launches that fold chunks, scan what they found, and write.
struct ScanChain {
    std::vector<const KernelScope*> kernels;  ///< in the order of their launches; the last one writes
    RunningFold fold;  ///< of the last
    std::string start;  ///< what precedes the first element
    std::string count;  ///< elements, as launches write it
    std::string end;  ///< the same, as the last kernel writes it; empty where it has no word for it
    std::vector<std::string> scratches;  ///< that nothing else uses

    [[nodiscard]] const KernelScope& writer() const { return *kernels.back(); }
};

/// Every scan of \p context's source.
std::vector<ScanChain> scanChains(const MoveContext& context);

}  // namespace warploom
