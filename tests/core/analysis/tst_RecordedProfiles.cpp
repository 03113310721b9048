// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <fstream>

#include "TestSupport.h"
#include "analysis/Diagnosis.h"
#include "analysis/Figures.h"

using namespace warploom;
using namespace warploom::test;

namespace {

Observation recorded(const QString& name)
{
    std::ifstream file(sourceFolder() / "tests" / "fixtures" / "profile" / "h200" / (name.toStdString() + ".json"));
    return nlohmann::json::parse(file).at("observation").get<Observation>();
}

std::vector<std::string> rulesOf(const Diagnosis& diagnosis)
{
    std::vector<std::string> rules;
    for (const Finding& finding : diagnosis.findings)
        rules.push_back(finding.rule);
    return rules;
}

}  // namespace

/// The rules on what an H200's counters have said, not on made-up figures.
class TestRecordedProfiles : public QObject {
    Q_OBJECT

private slots:
    void findings_data();
    void findings();
    void lanesAreThoseOfOneOrigin();
    void evolvedKernelsAreCloserToThePeak_data();
    void evolvedKernelsAreCloserToThePeak();
};

void TestRecordedProfiles::findings_data()
{
    QTest::addColumn<QString>("first");
    QTest::addColumn<QStringList>("never");
    const auto add = [](const char* name, const char* first, const QStringList& never) {
        QTest::newRow(name) << QString::fromLatin1(first) << never;
    };
    const QString divergence = QStringLiteral("divergence");
    const QString loads = QStringLiteral("uncoalesced-loads");
    const QString stores = QStringLiteral("uncoalesced-stores");
    add("vector_add-baseline", "narrow-loads", {divergence, loads, stores});
    add("reduce_sum-baseline", "atomics-contention", {divergence, loads, stores});
    add("softmax-baseline", "launch-too-small", {divergence});
    add("layernorm-baseline", "launch-too-small", {divergence});
    add("transpose-baseline", "uncoalesced-stores", {divergence, loads});
    add("sgemm-baseline", "redundant-loads", {divergence, stores});
    add("histogram-baseline", "atomics-contention", {loads});
    add("conv2d-baseline", "redundant-loads", {divergence, stores});
    add("vector_add-best", "memory-bound", {divergence, loads, stores, QStringLiteral("narrow-loads")});
    add("softmax-best", "l2-thrash", {loads, stores, QStringLiteral("launch-too-small")});
    add("layernorm-best", "redundant-loads", {loads, stores, QStringLiteral("launch-too-small")});
    add("sgemm-best", "shared-traffic", {divergence, stores});
    add("histogram-best", "memory-bound", {loads, QStringLiteral("atomics-contention")});
}

void TestRecordedProfiles::findings()
{
    QFETCH(QString, first);
    QFETCH(QStringList, never);
    const Diagnosis diagnosis = diagnose(recorded(QString::fromLatin1(QTest::currentDataTag())));
    const auto rules = rulesOf(diagnosis);
    QVERIFY(!rules.empty());
    QCOMPARE(QString::fromStdString(rules.front()), first);
    for (const QString& rule : never)
        QVERIFY2(std::ranges::find(rules, rule.toStdString()) == rules.end(), qPrintable(rule));
    for (const Finding& finding : diagnosis.findings) {
        QVERIFY(finding.leastGain >= 1 && finding.mostGain >= finding.leastGain);
        QVERIFY(finding.mostGain <= 1 / diagnosis.shareOfPeak * 1.0001);
    }
}

/// SASS of vector_add has nearly twice as many instructions as its PTX: lanes of the one over instructions of the other
/// would say that half of them idle.
void TestRecordedProfiles::lanesAreThoseOfOneOrigin()
{
    const Observation observation = recorded(QStringLiteral("vector_add-baseline"));
    const ObservedLaunch& launch = observation.launches.front();
    const auto lanes = launch.pairOf("smsp__thread_inst_executed.sum", "smsp__inst_executed.sum");
    QVERIFY(lanes && !lanes->isMeasured);
    // But for predicated instructions all lanes are there; over the card's instructions it would be 17.6.
    QCOMPARE(lanes->first / lanes->second, 352.0 / 12);
    const auto sectors = launch.pairOf("l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum",
                                       "l1tex__t_requests_pipe_lsu_mem_global_op_ld.sum");
    QVERIFY(sectors && sectors->isMeasured);
    for (const Figure& figure : figuresOf(observation))
        if (figure.name == "active_lanes") {
            QCOMPARE(figure.value, 100 * 11.0 / 12);
            QVERIFY(figure.origin == FigureOrigin::Counted);
        }
}

void TestRecordedProfiles::evolvedKernelsAreCloserToThePeak_data()
{
    QTest::addColumn<int>("unused");
    for (const char* task : {"vector_add", "softmax", "layernorm", "transpose", "sgemm", "histogram"})
        QTest::newRow(task) << 0;
}

void TestRecordedProfiles::evolvedKernelsAreCloserToThePeak()
{
    const QString task = QString::fromLatin1(QTest::currentDataTag());
    const double before = diagnose(recorded(task + QStringLiteral("-baseline"))).shareOfPeak;
    const double after = diagnose(recorded(task + QStringLiteral("-best"))).shareOfPeak;
    QVERIFY(before > 0 && after > before && after <= 1);
}

QTEST_APPLESS_MAIN(TestRecordedProfiles)
#include "tst_RecordedProfiles.moc"
