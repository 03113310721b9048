// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Ranking.h"
#include "TestSupport.h"

using namespace warploom::test;

class tst_Ranking : public QObject {
    Q_OBJECT

private slots:
    void sameOrderIsOne()
    {
        const auto quality = rankingOf({{"a", 10, 100, ""}, {"b", 20, 150, ""}, {"c", 40, 151, ""}});
        QCOMPARE(quality.spearman, 1.0);
        QCOMPARE(quality.pairs, 3);
        QCOMPARE(quality.rightPairs, 3);
        QCOMPARE(quality.medianFactor, 7.5);
        // Factors 10, 7.5 and 3.775.
        const double squares = std::pow(std::log(10.0), 2) + std::pow(std::log(7.5), 2) + std::pow(std::log(3.775), 2);
        QVERIFY(std::abs(quality.error - std::sqrt(squares / 3)) < 1e-12);
    }

    void oppositeOrderIsMinusOne()
    {
        const auto quality = rankingOf({{"a", 10, 3, ""}, {"b", 20, 2, ""}, {"c", 40, 1, ""}});
        QCOMPARE(quality.spearman, -1.0);
        QCOMPARE(quality.rightPairs, 0);
    }

    /// By hand: ranks 0 1 2 3 against 0 1.5 1.5 3.
    void tiesShareTheirRank()
    {
        const auto quality = rankingOf({{"a", 1, 1, ""}, {"b", 2, 5, ""}, {"c", 3, 5, ""}, {"d", 4, 9, ""}});
        QVERIFY(std::abs(quality.spearman - 4.5 / std::sqrt(5.0 * 4.5)) < 1e-12);
        QCOMPARE(rankingOf({{"a", 1, 5, ""}, {"b", 2, 5, ""}}).spearman, 0.0);
    }

    void whatIsCloseIsNoPair()
    {
        const auto quality = rankingOf({{"a", 100, 2, ""}, {"b", 110, 1, ""}, {"c", 130, 1, ""}});
        QCOMPARE(quality.pairs, 1);
        QCOMPARE(quality.rightPairs, 0);
    }

    void answersCountBothWays()
    {
        // a is clearly faster than b on the card, and the model sees only a tenth: that one answer of two is wrong.
        const auto answers = fasterByAFifth({{"a", 10, 10, ""}, {"b", 20, 11, ""}});
        QCOMPARE(answers.asked, 2);
        QCOMPARE(answers.right, 1);
    }
};

QTEST_GUILESS_MAIN(tst_Ranking)
#include "tst_Ranking.moc"
