// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom::test;

/// What the agent makes of how kernels are compiled, rounded and launched, with its default tunables.
class tst_CompilerMovesProven : public QObject {
    Q_OBJECT

private slots:
    void madeKernelsAreRight_data()
    {
        QTest::addColumn<std::string>("task");
        QTest::addColumn<std::vector<std::string>>("moves");
        const auto add = [](const std::string& task, const std::vector<std::string>& moves) {
            QTest::newRow((task + ": " + moves.back()).c_str()) << task << moves;
        };
        add("softmax", {"row-per-block", "fast-math"});
        add("layernorm", {"fast-math"});
        add("attention", {"attention-tiles", "fast-math"});
        add("softmax", {"row-per-block", "keep-row", "launch-bounds"});
        add("softmax", {"unroll", "literal-tunable", "launch-bounds", "compiler-flags"});
        add("conv2d", {"unroll", "compiler-flags#1"});
        add("softmax", {"row-per-block", "whole-waves"});
    }
    void madeKernelsAreRight()
    {
        QFETCH(std::string, task);
        QFETCH(std::vector<std::string>, moves);
        const std::string objection = objectionToMade(task, moves);
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_CompilerMovesProven)
#include "tst_CompilerMovesProven.moc"
