// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "SampleObservations.h"
#include "TestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestLaunchRules : public QObject {
    Q_OBJECT

private slots:
    void occupancyRegisters();
    void occupancySharedMemory();
    void occupancyBlockSize();
    void partialWarps();
    void tailEffect();
    void launchTooSmall();
    void smallLaunchBesideALargeOne();
    void launchBound();
    void barrierBound();
    void frequentBarriers();
    void latencyBound();
    void instructionFetch();
};

void TestLaunchRules::occupancyRegisters()
{
    Observation o = healthyMap(1000);
    o.launches[0].resources->registers = 168;
    const auto found = findingOf(o, "occupancy-registers");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("occupancy_share"), 0.125);
    QVERIFY(found->numbers.at("needed") < 168);
    QCOMPARE(found->leastGain, 1.0);
    QVERIFY(!finds(o, "occupancy-shared-memory"));
    o.launches[0].resources->registers = 64;  // half of the warps are enough
    QVERIFY(!finds(o, "occupancy-registers"));
    o.launches[0].resources->registers = 168;
    o.time = Microseconds(300);  // DRAM is busy all the same
    QVERIFY(!finds(o, "occupancy-registers"));
    o.time = Microseconds(1000);
    o.launches[0].shape.blocks = 200;  // there are no more blocks
    QVERIFY(!finds(o, "occupancy-registers"));
}

void TestLaunchRules::occupancySharedMemory()
{
    Observation o = healthyMap(1000);
    o.launches[0].resources->sharedBytes = 40'000;
    o.launches[0].shape.dynamicShared = Bytes{60'000};
    const auto found = findingOf(o, "occupancy-shared-memory");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("shared_bytes"), 100'000.0);
    QCOMPARE(found->numbers.at("occupancy_share"), 0.25);
    o.launches[0].shape.dynamicShared = Bytes{0};
    QVERIFY(!finds(o, "occupancy-shared-memory"));  // 5 blocks of 256 are 62 %
    o.launches[0].resources.reset();
    QVERIFY(!finds(o, "occupancy-shared-memory"));
}

void TestLaunchRules::occupancyBlockSize()
{
    Observation o = healthyMap(1000);
    o.launches[0].shape = {"map", kElements / 32, 32, {}};
    const auto found = findingOf(o, "occupancy-block-size");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("occupancy_share"), 0.5);
    QCOMPARE(found->numbers.at("needed"), 64.0);
    o.launches[0].shape = {"map", kElements / 64, 64, {}};
    QVERIFY(!finds(o, "occupancy-block-size"));
    o.facts.maxThreadsPerMultiprocessor = 1536;
    o.launches[0].shape = {"map", kElements / 1024, 1024, {}};
    QVERIFY(finds(o, "occupancy-block-size"));
    o.launches[0].shape = {"map", kElements / 768, 768, {}};
    QVERIFY(!finds(o, "occupancy-block-size"));
}

void TestLaunchRules::partialWarps()
{
    Observation o = healthyMap(600);
    o.launches[0].shape.threadsPerBlock = 33;
    const auto found = findingOf(o, "partial-warps");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("missing_lanes_share"), 31.0 / 64);
    o.launches[0].shape.threadsPerBlock = 1000;
    QVERIFY(!finds(o, "partial-warps"));
    o.launches[0].shape.threadsPerBlock = 100;
    QVERIFY(finds(o, "partial-warps"));
    o.launches[0].shape.threadsPerBlock = 96;
    QVERIFY(!finds(o, "partial-warps"));
}

void TestLaunchRules::tailEffect()
{
    Observation o = healthyMap(1000);
    o.launches[0].shape.blocks = 1056 + 100;  // eight blocks on each of 132 multiprocessors at once
    const auto found = findingOf(o, "tail-effect");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("blocks_at_once"), 1056.0);
    QVERIFY(found->numbers.at("last_wave_share") < 0.1);
    QCOMPARE(found->leastGain, 1.0);
    o.launches[0].metrics = {{"sm__cycles_active.avg", 60.0}, {"sm__cycles_elapsed.max", 100.0}};
    QVERIFY(findingOf(o, "tail-effect")->leastGain > 1.2);
    o.launches[0].metrics["sm__cycles_active.avg"] = 99;
    QVERIFY(!finds(o, "tail-effect"));
    o.launches[0].metrics.clear();
    o.launches[0].shape.blocks = 2 * 1056 - 100;
    QVERIFY(!finds(o, "tail-effect"));
    o.launches[0].shape.blocks = 12 * 1056 + 1;
    QVERIFY(!finds(o, "tail-effect"));
    o.launches[0].shape.blocks = 1056 + 100;
    o.launches[0].resources.reset();
    QVERIFY(!finds(o, "tail-effect"));
}

void TestLaunchRules::launchTooSmall()
{
    Observation o = healthyMap(3000);
    o.launches[0].shape.blocks = 33;
    const Diagnosis diagnosis = diagnose(o);
    QVERIFY(diagnosis.primary == Bottleneck::TooFewBlocks);
    QCOMPARE(diagnosis.findings.front().rule, std::string("launch-too-small"));
    QCOMPARE(diagnosis.findings.front().saving.high, 0.75);
    o.launches[0].shape.blocks = 132;
    QVERIFY(!finds(o, "launch-too-small"));
    o.launches[0].shape.threadsPerBlock = 64;  // two warps for four schedulers
    QVERIFY(finds(o, "launch-too-small"));
    o.launches[0].shape.threadsPerBlock = 128;
    QVERIFY(!finds(o, "launch-too-small"));
}

void TestLaunchRules::smallLaunchBesideALargeOne()
{
    Observation o = healthyMap(400);
    ObservedLaunch last = o.launches.front();
    last.shape = {"finish", 1, 1024, {}};
    last.counts->warpInstructions = 2000;
    o.launches.push_back(last);
    QVERIFY(o.shareOf(o.launches[1]) < 0.02);
    QVERIFY(!finds(o, "launch-too-small"));
    o.launches[0].metrics["gpu__time_duration.sum"] = 100'000;  // the card knows better
    o.launches[1].metrics["gpu__time_duration.sum"] = 100'000;
    QCOMPARE(o.shareOf(o.launches[1]), 0.5);
    const auto found = findingOf(o, "launch-too-small");
    QVERIFY(found.has_value());
    QCOMPARE(found->kernel, std::string("finish"));
}

void TestLaunchRules::launchBound()
{
    Observation o = healthyMap(9);
    o.work = {4e5, 4e5, 0};
    o.launches.resize(3, o.launches.front());
    const Diagnosis diagnosis = diagnose(o);
    QVERIFY(diagnosis.primary == Bottleneck::LaunchBound);
    QVERIFY(diagnosis.findings.front().mostGain > 2);
    o.time = Microseconds(16);
    QVERIFY(!finds(o, "launch-bound"));
    o.launches.resize(1);
    o.time = Microseconds(4);
    const auto single = findingOf(o, "launch-bound");
    QVERIFY(single.has_value());
    QCOMPARE(single->mostGain, 1.0);
}

void TestLaunchRules::barrierBound()
{
    Observation o = healthyMap(1000);
    setStall(o.launches[0], "barrier", 0.4);
    const auto found = findingOf(o, "barrier-bound");
    QVERIFY(found.has_value());
    QVERIFY(std::abs(found->numbers.at("barrier_stall_share") - 0.4) < 1e-9);
    QVERIFY(found->lines.empty());
    o.stalledLines[7] = {1000, 900, {{"barrier", 100}, {"long_scoreboard", 800}}};
    o.stalledLines[9] = {300, 290, {{"barrier", 290}}};
    o.stalledLines[11] = {500, 400, {{"long_scoreboard", 400}}};
    QCOMPARE(findingOf(o, "barrier-bound")->lines, (std::vector{9, 7}));
    setStall(o.launches[0], "barrier", 0.15);
    QVERIFY(!finds(o, "barrier-bound"));
    QVERIFY(!finds(healthyMap(1000), "barrier-bound"));
}

void TestLaunchRules::frequentBarriers()
{
    Observation o = healthyMap(1000);
    LaunchCounters& counts = *o.launches[0].counts;
    o.launches[0].shape = {"map", kElements / 1024, 1024, {}};
    counts.barriers = 10 * kWarps;
    counts.warpInstructions = 120 * kWarps;
    const auto found = findingOf(o, "frequent-barriers");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("instructions_per_barrier"), 12.0);
    QCOMPARE(found->leastGain, 1.0);
    setStall(o.launches[0], "barrier", 0.05);  // the card has seen that they do no harm
    QVERIFY(!finds(o, "frequent-barriers"));
    o.launches[0].metrics.clear();
    counts.barriers = 2 * kWarps;
    QVERIFY(!finds(o, "frequent-barriers"));
    counts.barriers = 10 * kWarps;
    o.launches[0].shape = {"map", kElements / 256, 256, {}};
    QVERIFY(!finds(o, "frequent-barriers"));
}

void TestLaunchRules::latencyBound()
{
    Observation o = healthyMap(1000);
    o.launches[0].counts->lines[5].globalRequests = 2 * kWarps;
    const auto found = findingOf(o, "latency-bound");
    QVERIFY(found.has_value());
    QVERIFY(found->saving.low > 0 && found->saving.high > 2 * found->saving.low);
    QCOMPARE(found->lines, std::vector<int>{5});
    setStall(o.launches[0], "long_scoreboard", 0.7);
    QVERIFY(finds(o, "latency-bound"));
    setStall(o.launches[0], "long_scoreboard", 0.2);  // it is something else that they wait for
    QVERIFY(!finds(o, "latency-bound"));
    QVERIFY(!finds(healthyMap(380), "latency-bound"));  // DRAM 63 % busy
    QVERIFY(finds(healthyMap(420), "latency-bound"));
    o = healthyMap(1000);
    o.launches[0].counts.reset();
    QVERIFY(!finds(o, "latency-bound"));
}

void TestLaunchRules::instructionFetch()
{
    Observation o = healthyMap(1000);
    setStall(o.launches[0], "no_instruction", 0.3);
    const auto found = findingOf(o, "instruction-fetch");
    QVERIFY(found.has_value());
    QCOMPARE(found->moves.front(), std::string("unroll"));
    setStall(o.launches[0], "no_instruction", 0.1);
    QVERIFY(!finds(o, "instruction-fetch"));
}

QTEST_APPLESS_MAIN(TestLaunchRules)
#include "tst_LaunchRules.moc"
