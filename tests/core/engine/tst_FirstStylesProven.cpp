// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "StyleProof.h"

using namespace warploom::test;

/// A third of the styles: each gets the move that its task's baseline gets, and what that makes is right.
class tst_FirstStylesProven : public QObject {
    Q_OBJECT

private slots:
    void getTheirMoves_data()
    {
        QTest::addColumn<std::size_t>("index");
        for (std::size_t i = 0; i < kernelStyles(3, 0).size(); ++i)
            QTest::newRow(kernelStyles(3, 0)[i].name.c_str()) << i;
    }
    void getTheirMoves()
    {
        QFETCH(std::size_t, index);
        const KernelStyle style = kernelStyles(3, 0)[index];
        QVERIFY(!style.expected.empty());
        const std::string objection = objectionToStyle(style);
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_FirstStylesProven)
#include "tst_FirstStylesProven.moc"
