// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"
#include "analysis/Diagnosis.h"

using namespace warploom;

namespace {

/// 256 MB read and written on an H100-like device: 160 µs at best; counters as of a perfect copy.
Observation copyKernel(double microseconds)
{
    Observation o;
    o.facts.name = "NVIDIA H100";
    o.facts.multiprocessors = 132;
    o.facts.clockMhz = 1980;
    o.facts.dramBytesPerSecond = 3.35e12;
    o.facts.fp32FlopsPerSecond = 67e12;
    o.work = {268e6, 268e6, 0};
    o.time = Microseconds(microseconds);
    o.launches = {{"k", 65536, 256, {}}};
    KernelResources resources;
    resources.name = "k";
    resources.loweredName = "k";
    resources.registers = 32;
    o.resources = {resources};
    LaunchCounters counters;
    counters.kernel = "k";
    counters.blocks = 65536;
    counters.globalLoadRequests = 2'093'750;
    counters.globalLoadSectors = 8'375'000;
    counters.globalStoreRequests = 2'093'750;
    counters.globalStoreSectors = 8'375'000;
    counters.warpInstructions = 20'000'000;
    counters.threadInstructions = 640'000'000;
    o.counters = {counters};
    return o;
}

const Finding* find(const Diagnosis& diagnosis, Bottleneck bottleneck)
{
    for (const Finding& finding : diagnosis.findings) {
        if (finding.bottleneck == bottleneck)
            return &finding;
    }
    return nullptr;
}

std::string primaryOf(const Observation& observation)
{
    return std::string(bottleneckName(diagnose(observation).primary));
}

}  // namespace

class TestDiagnosis : public QObject {
    Q_OBJECT

private slots:
    void namesGoBothWays();
    void streamingKernelIsBoundByMemory();
    void stridedLoadsAreUncoalesced();
    void wideLoadsAreNotBlamed();
    void rereadingNeighboursIsNotUncoalesced();
    void conflictsAtomicsAndSpillsAreNamed();
    void idleLanesAreDivergence();
    void busyIssueIsCompute();
    void fewBlocksComeFirst();
    void tinyKernelsAreBoundByTheirLaunch();
    void nothingBusyIsLatency();
    void withoutCountersLittleIsClaimed();
    void emptyObservationsAreHarmless();
    void jsonHoldsTheNumbers();
};

void TestDiagnosis::namesGoBothWays()
{
    QCOMPARE(allBottlenecks().size(), std::size_t{11});
    for (const Bottleneck bottleneck : allBottlenecks())
        QVERIFY(bottleneckFromName(bottleneckName(bottleneck)) == bottleneck);
    QVERIFY(!bottleneckFromName("magic"));
}

void TestDiagnosis::streamingKernelIsBoundByMemory()
{
    const Diagnosis diagnosis = diagnose(copyKernel(180));
    QCOMPARE(bottleneckName(diagnosis.primary), std::string_view("memory-bandwidth"));
    QVERIFY(diagnosis.shareOfPeak > 0.85 && diagnosis.shareOfPeak < 0.92);
    QCOMPARE(diagnosis.occupancy, 1.0);
    QVERIFY(diagnosis.findings.front().numbers.at("dram_bytes_per_second") > 2.9e12);
    QVERIFY(find(diagnosis, Bottleneck::Uncoalesced) == nullptr);
}

void TestDiagnosis::stridedLoadsAreUncoalesced()
{
    Observation o = copyKernel(600);
    o.counters[0].globalLoadSectors = 32 * o.counters[0].globalLoadRequests;
    const Diagnosis diagnosis = diagnose(o);
    QCOMPARE(bottleneckName(diagnosis.primary), std::string_view("uncoalesced"));
    QCOMPARE(diagnosis.findings.front().numbers.at("sectors_per_load_request"), 32.0);
    QCOMPARE(diagnosis.findings.front().numbers.at("sectors_per_store_request"), 4.0);
    o = copyKernel(600);
    o.counters[0].globalStoreSectors = 32 * o.counters[0].globalStoreRequests;
    QCOMPARE(primaryOf(o), std::string("uncoalesced"));
}

void TestDiagnosis::wideLoadsAreNotBlamed()
{
    Observation o = copyKernel(180);
    o.counters[0].globalLoadRequests /= 4;  // 16 sectors a request: 16 bytes a lane
    o.counters[0].globalStoreRequests /= 4;
    QCOMPARE(primaryOf(o), std::string("memory-bandwidth"));
}

void TestDiagnosis::rereadingNeighboursIsNotUncoalesced()
{
    Observation o = copyKernel(2000);  // a stencil without tiles: every element read nine times, by neighbouring lanes
    o.counters[0].globalLoadRequests *= 9;
    o.counters[0].globalLoadSectors *= 9;
    QVERIFY(find(diagnose(o), Bottleneck::Uncoalesced) == nullptr);
}

void TestDiagnosis::conflictsAtomicsAndSpillsAreNamed()
{
    Observation o = copyKernel(700);
    o.counters[0].sharedWavefronts = 100'000'000;
    o.counters[0].sharedBankConflicts = 90'000'000;
    QCOMPARE(primaryOf(o), std::string("bank-conflicts"));
    o = copyKernel(700);
    o.counters[0].globalAtomics = 120'000'000;
    QCOMPARE(primaryOf(o), std::string("atomics"));
    o = copyKernel(700);
    o.counters[0].localSectors = 100'000'000;
    o.resources[0].spillLoadBytes = 64;
    const Diagnosis spilling = diagnose(o);
    QCOMPARE(bottleneckName(spilling.primary), std::string_view("spills"));
    QCOMPARE(spilling.findings.front().numbers.at("spill_bytes_per_thread"), 64.0);
}

void TestDiagnosis::idleLanesAreDivergence()
{
    Observation o = copyKernel(500);
    o.counters[0].warpInstructions = 400'000'000;
    o.counters[0].threadInstructions = 400'000'000;
    const Diagnosis diagnosis = diagnose(o);
    QCOMPARE(bottleneckName(diagnosis.primary), std::string_view("divergence"));
    QVERIFY(diagnosis.findings.front().numbers.at("idle_lanes_share") > 0.96);
}

void TestDiagnosis::busyIssueIsCompute()
{
    Observation o = copyKernel(500);
    o.counters[0].warpInstructions = 400'000'000;
    o.counters[0].threadInstructions = 32 * o.counters[0].warpInstructions;
    QCOMPARE(primaryOf(o), std::string("compute"));
    o = copyKernel(2000);
    o.work.flops = 1.2e11;
    const Diagnosis arithmetic = diagnose(o);
    QCOMPARE(bottleneckName(arithmetic.primary), std::string_view("compute"));
    QVERIFY(arithmetic.findings.front().numbers.contains("flops_per_second"));
}

void TestDiagnosis::fewBlocksComeFirst()
{
    Observation o = copyKernel(3000);
    o.launches[0].blocks = 32;
    const Diagnosis diagnosis = diagnose(o);
    QCOMPARE(bottleneckName(diagnosis.primary), std::string_view("too-few-blocks"));
    QCOMPARE(diagnosis.findings.front().numbers.at("blocks"), 32.0);
    QCOMPARE(diagnosis.findings.front().numbers.at("multiprocessors"), 132.0);
}

void TestDiagnosis::tinyKernelsAreBoundByTheirLaunch()
{
    Observation o = copyKernel(6);
    o.work = {4e5, 4e5, 0};
    o.launches = {{"k", 400, 256, {}}, {"k", 400, 256, {}}};
    o.counters.clear();
    QCOMPARE(primaryOf(o), std::string("launch-bound"));
}

void TestDiagnosis::nothingBusyIsLatency()
{
    Observation o = copyKernel(1500);
    o.resources[0].registers = 128;
    const Diagnosis diagnosis = diagnose(o);
    QCOMPARE(bottleneckName(diagnosis.primary), std::string_view("latency"));
    QCOMPARE(diagnosis.occupancy, 0.25);
    QCOMPARE(diagnosis.occupancyLimiter, std::string("registers"));
    QCOMPARE(diagnosis.findings.front().numbers.at("occupancy"), 0.25);
}

void TestDiagnosis::withoutCountersLittleIsClaimed()
{
    Observation o = copyKernel(1500);
    o.counters.clear();
    QCOMPARE(primaryOf(o), std::string("unknown"));
    o.time = Microseconds(180);
    QCOMPARE(primaryOf(o), std::string("memory-bandwidth"));
}

void TestDiagnosis::emptyObservationsAreHarmless()
{
    QCOMPARE(primaryOf({}), std::string("unknown"));
    QVERIFY(diagnose({}).findings.empty());
    Observation o;
    o.time = Microseconds(10);
    QCOMPARE(primaryOf(o), std::string("unknown"));
    o = copyKernel(100);
    o.facts = {};
    QCOMPARE(primaryOf(o), std::string("unknown"));
    o = copyKernel(-5);
    QVERIFY(diagnose(o).findings.empty());
}

void TestDiagnosis::jsonHoldsTheNumbers()
{
    Observation o = copyKernel(600);
    o.counters[0].globalLoadSectors = 32 * o.counters[0].globalLoadRequests;
    const nlohmann::json json = diagnose(o);
    QCOMPARE(json.at("primary").get<std::string>(), std::string("uncoalesced"));
    const nlohmann::json& first = json.at("findings").at(0);
    QCOMPARE(first.at("bottleneck").get<std::string>(), std::string("uncoalesced"));
    QCOMPARE(first.at("numbers").at("sectors_per_load_request").get<double>(), 32.0);
    QVERIFY(first.at("share").get<double>() > 0.25);
    double previous = 1;
    for (std::size_t i = 1; i < json.at("findings").size(); ++i) {
        const double share = json.at("findings").at(i).at("share").get<double>();
        QVERIFY(share <= previous);
        previous = share;
    }
}

QTEST_APPLESS_MAIN(TestDiagnosis)
#include "tst_Diagnosis.moc"
