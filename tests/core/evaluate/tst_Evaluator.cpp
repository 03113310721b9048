// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"
#include "evaluate/Evaluator.h"
#include "task/TaskLoader.h"

using namespace warploom;

namespace {

/// A judge whose answers are set by the test.
class FakeJudge : public JudgeClient {
public:
    DeviceFacts deviceFacts;
    std::string wrongSize;
    Verdict faultWhileTiming = Verdict::Ok;
    double candidateTime = 50;
    std::vector<std::string> verified;
    int timedRounds = 0;

    [[nodiscard]] const DeviceFacts& facts() const override { return deviceFacts; }
    Result<> openTask(const Task&) override { return {}; }
    Result<CaseReport> verify(const VerifyQuestion& question, std::stop_token) override
    {
        verified.push_back(question.size);
        CaseReport report;
        report.size = question.size;
        if (question.size == wrongSize) {
            report.verdict = Verdict::Wrong;
            report.message = "wrong at y[0]";
        }
        return report;
    }
    Result<TimingReport> time(const TimingQuestion& question, std::stop_token) override
    {
        TimingReport report;
        if (faultWhileTiming != Verdict::Ok) {
            report.fault = Fault{};
            report.fault->verdict = faultWhileTiming;
            return report;
        }
        timedRounds += question.rounds;
        for (int i = 0; i < question.rounds; ++i) {
            const double drift = 1 + 0.0005 * (i % 3);
            report.rounds.push_back(
                {Microseconds{100 * drift}, Microseconds{100}, {Microseconds{candidateTime * drift}}, false});
        }
        return report;
    }
    Result<ModelledTime> model(const CandidateSpec& candidate, const std::string&, std::stop_token) override
    {
        ModelledTime modelled;
        modelled.time = Microseconds{candidate.source == "fast" ? 40.0 : 100.0};
        return modelled;
    }
};

}  // namespace

class tst_Evaluator : public QObject {
    Q_OBJECT

private:
    Task m_task;
    FakeJudge m_judge;
    CandidateSpec m_fast{"fast", "kernel.cu", {}, {}};
    Opponent m_baseline{{"slow", "kernel.cu", {}, {}}, std::nullopt};

private slots:
    void initTestCase()
    {
        auto task = loadTask(test::sourceFolder() / "kernels" / "softmax");
        QVERIFY_RESULT(task);
        m_task = *task;
    }

    void init() { m_judge = FakeJudge(); }

    void verifiesEverySizeThenTimes()
    {
        Evaluator evaluator(m_judge, m_task);
        const auto record = evaluator.evaluate(m_fast, m_baseline, {});
        QVERIFY_RESULT(record);
        QCOMPARE(record->verdict, Verdict::Ok);
        QCOMPARE(record->trust, 2);
        QCOMPARE(m_judge.verified.size(), m_task.verifySizes().size());
        QVERIFY(std::abs(record->speedup->estimate - 2) < 0.01);
        QVERIFY(record->provisional);
        QVERIFY(!record->modelled);
        QVERIFY(record->rounds >= 8);
    }

    void chainsTheSpeedupThroughTheIncumbent()
    {
        Evaluator evaluator(m_judge, m_task);
        const Opponent incumbent{{"better", "kernel.cu", {}, {}}, Interval{3, 2.9, 3.1}};
        const auto record = evaluator.evaluate(m_fast, incumbent, {});
        QVERIFY_RESULT(record);
        QVERIFY(std::abs(record->speedup->estimate - 6) < 0.05);
        QVERIFY(record->speedup->low < 5.9 && record->speedup->high > 6.1);
    }

    void neverTimesWhatIsWrong()
    {
        m_judge.wrongSize = m_task.verifySizes().back()->name;
        Evaluator evaluator(m_judge, m_task);
        const auto record = evaluator.evaluate(m_fast, m_baseline, {});
        QVERIFY_RESULT(record);
        QCOMPARE(record->verdict, Verdict::Wrong);
        QCOMPARE(record->trust, 1);
        QVERIFY(!record->time && !record->speedup);
        QCOMPARE(m_judge.timedRounds, 0);
        QVERIFY(record->message.find(m_judge.wrongSize) != std::string::npos);
    }

    void stopsEarlyOnHopelessCandidates()
    {
        m_judge.candidateTime = 500;
        Evaluator evaluator(m_judge, m_task);
        const auto record = evaluator.evaluate(m_fast, m_baseline, {});
        QVERIFY_RESULT(record);
        QCOMPARE(m_judge.timedRounds, 2);
        QVERIFY(std::abs(record->speedup->estimate - 0.2) < 0.01);
    }

    void turnsAFaultWhileTimingIntoTheVerdict()
    {
        m_judge.faultWhileTiming = Verdict::Timeout;
        Evaluator evaluator(m_judge, m_task);
        const auto record = evaluator.evaluate(m_fast, m_baseline, {});
        QVERIFY_RESULT(record);
        QCOMPARE(record->verdict, Verdict::Timeout);
        QVERIFY(!record->speedup);
    }

    void modelsOnTheEmulatorAndSaysSo()
    {
        m_judge.deviceFacts.modelled = true;
        Evaluator evaluator(m_judge, m_task);
        const auto record = evaluator.evaluate(m_fast, m_baseline, {});
        QVERIFY_RESULT(record);
        QVERIFY(record->modelled);
        QCOMPARE(m_judge.timedRounds, 0);
        QCOMPARE(m_judge.verified.size(), m_task.emulatorSizes().size());
        QCOMPARE(record->speedup->estimate, 2.5);
    }

    void keepsTheCompilersWords()
    {
        CompileFailure failure;
        failure.log = "kernel.cu(3): error: identifier \"y\" is undefined";
        failure.diagnostics.push_back(
            {Diagnostic::Severity::Error, {"kernel.cu", 3, 5}, "20", "identifier \"y\" is undefined", {}});
        const EvaluationRecord record = Evaluator::compileError(failure);
        QCOMPARE(record.verdict, Verdict::CompileError);
        QCOMPARE(record.message, std::string("kernel.cu:3:5: identifier \"y\" is undefined"));
    }
};

QTEST_APPLESS_MAIN(tst_Evaluator)
#include "tst_Evaluator.moc"
