// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "TestSupport.h"
#include "base/Random.h"
#include "evaluate/RatioEstimate.h"

using namespace warploom;

class tst_RatioEstimate : public QObject {
    Q_OBJECT

private:
    /// Rounds whose candidate is \p ratio times as fast, with noise of \p deviation in the logarithm.
    static TimingReport report(int rounds, double ratio, double deviation, std::uint64_t seed)
    {
        RandomStream random(seed);
        const auto noisy = [&](double time) {
            double sum = 0;
            for (int i = 0; i < 12; ++i)
                sum += random.unit();
            return Microseconds{time * std::exp(deviation * (sum - 6))};
        };
        TimingReport result;
        for (int i = 0; i < rounds; ++i)
            result.rounds.push_back({noisy(100), noisy(100), {noisy(100 / ratio)}, false});
        return result;
    }

private slots:
    void findsTheRatioWithItsInterval()
    {
        RatioEstimate estimate;
        estimate.add(report(32, 1.3, 0.01, 5), 0, 0);
        const Interval speedup = estimate.speedup(0.95);
        QVERIFY(std::abs(speedup.estimate - 1.3) < 0.02);
        QVERIFY(speedup.low < speedup.estimate && speedup.estimate < speedup.high);
        QVERIFY(speedup.high - speedup.low < 0.03);
        QCOMPARE(estimate.decide(), TimingDecision::Faster);
    }

    /// A card that was busy elsewhere for a moment must not end a run by a figure that is none.
    void fewRoundsFarApartAreFigures_data()
    {
        QTest::addColumn<QList<double>>("times");
        QTest::newRow("one round") << QList<double>{100};
        QTest::newRow("twice as long") << QList<double>{100, 200};
        QTest::newRow("a thousand times as long") << QList<double>{100, 100000};
        QTest::newRow("three") << QList<double>{1, 100, 100};
    }
    void fewRoundsFarApartAreFigures()
    {
        QFETCH(QList<double>, times);
        TimingReport report;
        for (const double time : times) {
            RoundReport round;
            round.before = round.after = Microseconds(time);
            round.candidates = {Microseconds(50)};
            round.again = {Microseconds(50 * time / times.front())};
            report.rounds.push_back(round);
        }
        RatioEstimate estimate;
        estimate.add(report, 0, 0);
        for (const Interval& interval : {estimate.speedup(kReportedConfidence), estimate.time(kReportedConfidence),
                                         estimate.opponentTime(kReportedConfidence)}) {
            QVERIFY(interval.low > 0 && interval.low <= interval.estimate);
            QVERIFY(interval.estimate <= interval.high && std::isfinite(interval.high));
        }
    }

    void fourRoundsTellTheOverwhelming()
    {
        RatioEstimate estimate;
        const auto add = [&estimate](int rounds, double opponent, double candidate) {
            TimingReport report;
            for (int i = 0; i < rounds; ++i) {
                RoundReport round;
                round.before = round.after = Microseconds(opponent);
                round.candidates = {Microseconds(candidate + 0.01 * i)};
                report.rounds.push_back(round);
            }
            estimate.add(report, 0, 0);
        };
        add(2, 100, 40);
        QVERIFY(estimate.isOverwhelming());
        QCOMPARE(estimate.decide(), TimingDecision::Continue);
        add(2, 100, 40);
        QCOMPARE(estimate.decide(), TimingDecision::Faster);
        const Interval speedup = estimate.speedup(0.95);
        QVERIFY(speedup.low > 2 && speedup.low < 2.5 && speedup.high > speedup.low);
        // One round that says less is enough to want all the others.
        estimate = RatioEstimate();
        add(3, 100, 40);
        add(1, 100, 60);
        QVERIFY(!estimate.isOverwhelming());
        QCOMPARE(estimate.decide(), TimingDecision::Continue);
    }

    void dropsHopelessCandidatesAfterTwoRounds()
    {
        RatioEstimate estimate;
        estimate.add(report(2, 0.3, 0.01, 6), 0, 0);
        QCOMPARE(estimate.decide(), TimingDecision::Hopeless);
    }

    void callsEqualWhatIsEqual()
    {
        RatioEstimate estimate;
        estimate.add(report(32, 1, 0.001, 7), 0, 0);
        QCOMPARE(estimate.decide(), TimingDecision::Equal);
    }

    void seesSlower()
    {
        RatioEstimate estimate;
        estimate.add(report(16, 0.9, 0.005, 8), 0, 0);
        QCOMPARE(estimate.decide(), TimingDecision::Slower);
    }

    void goesOnWhileNothingIsClear()
    {
        RatioEstimate estimate;
        estimate.add(report(8, 1.01, 0.05, 9), 0, 0);
        QCOMPARE(estimate.decide(), TimingDecision::Continue);
        estimate.add(report(56, 1.01, 0.05, 10), 0, 0);
        QCOMPARE(estimate.decide(), TimingDecision::Undecided);
    }

    void throwsDisturbedRoundsAway()
    {
        TimingReport disturbed = report(10, 1.2, 0.001, 11);
        disturbed.rounds[3].disturbed = true;
        disturbed.rounds[5].after = Microseconds{140};
        disturbed.rounds[7].candidates[0] = Microseconds{0};
        RatioEstimate estimate;
        estimate.add(disturbed, 0, 0.002);
        QCOMPARE(estimate.rounds(), 7);
        QCOMPARE(estimate.discarded(), 3);
    }

    void neverThrowsAwayQuietRoundsOfLongKernels()
    {
        // Kernels of 0.2 s repeat to parts in a million: the session's noise must not become the judge of itself.
        RatioEstimate estimate;
        estimate.add(report(10, 1.2, 0.001, 12), 0, 1e-6);
        QCOMPARE(estimate.rounds(), 10);
    }

    void rarelyMistakesEqualForDifferent()
    {
        int mistakes = 0;
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            RatioEstimate estimate;
            TimingDecision decision = TimingDecision::Continue;
            for (int asked = 0; decision == TimingDecision::Continue && asked < 64; asked += 8) {
                estimate.add(report(8, 1, 0.01, 1000 * seed + static_cast<std::uint64_t>(asked)), 0, 0);
                const int rounds = estimate.rounds();
                if (rounds == 8 || rounds == 16 || rounds == 32 || rounds == 64)
                    decision = estimate.decide();
            }
            mistakes += decision == TimingDecision::Faster || decision == TimingDecision::Slower ? 1 : 0;
        }
        QVERIFY2(mistakes <= 2, qPrintable(QString("%1 of 200").arg(mistakes)));
    }
};

QTEST_APPLESS_MAIN(tst_RatioEstimate)
#include "tst_RatioEstimate.moc"
