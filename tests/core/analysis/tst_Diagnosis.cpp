// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <limits>
#include <set>

#include "TestSupport.h"
#include "analysis/Rule.h"
#include "rules/SampleObservations.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// As they are called in core/moves, which nothing here may include.
const std::set<std::string_view> kMoves{"fuse-launches",
                                        "interchange-axes",
                                        "transpose-scratch",
                                        "literal-tunable",
                                        "keep-extremum",
                                        "row-per-block",
                                        "keep-row",
                                        "keep-column",
                                        "share-columns",
                                        "fuse-passes",
                                        "select-per-warp",
                                        "exchange-sort",
                                        "bisect",
                                        "split-sum",
                                        "split-contraction",
                                        "window",
                                        "march-planes",
                                        "stage-window",
                                        "share-windows",
                                        "share-sums",
                                        "patch-grid",
                                        "scan-single-pass",
                                        "scan-row",
                                        "tile-transpose",
                                        "stage-stores",
                                        "tile-loop",
                                        "tile-contraction",
                                        "pipeline-contraction",
                                        "tensor-contraction",
                                        "tensor-split",
                                        "tensor-double",
                                        "attention-tiles",
                                        "attention-tensor",
                                        "attention-wgmma",
                                        "flash-decoding",
                                        "pair-tiles",
                                        "wgmma-contraction",
                                        "lift-zero-points",
                                        "write-image",
                                        "accumulate-local",
                                        "privatize-histogram",
                                        "slice-histogram",
                                        "gather-batch",
                                        "vectorize",
                                        "coarsen",
                                        "pad-shared",
                                        "known-divisors",
                                        "specialise-size",
                                        "unroll",
                                        "restrict-const",
                                        "plain-form",
                                        "compiler-flags",
                                        "fast-math",
                                        "single-literals",
                                        "whole-waves",
                                        "launch-bounds",
                                        "shuffle-tree"};

Observation scatteredMap(double microseconds)
{
    Observation o = healthyMap(microseconds);
    o.launches[0].counts->globalStoreSectors = 32 * kWarps;
    return o;
}

Finding plainFinding(const std::string& rule, const std::string& kernel, double saving)
{
    Finding finding;
    finding.rule = rule;
    finding.kernel = kernel;
    finding.saving = {saving, saving};
    return finding;
}

bool isSound(const Diagnosis& diagnosis)
{
    for (const Finding& finding : diagnosis.findings) {
        const double values[] = {finding.saving.low, finding.saving.high, finding.leastGain, finding.mostGain};
        if (!std::all_of(std::begin(values), std::end(values), [](double value) { return std::isfinite(value); })
            || finding.saving.low < 0 || finding.saving.high < finding.saving.low || finding.saving.high > 1
            || finding.leastGain < 1 || finding.mostGain < finding.leastGain || sentenceOf(finding).empty())
            return false;
        for (const auto& [name, value] : finding.numbers)
            if (!std::isfinite(value))
                return false;
    }
    return nlohmann::json(diagnosis).dump().find("null") == std::string::npos;
}

}  // namespace

class TestDiagnosis : public QObject {
    Q_OBJECT

private slots:
    void rulesAreSortedAndComplete();
    void sentencesFillIn();
    void numbersReadWell();
    void savingsAreCutToTheRoofline();
    void unknownPeaksCutNothing();
    void whatMakesTheRestMeaninglessComesFirst();
    void cureBeforeLimit();
    void limitWhereCuresGainNothing();
    void findingsOfOneKernelAreOne();
    void missingSourcesAreNamed();
    void occupancyIsOfTheWidestLaunch();
    void metricsPreferTheCard();
    void storesWithoutAtomicsOnly();
    void comparison();
    void comparisonOfRenamedKernels();
    void jsonRoundTrip();
    void nothingIsHarmless();
    void garbageIsHarmless();
};

void TestDiagnosis::rulesAreSortedAndComplete()
{
    QVERIFY(allRules().size() >= 24);
    std::string_view previous;
    for (const Rule& rule : allRules()) {
        QVERIFY2(previous < rule.name, std::string(rule.name).c_str());
        previous = rule.name;
        QVERIFY(!rule.title.empty() && rule.sentence.ends_with('.') && rule.cure.ends_with('.'));
        QVERIFY(rule.look != nullptr && findRule(rule.name) == &rule);
        for (const std::string_view move : rule.moves)
            QVERIFY2(kMoves.contains(move), std::string(move).c_str());
    }
    QVERIFY(findRule("no-such-rule") == nullptr);
    QCOMPARE(allBottlenecks().size(), 15u);
    for (const Bottleneck bottleneck : allBottlenecks())
        QVERIFY(bottleneckFromName(bottleneckName(bottleneck)) == bottleneck);
}

void TestDiagnosis::sentencesFillIn()
{
    const auto found = findingOf(scatteredMap(1000), "uncoalesced-stores");
    QVERIFY(found.has_value());
    QCOMPARE(sentenceOf(*found),
             std::string("A store request of map touches 32 sectors where 4 would hold its bytes."));
    Finding other = *found;
    other.kernel = "_Z4copyIfLi128EEvPKT_PS0_i";
    other.numbers.clear();
    QCOMPARE(sentenceOf(other),
             std::string("A store request of copy<float, 128> touches ? sectors where ? would hold its bytes."));
    other.rule = "of another version";
    QCOMPARE(sentenceOf(other), std::string("of another version"));
}

void TestDiagnosis::numbersReadWell()
{
    QCOMPARE(numberText("blocks", 132), std::string("132"));
    QCOMPARE(numberText("warps", 2.3456), std::string("2.35"));
    QCOMPARE(numberText("global_atomics", 134217728), std::string("134 M"));
    QCOMPARE(numberText("peak_share", 0.876), std::string("88 %"));
    QCOMPARE(numberText("extra_share", 0.0123), std::string("1.23 %"));
    QCOMPARE(numberText("needed_bytes", 49152), std::string("49.2 kB"));
    QCOMPARE(numberText("achieved_bytes_per_second", 2.99e12), std::string("2.99 TB/s"));
    QCOMPARE(numberText("peak_flops_per_second", 66.9e12), std::string("66.9 TFLOP/s"));
    QCOMPARE(numberText("time_us", 5.5), std::string("5.50 µs"));
    QCOMPARE(numberText("blocks", std::nan("")), std::string("?"));
}

void TestDiagnosis::savingsAreCutToTheRoofline()
{
    const Observation slow = scatteredMap(2000);
    const Observation fast = scatteredMap(270);
    const auto much = findingOf(slow, "uncoalesced-stores");
    const auto little = findingOf(fast, "uncoalesced-stores");
    QVERIFY(much.has_value() && little.has_value());
    QVERIFY(much->mostGain <= *slow.mostGain() + 1e-9);
    QVERIFY(std::abs(little->mostGain - *fast.mostGain()) < 1e-9);
    QVERIFY(std::abs(little->saving.high - (1 - 1 / little->mostGain)) < 1e-9);
    QVERIFY(!finds(scatteredMap(200), "uncoalesced-stores"));  // faster than possible: nothing to gain
    QVERIFY(std::abs(diagnose(fast).shareOfPeak - 238.66 / 270) < 1e-3);
}

void TestDiagnosis::unknownPeaksCutNothing()
{
    Observation o = scatteredMap(400);
    o.facts.dramBytesPerSecond = o.facts.fp32FlopsPerSecond = 0;
    const auto found = findingOf(o, "uncoalesced-stores");
    QVERIFY(found.has_value());
    QCOMPARE(diagnose(o).shareOfPeak, 0.0);
    QVERIFY(found->mostGain <= 100.001);
}

void TestDiagnosis::whatMakesTheRestMeaninglessComesFirst()
{
    Observation o = scatteredMap(5000);
    o.launches[0].shape.blocks = 40;
    const Diagnosis diagnosis = diagnose(o);
    QCOMPARE(diagnosis.findings.front().rule, std::string("launch-too-small"));
    QVERIFY(findingOf(diagnosis, "uncoalesced-stores").has_value());
    QVERIFY(diagnosis.primary == Bottleneck::TooFewBlocks);
}

void TestDiagnosis::cureBeforeLimit()
{
    Observation o = scatteredMap(600);
    o.launches[0].counts->sharedWavefronts = 4 * kWarps;
    o.launches[0].counts->sharedBankConflicts = 2 * kWarps;
    const Diagnosis diagnosis = diagnose(o);
    QVERIFY(diagnosis.primary == diagnosis.findings.front().bottleneck);
    double previous = 1;
    for (const Finding& finding : diagnosis.findings) {
        const double expected = (finding.saving.low + finding.saving.high) / 2;
        QVERIFY(expected <= previous);
        previous = expected;
    }
}

void TestDiagnosis::limitWhereCuresGainNothing()
{
    const Diagnosis diagnosis = diagnose(scatteredMap(260));
    QCOMPARE(diagnosis.findings.size(), 2u);
    QCOMPARE(diagnosis.findings.back().rule, std::string("memory-bound"));
    QVERIFY(diagnosis.primary == Bottleneck::MemoryBandwidth);  // the cure's 8 % at most are no way to go
}

void TestDiagnosis::findingsOfOneKernelAreOne()
{
    Observation o = scatteredMap(4000);
    const double once = findingOf(o, "uncoalesced-stores")->saving.high;
    o.launches.push_back(o.launches.front());
    o.launches.push_back(o.launches.front());
    o.launches[2].shape.kernel = "other";
    const Diagnosis diagnosis = diagnose(o);
    const auto stores = std::count_if(diagnosis.findings.begin(), diagnosis.findings.end(),
                                      [](const Finding& finding) { return finding.rule == "uncoalesced-stores"; });
    QCOMPARE(stores, 2);
    QVERIFY(findingOf(diagnosis, "uncoalesced-stores")->saving.high > 1.5 * once);
}

void TestDiagnosis::missingSourcesAreNamed()
{
    QCOMPARE(diagnose({}).unknown, std::vector<std::string>{"time: neither measured nor modelled"});
    Observation o = healthyMap();
    const auto names = [&](const std::string& what) {
        const auto unknown = diagnose(o).unknown;
        return std::count_if(unknown.begin(), unknown.end(),
                             [&](const std::string& one) { return one.rfind(what + ":", 0) == 0; });
    };
    QCOMPARE(names("counters"), 0);
    QCOMPARE(names("stalls"), 1);
    QCOMPARE(names("instruction mix"), 1);
    QCOMPARE(names("precision"), 0);
    setStall(o.launches[0], "barrier", 0.1);
    QCOMPARE(names("stalls"), 0);
    o.launches[0].counts.reset();
    o.launches[0].resources.reset();
    o.launches.push_back(o.launches.front());
    QCOMPARE(names("counters"), 1);
    QCOMPARE(names("registers and spills"), 1);
    o.launches.clear();
    QCOMPARE(names("launches"), 1);
    QCOMPARE(names("counters"), 0);
}

void TestDiagnosis::occupancyIsOfTheWidestLaunch()
{
    Observation o = healthyMap();
    o.launches[0].resources->registers = 64;
    ObservedLaunch small = o.launches.front();
    small.shape = {"finish", 1, 1024, {}};
    o.launches.push_back(small);
    const Diagnosis diagnosis = diagnose(o);
    QCOMPARE(diagnosis.occupancy, 0.5);
    QCOMPARE(diagnosis.occupancyLimiter, std::string("registers"));
}

void TestDiagnosis::metricsPreferTheCard()
{
    Observation o = healthyMap();
    ObservedLaunch& launch = o.launches[0];
    QCOMPARE(launch.metric("smsp__inst_executed.sum"), std::optional<double>(12.0 * kWarps));
    launch.metrics["smsp__inst_executed.sum"] = 7;
    QCOMPARE(launch.metric("smsp__inst_executed.sum"), std::optional<double>(7));
    launch.metrics["smsp__inst_executed.sum"] = std::nan("");
    QCOMPARE(launch.metric("smsp__inst_executed.sum"), std::optional<double>(12.0 * kWarps));
    QVERIFY(!launch.metric("dram__bytes_read.sum"));
    QVERIFY(!o.sum("dram__bytes_read.sum"));
    for (const std::string& name : countedMetricNames())
        QVERIFY2(launch.metric(name).has_value(), name.c_str());
    o.launches.push_back(o.launches.front());
    QCOMPARE(o.sum("l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum"), std::optional<double>(8.0 * kWarps));
}

void TestDiagnosis::storesWithoutAtomicsOnly()
{
    LaunchCounters counts;
    counts.globalStoreRequests = 10;
    counts.globalStoreSectors = 40;
    QCOMPARE(countedMetric(counts, "l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum"), std::optional<double>(40));
    counts.globalAtomicRequests = 4;
    counts.globalAtomics = 128;
    QCOMPARE(countedMetric(counts, "l1tex__t_requests_pipe_lsu_mem_global_op_st.sum"), std::optional<double>(6));
    QVERIFY(!countedMetric(counts, "l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum"));
    counts.globalAtomicRequests = 11;
    QVERIFY(!countedMetric(counts, "l1tex__t_requests_pipe_lsu_mem_global_op_st.sum"));
}

void TestDiagnosis::comparison()
{
    Diagnosis parent;
    parent.findings = {plainFinding("a", "k", 0.5), plainFinding("b", "k", 0.4), plainFinding("c", "k", 0.2),
                       plainFinding("d", "k", 0.3)};
    Diagnosis child;
    child.findings = {plainFinding("c", "k", 0.6), plainFinding("b", "k", 0.41), plainFinding("e", "k", 0.2),
                      plainFinding("a", "k", 0.1)};
    const auto compared = compareFindings(parent, child);
    const std::vector<std::pair<std::string, FindingChange>> expected{{"c", FindingChange::Stronger},
                                                                      {"b", FindingChange::Same},
                                                                      {"e", FindingChange::New},
                                                                      {"a", FindingChange::Weaker},
                                                                      {"d", FindingChange::Gone}};
    QCOMPARE(compared.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        QCOMPARE(compared[i].finding.rule, expected[i].first);
        QCOMPARE(findingChangeName(compared[i].change), findingChangeName(expected[i].second));
        QCOMPARE(compared[i].before.has_value(), expected[i].second != FindingChange::New);
    }
    QCOMPARE(compared[3].before->saving.high, plainFinding("a", "k", 0.5).saving.high);
    QCOMPARE(compared[4].before->rule, std::string("d"));
    QCOMPARE(compareFindings({}, {}).size(), 0u);
}

void TestDiagnosis::comparisonOfRenamedKernels()
{
    Diagnosis parent;
    parent.findings = {plainFinding("a", "k1", 0.5), plainFinding("a", "k2", 0.2)};
    Diagnosis child;
    child.findings = {plainFinding("a", "new", 0.5), plainFinding("a", "k2", 0.2)};
    const auto compared = compareFindings(parent, child);
    QCOMPARE(compared.size(), 2u);
    QVERIFY(compared[0].change == FindingChange::Same && compared[1].change == FindingChange::Same);
}

void TestDiagnosis::jsonRoundTrip()
{
    Observation o = scatteredMap(1000);
    o.launches[0].counts->lines[7].globalSectors = 100;
    const Diagnosis diagnosis = diagnose(o);
    const nlohmann::json json = diagnosis;
    QVERIFY(json.get<Diagnosis>().findings.size() == diagnosis.findings.size());
    QVERIFY(nlohmann::json(nlohmann::json::parse(json.dump()).get<Diagnosis>()) == json);
    QCOMPARE(json.at("findings").at(0).at("rule").get<std::string>(), diagnosis.findings.front().rule);
    const Diagnosis other = nlohmann::json::parse(R"({"primary": "of a later version", "findings": [{"rule": "x"}]})");
    QVERIFY(other.primary == Bottleneck::Unknown);
    QCOMPARE(other.findings.front().mostGain, 1.0);
}

void TestDiagnosis::nothingIsHarmless()
{
    QVERIFY(diagnose({}).findings.empty());
    Observation o;
    o.time = Microseconds(10);
    QVERIFY(isSound(diagnose(o)));
    for (const double time : {0.0, -5.0, std::nan(""), HUGE_VAL}) {
        o = healthyMap(time);
        QVERIFY(diagnose(o).findings.empty());
        QVERIFY(diagnose(o).primary == Bottleneck::Unknown);
    }
    o = healthyMap(500);
    o.facts = {};
    QVERIFY(isSound(diagnose(o)));
    o = healthyMap(500);
    o.launches[0].counts = LaunchCounters{};
    o.launches[0].shape = {};
    o.launches[0].resources = KernelResources{};
    o.launches[0].mix = InstructionMix{};
    QVERIFY(isSound(diagnose(o)));
}

void TestDiagnosis::garbageIsHarmless()
{
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    Observation o = healthyMap(500);
    LaunchCounters& counts = *o.launches[0].counts;
    for (const auto& field : launchCounterFields())
        counts.*field.member = kMost;
    counts.lines[-3] = {kMost, kMost, kMost, kMost, kMost, kMost, kMost, kMost};
    QVERIFY(isSound(diagnose(o)));
    for (const double value : {std::nan(""), HUGE_VAL, -1.0, 1e300, 0.0}) {
        o = healthyMap(500);
        o.usesDouble = false;
        o.unit = ArithmeticUnit::Tensor;
        for (const std::string& name : countedMetricNames())
            o.launches[0].metrics[name] = value;
        for (const char* name :
             {"gpu__time_duration.sum", "dram__bytes_read.sum", "dram__bytes_write.sum", "sm__cycles_active.avg",
              "sm__cycles_elapsed.max", "lts__t_sectors_lookup_hit.sum", "lts__t_sectors_lookup_miss.sum",
              "smsp__issue_active.avg.pct_of_peak_sustained_active", "sm__inst_executed_pipe_tensor.sum",
              "smsp__average_warps_issue_stalled_barrier_per_issue_active.ratio",
              "smsp__sass_inst_executed_op_local_ld.sum"})
            o.launches[0].metrics[name] = value;
        QVERIFY(isSound(diagnose(o)));
        o.facts.clockMhz = o.facts.dramBytesPerSecond = value;
        QVERIFY(isSound(diagnose(o)));
        o.work = {value, value, value};
        QVERIFY(isSound(diagnose(o)));
    }
}

QTEST_APPLESS_MAIN(TestDiagnosis)
#include "tst_Diagnosis.moc"
