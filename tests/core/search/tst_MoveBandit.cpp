// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <limits>
#include <map>

#include "TestSupport.h"
#include "search/MoveBandit.h"

using namespace warploom;

class TestMoveBandit : public QObject {
    Q_OBJECT

private slots:
    void nothingToChooseFrom();
    void untriedMovesAreAllTried();
    void effortGoesToWhatPays();
    void bottlenecksAreLearntApart();
    void experienceIsThePrior();
    void oldExperienceCanBeOutvoted();
    void findingsAreThePriorToo();
    void littleIsBelieved();
    void experienceWithoutABottleneckCountsHalf();
    void drawsHaveTheExpectedMean();
    void oddGainsAreHarmless();
    void sameStreamGivesSameChoice();
};

void TestMoveBandit::nothingToChooseFrom()
{
    const MoveBandit bandit({}, "H100");
    RandomStream random(1);
    QVERIFY(!bandit.choose({}, "latency", random));
}

void TestMoveBandit::untriedMovesAreAllTried()
{
    const MoveBandit bandit({}, "H100");
    const std::vector<std::string> moves{"pad", "tile", "unroll", "vectorise"};
    RandomStream random(1);
    std::map<std::string, int> counts;
    for (int i = 0; i < 400; ++i)
        ++counts[*bandit.choose(moves, "latency", random)];
    for (const std::string& move : moves)
        QVERIFY(counts[move] > 60);
}

void TestMoveBandit::effortGoesToWhatPays()
{
    MoveBandit bandit({}, "H100");
    const std::vector<std::string> moves{"bad", "good", "wrong"};
    RandomStream random(7);
    std::map<std::string, int> counts;
    for (int i = 0; i < 300; ++i) {
        const std::string move = *bandit.choose(moves, "latency", random);
        ++counts[move];
        if (move == "good")
            bandit.record(move, "latency", true, random.chance(0.5) ? 0.4 : -0.1);
        else
            bandit.record(move, "latency", move != "wrong", random.chance(0.1) ? 0.1 : -0.2);
    }
    QVERIFY2(counts["good"] > 240, qPrintable(QString::number(counts["good"])));
    QVERIFY(bandit.expectedGain("good", "latency") > 3 * bandit.expectedGain("bad", "latency"));
}

void TestMoveBandit::bottlenecksAreLearntApart()
{
    MoveBandit bandit({}, "H100");
    for (int i = 0; i < 20; ++i) {
        bandit.record("pad", "bank-conflicts", true, 0.5);
        bandit.record("pad", "uncoalesced", true, -0.1);
    }
    const double cures = bandit.expectedGain("pad", "bank-conflicts");
    const double useless = bandit.expectedGain("pad", "uncoalesced");
    const double elsewhere = bandit.expectedGain("pad", "compute");
    QVERIFY(cures > 0.4);
    QVERIFY(useless < cures / 4);
    QVERIFY(elsewhere > useless && elsewhere < cures);
}

void TestMoveBandit::experienceIsThePrior()
{
    const std::vector<ExperienceRecord> experience{
        {"tile", "uncoalesced", "H100", 10, 9, 8, 4.0},
        {"unroll", "uncoalesced", "H100", 10, 9, 0, -1.0},
        {"pad", "uncoalesced", "A100", 10, 9, 8, 4.0},
    };
    const MoveBandit bandit(experience, "H100");
    const double known = bandit.expectedGain("tile", "uncoalesced");
    const double elsewhere = bandit.expectedGain("pad", "uncoalesced");
    const double unknown = bandit.expectedGain("vectorise", "uncoalesced");
    const double useless = bandit.expectedGain("unroll", "uncoalesced");
    QVERIFY(known > elsewhere && elsewhere > unknown && unknown > useless);
}

void TestMoveBandit::oldExperienceCanBeOutvoted()
{
    MoveBandit bandit({{"tile", "latency", "H100", 1'000'000, 900'000, 800'000, 400'000.0}}, "H100");
    const double before = bandit.expectedGain("tile", "latency");
    for (int i = 0; i < 30; ++i)
        bandit.record("tile", "latency", true, -0.1);
    QVERIFY(bandit.expectedGain("tile", "latency") < before / 2);
}

void TestMoveBandit::findingsAreThePriorToo()
{
    MoveBandit bandit({}, "H100");
    const double plain = bandit.expectedGain("tile", "uncoalesced");
    const double small = bandit.expectedGain("tile", "uncoalesced", {0.2, {}});
    const double large = bandit.expectedGain("tile", "uncoalesced", {1.4, {}});
    QVERIFY(plain < small && small < large && large < 1.4);
    for (const double none : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()})
        QCOMPARE(bandit.expectedGain("tile", "uncoalesced", {none, {}}), plain);
    // Promises that are not kept are believed no more.
    for (int i = 0; i < 12; ++i)
        bandit.record("tile", "uncoalesced", true, -0.1);
    QVERIFY(bandit.expectedGain("tile", "uncoalesced", {1.4, {}}) < large / 3);
}

void TestMoveBandit::littleIsBelieved()
{
    MoveBandit bandit({}, "H100");
    const double plain = bandit.expectedGain("flags", "latency");
    const double little = bandit.expectedGain("flags", "latency", {0, 0.02});
    QVERIFY(little > 0 && little < plain / 5);
    // Much is hoped for beside the prior, not in it; what makes no sense says nothing.
    QCOMPARE(bandit.expectedGain("flags", "latency", {0, 3.0}), plain);
    QCOMPARE(bandit.expectedGain("flags", "latency", {0, std::numeric_limits<double>::quiet_NaN()}), plain);
    QVERIFY(bandit.expectedGain("flags", "latency", {0, -5.0}) > 0);
    // A move that brought more than it promised is believed again.
    for (int i = 0; i < 10; ++i)
        bandit.record("flags", "latency", true, 0.2);
    QVERIFY(bandit.expectedGain("flags", "latency", {0, 0.02}) > plain);
}

void TestMoveBandit::experienceWithoutABottleneckCountsHalf()
{
    const std::vector<ExperienceRecord> experience{{"tile", kAnyBottleneck, "H100", 10, 9, 8, 4.0},
                                                   {"pad", "latency", "H100", 10, 9, 8, 4.0},
                                                   {"unroll", "uncoalesced", "H100", 10, 9, 8, 4.0}};
    const MoveBandit bandit(experience, "H100");
    const double sameOne = bandit.expectedGain("unroll", "uncoalesced");
    const double anyOne = bandit.expectedGain("tile", "uncoalesced");
    const double otherOne = bandit.expectedGain("pad", "uncoalesced");
    QVERIFY(sameOne > anyOne && anyOne > otherOne);
    QCOMPARE(bandit.expectedGain("pad", kAnyBottleneck), anyOne);
}

void TestMoveBandit::drawsHaveTheExpectedMean()
{
    MoveBandit bandit({}, "H100");
    for (int i = 0; i < 5; ++i)
        bandit.record("tile", "latency", true, i < 3 ? 0.3 : -0.1);
    RandomStream random(11);
    double sum = 0;
    constexpr int kDraws = 20'000;
    for (int i = 0; i < kDraws; ++i) {
        const double draw = bandit.sample("tile", "latency", random);
        QVERIFY(draw >= 0);
        sum += draw;
    }
    const double expected = bandit.expectedGain("tile", "latency");
    QVERIFY2(std::abs(sum / kDraws - expected) < 0.02 * expected, qPrintable(QString::number(sum / kDraws / expected)));
}

void TestMoveBandit::oddGainsAreHarmless()
{
    MoveBandit bandit({{"tile", "latency", "H100", 0, 0, 0, -5.0}}, "H100");
    bandit.record("tile", "latency", true, std::numeric_limits<double>::infinity());
    bandit.record("tile", "latency", true, std::numeric_limits<double>::quiet_NaN());
    const double gain = bandit.expectedGain("tile", "latency");
    QVERIFY(std::isfinite(gain) && gain > 0);
    QVERIFY(gain < bandit.expectedGain("untried", "latency"));
}

void TestMoveBandit::sameStreamGivesSameChoice()
{
    const MoveBandit bandit({}, "H100");
    const std::vector<std::string> moves{"a", "b", "c"};
    RandomStream one(4);
    RandomStream other(4);
    for (int i = 0; i < 50; ++i)
        QVERIFY(bandit.choose(moves, "x", one) == bandit.choose(moves, "x", other));
}

QTEST_APPLESS_MAIN(TestMoveBandit)
#include "tst_MoveBandit.moc"
