// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "profiler/ProfileViews.h"
#include "profiler/RooflineHistory.h"

using namespace warploom;

namespace {

VariantProfile profileOf(double microseconds, const std::string& size = "large")
{
    VariantProfile profile;
    profile.size = size;
    Observation& observation = profile.observation;
    observation.facts.name = "NVIDIA H200";
    observation.facts.uuid = "GPU-1";
    observation.facts.driver = "580.1";
    observation.facts.clockMhz = 1980;
    observation.facts.multiprocessors = 132;
    observation.facts.dramBytesPerSecond = 4.8e12;
    observation.facts.fp32FlopsPerSecond = 66.9e12;
    observation.work = {3e8, 1e8, 8e9};
    observation.time = Microseconds(microseconds);
    return profile;
}

/// As the card would count it: twice the least bytes from DRAM, more from L2, most from L1 and shared memory.
VariantProfile countedProfile(double microseconds)
{
    VariantProfile profile = profileOf(microseconds);
    ObservedLaunch launch;
    launch.metrics = {{"dram__bytes_read.sum", 6e8},
                      {"dram__bytes_write.sum", 2e8},
                      {"lts__t_sectors_op_read.sum", 4e7},
                      {"lts__t_sectors_op_write.sum", 1e7},
                      {"l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum", 5e7},
                      {"l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum", 1e7},
                      {"l1tex__data_pipe_lsu_wavefronts_mem_shared_op_ld.sum", 9e6},
                      {"l1tex__data_pipe_lsu_wavefronts_mem_shared_op_st.sum", 1e6}};
    profile.observation.launches = {launch};
    return profile;
}

const RooflinePoint* named(const RooflineData& data, const std::string& name, const std::string& level = {})
{
    for (const RooflinePoint& point : data.points)
        if (point.name == name && point.level == level)
            return &point;
    return nullptr;
}

}  // namespace

class TestRooflineHistory : public QObject {
    Q_OBJECT

private slots:
    void withoutCountersThePointIsByWork();
    void everyCountedLevelIsAPoint();
    void emulatorCountsL1();
    void roofsAreMeasuredWhereTheyAre();
    void lineageIsAPath();
    void whatWasProfiledStandsOnThePathAsCounted();
    void othersStayUntilThePlaceChanges();
    void withoutArithmeticThereIsNoPoint();
};

void TestRooflineHistory::withoutCountersThePointIsByWork()
{
    RooflineHistory history;
    history.show(profileOf(200), "#4", 4);
    const RooflineData data = history.data();
    QCOMPARE(data.points.size(), std::size_t{1});
    QVERIFY(data.points[0].isByWork);
    QCOMPARE(data.points[0].intensity, 20.0);
    QCOMPARE(data.points[0].perSecond, 4e13);
    QCOMPARE(data.points[0].role, RooflineRole::Selected);
    QCOMPARE(data.points[0].variant, std::int64_t{4});
    QCOMPARE(*data.idealIntensity, 20.0);
    QCOMPARE(data.idealUnit, std::string("f32"));
    QVERIFY(data.path.empty());
}

void TestRooflineHistory::everyCountedLevelIsAPoint()
{
    RooflineHistory history;
    history.show(countedProfile(200), "#4", 4);
    const RooflineData data = history.data();
    QCOMPARE(data.points.size(), std::size_t{3});
    QVERIFY(!named(data, "#4")->isByWork);
    QCOMPARE(named(data, "#4")->intensity, 10.0);
    QCOMPARE(named(data, "#4", "L2")->intensity, 8e9 / (32 * 5e7));
    QCOMPARE(named(data, "#4", "L1")->intensity, 8e9 / (32 * 6e7 + 128 * 1e7));
    for (const RooflinePoint& point : data.points)
        QCOMPARE(point.perSecond, 4e13);
}

void TestRooflineHistory::emulatorCountsL1()
{
    VariantProfile profile = profileOf(200);
    profile.observation.facts.modelled = true;
    ObservedLaunch launch;
    launch.counts.emplace();
    launch.counts->globalLoadSectors = 50'000'000;
    launch.counts->globalStoreSectors = 10'000'000;
    launch.counts->sharedWavefronts = 10'000'000;
    profile.observation.launches = {launch};
    RooflineHistory history;
    history.show(profile, "#4", 4);
    const RooflineData data = history.data();
    QCOMPARE(data.points.size(), std::size_t{2});
    QVERIFY(named(data, "#4")->isByWork);
    QCOMPARE(named(data, "#4", "L1")->intensity, 8e9 / (32 * 6e7 + 128 * 1e7));
    QVERIFY(data.isModelled);
    for (const RooflineRoof& roof : data.roofs)
        QCOMPARE(roof.origin, PeakOrigin::Modelled);
}

void TestRooflineHistory::roofsAreMeasuredWhereTheyAre()
{
    VariantProfile profile = profileOf(200);
    DevicePeaks measured;
    measured.gpuUuid = "GPU-1";
    measured.driver = "580.1";
    measured.figures = {{PeakRoof::Dram, "read", 4.4e12, {}, 21, {}},
                        {PeakRoof::L2, "cg", 7e12, {}, 21, {}},
                        {PeakRoof::Fp32, "fma", 9e13, {}, 21, {}}};
    profile.observation.measuredPeaks = measured;
    RooflineHistory history;
    history.show(profile, "#4", 4);
    const RooflineData data = history.data();
    QCOMPARE(data.roofs.size(), std::size_t{4});
    QCOMPARE(data.roofs[0].perSecond, 4.4e12);
    QCOMPARE(data.roofs[0].method, std::string("read"));
    QCOMPARE(data.roofs[1].name, std::string("L2"));
    QCOMPARE(data.roofs[2].origin, PeakOrigin::Theoretical);
    // More than the card can do.
    QCOMPARE(data.roofs[3].origin, PeakOrigin::Theoretical);
    QCOMPARE(data.remarks.size(), std::size_t{1});
}

void TestRooflineHistory::lineageIsAPath()
{
    RooflineHistory history;
    history.show(profileOf(200), "#4", 4);
    history.setAncestors({{1, "#1 baseline", Microseconds(800)},
                          {2, "#2", std::nullopt},
                          {3, "#3", Microseconds(400)},
                          {7, "#7 parent", Microseconds(250)}});
    const RooflineData data = history.data();
    QCOMPARE(data.path.size(), std::size_t{4});
    std::vector<std::string> names;
    for (const std::size_t index : data.path)
        names.push_back(data.points.at(index).name);
    QCOMPARE(names, (std::vector<std::string>{"#1 baseline", "#3", "#7 parent", "#4"}));
    QCOMPARE(named(data, "#1 baseline")->role, RooflineRole::Baseline);
    QCOMPARE(named(data, "#1 baseline")->perSecond, 1e13);
    QVERIFY(named(data, "#1 baseline")->isByWork);
    QCOMPARE(named(data, "#7 parent")->role, RooflineRole::Parent);
    QCOMPARE(named(data, "#3")->role, RooflineRole::Other);
    QCOMPARE(named(data, "#3")->variant, std::int64_t{3});
}

void TestRooflineHistory::whatWasProfiledStandsOnThePathAsCounted()
{
    RooflineHistory history;
    history.show(countedProfile(800), "#1", 1);
    history.show(profileOf(200), "#4", 4);
    history.setAncestors({{1, "#1 baseline", Microseconds(790)}});
    const RooflineData data = history.data();
    QCOMPARE(data.points.size(), std::size_t{2});
    QVERIFY(!named(data, "#1 baseline")->isByWork);
    QCOMPARE(named(data, "#1 baseline")->intensity, 10.0);
    QCOMPARE(data.path, (std::vector<std::size_t>{0, 1}));
    // The baseline itself, shown again, has nothing before it.
    history.show(countedProfile(800), "#1", 1);
    QVERIFY(history.data().path.empty());
    QCOMPARE(history.data().points.size(), std::size_t{4});
}

void TestRooflineHistory::othersStayUntilThePlaceChanges()
{
    RooflineHistory history;
    history.show(profileOf(200), "a draft", 0);
    history.show(profileOf(300), "another", 0);
    history.show(profileOf(150), "a draft", 0);
    RooflineData data = history.data();
    QCOMPARE(data.points.size(), std::size_t{2});
    QCOMPARE(named(data, "another")->role, RooflineRole::Other);
    QVERIFY(std::abs(named(data, "a draft")->perSecond / (8e9 / 150e-6) - 1) < 1e-12);
    history.show(profileOf(150, "small"), "a draft", 0);
    QCOMPARE(history.data().points.size(), std::size_t{1});
}

void TestRooflineHistory::withoutArithmeticThereIsNoPoint()
{
    VariantProfile profile = profileOf(200);
    profile.observation.work.flops = 0;
    RooflineHistory history;
    history.show(profile, "#4", 4);
    history.setAncestors({{1, "#1 baseline", Microseconds(800)}});
    QVERIFY(history.data().points.empty());
    QVERIFY(!history.data().idealIntensity);
}

QTEST_APPLESS_MAIN(TestRooflineHistory)
#include "tst_RooflineHistory.moc"
