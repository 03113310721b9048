// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom::test;

/// What the agent makes of launches that work through the same rows, some of which are masked, with default tunables.
class tst_FusedRowsProven : public QObject {
    Q_OBJECT

private slots:
    void madeKernelsAreRight_data()
    {
        QTest::addColumn<std::string>("task");
        QTest::addColumn<std::vector<std::string>>("moves");
        const auto add = [](const std::string& task, const std::vector<std::string>& moves) {
            QTest::newRow(fmt::format("{}: {}", task, fmt::join(moves, ", ")).c_str()) << task << moves;
        };
        const std::string masked = "../tests/bench/agent/unseen/distill_kl";
        add(masked, {"row-per-block", "row-per-block", "vectorize"});
        add(masked, {"fuse-launches#1", "fuse-launches", "row-per-block", "fuse-passes", "fuse-passes", "keep-row"});
        add(masked, {"fuse-launches#2"});
        add(masked, {"fuse-launches#3", "fast-math", "unroll"});
        add(masked, {"fuse-launches#5"});
    }
    void madeKernelsAreRight()
    {
        QFETCH(std::string, task);
        QFETCH(std::vector<std::string>, moves);
        const std::string objection = objectionToMade(task, moves);
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_FusedRowsProven)
#include "tst_FusedRowsProven.moc"
