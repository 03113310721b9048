// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/PhysicsFloor.h"

#include <algorithm>
#include <utility>

namespace warploom {

namespace {

/// A value of f32 is the sum of two of f16 (11 bits each) up to scaling: three products give float accuracy.
constexpr double kSplitProducts = 3;
/// fp8 keeps four bits.
constexpr double kByteTolerance = 3e-2;

Microseconds timeFor(double amount, double perSecond)
{
    return perSecond > 0 && amount > 0 ? Microseconds(amount / perSecond * 1e6) : Microseconds{};
}

/// Products of halves are exact on tensor cores, whatever the result is kept in.
bool readsHalves(const Task& task)
{
    return std::any_of(task.buffers.begin(), task.buffers.end(), [](const TaskBuffer& buffer) {
        return buffer.isInput() && (buffer.type == ElementType::F16 || buffer.type == ElementType::BF16);
    });
}

/// Operations a second of the fastest way to do the task's arithmetic, FMA counted as two.
std::pair<double, std::string> fastestUnit(const Task& task, const DeviceFacts& device)
{
    const bool allDouble = hasOnly(task, {ElementType::F64});
    if (allDouble && task.relativeTolerance < 1e-7) {
        // Tensor cores do float64 at twice the rate of the ordinary units where they do at all.
        return {2 * device.fp64FlopsPerSecond, "f64 tensor cores"};
    }
    if (task.relativeTolerance >= kByteTolerance)
        return {2 * device.tensorFlopsPerSecond, "8-bit tensor cores"};
    if (task.relativeTolerance >= kHalfTolerance || readsHalves(task)
        || hasOnly(task, {ElementType::F16, ElementType::BF16}))
        return {std::max(device.tensorFlopsPerSecond, device.fp32FlopsPerSecond), "f16 tensor cores"};
    const double split = device.tensorFlopsPerSecond / kSplitProducts;
    if (split > device.fp32FlopsPerSecond)
        return {split, "f16 tensor cores, three products for one"};
    return {device.fp32FlopsPerSecond, "f32"};
}

}  // namespace

bool hasOnly(const Task& task, std::initializer_list<ElementType> types)
{
    return std::all_of(task.buffers.begin(), task.buffers.end(), [&](const TaskBuffer& buffer) {
        return !isFloating(buffer.type) || std::find(types.begin(), types.end(), buffer.type) != types.end();
    });
}

Microseconds PhysicsFloor::floor() const { return kFloorShare * std::max(memory, arithmetic); }

Result<PhysicsFloor> physicsFloor(const Task& task, const TaskSize& size, const DeviceFacts& device, bool cold)
{
    WARPLOOM_TRY(const std::int64_t reads, task.workReads.evaluate(size.values));
    WARPLOOM_TRY(const std::int64_t writes, task.workWrites.evaluate(size.values));
    WARPLOOM_TRY(const std::int64_t flops, task.workFlops.evaluate(size.values));
    PhysicsFloor floor;
    if (cold) {
        const double kept = static_cast<double>(device.l2Size.value);
        floor.memory = timeFor(static_cast<double>(reads) + std::max(0.0, static_cast<double>(writes) - kept),
                               device.dramBytesPerSecond);
    }
    const auto [rate, unit] = fastestUnit(task, device);
    floor.arithmetic = timeFor(static_cast<double>(flops), rate);
    floor.unit = unit;
    return floor;
}

}  // namespace warploom
