// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestAttention : public QObject {
    Q_OBJECT

private slots:
    void attention()
    {
        const auto tiles = proposals(baseline("attention"), "attention-tiles");
        QCOMPARE(tiles.size(), std::size_t{1});
        QCOMPARE(errorOf(tiles[0].source), std::string());
        COMPARE_GOLDEN("attention-tiles-attention", tiles[0].source);
        const auto tensor = proposals(baseline("attention"), "attention-tensor");
        QCOMPARE(tensor.size(), std::size_t{1});
        QCOMPARE(errorOf(tensor[0].source), std::string());
        COMPARE_GOLDEN("attention-tensor-attention", tensor[0].source);
    }
};

QTEST_APPLESS_MAIN(TestAttention)
#include "tst_Attention.moc"
