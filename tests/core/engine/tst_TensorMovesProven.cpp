// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom::test;

/// What the agent makes for tensor cores from the baselines of the library, with default tunables: ldmatrix, mma.sync
/// and cp.async, every access checked.
class tst_TensorMovesProven : public QObject {
    Q_OBJECT

private slots:
    void madeKernelsAreRight_data()
    {
        QTest::addColumn<std::string>("task");
        QTest::addColumn<std::vector<std::string>>("moves");
        const auto add = [](const std::string& task, const std::vector<std::string>& moves) {
            QTest::newRow((task + ": " + moves.back()).c_str()) << task << moves;
        };
        add("hgemm", {"tensor-contraction"});
        add("bgemm", {"tensor-contraction"});
        add("attention", {"attention-tensor"});
        // Lines that begin on no boundary of 16 bytes, and a result that lies the other way.
        add("../tests/bench/agent/unseen/project_tokens", {"tensor-contraction"});
        add("../tests/bench/agent/unseen/project_tokens", {"tile-contraction#1"});
    }
    void madeKernelsAreRight()
    {
        QFETCH(std::string, task);
        QFETCH(std::vector<std::string>, moves);
        const std::string objection = objectionToMade(task, moves);
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_TensorMovesProven)
#include "tst_TensorMovesProven.moc"
