// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom::test;

/// What the agent makes of rows that were written by people who had seen no move, with its default tunables.
class tst_OtherRowsProven : public QObject {
    Q_OBJECT

private slots:
    void madeKernelsAreRight_data()
    {
        QTest::addColumn<std::string>("task");
        QTest::addColumn<std::vector<std::string>>("moves");
        const auto add = [](const std::string& task, const std::vector<std::string>& moves) {
            QTest::newRow(fmt::format("{}: {}", task, fmt::join(moves, ", ")).c_str()) << task << moves;
        };
        const std::string nests = "../tests/bench/agent/unseen/group_norm_silu";
        add(nests, {"row-per-block", "fuse-passes", "vectorize", "unroll"});
        add(nests, {"row-per-block#2", "vectorize"});
        const std::string channels = "../tests/bench/agent/unseen/channel_softmax";
        add(channels, {"share-columns"});
        add(channels, {"share-columns", "keep-column", "fast-math"});
        add("../tests/bench/agent/unseen/underwater", {"scan-row"});
        add("../tests/bench/agent/unseen/underwater", {"scan-row#1"});
        add("../tests/bench/agent/unseen/revin_clip", {"fuse-statistics"});
        add("../tests/bench/agent/unseen/revin_clip", {"fuse-statistics#1"});
        add("../tests/bench/agent/unseen/revin_clip", {"fuse-statistics#1", "unroll"});
        add("../tests/bench/agent/unseen/panel_zscore", {"split-sum"});
        add("../tests/bench/agent/ordinary/bn_stats_nchw", {"split-sum"});
        add("../tests/bench/agent/ordinary/bn_stats_nchw", {"split-sum", "vectorize"});
        add("../tests/core/engine/strips/column_spread", {"split-sum#1", "vectorize"});
        add("../tests/bench/agent/ordinary/col_logsumexp", {"split-sum#1", "unroll", "fast-math"});
        add("../tests/bench/agent/ordinary/row_extrema", {"row-per-block", "vectorize"});
        add("../tests/bench/agent/ordinary/row_extrema", {"row-per-block#1"});
    }
    void madeKernelsAreRight()
    {
        QFETCH(std::string, task);
        QFETCH(std::vector<std::string>, moves);
        const std::string objection = objectionToMade(task, moves);
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_OtherRowsProven)
#include "tst_OtherRowsProven.moc"
