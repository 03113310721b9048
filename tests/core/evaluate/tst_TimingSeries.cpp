// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <cmath>
#include <functional>

#include "evaluate/TimingSeries.h"

using namespace warploom;

namespace {

/// A judge whose rounds the test makes up.
class RoundsJudge : public JudgeClient {
public:
    DeviceFacts deviceFacts;
    std::vector<TimingQuestion> questions;
    std::function<void(TimingReport&)> onReport = [](TimingReport&) { };
    double candidateTime = 100;
    double deviceSeconds = 0.01;  ///< of a round
    int played = 0;

    [[nodiscard]] const DeviceFacts& facts() const override { return deviceFacts; }
    Result<> openTask(const Task&) override { return {}; }
    Result<CaseReport> verify(const VerifyQuestion&, std::stop_token) override { return CaseReport{}; }
    Result<CaseAudit> audit(const VerifyQuestion&, std::stop_token) override { return CaseAudit{}; }
    Result<ModelReport> model(const CandidateSpec&, const std::string&, std::stop_token) override
    {
        return ModelReport{};
    }
    Result<TimingReport> time(const TimingQuestion& question, std::stop_token) override
    {
        questions.push_back(question);
        TimingReport report;
        report.copies = question.copies.value_or(13);
        report.launches = question.launches.value_or(3);
        for (int i = 0; i < question.rounds; ++i, ++played) {
            // Alternating by 2 %: never equal within half a percent, never different.
            const double noise = played % 2 == 0 ? 1.01 : 0.99;
            RoundReport round;
            round.before = round.after = Microseconds{100};
            round.candidates = round.again = {Microseconds{candidateTime * noise}};
            report.rounds.push_back(std::move(round));
        }
        report.deviceSeconds = deviceSeconds * question.rounds;
        report.outputsChecked = 2;
        onReport(report);
        return report;
    }
};

}  // namespace

class tst_TimingSeries : public QObject {
    Q_OBJECT

private:
    CandidateSpec m_candidate{"candidate", "kernel.cu", {}, {}};
    CandidateSpec m_opponent{"opponent", "kernel.cu", {}, {}};
    std::uint64_t m_seed = 0;

    Result<SeriesOutcome> run(RoundsJudge& judge, const TimingSettings& settings = {}, double noise = 0)
    {
        return TimingSeries(judge, m_candidate, m_opponent, "large").run(settings, noise, m_seed, {}, [](int) { });
    }
    static std::vector<int> asked(const RoundsJudge& judge)
    {
        std::vector<int> rounds;
        for (const TimingQuestion& question : judge.questions)
            rounds.push_back(question.rounds);
        return rounds;
    }

private slots:
    void looksAtEightSixteenThirtyTwoAndSixtyFour()
    {
        RoundsJudge judge;
        const auto outcome = run(judge);
        QVERIFY_RESULT(outcome);
        QCOMPARE(asked(judge), (std::vector<int>{2, 6, 8, 16, 32}));
        QCOMPARE(outcome->decision, TimingDecision::Undecided);
        QCOMPARE(outcome->estimate.rounds(), 64);
        QCOMPARE(outcome->outputsChecked, std::uint64_t{10});
        // Asked once, kept for the rest: rounds timed in two ways are not mixed.
        QVERIFY(!judge.questions.front().copies && !judge.questions.front().launches);
        QCOMPARE(judge.questions.back().copies.value(), 13);
        QCOMPARE(judge.questions.back().launches.value(), 3);
        QVERIFY(judge.questions[0].seed != judge.questions[1].seed);
    }

    void endsWhenItIsClear()
    {
        RoundsJudge judge;
        judge.candidateTime = 50;
        QCOMPARE(run(judge)->decision, TimingDecision::Faster);
        QCOMPARE(asked(judge), (std::vector<int>{2, 6}));
        RoundsJudge overwhelming;
        overwhelming.candidateTime = 30;
        QCOMPARE(run(overwhelming)->decision, TimingDecision::Faster);
        QCOMPARE(asked(overwhelming), (std::vector<int>{2, 2}));
        RoundsJudge hopeless;
        hopeless.candidateTime = 300;
        QCOMPARE(run(hopeless)->decision, TimingDecision::Hopeless);
        QCOMPARE(asked(hopeless), std::vector<int>{2});
        RoundsJudge patient;
        patient.candidateTime = 50;
        TimingSettings settings;
        settings.stopsEarly = false;
        QCOMPARE(run(patient, settings)->estimate.rounds(), 64);
    }

    void budgetLeavesItUndecided()
    {
        RoundsJudge judge;
        judge.deviceSeconds = 1;
        TimingSettings settings;
        settings.budget = Seconds(12);
        const auto outcome = run(judge, settings);
        QVERIFY_RESULT(outcome);
        QCOMPARE(asked(judge), (std::vector<int>{2, 6, 4}));
        QCOMPARE(outcome->decision, TimingDecision::Undecided);
        QCOMPARE(outcome->spent.count(), 12.0);
        const Interval speedup = outcome->estimate.speedup(kReportedConfidence);
        QVERIFY(speedup.low < 1 && speedup.high > 1 && speedup.high < 1.02);
        // The judge itself is told what is left.
        QCOMPARE(judge.questions.back().budget.count(), 4.0);
    }

    void disturbedRoundsAreAskedForAgain()
    {
        RoundsJudge judge;
        judge.candidateTime = 50;
        judge.onReport = [](TimingReport& report) { report.rounds.front().disturbed = true; };
        const auto outcome = run(judge);
        QVERIFY_RESULT(outcome);
        QCOMPARE(outcome->decision, TimingDecision::Faster);
        QVERIFY(outcome->estimate.rounds() >= 8);
        QVERIFY(outcome->estimate.discarded() >= 2);
        QVERIFY(outcome->notes.empty());
    }

    void restlessCardStillGivesAFigure()
    {
        RoundsJudge judge;
        judge.onReport = [](TimingReport& report) {
            for (RoundReport& round : report.rounds)
                round.disturbed = true;
        };
        const auto outcome = run(judge);
        QVERIFY_RESULT(outcome);
        QVERIFY(outcome->estimate.rounds() >= 16);
        QVERIFY(outcome->notes.front().starts_with("the card is restless"));
    }

    void noiseIsKnownBySize()
    {
        TimingNoise noise;
        QCOMPARE(noise.floor(), 0.0);
        noise.add("small", std::vector<double>{0.02, -0.02, 0.02, -0.02, 0.02, -0.02, 0.02});
        QCOMPARE(noise.deviation("small"), 0.0);
        noise.add("small", {-0.02});
        noise.add("large", std::vector<double>(8, 0.001));
        QVERIFY(std::abs(noise.deviation("small") - 1.4826 * 0.02) < 1e-9);
        QCOMPARE(noise.deviation("large"), 0.0);
        QCOMPARE(noise.floor(), noise.deviation("small"));
    }

    void faultSaysWhose()
    {
        for (const bool byOpponent : {true, false}) {
            RoundsJudge judge;
            judge.onReport = [byOpponent](TimingReport& report) {
                report.fault = Fault{};
                if (!byOpponent)
                    report.faultyCandidate = 0;
            };
            const auto outcome = run(judge);
            QVERIFY_RESULT(outcome);
            QVERIFY(outcome->fault.has_value());
            QCOMPARE(outcome->byOpponent, byOpponent);
        }
    }
};

QTEST_APPLESS_MAIN(tst_TimingSeries)
#include "tst_TimingSeries.moc"
