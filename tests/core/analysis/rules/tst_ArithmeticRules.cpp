// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "SampleObservations.h"
#include "TestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// A contraction of 4096 cubed, at \p microseconds.
Observation contraction(double microseconds)
{
    Observation o = healthyMap(microseconds);
    constexpr double kSide = 4096;
    o.work = {8 * kSide * kSide, 4 * kSide * kSide, 2 * kSide * kSide * kSide};
    InstructionMix mix;
    mix.kernel = "map";
    mix.isSass = true;
    mix.counts = {{InstructionClass::Single, 512}, {InstructionClass::SharedLoad, 64}, {InstructionClass::Integer, 90}};
    o.launches[0].mix = mix;
    return o;
}

}  // namespace

class TestArithmeticRules : public QObject {
    Q_OBJECT

private slots:
    void divergence();
    void issueBound();
    void integerOverhead();
    void specialFunctions();
    void doubleByAccident();
    void conversionHeavy();
    void unusedTensorCores();
    void computeBound();
};

void TestArithmeticRules::divergence()
{
    Observation o = healthyMap(1000);
    LaunchCounters& counts = *o.launches[0].counts;
    counts.warpInstructions = 200 * kWarps;  // 60 % of the slots
    counts.threadInstructions = 8 * counts.warpInstructions;
    counts.divergentBranches = 10 * kWarps;
    counts.lines[20].divergentBranches = 10 * kWarps;
    counts.lines[21].warpInstructions = 100 * kWarps;
    const auto found = findingOf(o, "divergence");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("idle_lanes_share"), 0.75);
    QCOMPARE(found->lines, std::vector<int>{20});
    QVERIFY(found->leastGain > 1.2);
    counts.lines[20].divergentBranches = 0;
    QCOMPARE(findingOf(o, "divergence")->lines, std::vector<int>{21});
    counts.threadInstructions = 28 * counts.warpInstructions;
    QVERIFY(!finds(o, "divergence"));
    // Half of the lanes of such blocks do not exist: that is another rule's.
    o.launches[0].shape.threadsPerBlock = 48;
    counts.threadInstructions = 24 * counts.warpInstructions;
    QVERIFY(!finds(o, "divergence"));
}

void TestArithmeticRules::issueBound()
{
    Observation o = healthyMap(1000);
    LaunchCounters& counts = *o.launches[0].counts;
    counts.warpInstructions = 260 * kWarps;
    counts.threadInstructions = 32 * counts.warpInstructions;
    counts.integerInstructions = 80 * kWarps;
    counts.controlInstructions = 50 * kWarps;
    counts.lines[8].warpInstructions = 200 * kWarps;
    const auto found = findingOf(o, "issue-bound");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("overhead_share"), 0.5);
    QCOMPARE(found->lines, std::vector<int>{8});
    QVERIFY(diagnose(o).primary == Bottleneck::Compute);
    counts.warpInstructions = 190 * kWarps;  // 57 % of the slots
    QVERIFY(!finds(o, "issue-bound"));
}

void TestArithmeticRules::integerOverhead()
{
    Observation o = healthyMap(1000);
    LaunchCounters& counts = *o.launches[0].counts;
    counts.warpInstructions = 200 * kWarps;
    counts.threadInstructions = 32 * counts.warpInstructions;
    counts.integerInstructions = 130 * kWarps;
    counts.singleInstructions = 20 * kWarps;
    const auto found = findingOf(o, "integer-overhead");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("integer_per_float_instruction"), 6.5);
    counts.integerInstructions = 90 * kWarps;
    QVERIFY(!finds(o, "integer-overhead"));
    counts.integerInstructions = 130 * kWarps;
    o.work.flops = 0;  // integers are what it is about
    QVERIFY(!finds(o, "integer-overhead"));
    QVERIFY(!finds(healthyMap(1000), "integer-overhead"));
}

void TestArithmeticRules::specialFunctions()
{
    Observation o = healthyMap(1000);
    o.launches[0].counts->specialInstructions = 26 * kWarps;  // 62 % at half an instruction a clock
    QVERIFY(finds(o, "special-functions"));
    o.launches[0].counts->specialInstructions = 20 * kWarps;
    QVERIFY(!finds(o, "special-functions"));
    setBusy(o.launches[0], "sm__inst_executed_pipe_xu.avg.pct_of_peak_sustained_active", 0.9);
    o.launches[0].counts.reset();
    const auto found = findingOf(o, "special-functions");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("special_share"), 0.9);
}

void TestArithmeticRules::doubleByAccident()
{
    Observation o = healthyMap(1000);
    LaunchCounters& counts = *o.launches[0].counts;
    o.facts.fp64FlopsPerSecond = 1.29e12;  // as of a consumer card
    counts.doubleInstructions = 2 * kWarps;
    counts.lines[4].doubleInstructions = 2 * kWarps;
    const auto found = findingOf(o, "double-by-accident");
    QVERIFY(found.has_value());
    QVERIFY(found->bottleneck == Bottleneck::WrongUnit);
    QCOMPARE(found->lines, std::vector<int>{4});
    o.usesDouble = true;
    QVERIFY(!finds(o, "double-by-accident"));
    o.usesDouble.reset();
    QVERIFY(!finds(o, "double-by-accident"));
    o.usesDouble = false;
    counts.doubleInstructions = 0;
    QVERIFY(!finds(o, "double-by-accident"));
}

void TestArithmeticRules::conversionHeavy()
{
    Observation o = contraction(20'000);
    o.launches[0].counts->warpInstructions = 4000 * kWarps;
    o.launches[0].mix->counts[InstructionClass::Conversion] = 200;
    const auto found = findingOf(o, "conversion-heavy");
    QVERIFY(found.has_value());
    QVERIFY(found->numbers.at("conversions_share") > 0.2);
    o.launches[0].mix->counts[InstructionClass::Conversion] = 50;
    QVERIFY(!finds(o, "conversion-heavy"));
    o.launches[0].metrics["smsp__sass_thread_inst_executed_op_conversion_pred_on.sum"] = 32.0 * 1000 * kWarps;
    QVERIFY(finds(o, "conversion-heavy"));
    o.launches[0].metrics.clear();
    o.launches[0].mix.reset();
    QVERIFY(!finds(o, "conversion-heavy"));
}

void TestArithmeticRules::unusedTensorCores()
{
    Observation o = contraction(3000);
    QVERIFY(!finds(o, "unused-tensor-cores"));
    o.unit = ArithmeticUnit::Tf32;
    const auto found = findingOf(o, "unused-tensor-cores");
    QVERIFY(found.has_value());
    QVERIFY(found->leastGain > 2 && found->mostGain < 11);
    o.launches[0].mix->counts[InstructionClass::Tensor] = 16;
    QVERIFY(!finds(o, "unused-tensor-cores"));
    o.launches[0].metrics["sm__inst_executed_pipe_tensor.sum"] = 0;  // they are in the text, but do not run
    QVERIFY(finds(o, "unused-tensor-cores"));
    o.launches[0].metrics.clear();
    o.launches[0].mix.reset();
    QVERIFY(!finds(o, "unused-tensor-cores"));
    o = contraction(3000);
    o.unit = ArithmeticUnit::Tf32;
    o.work.flops = 10 * o.work.bytes();  // DRAM is slower than plain arithmetic
    QVERIFY(!finds(o, "unused-tensor-cores"));
}

void TestArithmeticRules::computeBound()
{
    const auto found = findingOf(contraction(2700), "compute-bound");
    QVERIFY(found.has_value());
    QCOMPARE(found->mostGain, 1.0);
    QVERIFY(found->numbers.at("peak_share") > 0.75);
    QVERIFY(!finds(contraction(3200), "compute-bound"));
    QVERIFY(!finds(healthyMap(), "compute-bound"));
}

QTEST_APPLESS_MAIN(TestArithmeticRules)
#include "tst_ArithmeticRules.moc"
