// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom::test;

/// What the agent makes of everyday kernels: blocks of rows, arrays of a thread's own, pointers to columns, results
/// that were shared out by hand, scratches in the wrong order.
class tst_EverydayProven : public QObject {
    Q_OBJECT

private slots:
    void madeKernelsAreRight_data()
    {
        QTest::addColumn<std::string>("task");
        QTest::addColumn<std::vector<std::string>>("moves");
        const auto add = [](const std::string& task, const std::vector<std::string>& moves) {
            QTest::newRow(fmt::format("{}: {}", task, fmt::join(moves, ", ")).c_str())
                << "../tests/bench/agent/" + task << moves;
        };
        add("everyday/lstm_cell", {"vectorize"});
        add("everyday/lstm_cell", {"vectorize", "coarsen"});
        add("everyday/pwconv_relu6", {"tile-contraction#1"});
        add("everyday/pwconv_relu6", {"tensor-contraction"});
        add("everyday/thomas_batch", {"transpose-scratch"});
        add("everyday/sw_affine", {"transpose-scratch"});
        add("everyday/rolling_beta", {"vectorize"});
        add("everyday/nv12_rgba", {"vectorize"});
        add("everyday/median3_u16", {"exchange-sort"});
        add("everyday/philox_dropout_add", {"vectorize"});
        add("unseen/pfb_frontend", {"vectorize"});
        add("unseen/revin_clip", {"vectorize"});
        add("unseen/legendre_analysis", {"pipeline-contraction"});
        add("ordinary/gauss_sep", {"window"});
        add("ordinary/cov_columns", {"vectorize"});
        add("ordinary/col_logsumexp", {"split-sum"});
        add("everyday/ln_backward", {"split-sum", "row-per-block", "keep-row"});
    }
    void madeKernelsAreRight()
    {
        QFETCH(std::string, task);
        QFETCH(std::vector<std::string>, moves);
        const std::string objection = objectionToMade(task, moves);
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_EverydayProven)
#include "tst_EverydayProven.moc"
