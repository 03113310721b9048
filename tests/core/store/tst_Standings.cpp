// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"
#include "store/Standings.h"

using namespace warploom;

namespace {

EvaluationRecord evaluation(EvaluationId id, VariantId variant, std::int64_t block, double speedup,
                            EnvironmentId environment = 1)
{
    EvaluationRecord record;
    record.id = id;
    record.variant = variant;
    record.environment = environment;
    record.configuration = {{"BLOCK", block}};
    record.verdict = speedup > 0 ? Verdict::Ok : Verdict::Wrong;
    if (speedup > 0) {
        record.time = Interval{100 / speedup, 99 / speedup, 101 / speedup};
        record.speedup = Interval{speedup, speedup * 0.99, speedup * 1.01};
    }
    return record;
}

EvaluationId idOf(const EvaluationRecord* record) { return record == nullptr ? 0 : record->id; }

}  // namespace

class tst_Standings : public QObject {
    Q_OBJECT

private slots:
    void theHighestStands()
    {
        Standings standings;
        QVERIFY(standings.best() == nullptr);
        QCOMPARE(standings.newestEnvironment(), EnvironmentId{0});
        standings.add(evaluation(1, 1, 1, 1.0));
        standings.add(evaluation(2, 2, 1, 3.0));
        standings.add(evaluation(3, 2, 2, 2.0));
        QCOMPARE(idOf(standings.best()), EvaluationId{2});
        QCOMPARE(idOf(standings.bestOf(1)), EvaluationId{1});
        QVERIFY(standings.bestOf(7) == nullptr);
    }

    void aLaterFailureTakesAFigureBack()
    {
        Standings standings;
        standings.add(evaluation(1, 1, 1, 1.0));
        standings.add(evaluation(2, 2, 1, 3.0));
        standings.add(evaluation(3, 2, 1, 0));
        QCOMPARE(idOf(standings.best()), EvaluationId{1});
        QVERIFY(standings.bestOf(2) == nullptr);
        // Of another configuration a failure says nothing.
        standings.add(evaluation(4, 2, 2, 2.0));
        standings.add(evaluation(5, 2, 3, 0));
        QCOMPARE(idOf(standings.best()), EvaluationId{4});
    }

    void aConfirmedFigureReplacesTheEarlierOne()
    {
        Standings standings;
        standings.add(evaluation(1, 2, 1, 3.0));
        standings.add(evaluation(2, 3, 1, 2.5));
        standings.add(evaluation(3, 2, 1, 2.0));
        QCOMPARE(idOf(standings.best()), EvaluationId{2});
        QCOMPARE(standings.bestOf(2)->speedup->estimate, 2.0);
    }

    void theLowEndCounts()
    {
        Standings standings;
        EvaluationRecord lucky = evaluation(1, 1, 1, 2.2);
        lucky.speedup->low = 1.5;
        standings.add(lucky);
        standings.add(evaluation(2, 2, 1, 2.0));
        QCOMPARE(idOf(standings.best()), EvaluationId{2});
    }

    void onlyTheNewestEnvironmentCounts()
    {
        Standings standings;
        standings.add(evaluation(1, 1, 1, 9.0, 1));
        standings.add(evaluation(2, 1, 1, 1.0, 2));
        standings.add(evaluation(3, 2, 1, 5.0, 1));
        // An environment that was come back to is the newest again.
        QCOMPARE(standings.newestEnvironment(), EnvironmentId{1});
        QCOMPARE(idOf(standings.best()), EvaluationId{1});
        QCOMPARE(idOf(standings.bestOf(1)), EvaluationId{2});
        standings.add(evaluation(4, 2, 1, 2.0, 2));
        QCOMPARE(idOf(standings.best()), EvaluationId{4});
        QCOMPARE(idOf(standings.best(1)), EvaluationId{1});
        // What failed there says nothing about the figures of elsewhere.
        standings.add(evaluation(5, 2, 1, 0, 3));
        QCOMPARE(idOf(standings.best()), EvaluationId{4});
    }

    void filtersLeaveOut()
    {
        Standings standings;
        standings.add(evaluation(1, 1, 1, 1.0, 1));
        standings.add(evaluation(2, 2, 1, 3.0, 2));
        const auto notTwo = [](const EvaluationRecord& record) { return record.variant != 2; };
        QCOMPARE(idOf(standings.best(notTwo)), EvaluationId{1});
        QCOMPARE(standings.newestEnvironment(notTwo), EnvironmentId{1});
        QVERIFY(standings.best(2, notTwo) == nullptr);
    }

    void longPartsAreNotKept()
    {
        Standings standings;
        EvaluationRecord record = evaluation(1, 1, 1, 2.0);
        record.evidence["log"] = std::string(1000, 'x');
        record.counters.push_back(1);
        standings.add(record);
        QVERIFY(standings.best()->evidence.empty() && standings.best()->counters.empty());
    }
};

QTEST_APPLESS_MAIN(tst_Standings)
#include "tst_Standings.moc"
