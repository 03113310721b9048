// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <initializer_list>
#include <string>

#include "base/Result.h"
#include "base/Units.h"
#include "protocol/DeviceFacts.h"
#include "task/Task.h"

namespace warploom {

/// The least time that any right implementation can take at one size on one device: kFloorShare of the larger of
/// memory and arithmetic. Zero parts are unknown, or do not apply.
struct PhysicsFloor {
    Microseconds memory{};  ///< (reads + max(0, writes − L2)) / theoretical DRAM bandwidth; none in hot timing
    Microseconds arithmetic{};  ///< flops / the fastest unit that the task's types and tolerance admit
    std::string unit;  ///< that unit: "f32", "f16 tensor cores, split in three", …

    [[nodiscard]] Microseconds floor() const;
};

/// What counters, clocks and roundings may be off by.
constexpr double kFloorShare = 0.95;

/// Rounding to tf32 (11 bits) or f16 costs half a unit of the eleventh bit in each factor: tolerances from here on
/// admit them.
constexpr double kHalfTolerance = 4e-4;

/// Whether all floating buffers of the task are of these types.
bool hasOnly(const Task& task, std::initializer_list<ElementType> types);

/// From the task's [work]; an empty floor where it has none. InvalidInput where an expression cannot be evaluated.
Result<PhysicsFloor> physicsFloor(const Task& task, const TaskSize& size, const DeviceFacts& device, bool cold);

}  // namespace warploom
