// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/PrecisionLimit.h"

#include <algorithm>
#include <cmath>

namespace warploom {

namespace {

constexpr double kFreeUnits = 8;

/// Relative distance of a value to the next one.
double unitInTheLastPlace(ElementType type)
{
    switch (type) {
    case ElementType::F64:
        return 0x1p-52;
    case ElementType::F32:
        return 0x1p-23;
    case ElementType::F16:
        return 0x1p-10;
    case ElementType::BF16:
        return 0x1p-7;
    default:
        return 0;
    }
}

/// Eight units in the last place of a value of usual size, as a share of the tolerance that it has.
double freeShare(const Task& task, ElementType type, const ComparisonReport& baseline)
{
    const double usual = std::hypot(baseline.meanExpected, baseline.expectedDeviation);
    const double tolerance = task.absoluteTolerance + task.relativeTolerance * usual;
    return tolerance > 0 ? std::min(1.0, kFreeUnits * unitInTheLastPlace(type) * usual / tolerance) : 0;
}

}  // namespace

PrecisionLimit precisionLimit(const Task& task, std::string_view buffer, const ComparisonReport& baseline)
{
    const TaskBuffer* output = task.findBuffer(buffer);
    const double share = task.errorShare ? *task.errorShare
        : output == nullptr              ? 1
                                         : freeShare(task, output->type, baseline);
    const double own = std::sqrt(baseline.meanSquareRatio);
    return {own, std::max(task.errorFactor * own, share)};
}

}  // namespace warploom
