// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "TestSupport.h"
#include "analysis/Occupancy.h"
#include "analysis/Roofline.h"

using namespace warploom;

namespace {

DeviceFacts h100()
{
    DeviceFacts facts;
    facts.name = "NVIDIA H100";
    facts.multiprocessors = 132;
    facts.clockMhz = 1980;
    facts.l2Size = Bytes{50 * 1024 * 1024};
    facts.dramBytesPerSecond = 3.35e12;
    facts.fp32FlopsPerSecond = 67e12;
    facts.fp64FlopsPerSecond = 34e12;
    facts.tf32FlopsPerSecond = 495e12;
    facts.tensorFlopsPerSecond = 989e12;
    return facts;
}

bool isNear(double value, double expected) { return std::abs(value - expected) <= 1e-9 * std::abs(expected); }

}  // namespace

class TestRoofline : public QObject {
    Q_OBJECT

private slots:
    void memoryBoundWork();
    void computeBoundWork();
    void unitsHaveTheirOwnPeaks();
    void unknownFactsAreSaid();
    void senselessWorkIsRefused();
    void physicsFloorForgivesWritesInL2();
    void occupancyFindsItsLimiter();
};

void TestRoofline::memoryBoundWork()
{
    const Work work{335e6, 335e6, 1e6};
    const auto result = roofline(work, h100(), ArithmeticUnit::Fp32);
    QVERIFY_RESULT(result);
    QVERIFY(result->side == RooflineSide::Memory);
    QVERIFY(isNear(result->memoryTime.count(), 200.0));
    QCOMPARE(result->bound, result->memoryTime);
    QVERIFY(isNear(result->shareOfPeak(Microseconds(400)), 0.5));
    QVERIFY(isNear(result->achievedBytesPerSecond(Microseconds(400)), 1.675e12));
    QCOMPARE(result->shareOfPeak(Microseconds(0)), 0.0);
    QVERIFY(result->intensity < result->ridge);
    const nlohmann::json json = *result;
    QCOMPARE(json.at("side").get<std::string>(), std::string("memory"));
    QVERIFY(isNear(json.at("bound_us").get<double>(), 200.0));
}

void TestRoofline::computeBoundWork()
{
    const double n = 4096;
    const Work sgemm{2 * 4 * n * n, 4 * n * n, 2 * n * n * n};
    const auto result = roofline(sgemm, h100(), ArithmeticUnit::Fp32);
    QVERIFY_RESULT(result);
    QVERIFY(result->side == RooflineSide::Compute);
    QVERIFY(isNear(result->bound.count(), 2 * n * n * n / 67e12 * 1e6));
    QVERIFY(result->intensity > result->ridge);
    QVERIFY(isNear(result->achievedFlopsPerSecond(result->bound), 67e12));
}

void TestRoofline::unitsHaveTheirOwnPeaks()
{
    const Work work{4, 4, 1e12};
    const double fp32 = roofline(work, h100(), ArithmeticUnit::Fp32)->bound.count();
    const double fp64 = roofline(work, h100(), ArithmeticUnit::Fp64)->bound.count();
    const double tf32 = roofline(work, h100(), ArithmeticUnit::Tf32)->bound.count();
    const double tensor = roofline(work, h100(), ArithmeticUnit::Tensor)->bound.count();
    QVERIFY(fp64 > fp32 && fp32 > tf32 && tf32 > tensor);
    QCOMPARE(arithmeticUnitName(ArithmeticUnit::Tf32), std::string_view("tf32"));
}

void TestRoofline::unknownFactsAreSaid()
{
    DeviceFacts facts = h100();
    facts.dramBytesPerSecond = 0;
    const auto computeOnly = roofline({100, 100, 1e9}, facts, ArithmeticUnit::Fp32);
    QVERIFY_RESULT(computeOnly);
    QVERIFY(computeOnly->side == RooflineSide::Compute);
    QCOMPARE(computeOnly->ridge, 0.0);
    facts.fp32FlopsPerSecond = 0;
    QCOMPARE(roofline({100, 100, 1e9}, facts, ArithmeticUnit::Fp32).error().code, ErrorCode::Unsupported);
    const auto nothing = roofline({}, facts, ArithmeticUnit::Fp32);
    QVERIFY_RESULT(nothing);
    QCOMPARE(nothing->bound.count(), 0.0);
}

void TestRoofline::senselessWorkIsRefused()
{
    for (const Work& work : {Work{-1, 0, 0}, Work{0, std::nan(""), 0}, Work{0, 0, HUGE_VAL}}) {
        QCOMPARE(roofline(work, h100(), ArithmeticUnit::Fp32).error().code, ErrorCode::InvalidArgument);
        QCOMPARE(physicsFloor(work, h100(), ArithmeticUnit::Fp32, true).error().code, ErrorCode::InvalidArgument);
    }
}

void TestRoofline::physicsFloorForgivesWritesInL2()
{
    const double l2 = 50.0 * 1024 * 1024;
    const auto floor = [&](const Work& work, bool cold) {
        return physicsFloor(work, h100(), ArithmeticUnit::Fp32, cold).value().count();
    };
    QVERIFY(isNear(floor({335e6, l2 / 2, 0}, true), 95.0));
    QVERIFY(isNear(floor({0, l2 + 335e6, 0}, true), 95.0));
    QCOMPARE(floor({335e6, 0, 0}, false), 0.0);
    QVERIFY(isNear(floor({335e6, 0, 67e8}, false), 95.0));
}

void TestRoofline::occupancyFindsItsLimiter()
{
    const DeviceFacts facts = h100();
    const auto check = [&](const BlockNeeds& needs, std::uint32_t blocks, double fraction, const std::string& limiter) {
        const Occupancy result = occupancy(needs, facts);
        return result.blocks == blocks && isNear(result.fraction, fraction) && result.limiter == limiter;
    };
    QVERIFY(check({256, 32, {}}, 8, 1.0, "threads"));
    QVERIFY(check({256, 64, {}}, 4, 0.5, "registers"));
    QVERIFY(check({256, 33, {}}, 6, 0.75, "registers"));  // 40 registers are given
    QVERIFY(check({32, 16, {}}, 32, 0.5, "blocks"));
    QVERIFY(check({128, 32, Bytes{48 * 1024}}, 4, 0.25, "shared-memory"));
    QVERIFY(check({1024, 128, {}}, 0, 0.0, "registers"));
    QCOMPARE(occupancy({0, 32, {}}, facts).blocks, 0u);
    QCOMPARE(occupancy({2048, 32, {}}, facts).blocks, 0u);
    QCOMPARE(occupancy({100, 0, {}}, facts).blocks, 16u);
    QCOMPARE(nlohmann::json(occupancy({256, 64, {}}, facts)).at("limiter").get<std::string>(),
             std::string("registers"));
}

QTEST_APPLESS_MAIN(TestRoofline)
#include "tst_Roofline.moc"
