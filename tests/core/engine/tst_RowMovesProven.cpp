// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom::test;

/// What the agent makes of rows, from the baselines of the library, with its default tunables.
class tst_RowMovesProven : public QObject {
    Q_OBJECT

private slots:
    void madeKernelsAreRight_data()
    {
        QTest::addColumn<std::string>("task");
        QTest::addColumn<std::vector<std::string>>("moves");
        const auto add = [](const std::string& task, const std::vector<std::string>& moves) {
            QTest::newRow(fmt::format("{}: {}", task, fmt::join(moves, ", ")).c_str()) << task << moves;
        };
        add("softmax", {"row-per-block", "keep-row"});
        add("layernorm", {"row-per-block#1", "keep-row"});
        add("argmax", {"keep-extremum", "row-per-block#1", "vectorize"});
        add("argmax", {"row-per-block#1", "keep-extremum", "vectorize"});
        add("argmax", {"row-per-block"});
        add("argmax", {"row-per-block#2", "keep-extremum", "vectorize"});
        add("argmax", {"keep-extremum", "row-per-block#2", "unroll"});
        add("cross_entropy", {"row-per-block", "keep-row"});
        add("segmented_reduce", {"row-per-block#3"});
        add("segmented_reduce", {"row-per-block#2"});
        add("prefix_sum", {"scan-single-pass"});
        add("top_k", {"select-per-warp"});
        add("gemv", {"row-per-block", "vectorize", "unroll"});
        add("softmax", {"row-per-block", "fuse-passes", "vectorize"});
        add("layernorm", {"row-per-block#1", "fuse-passes", "vectorize", "unroll"});
        add("cross_entropy", {"row-per-block", "fuse-passes"});
    }
    void madeKernelsAreRight()
    {
        QFETCH(std::string, task);
        QFETCH(std::vector<std::string>, moves);
        const std::string objection = objectionToMade(task, moves);
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_RowMovesProven)
#include "tst_RowMovesProven.moc"
