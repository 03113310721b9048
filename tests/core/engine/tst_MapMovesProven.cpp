// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom::test;

/// What the agent makes of maps, neighbourhoods and products, from the baselines of the library, with default tunables.
class tst_MapMovesProven : public QObject {
    Q_OBJECT

private slots:
    void madeKernelsAreRight_data()
    {
        QTest::addColumn<std::string>("task");
        QTest::addColumn<std::vector<std::string>>("moves");
        const auto add = [](const std::string& task, const std::vector<std::string>& moves) {
            QTest::newRow((task + ": " + moves.back()).c_str()) << task << moves;
        };
        add("stencil2d", {"window"});
        add("conv2d", {"window"});
        add("depthwise_conv", {"window"});
        add("stencil3d", {"march-planes"});
        add("bilinear_resize", {"patch-grid"});
        add("stencil2d", {"coarsen"});
        add("jagged_to_dense", {"vectorize", "coarsen", "known-divisors"});
        add("bucketize", {"bisect", "vectorize"});
        add("embedding_bag", {"gather-batch"});
        add("feature_interaction", {"pair-tiles"});
        add("batched_gemm", {"pipeline-contraction"});
        add("bias_gelu_chain", {"fuse-launches", "fuse-launches", "vectorize"});
    }
    void madeKernelsAreRight()
    {
        QFETCH(std::string, task);
        QFETCH(std::vector<std::string>, moves);
        const std::string objection = objectionToMade(task, moves);
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_MapMovesProven)
#include "tst_MapMovesProven.moc"
