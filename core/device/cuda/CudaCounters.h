// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "device/CounterDevice.h"
#include "device/cuda/CudaContext.h"
#include "device/cuda/CudaModules.h"
#include "device/cuda/CudaQueue.h"
#include "device/cuda/CudaTimer.h"

namespace warploom {

/// See CounterDevice::count().
Result<CounterReport> countOnCard(CudaContext& context, CudaQueue& queue, CudaModules& modules, CudaTimer& timer,
                                  const CounterRequest& request);

}  // namespace warploom
