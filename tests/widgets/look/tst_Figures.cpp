// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <limits>
#include <set>

#include "WidgetTestSupport.h"
#include "look/Figures.h"
#include "look/VerdictMark.h"

using namespace warploom;

class tst_Figures : public QObject {
    Q_OBJECT

private slots:
    void threeDigitsAlways()
    {
        QCOMPARE(threeDigits(6.314), QStringLiteral("6.31"));
        QCOMPARE(threeDigits(23.44), QStringLiteral("23.4"));
        QCOMPARE(threeDigits(235.4), QStringLiteral("235"));
        QCOMPARE(threeDigits(1882.0), QStringLiteral("1882"));
        QCOMPARE(threeDigits(0.04251), QStringLiteral("0.0425"));
        QCOMPARE(threeDigits(0.0), QStringLiteral("0"));
        QCOMPARE(threeDigits(9.999), QStringLiteral("10.0"));
        QCOMPARE(threeDigits(std::numeric_limits<double>::quiet_NaN()), QStringLiteral("–"));
    }

    void timesHaveOneUnitAColumn()
    {
        QCOMPARE(timeText(0.25), QStringLiteral("250 ns"));
        QCOMPARE(timeText(12.34), QStringLiteral("12.3 µs"));
        QCOMPARE(timeText(5607.0), QStringLiteral("5.61 ms"));
        QCOMPARE(timeText(2'500'000.0), QStringLiteral("2.50 s"));
        QCOMPARE(timeFigure(5607.0, TimeUnit::Microseconds), QStringLiteral("5607"));
    }

    void noFigureIsBare()
    {
        EvaluationRecord measured;
        measured.speedup = Interval{6.314, 6.27, 6.36};
        QCOMPARE(speedupFigure(measured), QStringLiteral("6.31×"));
        QCOMPARE(speedupInterval(measured), QStringLiteral("[6.27, 6.36]"));
        EvaluationRecord modelled = measured;
        modelled.modelled = true;
        QCOMPARE(speedupInterval(modelled), QStringLiteral("modelled"));
        QCOMPARE(speedupFigure({}), QString());
        QCOMPARE(durationText(Seconds(134)), QStringLiteral("02:14"));
        QCOMPARE(durationText(Seconds(3734)), QStringLiteral("1:02:14"));
    }

    void everyVerdictHasAMark()
    {
        for (const Verdict verdict : allVerdicts()) {
            EvaluationRecord evaluation;
            evaluation.verdict = verdict;
            QVERIFY(markOf(evaluation) != Mark::None);
            QVERIFY(!verdictText(verdict).contains(QLatin1Char('-')));
        }
        EvaluationRecord right;
        right.verdict = Verdict::Ok;
        QCOMPARE(markOf(right), Mark::Ok);
        right.provisional = true;
        QCOMPARE(markOf(right), Mark::Provisional);
        right.modelled = true;
        QCOMPARE(markOf(right), Mark::Modelled);
    }

    void marksDifferWithoutColour()
    {
        std::set<QByteArray> pictures;
        std::set<QString> signs;
        for (int i = 0; i <= kMarkCount; ++i) {
            QImage image(24, 24, QImage::Format_Grayscale8);
            image.fill(Qt::white);
            QPainter painter(&image);
            painter.translate(12, 12);
            painter.scale(20, 20);
            painter.fillPath(shapeOf(static_cast<Mark>(i)).filled, Qt::black);
            painter.strokePath(shapeOf(static_cast<Mark>(i)).outline, QPen(Qt::black, 0.16));
            painter.end();
            pictures.insert(QByteArray(reinterpret_cast<const char*>(image.constBits()), image.sizeInBytes()));
            signs.insert(markSign(static_cast<Mark>(i)));
            QVERIFY(!markName(static_cast<Mark>(i)).isEmpty());
        }
        // What is provisional and what has not been evaluated have one shape: the second one has no figure.
        QCOMPARE(pictures.size(), std::size_t{kMarkCount});
        QCOMPARE(signs.size(), std::size_t{kMarkCount + 1});
    }
};

WARPLOOM_WIDGET_TEST_MAIN(tst_Figures)
#include "tst_Figures.moc"
