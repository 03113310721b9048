// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "analysis/Occupancy.h"
#include "protocol/CompileProduct.h"
#include "protocol/Records.h"
#include "task/Task.h"
#include "variant/Directives.h"

namespace warploom {

/// Theoretical occupancy of the plan's launch with most threads at the task's first time size, from what the compiler
/// said of its kernel. Nothing where the plan cannot be resolved or the kernel is not in \p kernels.
std::optional<Occupancy> planOccupancy(const Task& task, const std::string& source, const Configuration& configuration,
                                       const std::vector<KernelResources>& kernels, const DeviceFacts& facts);

/// Puts planOccupancy() into the evidence of \p evaluation, as "occupancy" (0…1) and "occupancy_limiter".
void noteOccupancy(EvaluationRecord& evaluation, const Task& task, const std::string& source, const DeviceFacts& facts);

}  // namespace warploom
