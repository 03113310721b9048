// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include "engine/SpeedLimit.h"

using namespace warploom;

class TestSpeedLimit : public QObject {
    Q_OBJECT

private slots:
    void standing()
    {
        QCOMPARE(standingOf({}), std::string());
        Diagnosis diagnosis = boundByMemory(0.91);
        QCOMPARE(standingOf(diagnosis), std::string("memory-bandwidth, 91 % of the theoretical peak"));
        diagnosis.findings.push_back(finding("memory-bound", 1.0));
        diagnosis.findings.push_back(finding("tail-effect", 1.05));
        QCOMPARE(standingOf(diagnosis),
                 std::string("memory-bandwidth, 91 % of the theoretical peak; remaining: tail-effect up to 1.05×"));
    }

    void limit()
    {
        QVERIFY(isAtLimit(timed({{150, 180}}), boundByMemory(0.91)));
        QVERIFY(!isAtLimit(timed({{150, 180}}), boundByMemory(0.88)));
        QVERIFY(!isAtLimit(timed({}), boundByMemory(0.91)));
        // One size stands for all only where they are alike.
        QVERIFY(isAtLimit(timed({{150, 180}, {300, 365}}), boundByMemory(0.91)));
        QVERIFY(!isAtLimit(timed({{150, 180}, {300, 900}}), boundByMemory(0.91)));
        // A unit that is busy, but not with the task's work or not the fastest for it, is no limit.
        QVERIFY(!isAtLimit(timed({{52, 232}}), boundByMemory(1.0)));
        // What was measured has been reached, so more of it can be asked for.
        Diagnosis measured = boundByMemory(0.95);
        measured.peakOrigin = PeakOrigin::Measured;
        QVERIFY(!isAtLimit(timed({{150, 180}}), measured));
        measured.shareOfPeak = 1.02;
        QVERIFY(isAtLimit(timed({{150, 180}}), measured));
    }

    void notOnTheEmulator()
    {
        auto record = timed({{150, 180}});
        record.modelled = true;
        QVERIFY(!isAtLimit(record, boundByMemory(0.99)));
        Diagnosis modelled = boundByMemory(0.99);
        modelled.peakOrigin = PeakOrigin::Modelled;
        QVERIFY(!isAtLimit(timed({{150, 180}}), modelled));
        QVERIFY(!isAtLimit(timed({{150, 180}}), {}));
    }

private:
    static Diagnosis boundByMemory(double share)
    {
        Diagnosis diagnosis;
        diagnosis.primary = Bottleneck::MemoryBandwidth;
        diagnosis.shareOfPeak = share;
        return diagnosis;
    }

    static Finding finding(const std::string& rule, double gain)
    {
        Finding made;
        made.rule = rule;
        made.mostGain = gain;
        return made;
    }

    /// Floor and time of each size, microseconds.
    static EvaluationRecord timed(const std::vector<std::pair<double, double>>& sizes)
    {
        EvaluationRecord record;
        record.evidence["floor"] = nlohmann::json::array();
        for (const auto& [floor, time] : sizes)
            record.evidence["floor"].push_back({{"memory_us", floor}, {"arithmetic_us", 1.0}, {"time_us", time}});
        return record;
    }
};

QTEST_APPLESS_MAIN(TestSpeedLimit)
#include "tst_SpeedLimit.moc"
