// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ModelMisbehaviourFixture.h"

using namespace warploom;
using namespace warploom::test;

/// Whole runs with a model whose server breaks off, stalls or sends nonsense: it is told, and the others go on.
class tst_ModelBreaks : public ModelMisbehaviourFixture {
    Q_OBJECT

private slots:
    void initTestCase() { startServer(); }
    void init() { openRun(); }
    void cleanup() { closeWorkspace(); }

    void isToldAndTheRunGoesOn_data()
    {
        const auto add = columnsOfTold();
        add("fails", "server-failed", "the server failed (500): internal trouble (after 3 tries)", false);
        add("silent", "timeout", "the server did not begin to answer within 0.3 s", false);
        add("stalls", "timeout", "the server fell silent in the middle of its answer, for 0.3 s", false);
        add("cut", "server-failed", "the server cut the connection before its answer was complete", false);
        add("bad_sse", "bad-answer", "the server's stream holds no events: this is no stream of events", false);
        add("bad_json", "bad-answer", "the server's answer is no valid JSON: {\"choices\": [", false);
        add("bad_json_in_stream", "bad-answer", "the server's stream holds no valid JSON", false);
        add("huge_whole", "bad-answer", "the server's answer is too large: at most 32 MiB are taken", false);
    }
    void isToldAndTheRunGoesOn()
    {
        tellsAndGoesOn();
        // Where it was sent to, which must not see the key.
        QCOMPARE(m_served->server.requestsAt("elsewhere").size(), std::size_t{0});
    }
};

QTEST_GUILESS_MAIN(tst_ModelBreaks)
#include "tst_ModelBreaks.moc"
