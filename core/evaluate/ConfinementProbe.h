// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/Confinement.h"
#include "base/Result.h"

namespace warploom {

/// How one kind of worker is confined on this machine.
struct WorkerConfinement {
    std::string kind;  ///< "compile", "rewriter", "emulator", "gpu"
    Result<ConfinementReport> report;  ///< or why the worker did not start
    bool isExpected = false;  ///< told from what the kernel offers, and by no worker
};

/// Starts a worker of each kind and asks it. The judge and the runners of a GPU, which would need the GPU to
/// themselves, are the last entry: what the kernel offers is what they get.
std::vector<WorkerConfinement> probeConfinement();

}  // namespace warploom
