// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "analysis/Diagnosis.h"
#include "analysis/Figures.h"

using namespace warploom;

namespace {

DeviceFacts h200()
{
    DeviceFacts facts;
    facts.name = "NVIDIA H200";
    facts.uuid = "GPU-1";
    facts.driver = "580.1";
    facts.architecture = "sm_90";
    facts.multiprocessors = 132;
    facts.clockMhz = 1980;
    facts.l2Size = {60u << 20};
    facts.dramBytesPerSecond = 4.8e12;
    facts.fp32FlopsPerSecond = 66.9e12;
    facts.fp64FlopsPerSecond = 66.9e12;
    facts.tensorFlopsPerSecond = 989e12;
    facts.tf32FlopsPerSecond = 494e12;
    return facts;
}

PeakFigure figure(PeakRoof roof, const char* method, double perSecond)
{
    return {roof, method, perSecond, Microseconds(2000), 21, {}};
}

DevicePeaks measured()
{
    DevicePeaks peaks;
    peaks.gpuUuid = "GPU-1";
    peaks.driver = "580.1";
    peaks.figures = {figure(PeakRoof::Dram, "read", 4.4e12),       figure(PeakRoof::Dram, "copy", 4.1e12),
                     figure(PeakRoof::L2, "ld.global.cg", 7e12),   figure(PeakRoof::L1, "ld.shared.v4", 3.3e13),
                     figure(PeakRoof::Fp32, "fma.f32", 64e12),     figure(PeakRoof::Fp64, "fma.f64", 33e12),
                     figure(PeakRoof::Tensor, "mma.sync", 620e12), figure(PeakRoof::Tensor, "wgmma", 900e12)};
    return peaks;
}

/// 400 + 400 MB in 200 µs: 4 TB/s.
Observation copying()
{
    Observation observation;
    observation.facts = h200();
    observation.work = {4e8, 4e8, 1e8};
    observation.time = Microseconds(200);
    return observation;
}

bool has(const std::vector<std::string>& texts, const std::string& part)
{
    return std::any_of(texts.begin(), texts.end(),
                       [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

}  // namespace

class TestPeaks : public QObject {
    Q_OBJECT

private slots:
    void theBestMethodCounts();
    void withoutMeasurementTheyAreTheoretical();
    void emulatorsAreModelled();
    void othersAreLeftAside_data();
    void othersAreLeftAside();
    void suspiciousOnesAreNotUsed_data();
    void suspiciousOnesAreNotUsed();
    void missingOnesAreSaid();
    void shareOfPeakIsOfTheMeasuredOne();
    void floorStaysTheoretical();
    void goesThroughJson();
};

void TestPeaks::theBestMethodCounts()
{
    const Peaks peaks(h200(), measured());
    QVERIFY(peaks.isAnyMeasured());
    QCOMPARE(peaks.of(PeakRoof::Dram).perSecond, 4.4e12);
    QCOMPARE(peaks.of(PeakRoof::Dram).method, std::string("read"));
    QCOMPARE(peaks.of(PeakRoof::Dram).origin, PeakOrigin::Measured);
    QCOMPARE(peaks.of(PeakRoof::L2).perSecond, 7e12);
    QCOMPARE(peaks.of(PeakRoof::Tensor).perSecond, 900e12);
    QCOMPARE(peaks.of(PeakRoof::Tensor).method, std::string("wgmma"));
    // Nobody has measured it.
    QCOMPARE(peaks.of(PeakRoof::Tf32).origin, PeakOrigin::Theoretical);
    QCOMPARE(peaks.of(PeakRoof::Tf32).perSecond, 494e12);
    QVERIFY(peaks.remarks().empty());
}

void TestPeaks::withoutMeasurementTheyAreTheoretical()
{
    const Peaks peaks(h200());
    QVERIFY(!peaks.isAnyMeasured());
    QCOMPARE(peaks.of(PeakRoof::Fp32).perSecond, 66.9e12);
    QCOMPARE(peaks.of(PeakRoof::L1).perSecond, 128 * 1980e6 * 132);
    QCOMPARE(peaks.of(PeakRoof::L2).perSecond, 0.0);
}

void TestPeaks::emulatorsAreModelled()
{
    DeviceFacts facts = h200();
    facts.modelled = true;
    const Peaks peaks(facts, measured());
    QVERIFY(!peaks.isAnyMeasured());
    QCOMPARE(peaks.of(PeakRoof::Dram).origin, PeakOrigin::Modelled);
    QCOMPARE(peaks.of(PeakRoof::Dram).perSecond, 4.8e12);
}

void TestPeaks::othersAreLeftAside_data()
{
    QTest::addColumn<QString>("uuid");
    QTest::addColumn<QString>("driver");
    QTest::addColumn<int>("revision");
    QTest::newRow("another card") << "GPU-2" << "580.1" << kPeakRevision;
    QTest::newRow("another driver") << "GPU-1" << "590.1" << kPeakRevision;
    QTest::newRow("other benchmarks") << "GPU-1" << "580.1" << kPeakRevision + 1;
}

void TestPeaks::othersAreLeftAside()
{
    QFETCH(const QString, uuid);
    QFETCH(const QString, driver);
    QFETCH(const int, revision);
    DevicePeaks other = measured();
    other.gpuUuid = uuid.toStdString();
    other.driver = driver.toStdString();
    other.revision = revision;
    QVERIFY(!Peaks(h200(), other).isAnyMeasured());
}

void TestPeaks::suspiciousOnesAreNotUsed_data()
{
    QTest::addColumn<PeakRoof>("roof");
    QTest::addColumn<double>("perSecond");
    QTest::addColumn<QString>("remark");
    QTest::newRow("too much") << PeakRoof::Fp32 << 70e12 << "f32: measured 70 TFLOP/s by it, more than the theoretical";
    QTest::newRow("too little") << PeakRoof::Fp32 << 19e12 << "less than 30 % of the theoretical";
    QTest::newRow("just enough") << PeakRoof::Fp32 << 20.5e12 << "";
    QTest::newRow("a timer's grain more") << PeakRoof::Fp32 << 67.2e12 << "";
    QTest::newRow("L2 below DRAM") << PeakRoof::L2 << 4e12 << "L2: measured 4 TB/s by it, less than DRAM's 4.40 TB/s";
    QTest::newRow("L2 above L1") << PeakRoof::L2 << 5e13 << "more than L1's";
    QTest::newRow("infinite") << PeakRoof::Fp32 << std::numeric_limits<double>::infinity() << "";
    QTest::newRow("negative") << PeakRoof::Fp32 << -1.0 << "";
}

void TestPeaks::suspiciousOnesAreNotUsed()
{
    QFETCH(const PeakRoof, roof);
    QFETCH(const double, perSecond);
    QFETCH(const QString, remark);
    DevicePeaks peaks = measured();
    std::erase_if(peaks.figures, [&](const PeakFigure& one) { return one.roof == roof; });
    peaks.figures.push_back(figure(roof, "it", perSecond));
    const Peaks used(h200(), peaks);
    const bool isUsed = remark.isEmpty() && std::isfinite(perSecond) && perSecond > 0;
    QCOMPARE(used.of(roof).origin, isUsed ? PeakOrigin::Measured : PeakOrigin::Theoretical);
    QCOMPARE(used.of(roof).perSecond, isUsed ? perSecond : theoreticalPeak(h200(), roof));
    QCOMPARE(used.remarks().size(), std::size_t(remark.isEmpty() ? 0 : 1));
    QVERIFY2(remark.isEmpty() || has(used.remarks(), remark.toStdString()),
             used.remarks().empty() ? "" : used.remarks().front().c_str());
    QVERIFY(remark.isEmpty() || has(used.remarks(), ": not used"));
}

void TestPeaks::missingOnesAreSaid()
{
    DevicePeaks peaks = measured();
    peaks.figures.front() = {PeakRoof::Dram, "read", 0, {}, 0, "no memory"};
    peaks.notes = {"throttling: power cap"};
    const Peaks used(h200(), peaks);
    QCOMPARE(used.of(PeakRoof::Dram).perSecond, 4.1e12);
    QVERIFY(has(used.remarks(), "DRAM by read was not measured: no memory"));
    QVERIFY(has(used.remarks(), "power cap"));
}

void TestPeaks::shareOfPeakIsOfTheMeasuredOne()
{
    Observation observation = copying();
    const auto share = [](const Observation& of) {
        const auto figures = figuresOf(of);
        const auto found =
            std::find_if(figures.begin(), figures.end(), [](const Figure& one) { return one.name == "share_of_peak"; });
        return found == figures.end() ? 0.0 : found->value / 100;
    };
    QVERIFY(std::abs(diagnose(observation).shareOfPeak - 4 / 4.8) < 1e-9);
    QVERIFY(std::abs(share(observation) - 4 / 4.8) < 1e-9);
    QCOMPARE(diagnose(observation).peakOrigin, PeakOrigin::Theoretical);
    observation.measuredPeaks = measured();
    const Diagnosis diagnosis = diagnose(observation);
    QVERIFY(std::abs(diagnosis.shareOfPeak - 4 / 4.4) < 1e-9);
    QVERIFY(std::abs(share(observation) - 4 / 4.4) < 1e-9);
    QCOMPARE(diagnosis.peakOrigin, PeakOrigin::Measured);
    QVERIFY(std::abs(*observation.mostGain() - 4.4 / 4) < 1e-9);
    const auto limit = std::find_if(diagnosis.findings.begin(), diagnosis.findings.end(),
                                    [](const Finding& finding) { return finding.rule == "memory-bound"; });
    QVERIFY(limit != diagnosis.findings.end());
    QCOMPARE(limit->numbers.at("peak_bytes_per_second"), 4.4e12);
    // 0.8 of what was measured leaves something to gain, 0.8 of the theoretical does not.
    observation.time = Microseconds(8e8 / 4.4e12 * 1e6 / 0.8);
    QCOMPARE(diagnose(observation).findings.size(), std::size_t{0});
    observation.measuredPeaks.reset();
    observation.time = Microseconds(8e8 / 4.8e12 * 1e6 / 0.8);
    QCOMPARE(diagnose(observation).findings.size(), std::size_t{1});
}

void TestPeaks::floorStaysTheoretical()
{
    const Observation observation = copying();
    const Microseconds floor = physicsFloor({8e8, 0, 0}, observation.facts, ArithmeticUnit::Fp32, true).value();
    QVERIFY(std::abs(floor.count() - 0.95 * 8e8 / 4.8e12 * 1e6) < 1e-9);
    // A read that is as fast as the measured one stays above it.
    QVERIFY(floor.count() < 8e8 / 4.4e12 * 1e6);
}

void TestPeaks::goesThroughJson()
{
    Observation observation = copying();
    observation.measuredPeaks = measured();
    observation.measuredPeaks->notes = {"note"};
    const auto json = nlohmann::json(observation);
    const auto back = json.get<Observation>();
    QVERIFY(back.measuredPeaks);
    QVERIFY(nlohmann::json(back) == json);
    const nlohmann::json diagnosis = diagnose(observation);
    QCOMPARE(diagnosis.at("peak_origin").get<std::string>(), std::string("measured"));
    QCOMPARE(diagnosis.get<Diagnosis>().peakOrigin, PeakOrigin::Measured);
    const nlohmann::json peaks = back.peaks();
    const auto& tensor = peaks.at("roofs").at("tensor");
    QCOMPARE(tensor.at("method").get<std::string>(), std::string("wgmma"));
    QCOMPARE(tensor.at("theoretical_per_second").get<double>(), 989e12);
    QVERIFY_THROWS_EXCEPTION(nlohmann::json::exception, nlohmann::json({{"roof", "attic"}}).get<PeakFigure>());
}

QTEST_APPLESS_MAIN(TestPeaks)
#include "tst_Peaks.moc"
