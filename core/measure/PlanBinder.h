// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "device/Device.h"
#include "task/Task.h"
#include "variant/LaunchPlan.h"

namespace warploom {

/// Where one named buffer or scratch of a plan lies.
struct BoundBuffer {
    DeviceAddress address = 0;
    Bytes size;
};

using BoundBuffers = std::map<std::string, BoundBuffer>;
using BoundSymbols = std::map<std::string, SymbolPlace>;

/// Turns a plan of names into device steps: addresses for buffers, parameter widths for integers. InvalidInput with the
/// directive's place for a kernel the product lacks, a wrong number of arguments, or a value that does not fit.
Result<std::vector<DeviceStep>> bindPlan(const LaunchPlan& plan, const Task& task, const CompileProduct& product,
                                         LoadedModule module, const BoundBuffers& buffers, const BoundSymbols& symbols);

}  // namespace warploom
