// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <set>

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
    std::string faulty;  ///< source of the member that fails while it is timed or modelled
    std::optional<Error> lost;  ///< of every call
    std::optional<Error> lostAudit;
    std::vector<std::string> notes;
    std::vector<std::string> opponents;  ///< of every timing series
    std::stop_source* cancels = nullptr;  ///< while it times
    double candidateTime = 50;
    std::vector<std::string> verified;  ///< known sizes
    std::vector<VerifyQuestion> hidden;
    std::optional<Distribution> wrongDistribution;
    bool voidHidden = false;
    double error = 0.01;  ///< of candidates, root mean square in tolerances
    double baselineError = 0.01;
    int timedRounds = 0;
    bool zerosPass = false;

    [[nodiscard]] const DeviceFacts& facts() const override { return deviceFacts; }
    Result<> openTask(const Task&) override { return {}; }
    Result<CaseReport> verify(const VerifyQuestion& question, std::stop_token) override
    {
        if (lost)
            return fail(*lost);
        CaseReport report;
        report.size = question.size;
        report.distribution = distributionName(question.distribution);
        if (question.derived) {
            hidden.push_back(question);
            if (voidHidden)
                report.voidReason = "the baseline fails";
            else if (question.distribution == wrongDistribution)
                report.verdict = Verdict::Wrong;
            return report;
        }
        verified.push_back(question.size);
        ComparisonReport comparison;
        comparison.buffer = "y";
        comparison.meanSquareRatio = error * error;
        report.comparisons = {comparison};
        comparison.meanSquareRatio = baselineError * baselineError;
        report.baseline = {comparison};
        if (question.size == wrongSize) {
            report.verdict = Verdict::Wrong;
            report.message = "wrong at y[0]";
        }
        return report;
    }
    Result<CaseAudit> audit(const VerifyQuestion&, std::stop_token) override
    {
        if (lostAudit)
            return fail(*lostAudit);
        CaseAudit audit;
        audit.trivial = {{"zeros", zerosPass, zerosPass ? 0u : 7u, 7}};
        return audit;
    }
    Result<TimingReport> time(const TimingQuestion& question, std::stop_token) override
    {
        TimingReport report;
        report.notes = notes;
        opponents.push_back(question.incumbent.source);
        if (cancels != nullptr)
            cancels->request_stop();
        for (const CandidateSpec* member : {&question.incumbent, &question.candidates.front()}) {
            if (faultWhileTiming == Verdict::Ok || member->source != faulty)
                continue;
            report.fault = faultOf();
            if (member != &question.incumbent)
                report.faultyCandidate = 0;
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
    Result<ModelReport> model(const CandidateSpec& candidate, const std::string& size, std::stop_token) override
    {
        ModelReport report;
        report.size = size;
        if (faultWhileTiming != Verdict::Ok && candidate.source == faulty)
            report.fault = faultOf();
        report.modelled.time = Microseconds{candidate.source == "fast" ? 40.0 : 100.0};
        return report;
    }

private:
    [[nodiscard]] Fault faultOf() const
    {
        Fault fault;
        fault.verdict = faultWhileTiming;
        fault.message = "it fails";
        fault.place = {"kernel.cu", 7, 0};
        return fault;
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

    static void addDevices()
    {
        QTest::addColumn<bool>("modelled");
        QTest::newRow("card") << false;
        QTest::newRow("emulator") << true;
    }

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
        QCOMPARE(record->trust, 4);
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

    void hiddenCasesStayHidden()
    {
        m_judge.wrongDistribution = Distribution::High;
        Evaluator evaluator(m_judge, m_task);
        const auto record = evaluator.evaluate(m_fast, m_baseline, {});
        QVERIFY_RESULT(record);
        QCOMPARE(record->verdict, Verdict::Wrong);
        QCOMPARE(record->trust, 2);
        QCOMPARE(m_judge.timedRounds, 0);
        for (const VerifyQuestion& question : m_judge.hidden) {
            QVERIFY(question.derived);
            QVERIFY2(record->message.find(question.size) == std::string::npos, record->message.c_str());
        }
        QCOMPARE(record->evidence.at("hidden").size(), m_judge.hidden.size());
    }

    void anotherRunDrawsOtherCases()
    {
        Evaluator evaluator(m_judge, m_task);
        QVERIFY_RESULT(evaluator.verify(m_fast, {}));
        const auto first = std::exchange(m_judge.hidden, {});
        QVERIFY_RESULT(evaluator.verify(m_fast, {}));
        QCOMPARE(m_judge.hidden.size(), first.size());
        QCOMPARE(m_judge.hidden.front().seed, first.front().seed);
        m_judge.hidden.clear();
        evaluator.setHiddenSeed(77);
        QVERIFY_RESULT(evaluator.verify(m_fast, {}));
        QVERIFY(m_judge.hidden.front().seed != first.front().seed);
        QVERIFY(m_judge.hidden.front().values != first.front().values);
    }

    void voidCasesProveNothing()
    {
        m_judge.voidHidden = true;
        Evaluator evaluator(m_judge, m_task);
        const auto record = evaluator.evaluate(m_fast, m_baseline, {});
        QVERIFY_RESULT(record);
        QCOMPARE(record->verdict, Verdict::Ok);
        QCOMPARE(record->trust, 2);
    }

    void taskThatZerosPassIsNotTrusted()
    {
        m_judge.zerosPass = true;
        Evaluator evaluator(m_judge, m_task);
        const auto record = evaluator.verify(m_fast, {});
        QVERIFY_RESULT(record);
        QCOMPARE(record->verdict, Verdict::Ok);
        QCOMPARE(record->trust, 2);
        QVERIFY(record->checks.dump().find("zeros") != std::string::npos);
    }

    void lostPrecisionIsSuspect()
    {
        m_judge.error = 0.9;
        Evaluator evaluator(m_judge, m_task);
        const auto record = evaluator.evaluate(m_fast, m_baseline, {});
        QVERIFY_RESULT(record);
        QCOMPARE(record->verdict, Verdict::Suspect);
        QCOMPARE(record->trust, 3);
        QCOMPARE(m_judge.timedRounds, 0);
        // As imprecise as the baseline is as precise.
        m_judge.baselineError = 0.5;
        QCOMPARE(evaluator.evaluate(m_fast, m_baseline, {})->verdict, Verdict::Ok);
    }

    void fasterThanPhysicsIsSuspectAndLookedAtAgain()
    {
        m_judge.deviceFacts.dramBytesPerSecond = 3e12;
        m_judge.deviceFacts.l2Size = Bytes{50u << 20};
        m_judge.candidateTime = 50;  // a gigabyte in 50 µs
        Evaluator evaluator(m_judge, m_task);
        const auto record = evaluator.evaluate(m_fast, m_baseline, {});
        QVERIFY_RESULT(record);
        QCOMPARE(record->verdict, Verdict::Suspect);
        QVERIFY(!record->provisional);
        const auto floor = record->evidence.at("floor").front();
        QVERIFY(floor.at("floor_us").get<double>() > 200);
        std::set<std::uint64_t> seeds;
        for (const VerifyQuestion& question : m_judge.hidden)
            seeds.insert(question.seed);
        QCOMPARE(seeds.size(), m_judge.hidden.size());  // the second time with seeds of its own
        m_judge.hidden.clear();
        m_judge.deviceFacts.dramBytesPerSecond = 30e12;
        QCOMPARE(evaluator.evaluate(m_fast, m_baseline, {})->verdict, Verdict::Ok);
    }

    void confirmingPassesItsCheck()
    {
        Evaluator evaluator(m_judge, m_task);
        const auto isConfirmed = [](const EvaluationRecord& record) {
            return std::any_of(record.checks.begin(), record.checks.end(), [](const auto& check) {
                return check.at("check") == "confirmed in a fresh process" && check.at("passed").template get<bool>();
            });
        };
        QVERIFY(!isConfirmed(*evaluator.evaluate(m_fast, m_baseline, {})));
        evaluator.setConfirming(true);
        QVERIFY(isConfirmed(*evaluator.evaluate(m_fast, m_baseline, {})));
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

    void turnsAFaultWhileTimingIntoTheVerdict_data() { addDevices(); }
    void turnsAFaultWhileTimingIntoTheVerdict()
    {
        QFETCH(bool, modelled);
        m_judge.deviceFacts.modelled = modelled;
        for (const Verdict verdict : {Verdict::OutOfBounds, Verdict::LaunchError, Verdict::Timeout, Verdict::Invalid,
                                      Verdict::Crashed, Verdict::NotEmulated}) {
            m_judge.faultWhileTiming = verdict;
            m_judge.faulty = "fast";
            Evaluator evaluator(m_judge, m_task);
            const auto record = evaluator.evaluate(m_fast, m_baseline, {});
            QVERIFY_RESULT(record);
            QCOMPARE(record->verdict, verdict);
            QVERIFY(!record->speedup && !record->time);
            QCOMPARE(record->trust, 0);
            QVERIFY(!record->provisional);
            QCOMPARE(record->evidence.at("fault").get<Fault>().message, std::string("it fails"));
            QVERIFY2(record->message.ends_with("kernel.cu:7: it fails"), record->message.c_str());
            QVERIFY(record->message.find(m_task.timeSizes().front()->name) != std::string::npos);
            QVERIFY(!opponentFaultOf(*record));
        }
    }

    void faultOfTheIncumbentIsNotTheCandidates_data() { addDevices(); }
    void faultOfTheIncumbentIsNotTheCandidates()
    {
        QFETCH(bool, modelled);
        m_judge.deviceFacts.modelled = modelled;
        Evaluator evaluator(m_judge, m_task);
        QVERIFY_RESULT(evaluator.evaluate(m_baseline.spec, std::nullopt, {}));
        const Opponent incumbent{{"better", "kernel.cu", {}, {}}, Interval{3, 2.9, 3.1}};
        m_judge.faulty = "better";
        m_judge.faultWhileTiming = Verdict::Crashed;
        m_judge.opponents.clear();
        const auto record = evaluator.evaluate(m_fast, incumbent, {});
        QVERIFY_RESULT(record);
        QCOMPARE(record->verdict, Verdict::Ok);
        // Not chained through the one that failed.
        const double expected = modelled ? 2.5 : 2;
        QVERIFY(std::abs(record->speedup->estimate - expected) < 0.01);
        const auto fault = opponentFaultOf(*record);
        QVERIFY(fault.has_value());
        QCOMPARE(fault->identity, identityOf(incumbent.spec));
        QCOMPARE(fault->fault.verdict, Verdict::Crashed);
        // Whoever failed once does not get another candidate's runner.
        const auto next = evaluator.evaluate({"next", "kernel.cu", {}, {}}, incumbent, {});
        QVERIFY_RESULT(next);
        QCOMPARE(next->verdict, Verdict::Ok);
        QCOMPARE(opponentFaultOf(*next)->identity, identityOf(incumbent.spec));
        QCOMPARE(std::count(m_judge.opponents.begin(), m_judge.opponents.end(), "better"), modelled ? 0 : 1);
    }

    void faultOfTheBaselineIsAnError_data() { addDevices(); }
    void faultOfTheBaselineIsAnError()
    {
        QFETCH(bool, modelled);
        m_judge.deviceFacts.modelled = modelled;
        m_judge.faulty = "slow";
        m_judge.faultWhileTiming = Verdict::Timeout;
        Evaluator evaluator(m_judge, m_task);
        const auto record = evaluator.evaluate(m_fast, m_baseline, {});
        QVERIFY(!record);
        QCOMPARE(record.error().code, ErrorCode::InvalidInput);
        QCOMPARE(record.error().place.line, 7);
        // Timed against itself it is a candidate like any other.
        Evaluator other(m_judge, m_task);
        const auto own = other.evaluate(m_baseline.spec, std::nullopt, {});
        QVERIFY_RESULT(own);
        QCOMPARE(own->verdict, Verdict::Timeout);
    }

    void baselineStandsInWhenItIsTold()
    {
        m_judge.faulty = "better";
        m_judge.faultWhileTiming = Verdict::Crashed;
        const Opponent incumbent{{"better", "kernel.cu", {}, {}}, Interval{3, 2.9, 3.1}};
        Evaluator evaluator(m_judge, m_task);
        QVERIFY(!evaluator.evaluate(m_fast, incumbent, {}));  // nobody stands in
        evaluator.setBaseline(m_baseline.spec);
        const auto record = evaluator.evaluate(m_fast, incumbent, {});
        QVERIFY_RESULT(record);
        QCOMPARE(m_judge.opponents.back(), std::string("slow"));
    }

    void judgeLostOverAnEmulatedCandidateIsItsVerdict()
    {
        m_judge.lost = Error{ErrorCode::ProcessFailed, "it ended with signal 11", {}, {}, {}};
        m_judge.deviceFacts.modelled = true;
        Evaluator evaluator(m_judge, m_task);
        const auto record = evaluator.verify(m_fast, {});
        QVERIFY_RESULT(record);
        QCOMPARE(record->verdict, Verdict::Crashed);
        QVERIFY(record->message.find("signal 11") != std::string::npos);
        // On a card candidates do not run in the judge.
        m_judge.deviceFacts.modelled = false;
        QCOMPARE(evaluator.verify(m_fast, {}).error().code, ErrorCode::ProcessFailed);
    }

    void judgeLostOverTheBaselineIsNoVerdict()
    {
        for (const ErrorCode code : {ErrorCode::ProcessFailed, ErrorCode::Timeout}) {
            m_judge.lostAudit = Error{code, "it is gone", {}, {}, {}};
            Evaluator evaluator(m_judge, m_task);
            const auto record = evaluator.verify(m_fast, {});
            QVERIFY(!record);
            QCOMPARE(record.error().code, ErrorCode::DeviceFailed);
        }
    }

    void notesAreEvidence()
    {
        m_judge.notes = {"not gated: 1 of 4 times of candidate 1 may hold launch jitter"};
        Evaluator evaluator(m_judge, m_task);
        const auto record = evaluator.evaluate(m_fast, m_baseline, {});
        QVERIFY_RESULT(record);
        QVERIFY(record->time.has_value());
        QCOMPARE(record->evidence.at("notes"), nlohmann::json(m_judge.notes));
    }

    void cancellingIsNoResult()
    {
        std::stop_source source;
        m_judge.cancels = &source;
        Evaluator evaluator(m_judge, m_task);
        const auto record = evaluator.evaluate(m_fast, m_baseline, source.get_token());
        QVERIFY(!record && record.error().isCancelled());
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
