// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/Roofline.h"

#include <algorithm>
#include <cmath>

namespace warploom {

namespace {

constexpr double kFloorShare = 0.95;

/// Zero work takes no time even where the rate is unknown.
Microseconds timeAt(double amount, double perSecond)
{
    return amount > 0 && perSecond > 0 ? Microseconds(amount / perSecond * 1e6) : Microseconds{};
}

Result<> check(const Work& work)
{
    for (const double amount : {work.readBytes, work.writeBytes, work.flops}) {
        if (!std::isfinite(amount) || amount < 0)
            return fail(ErrorCode::InvalidArgument, "work must be finite and not negative");
    }
    return {};
}

double ratePerSecond(double amount, Microseconds time) { return time.count() > 0 ? amount / time.count() * 1e6 : 0; }

}  // namespace

std::string_view arithmeticUnitName(ArithmeticUnit unit)
{
    switch (unit) {
    case ArithmeticUnit::Fp32:
        return "fp32";
    case ArithmeticUnit::Fp64:
        return "fp64";
    case ArithmeticUnit::Tf32:
        return "tf32";
    case ArithmeticUnit::Tensor:
        return "tensor";
    }
    return "fp32";
}

PeakRoof roofOf(ArithmeticUnit unit)
{
    switch (unit) {
    case ArithmeticUnit::Fp32:
        return PeakRoof::Fp32;
    case ArithmeticUnit::Fp64:
        return PeakRoof::Fp64;
    case ArithmeticUnit::Tf32:
        return PeakRoof::Tf32;
    case ArithmeticUnit::Tensor:
        return PeakRoof::Tensor;
    }
    return PeakRoof::Fp32;
}

double peakOf(const DeviceFacts& facts, ArithmeticUnit unit) { return theoreticalPeak(facts, roofOf(unit)); }

std::string_view rooflineSideName(RooflineSide side) { return side == RooflineSide::Memory ? "memory" : "compute"; }

double Roofline::shareOfPeak(Microseconds time) const { return time.count() > 0 ? bound / time : 0; }

double Roofline::achievedBytesPerSecond(Microseconds time) const { return ratePerSecond(work.bytes(), time); }

double Roofline::achievedFlopsPerSecond(Microseconds time) const { return ratePerSecond(work.flops, time); }

Result<Roofline> roofline(const Work& work, const Peaks& peaks, ArithmeticUnit unit)
{
    WARPLOOM_CHECK(check(work));
    Roofline result;
    result.work = work;
    result.unit = unit;
    result.memoryPeak = peaks.of(PeakRoof::Dram);
    result.computePeak = peaks.of(roofOf(unit));
    const double bandwidth = result.memoryPeak.perSecond;
    result.memoryTime = timeAt(work.bytes(), bandwidth);
    result.computeTime = timeAt(work.flops, result.computePeak.perSecond);
    result.bound = std::max(result.memoryTime, result.computeTime);
    result.side = result.computeTime > result.memoryTime ? RooflineSide::Compute : RooflineSide::Memory;
    result.intensity = work.bytes() > 0 ? work.flops / work.bytes() : 0;
    result.ridge = bandwidth > 0 ? result.computePeak.perSecond / bandwidth : 0;
    if (result.bound.count() <= 0 && (work.bytes() > 0 || work.flops > 0))
        return fail(ErrorCode::Unsupported, "neither bandwidth nor peak of the device is known");
    return result;
}

Result<Roofline> roofline(const Work& work, const DeviceFacts& facts, ArithmeticUnit unit)
{
    return roofline(work, Peaks(facts), unit);
}

Result<Microseconds> physicsFloor(const Work& work, const DeviceFacts& facts, ArithmeticUnit unit, bool cold)
{
    WARPLOOM_CHECK(check(work));
    const double leavingL2 = std::max(0.0, work.writeBytes - static_cast<double>(facts.l2Size.value));
    const Microseconds memory = cold ? timeAt(work.readBytes + leavingL2, facts.dramBytesPerSecond) : Microseconds{};
    return kFloorShare * std::max(memory, timeAt(work.flops, peakOf(facts, unit)));
}

void to_json(nlohmann::json& json, const Work& work)
{
    json = {{"read_bytes", work.readBytes}, {"write_bytes", work.writeBytes}, {"flops", work.flops}};
}

void from_json(const nlohmann::json& json, Work& work)
{
    work.readBytes = json.value("read_bytes", 0.0);
    work.writeBytes = json.value("write_bytes", 0.0);
    work.flops = json.value("flops", 0.0);
}

void to_json(nlohmann::json& json, const Roofline& roofline)
{
    json = {{"work", roofline.work},
            {"unit", arithmeticUnitName(roofline.unit)},
            {"memory_time_us", roofline.memoryTime.count()},
            {"compute_time_us", roofline.computeTime.count()},
            {"bound_us", roofline.bound.count()},
            {"side", rooflineSideName(roofline.side)},
            {"peak_per_second", roofline.peak().perSecond},
            {"peak_origin", peakOriginName(roofline.peak().origin)},
            {"intensity", roofline.intensity},
            {"ridge", roofline.ridge}};
}

}  // namespace warploom
