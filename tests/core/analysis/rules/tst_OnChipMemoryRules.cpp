// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "SampleObservations.h"
#include "TestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestOnChipMemoryRules : public QObject {
    Q_OBJECT

private slots:
    void sharedBankConflicts();
    void bankConflictsOfACard();
    void sharedTraffic();
    void registerSpills();
    void localArrays();
    void atomicsContention();
};

void TestOnChipMemoryRules::sharedBankConflicts()
{
    Observation o = healthyMap(1000);
    LaunchCounters& counts = *o.launches[0].counts;
    counts.sharedRequests = 2 * kWarps;
    counts.sharedWavefronts = 33 * kWarps;
    counts.sharedBankConflicts = 31 * kWarps;
    counts.lines[12].sharedBankConflicts = 31 * kWarps;
    counts.lines[13].sharedBankConflicts = kWarps;  // too little to be shown beside the other
    const auto found = findingOf(o, "shared-bank-conflicts");
    QVERIFY(found.has_value());
    QVERIFY(found->numbers.at("conflict_share") > 0.9);
    QVERIFY(found->numbers.at("ways") > 16);
    QCOMPARE(found->lines, std::vector<int>{12});
    QCOMPARE(found->moves, std::vector<std::string>{"pad-shared"});
    counts.sharedBankConflicts = 6 * kWarps;  // 18 %
    QVERIFY(!finds(o, "shared-bank-conflicts"));
    counts.sharedBankConflicts = 8 * kWarps;  // 24 %
    QVERIFY(finds(o, "shared-bank-conflicts"));
    counts.sharedWavefronts = counts.sharedBankConflicts = 0;
    QVERIFY(!finds(o, "shared-bank-conflicts"));
}

void TestOnChipMemoryRules::bankConflictsOfACard()
{
    Observation o = healthyMap(1000);
    auto& metrics = o.launches[0].metrics;
    for (const char* kind : {"ld", "st"}) {
        const std::string end = std::string("_op_") + kind + ".sum";
        metrics["l1tex__data_pipe_lsu_wavefronts_mem_shared" + end] = 16.0 * kWarps;
        metrics["l1tex__data_bank_conflicts_pipe_lsu_mem_shared" + end] = 15.0 * kWarps;
    }
    setBusy(o.launches[0], "l1tex__data_pipe_lsu_wavefronts.avg.pct_of_peak_sustained_elapsed", 0.7);
    const auto found = findingOf(o, "shared-bank-conflicts");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("bank_conflicts"), 30.0 * kWarps);
    QVERIFY(found->leastGain > 1.1);
}

void TestOnChipMemoryRules::sharedTraffic()
{
    Observation o = healthyMap(1000);
    LaunchCounters& counts = *o.launches[0].counts;
    counts.sharedWavefronts = 60 * kWarps;  // 72 % of the passes there are in 1 ms
    const auto found = findingOf(o, "shared-traffic");
    QVERIFY(found.has_value());
    QVERIFY(found->bottleneck == Bottleneck::RedundantTraffic);
    counts.sharedBankConflicts = 30 * kWarps;  // the conflicts are what to cure
    QVERIFY(!finds(o, "shared-traffic"));
    counts.sharedBankConflicts = 0;
    counts.sharedWavefronts = 40 * kWarps;
    QVERIFY(!finds(o, "shared-traffic"));
}

void TestOnChipMemoryRules::registerSpills()
{
    Observation o = healthyMap(1000);
    KernelResources& resources = *o.launches[0].resources;
    resources.spillStoreBytes = 64;
    resources.spillLoadBytes = 128;
    const auto estimated = findingOf(o, "register-spills");
    QVERIFY(estimated.has_value());
    QCOMPARE(estimated->leastGain, 1.0);
    QCOMPARE(estimated->numbers.at("spill_bytes"), 192.0);
    auto& metrics = o.launches[0].metrics;
    metrics["smsp__sass_inst_executed_op_local_ld.sum"] = 32.0 * kWarps;
    metrics["smsp__sass_inst_executed_op_local_st.sum"] = 16.0 * kWarps;
    setBusy(o.launches[0], "l1tex__data_pipe_lsu_wavefronts.avg.pct_of_peak_sustained_elapsed", 0.8);
    const auto counted = findingOf(o, "register-spills");
    QVERIFY(counted.has_value());
    QVERIFY(counted->leastGain > 1.3);
    metrics["smsp__sass_inst_executed_op_local_ld.sum"] = 1;  // in code that hardly ever runs
    metrics["smsp__sass_inst_executed_op_local_st.sum"] = 1;
    QVERIFY(!finds(o, "register-spills"));
    metrics.clear();
    resources.spillStoreBytes = resources.spillLoadBytes = 0;
    QVERIFY(!finds(o, "register-spills"));
    o.launches[0].resources.reset();
    QVERIFY(!finds(o, "register-spills"));
}

void TestOnChipMemoryRules::localArrays()
{
    Observation o = healthyMap(1000);
    LaunchCounters& counts = *o.launches[0].counts;
    counts.localSectors = 64 * kWarps;
    counts.lines[9].localSectors = 64 * kWarps;
    QVERIFY(!finds(o, "local-arrays"));  // ptxas has found registers for it
    o.launches[0].resources->stackBytes = 64;
    const auto found = findingOf(o, "local-arrays");
    QVERIFY(found.has_value());
    QCOMPARE(found->lines, std::vector<int>{9});
    QVERIFY(found->bottleneck == Bottleneck::Spills);
    counts.localSectors = 0;
    QVERIFY(!finds(o, "local-arrays"));
    o.launches[0].metrics["smsp__sass_inst_executed_op_local_ld.sum"] = 16.0 * kWarps;
    setBusy(o.launches[0], "l1tex__data_pipe_lsu_wavefronts.avg.pct_of_peak_sustained_elapsed", 0.4);
    QVERIFY(finds(o, "local-arrays"));
    o.launches[0].resources->spillStoreBytes = 8;  // then it may be spills
    QVERIFY(!finds(o, "local-arrays"));
}

void TestOnChipMemoryRules::atomicsContention()
{
    Observation o = healthyMap(1000);
    LaunchCounters& counts = *o.launches[0].counts;
    counts.globalAtomics = kElements;
    counts.globalAtomicRequests = kWarps;
    const auto found = findingOf(o, "atomics-contention");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("atomics_per_thread"), 1.0);
    QVERIFY(found->bottleneck == Bottleneck::Atomics);
    QVERIFY(!finds(o, "latency-bound"));  // the same time is not explained twice
    o.time = Microseconds(50'000);  // one address: nothing else is near busy
    QVERIFY(diagnose(o).primary == Bottleneck::Atomics);
    QVERIFY(findingOf(o, "atomics-contention")->leastGain > 1.5);
    o.time = Microseconds(1000);
    counts.globalAtomics = counts.globalAtomicRequests = kWarps / 10;  // one of ten warps, at its end
    QVERIFY(!finds(o, "atomics-contention"));
    counts.globalAtomics = 0;
    QVERIFY(!finds(o, "atomics-contention"));
}

QTEST_APPLESS_MAIN(TestOnChipMemoryRules)
#include "tst_OnChipMemoryRules.moc"
