// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include "device/cuda/CuptiActivity.h"
#include "device/cuda/MetricPlan.h"
#include "protocol/MetricTiers.h"

using namespace warploom;

// What CUPTI's database says needs no GPU. Pass counts are of GH100 with CUPTI 13.0.

class TestMetricPlan : public QObject {
    Q_OBJECT

private slots:
    void tiersAreDistinct();
    void passesOfATier_data();
    void passesOfATier();
    void unknownNamesAreLeftOut();
    void unknownChip();
};

void TestMetricPlan::tiersAreDistinct()
{
    QVERIFY(!metricTierFromLetter('F'));
    QVERIFY(!metricTierFromLetter('a'));
    QCOMPARE(metricTierFromLetter('C'), std::optional(MetricTier::Stalls));
    auto all = metricsUpTo(MetricTier::Mix);
    QCOMPARE(all.size(), std::size_t{65});
    std::sort(all.begin(), all.end());
    QVERIFY(std::adjacent_find(all.begin(), all.end()) == all.end());
    QCOMPARE(metricsUpTo(MetricTier::Summary).size(), metricsOf(MetricTier::Summary).size());
}

#if WARPLOOM_HAS_CUPTI_RANGES

namespace {

/// Null where CUPTI is not installed, or cannot be: it binds its database in a way (RTLD_DEEPBIND) that sanitizers end
/// the process for.
std::shared_ptr<const Cupti> installedCupti()
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return nullptr;
#endif
    const auto cupti = Cupti::open(CuptiActivity::usualLibraries());
    return cupti ? *cupti : nullptr;
}

}  // namespace

void TestMetricPlan::passesOfATier_data()
{
    QTest::addColumn<char>("tier");
    QTest::addColumn<std::size_t>("passes");
    QTest::newRow("summary") << 'A' << std::size_t{1};
    QTest::newRow("stalls") << 'C' << std::size_t{7};
    QTest::newRow("pipes") << 'D' << std::size_t{10};
    QTest::newRow("all") << 'E' << std::size_t{11};
}

void TestMetricPlan::passesOfATier()
{
    const auto cupti = installedCupti();
    if (!cupti)
        QSKIP("CUPTI is not installed, or this build has sanitizers");
    QFETCH(char, tier);
    const auto wanted = metricsUpTo(*metricTierFromLetter(tier));
    const auto plan = MetricPlan::make(cupti, "GH100", wanted);
    QVERIFY_RESULT(plan);
    QVERIFY((*plan)->unknown().empty());
    QCOMPARE((*plan)->metrics(), wanted);
    QVERIFY(!(*plan)->configImage().empty());
    QTEST((*plan)->passes(), "passes");
}

void TestMetricPlan::unknownNamesAreLeftOut()
{
    const auto cupti = installedCupti();
    if (!cupti)
        QSKIP("CUPTI is not installed, or this build has sanitizers");
    const auto plan = MetricPlan::make(
        cupti, "GH100", {"smsp__inst_executed.sum", "launch__registers_per_thread", "dram__bytes_read.sum"});
    QVERIFY_RESULT(plan);
    QCOMPARE((*plan)->unknown(), (std::vector<std::string>{"launch__registers_per_thread"}));
    QCOMPARE((*plan)->metrics(), (std::vector<std::string>{"smsp__inst_executed.sum", "dram__bytes_read.sum"}));
    QCOMPARE((*plan)->passes(), std::size_t{1});
    const auto none = MetricPlan::make(cupti, "GH100", {"nonsense"});
    QVERIFY(!none);
    QCOMPARE(none.error().code, ErrorCode::Unsupported);
}

void TestMetricPlan::unknownChip()
{
    const auto cupti = installedCupti();
    if (!cupti)
        QSKIP("CUPTI is not installed, or this build has sanitizers");
    const auto plan = MetricPlan::make(cupti, "ZZ999", {"smsp__inst_executed.sum"});
    QVERIFY(!plan);
    QVERIFY2(plan.error().message.find("ZZ999") != std::string::npos, plan.error().message.c_str());
}

#else

void TestMetricPlan::passesOfATier_data() { QTest::addColumn<int>("none"); }
void TestMetricPlan::passesOfATier() { QSKIP("built without CUPTI's headers"); }
void TestMetricPlan::unknownNamesAreLeftOut() { QSKIP("built without CUPTI's headers"); }
void TestMetricPlan::unknownChip() { QSKIP("built without CUPTI's headers"); }

#endif

QTEST_APPLESS_MAIN(TestMetricPlan)
#include "tst_MetricPlan.moc"
