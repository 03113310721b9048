// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ModelMisbehaviourFixture.h"

using namespace warploom;
using namespace warploom::test;

/// Whole runs with a model whose server is odd but answers.
class tst_ModelPatience : public ModelMisbehaviourFixture {
    Q_OBJECT

private slots:
    void initTestCase() { startServer(); }
    void init() { openRun(); }
    void cleanup() { closeWorkspace(); }

    void isPutUpWith_data()
    {
        QTest::addColumn<std::string>("name");
        for (const char* name : {"slow_start", "wrong_encoding", "busy_for_seven_seconds", "repeats_key", "no_usage"})
            QTest::newRow(name) << std::string(name);
    }
    /// An answer comes, though none that has a kernel in it.
    void isPutUpWith()
    {
        QFETCH(std::string, name);
        const RunOutcome outcome = runUntilTold(settingsFor(name, name.size() % 2 == 0));
        QVERIFY_RESULT(outcome.progress);
        const ExchangeRecord exchange = firstFinished();
        QCOMPARE(exchange.errorCode, std::string());
        QVERIFY(!exchange.answer.empty());
        QCOMPARE(exchange.fault, std::string("off-format"));
        QVERIFY(!exchange.explanation.empty());
        QVERIFY(exchange.costMicroDollars.value_or(0) > 0);
        QCOMPARE(exchange.estimated, name == "no_usage");
        QVERIFY(eventsOf(outcome.events, eventType::kAgentFailed).empty());
        QVERIFY(outcome.progress->agents[0].faults.at("off-format") >= 1);
        QVERIFY(outcome.progress->agents[1].right >= 2);
        QVERIFY(!isKeyKept(outcome));
    }
};

QTEST_GUILESS_MAIN(tst_ModelPatience)
#include "tst_ModelPatience.moc"
