// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ModelMisbehaviourFixture.h"

using namespace warploom;
using namespace warploom::test;

/// Whole runs with a model whose server refuses: it is told with its reason, and the others go on.
class tst_ModelRefusals : public ModelMisbehaviourFixture {
    Q_OBJECT

private slots:
    void initTestCase() { startServer(); }
    void init() { openRun(); }
    void cleanup() { closeWorkspace(); }

    void isToldAndTheRunGoesOn_data()
    {
        const auto add = columnsOfTold();
        add("unauthorized", "key-refused", "the server refuses the key: Incorrect API key: [redacted]", true);
        add("not_found", "not-found", "the server knows no such model or path (404): model: nonsense", true);
        add("out_of_credit", "out-of-credit", "the account's credit at the server is used up: You exceeded", true);
        add("busy", "rate-limited", "the server asks to wait: too many requests: slow down (after 3 tries)", false);
        add("busy_for_an_hour", "rate-limited", "the server asks to wait 3600 s: slow down", false);
        add("redirects_elsewhere", "bad-answer", "the server sends to another address", false);
        add("expired", "server-not-trusted", "the server's certificate has expired", true);
        add("nobody", "server-unreachable", "connection refused: no server listens at its address (after 3 tries)",
            false);
    }
    void isToldAndTheRunGoesOn()
    {
        tellsAndGoesOn();
        // Where it was sent to, which must not see the key.
        QCOMPARE(m_served->server.requestsAt("elsewhere").size(), std::size_t{0});
    }
};

QTEST_GUILESS_MAIN(tst_ModelRefusals)
#include "tst_ModelRefusals.moc"
