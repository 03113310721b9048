// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom::test;

/// Products whose outputs are counted by one number: what moves make of them is right.
class tst_FlatProductsProven : public QObject {
    Q_OBJECT

private slots:
    void madeKernelsAreRight_data()
    {
        QTest::addColumn<std::vector<std::string>>("moves");
        for (const char* move : {"tile-contraction", "tensor-contraction"})
            QTest::newRow(move) << std::vector<std::string>{move};
    }
    void madeKernelsAreRight()
    {
        QFETCH(std::vector<std::string>, moves);
        const std::string objection = objectionToMade("../tests/bench/agent/unseen/tokens_mixed", moves);
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_FlatProductsProven)
#include "tst_FlatProductsProven.moc"
