// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <algorithm>
#include <cmath>

#include "analysis/Figures.h"
#include "analysis/OccupancyStep.h"

using namespace warploom;

namespace {

DeviceFacts facts()
{
    DeviceFacts facts;
    facts.name = "a card";
    facts.multiprocessors = 100;
    facts.clockMhz = 1000;
    facts.dramBytesPerSecond = 1e12;
    facts.fp32FlopsPerSecond = 1e13;
    return facts;
}

Observation observed(const std::string& kernel, double microseconds)
{
    Observation observation;
    observation.facts = facts();
    observation.work = {8e6, 2e6, 1e6};
    observation.time = Microseconds(microseconds);
    ObservedLaunch launch;
    launch.shape = {kernel, 1000, 256, Bytes{1024}};
    launch.resources.emplace();
    launch.resources->loweredName = kernel;
    launch.resources->registers = 40;
    launch.counts.emplace();
    launch.counts->warpInstructions = 1000;
    launch.counts->threadInstructions = 16'000;
    launch.counts->globalLoadRequests = 100;
    launch.counts->globalLoadSectors = 800;
    launch.counts->globalLoadBytes = 12'800;
    observation.launches.push_back(std::move(launch));
    return observation;
}

const Figure* named(const std::vector<Figure>& figures, const std::string& name)
{
    const auto found = std::find_if(figures.begin(), figures.end(), [&](const Figure& f) { return f.name == name; });
    return found == figures.end() ? nullptr : &*found;
}

}  // namespace

class TestProfileFigures : public QObject {
    Q_OBJECT

private slots:
    void saysWhereTheyAreFrom();
    void nothingIsMadeUp();
    void comparesByThePlaceInThePlan();
    void metricsOfTheCardAreMeasured();
    void stepsRaiseOccupancy_data();
    void stepsRaiseOccupancy();
    void fullOccupancyHasNoStep();
    void observationsTravel();
};

void TestProfileFigures::saysWhereTheyAreFrom()
{
    Observation observation = observed("k", 20);
    auto figures = figuresOf(observation);
    QCOMPARE(named(figures, "time")->origin, FigureOrigin::Measured);
    QCOMPARE(named(figures, "registers")->origin, FigureOrigin::Static);
    QCOMPARE(named(figures, "smsp__inst_executed.sum")->origin, FigureOrigin::Counted);
    // 10 MB at 1 TB/s are 10 µs.
    QVERIFY(std::abs(named(figures, "share_of_peak")->value - 50) < 1e-9);
    QCOMPARE(named(figures, "active_lanes")->value, 50.0);
    QCOMPARE(named(figures, "load_sectors_per_request")->value, 8.0);
    QCOMPARE(named(figures, "load_bytes_used")->value, 50.0);
    observation.facts.modelled = true;
    QCOMPARE(named(figuresOf(observation), "time")->origin, FigureOrigin::Modelled);
}

void TestProfileFigures::nothingIsMadeUp()
{
    Observation observation = observed("k", 0);
    observation.launches.front().counts.reset();
    observation.launches.front().resources.reset();
    const auto figures = figuresOf(observation);
    for (const char* name : {"time", "registers", "smsp__inst_executed.sum", "active_lanes", "load_bytes_used"})
        QVERIFY2(named(figures, name) == nullptr, name);
    QVERIFY(figuresOf({}).empty());
}

void TestProfileFigures::comparesByThePlaceInThePlan()
{
    const auto own = figuresOf(observed("tiled", 10));
    Observation before = observed("naive", 20);
    before.launches.front().resources->registers = 20;
    const auto compared = compareFigures(own, figuresOf(before));
    QCOMPARE(compared.size(), own.size());
    QCOMPARE(compared.front().own.name, std::string("time"));
    QCOMPARE(*compared.front().ratio(), 0.5);
    const auto registers =
        std::find_if(compared.begin(), compared.end(), [](const auto& row) { return row.own.name == "registers"; });
    QVERIFY(registers != compared.end());
    QCOMPARE(registers->own.kernel, std::string("tiled"));
    QCOMPARE(*registers->other, 20.0);
    // What is equal comes after what is not.
    const auto equal = std::find_if(compared.begin(), compared.end(),
                                    [](const auto& row) { return row.own.name == "smsp__inst_executed.sum"; });
    QVERIFY(registers < equal);
    QCOMPARE(*equal->ratio(), 1.0);
    // A pipe that was hardly used and still is says less than half as many sectors.
    const auto put = [](Observation& observation, double pipe, double sectors) {
        observation.launches.front().metrics = {
            {"sm__pipe_tensor_cycles_active.avg.pct_of_peak_sustained_active", pipe},
            {"lts__t_sectors_op_read.sum", sectors}};
    };
    Observation now = observed("tiled", 10);
    put(now, 2, 5e6);
    put(before, 0.004, 1e7);
    const auto ranked = compareFigures(figuresOf(now), figuresOf(before));
    const auto placeOf = [&](const std::string& name) {
        return std::find_if(ranked.begin(), ranked.end(), [&](const auto& row) { return row.own.name == name; });
    };
    QVERIFY(placeOf("lts__t_sectors_op_read.sum")
            < placeOf("sm__pipe_tensor_cycles_active.avg.pct_of_peak_sustained_active"));
    QVERIFY(placeOf("sm__pipe_tensor_cycles_active.avg.pct_of_peak_sustained_active") != ranked.end());
    // A modelled time is none to hold a measured one against.
    before.facts.modelled = true;
    QVERIFY(!compareFigures(own, figuresOf(before)).front().other);
}

void TestProfileFigures::metricsOfTheCardAreMeasured()
{
    Observation observation = observed("k", 20);
    observation.launches.front().metrics = {{"dram__bytes_read.sum", 9e6}, {"smsp__nonsense.ratio", std::nan("")}};
    const auto figures = figuresOf(observation);
    QCOMPARE(named(figures, "dram__bytes_read.sum")->origin, FigureOrigin::Measured);
    QCOMPARE(named(figures, "dram__bytes_read.sum")->value, 9e6);
    QVERIFY(named(figures, "smsp__nonsense.ratio") == nullptr);
}

void TestProfileFigures::stepsRaiseOccupancy_data()
{
    QTest::addColumn<quint32>("threads");
    QTest::addColumn<quint32>("registers");
    QTest::addColumn<quint64>("shared");
    QTest::addColumn<std::string>("need");
    QTest::addColumn<quint64>("to");
    // 65536 registers: 8 blocks of 256 threads need at most 32 each; 7 blocks 36, 6 blocks 40.
    QTest::newRow("registers") << 256u << 41u << quint64{0} << std::string("registers") << quint64{40};
    // 228 KiB: a block of 100 KiB fits twice (with its own KiB), of 75 KiB less one KiB three times.
    QTest::newRow("shared memory") << 256u << 32u << quint64{100 * 1024} << std::string("shared-memory")
                                   << quint64{75 * 1024};
    // 2048 threads hold two blocks of 768, and two of 800.
    QTest::newRow("threads") << 768u << 16u << quint64{0} << std::string("threads") << quint64{800};
}

void TestProfileFigures::stepsRaiseOccupancy()
{
    QFETCH(quint32, threads);
    QFETCH(quint32, registers);
    QFETCH(quint64, shared);
    QFETCH(std::string, need);
    QFETCH(quint64, to);
    const BlockNeeds needs{threads, registers, Bytes{shared}};
    const auto steps = occupancySteps(needs, facts());
    const auto step = std::find_if(steps.begin(), steps.end(), [&](const auto& s) { return s.need == need; });
    QVERIFY(step != steps.end());
    QCOMPARE(step->to, std::uint64_t{to});
    QVERIFY(step->occupancy.fraction > occupancy(needs, facts()).fraction);
}

void TestProfileFigures::fullOccupancyHasNoStep()
{
    QVERIFY(occupancySteps({256, 32, Bytes{0}}, facts()).empty());
    QVERIFY(occupancySteps({}, facts()).empty());
}

void TestProfileFigures::observationsTravel()
{
    Observation observation = observed("k", 20);
    observation.unit = ArithmeticUnit::Tensor;
    observation.usesDouble = false;
    observation.zeroBytes = 12;
    observation.launches.front().metrics = {{"dram__bytes_read.sum", 9e6}};
    observation.launches.front().mix = InstructionMix{"k", true, {{InstructionClass::Tensor, 4}}};
    const auto json = nlohmann::json(observation);
    const auto again = json.get<Observation>();
    QCOMPARE(nlohmann::json(again).dump(), json.dump());
    QCOMPARE(again.launches.front().mix->counts.at(InstructionClass::Tensor), 4u);
    QCOMPARE(figuresOf(again).size(), figuresOf(observation).size());
}

QTEST_APPLESS_MAIN(TestProfileFigures)
#include "tst_ProfileFigures.moc"
