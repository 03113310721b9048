// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "protocol/KernelSketch.h"

namespace warploom {

/// What the kernels of a CUDA file look like from outside: what parameters stand for, how it is launched, which device
/// code it needs. Host code in the file may be anything; what it allocates and launches is made use of. InvalidInput
/// with a place where the file holds no kernel; a kernel that no task can be made of is listed with its problem.
Result<std::vector<KernelSketch>> analyseKernels(const SketchRequest& request);

}  // namespace warploom
