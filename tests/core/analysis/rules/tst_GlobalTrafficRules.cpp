// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "SampleObservations.h"
#include "TestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestGlobalTrafficRules : public QObject {
    Q_OBJECT

private slots:
    void healthyKernelHasOnlyItsLimit();
    void uncoalescedLoads();
    void uncoalescedLoadsOfACard();
    void uncoalescedStores();
    void misalignedLoads();
    void narrowLoads();
    void redundantLoads();
    void broadcastLoadsTakeAPassEach();
    void repeatedPasses();
    void redundantStores();
    void l2Thrash();
    void scratchTraffic();
    void memoryQueues();
    void memoryBound();
};

void TestGlobalTrafficRules::healthyKernelHasOnlyItsLimit()
{
    const Diagnosis diagnosis = diagnose(healthyMap());
    QCOMPARE(diagnosis.findings.size(), 1u);
    QCOMPARE(diagnosis.findings.front().rule, std::string("memory-bound"));
    QVERIFY(diagnosis.primary == Bottleneck::MemoryBandwidth);
}

void TestGlobalTrafficRules::uncoalescedLoads()
{
    Observation o = healthyMap(1000);
    LaunchCounters& counts = *o.launches[0].counts;
    counts.globalLoadSectors = 32 * kWarps;
    counts.lines[3].globalSectors = 4 * kWarps;  // as many as there have to be
    counts.lines[3].globalRequests = kWarps;
    counts.lines[7].globalSectors = 32 * kWarps;
    counts.lines[7].globalRequests = kWarps;
    const auto found = findingOf(o, "uncoalesced-loads");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("sectors_per_request"), 32.0);
    QCOMPARE(found->numbers.at("ideal_sectors_per_request"), 4.0);
    QCOMPARE(found->kernel, std::string("map"));
    QCOMPARE(found->lines, std::vector<int>{7});
    QVERIFY(found->mostGain > 1.5 && found->mostGain <= 1000 / 238.0);
    QVERIFY(!finds(o, "uncoalesced-stores"));
    counts.globalLoadSectors = 8 * kWarps;  // every second element
    QVERIFY(finds(o, "uncoalesced-loads"));
    counts.globalLoadSectors = 5 * kWarps;  // only misaligned
    QVERIFY(!finds(o, "uncoalesced-loads"));
    counts.globalLoadSectors = 16 * kWarps;  // 16 bytes a lane
    counts.globalLoadBytes = 16 * kElements;
    QVERIFY(!finds(o, "uncoalesced-loads"));
}

void TestGlobalTrafficRules::uncoalescedLoadsOfACard()
{
    Observation o = healthyMap(1000);
    ObservedLaunch& launch = o.launches[0];
    launch.counts.reset();
    launch.metrics = {{"smsp__inst_executed.sum", 12.0 * kWarps},
                      {"l1tex__t_requests_pipe_lsu_mem_global_op_ld.sum", 1.0 * kWarps},
                      {"l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum", 32.0 * kWarps},
                      {"l1tex__t_sectors_pipe_lsu_mem_global_op_ld_lookup_hit.sum", 0.0}};
    setBusy(launch, "lts__t_sectors.avg.pct_of_peak_sustained_elapsed", 0.8);
    setBusy(launch, "l1tex__data_pipe_lsu_wavefronts.avg.pct_of_peak_sustained_elapsed", 0.3);
    const auto found = findingOf(o, "uncoalesced-loads");
    QVERIFY(found.has_value());
    QVERIFY(found->leastGain > 1.1);  // of a card it is sure that L2 gets them
    launch.metrics["l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum"] = 16.0 * kWarps;  // may be 16 bytes a lane
    QVERIFY(!finds(o, "uncoalesced-loads"));
    launch.metrics.clear();
    QVERIFY(!finds(o, "uncoalesced-loads"));
}

void TestGlobalTrafficRules::uncoalescedStores()
{
    Observation o = healthyMap(1000);
    LaunchCounters& counts = *o.launches[0].counts;
    counts.globalStoreSectors = 32 * kWarps;
    const auto found = findingOf(o, "uncoalesced-stores");
    QVERIFY(found.has_value());
    QVERIFY(found->bottleneck == Bottleneck::Uncoalesced);
    QCOMPARE(found->moves.front(), std::string("interchange-axes"));
    QCOMPARE(found->moves.at(1), std::string("tile-transpose"));
    QVERIFY(found->saving.low > 0.05);  // stores reach L2 in any case
    counts.globalAtomicRequests = kWarps;  // they are atomics, which lie where they must
    counts.globalAtomics = kElements;
    QVERIFY(!finds(o, "uncoalesced-stores"));
    counts.globalAtomicRequests = counts.globalAtomics = 0;
    counts.globalStoreSectors = 5 * kWarps;
    QVERIFY(!finds(o, "uncoalesced-stores"));
}

void TestGlobalTrafficRules::misalignedLoads()
{
    Observation o = healthyMap(300);
    LaunchCounters& counts = *o.launches[0].counts;
    counts.globalLoadSectors = 5 * kWarps;
    const auto found = findingOf(o, "misaligned-loads");
    QVERIFY(found.has_value());
    QCOMPARE(found->leastGain, 1.0);
    counts.globalLoadSectors = 4 * kWarps;
    QVERIFY(!finds(o, "misaligned-loads"));
    counts.globalLoadSectors = 8 * kWarps;
    QVERIFY(!finds(o, "misaligned-loads"));
}

void TestGlobalTrafficRules::narrowLoads()
{
    Observation o = healthyMap(400);  // DRAM 60 % busy, and nothing else
    const auto found = findingOf(o, "narrow-loads");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("bytes_per_lane"), 4.0);
    QVERIFY(std::find(found->moves.begin(), found->moves.end(), "vectorize") != found->moves.end());
    QVERIFY(found->mostGain < 1.55);
    QVERIFY(!finds(healthyMap(270), "narrow-loads"));  // nothing to gain from it
    QVERIFY(!finds(healthyMap(1000), "narrow-loads"));  // memory is not what it waits for
    LaunchCounters& counts = *o.launches[0].counts;
    counts.globalLoadRequests = kWarps / 4;  // 16 bytes a lane
    QVERIFY(!finds(o, "narrow-loads"));
    counts.globalLoadRequests = kWarps;
    counts.globalLoadSectors = kWarps;  // all lanes read the same value
    QVERIFY(!finds(o, "narrow-loads"));
    counts.globalLoadSectors = 4 * kWarps;
    counts.warpInstructions = 30 * kWarps;  // and issue is busy
    o.time = Microseconds(1000);
    o.facts.clockMhz = 150;
    QVERIFY(finds(o, "narrow-loads"));
}

void TestGlobalTrafficRules::redundantLoads()
{
    Observation o = healthyMap(1000);
    LaunchCounters& counts = *o.launches[0].counts;
    counts.globalLoadRequests = 9 * kWarps;
    counts.globalLoadSectors = 36 * kWarps;
    counts.globalLoadBytes = 36 * kElements;
    const auto found = findingOf(o, "redundant-loads");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("times_loaded"), 9.0);
    QVERIFY(!finds(o, "uncoalesced-loads"));
    o.scratchBytes = 32 * kElements;  // it is what the plan itself has left there
    QVERIFY(!finds(o, "redundant-loads"));
    o.scratchBytes = 0;
    o.work.readBytes = 0;
    QVERIFY(!finds(o, "redundant-loads"));
    QVERIFY(!finds(healthyMap(1000), "redundant-loads"));
}

/// A naive matrix product: whole warps load one value, 60 times a result.
void TestGlobalTrafficRules::broadcastLoadsTakeAPassEach()
{
    Observation o = healthyMap(1000);
    LaunchCounters& counts = *o.launches[0].counts;
    counts.globalLoadRequests = counts.globalLoadSectors = 60 * kWarps;
    counts.globalLoadBytes = 32 * counts.globalLoadSectors;
    o.launches[0].metrics["lts__t_sectors.avg.pct_of_peak_sustained_elapsed"] = 10;  // L1 holds what is loaded again
    const auto found = findingOf(o, "redundant-loads");
    QVERIFY(found.has_value());
    QVERIFY(found->saving.low > 0.45);  // DRAM is busy for 0.24 of the time
}

void TestGlobalTrafficRules::repeatedPasses()
{
    Observation o = healthyMap(600);
    o.launches.push_back(o.launches.front());  // reads the same input again, which L2 does not hold
    const auto found = findingOf(o, "redundant-loads");
    QVERIFY(found.has_value());
    QVERIFY(found->saving.high > 0.19);  // 400 MB take a fifth of the time
    o.launches.back().counts->globalLoadBytes = o.launches.back().counts->globalLoadSectors = 0;
    QVERIFY(!finds(o, "redundant-loads"));
}

void TestGlobalTrafficRules::redundantStores()
{
    Observation o = healthyMap(1000);
    LaunchCounters& counts = *o.launches[0].counts;
    counts.globalStoreRequests = 16 * kWarps;
    counts.globalStoreSectors = 64 * kWarps;
    counts.globalStoreBytes = 64 * kElements;
    const auto found = findingOf(o, "redundant-stores");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("times_stored"), 16.0);
    QCOMPARE(found->moves, (std::vector<std::string>{"accumulate-local", "plain-form"}));
    o.scratchBytes = 60 * kElements;
    QVERIFY(!finds(o, "redundant-stores"));
    QVERIFY(!finds(healthyMap(1000), "redundant-stores"));
}

void TestGlobalTrafficRules::l2Thrash()
{
    Observation o = healthyMap(1000);
    auto& metrics = o.launches[0].metrics;
    metrics = {{"dram__bytes_read.sum", 24.0 * kElements},
               {"dram__bytes_write.sum", 4.0 * kElements},
               {"lts__t_sectors_lookup_hit.sum", 2e7},
               {"lts__t_sectors_lookup_miss.sum", 8e7}};
    const auto found = findingOf(o, "l2-thrash");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("hit_share"), 0.2);
    QVERIFY(found->leastGain > 1.2);
    metrics["lts__t_sectors_lookup_hit.sum"] = 9e7;
    QVERIFY(!finds(o, "l2-thrash"));
    metrics["lts__t_sectors_lookup_hit.sum"] = 2e7;
    metrics["dram__bytes_read.sum"] = 5.0 * kElements;
    QVERIFY(!finds(o, "l2-thrash"));
    metrics.clear();
    QVERIFY(!finds(o, "l2-thrash"));
}

void TestGlobalTrafficRules::scratchTraffic()
{
    Observation o = healthyMap(600);
    o.scratchBytes = 4 * kElements;
    const auto found = findingOf(o, "scratch-traffic");
    QVERIFY(found.has_value());
    QCOMPARE(found->numbers.at("extra_share"), 0.5);
    QVERIFY(found->leastGain > 1);
    QVERIFY(!finds(o, "latency-bound"));  // DRAM is busy with it
    o.scratchBytes = 4096;
    QVERIFY(!finds(o, "scratch-traffic"));
    o.zeroBytes = 4 * kElements;
    QVERIFY(finds(o, "scratch-traffic"));
    o.zeroBytes = 1 * kElements;
    QVERIFY(!finds(o, "scratch-traffic"));
}

void TestGlobalTrafficRules::memoryQueues()
{
    Observation o = healthyMap(1000);
    setStall(o.launches[0], "lg_throttle", 0.4);
    QVERIFY(finds(o, "memory-queues"));
    setStall(o.launches[0], "lg_throttle", 0.2);
    QVERIFY(!finds(o, "memory-queues"));
    QVERIFY(!finds(healthyMap(1000), "memory-queues"));
}

void TestGlobalTrafficRules::memoryBound()
{
    const auto found = findingOf(healthyMap(300), "memory-bound");
    QVERIFY(found.has_value());
    QCOMPARE(found->mostGain, 1.0);
    QVERIFY(found->numbers.at("peak_share") > 0.79);
    QVERIFY(!finds(healthyMap(330), "memory-bound"));
    Observation o = healthyMap(300);
    o.facts.dramBytesPerSecond = 0;
    QVERIFY(!finds(o, "memory-bound"));
}

QTEST_APPLESS_MAIN(TestGlobalTrafficRules)
#include "tst_GlobalTrafficRules.moc"
