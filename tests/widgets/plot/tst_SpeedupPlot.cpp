// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <map>
#include <set>

#include <qcustomplot.h>

#include "WidgetTestSupport.h"
#include "plot/EvaluationText.h"
#include "plot/LegendButton.h"
#include "plot/SpeedupPlot.h"
#include "plot/SpeedupSeries.h"
#include "plot/SpeedupTicker.h"
#include "session/LiveLineage.h"
#include "session/Selection.h"

using namespace warploom;
using namespace warploom::test;

namespace {

EvaluationRecord evaluation(EvaluationId id, EnvironmentId environment, bool modelled, double speedup)
{
    EvaluationRecord record;
    record.id = id;
    record.variant = id;
    record.environment = environment;
    record.modelled = modelled;
    record.verdict = speedup > 0 ? Verdict::Ok : Verdict::Wrong;
    if (speedup > 0)
        record.time = Interval{100 / speedup, 99 / speedup, 101 / speedup};
    if (speedup > 0)
        record.speedup =
            modelled ? Interval{speedup, speedup, speedup} : Interval{speedup, speedup - 0.1, speedup + 0.1};
    return record;
}

WorkspaceContent contentOf(const std::vector<EvaluationRecord>& evaluations)
{
    WorkspaceContent content;
    content.evaluations = evaluations;
    for (const EvaluationRecord& record : evaluations) {
        VariantRecord variant;
        variant.id = record.variant;
        variant.title = "pad <shared> tile";
        content.variants.push_back(variant);
    }
    content.lastSequence = 1;
    return content;
}

struct Views {
    LiveLineage lineage;
    Selection selection;
    SpeedupPlot plot{lineage, selection};
    QCustomPlot* canvas = plot.findChild<QCustomPlot*>();

    explicit Views(WorkspaceContent content)
    {
        lineage.reset(Lineage(std::move(content)));
        plot.resize(640, 320);
        plot.show();
        QCoreApplication::processEvents();
    }

    void click(EvaluationId id)
    {
        const QPointF place = *plot.placeOf(id) - QPointF(canvas->mapTo(&plot, QPoint(0, 0)));
        QTest::mouseClick(canvas, Qt::LeftButton, {}, place.toPoint());
    }
};

QString captionOf(const SpeedupPlot& plot)
{
    const auto labels = plot.findChildren<QLabel*>();
    const auto found = std::find_if(labels.begin(), labels.end(), [](const QLabel* label) {
        return label->text().contains(QLatin1String("baseline"));
    });
    return found == labels.end() ? QString() : (*found)->text();
}

}  // namespace

class TestSpeedupPlot : public QObject {
    Q_OBJECT

private slots:
    void everyEvaluationHasAMark();
    void bestSoFarOnlyRises();
    void retiredAndSuspectAreNotTheBest();
    void bestFollowsTheRuleOfStandings();
    void failureTakesTheFigureBack();
    void modelledAndMeasuredAreApart();
    void otherEnvironmentsAreMuted();
    void failuresHaveLanesInTheRug();
    void ticksAreRound_data();
    void ticksAreRound();
    void clickSelects();
    void keysWalk();
    void selectionMovesOnlyTheOverlay();
    void toolTipSaysEverything();
    void zoomIsKeptAndResets();
    void aBatchIsOneReplot();
    void hiddenPlotsDoNotReplot();
    void emptySaysWhatFillsIt();
    void onlyFailuresSaySo();
    void themeChangesTheGround();
    void describesTheBest();
    void legendNamesEveryMark();
    void pictures_data();
    void pictures();
};

void TestSpeedupPlot::everyEvaluationHasAMark()
{
    const SpeedupSeries series = speedupSeries(Lineage(syntheticContent(40, 200, false)));
    QCOMPARE(series.points.size(), 200U);
    int failures = 0;
    std::map<Mark, int> counts;
    for (const SpeedupPoint& point : series.points) {
        ++counts[point.mark];
        failures += point.hasFigure() ? 0 : 1;
    }
    // Every fifth draws from all twelve verdicts in turn.
    QCOMPARE(counts[Mark::Ok], 200 - 36);
    QCOMPARE(counts[Mark::Suspect], 3);
    QCOMPARE(counts[Mark::Wrong], 12);
    QCOMPARE(counts[Mark::Error], 15);
    QCOMPARE(counts[Mark::Timeout], 6);
    QCOMPARE(failures, 33);
    QCOMPARE(series.figures, 167);
}

void TestSpeedupPlot::bestSoFarOnlyRises()
{
    const SpeedupSeries series = speedupSeries(
        Lineage(contentOf({evaluation(1, 1, false, 1), evaluation(2, 1, false, 0), evaluation(3, 1, false, 2),
                           evaluation(4, 1, false, 1.5), evaluation(5, 1, false, 2), evaluation(6, 1, false, 3)})));
    QCOMPARE(series.best.size(), 3U);
    QCOMPARE(series.best[1].number, 3.0);
    QCOMPARE(series.best[1].speedup.low, 1.9);
    QCOMPARE(series.best[2].evaluation, EvaluationId{6});
    QCOMPARE(series.highest, 3.0);
}

void TestSpeedupPlot::retiredAndSuspectAreNotTheBest()
{
    WorkspaceContent content = contentOf({evaluation(1, 1, false, 1), evaluation(2, 1, false, 5),
                                          evaluation(3, 1, false, 9), evaluation(4, 1, false, 2)});
    content.variants[1].retired = true;
    content.evaluations[2].verdict = Verdict::Suspect;
    const SpeedupSeries series = speedupSeries(Lineage(content));
    QCOMPARE(series.best.back().evaluation, EvaluationId{4});
    QCOMPARE(series.points[1].tone, MarkTone::Faded);
    QCOMPARE(series.points[2].mark, Mark::Suspect);
    QCOMPARE(series.highest, 9.0);
}

void TestSpeedupPlot::bestFollowsTheRuleOfStandings()
{
    // Configurations are measured again, and some of them fail then.
    for (const int count : {10, 100, 700}) {
        const Lineage lineage(syntheticContent(12, count, false));
        const SpeedupSeries series = speedupSeries(lineage);
        QCOMPARE(series.latestBest()->evaluation, lineage.best()->id);
    }
    // The low end decides.
    WorkspaceContent content = contentOf({evaluation(1, 1, false, 2), evaluation(2, 1, false, 2.5)});
    content.evaluations[1].speedup->low = 1.5;
    QCOMPARE(speedupSeries(Lineage(content)).latestBest()->evaluation, EvaluationId{1});
}

void TestSpeedupPlot::failureTakesTheFigureBack()
{
    WorkspaceContent content =
        contentOf({evaluation(1, 1, false, 1), evaluation(2, 1, false, 3), evaluation(3, 1, false, 0)});
    content.evaluations[2].variant = 2;
    const SpeedupSeries series = speedupSeries(Lineage(content));
    QCOMPARE(series.latestBest()->evaluation, EvaluationId{1});
    QCOMPARE(series.latestBest()->number, 3.0);
    QCOMPARE(series.best.size(), 3U);
    // Nothing is left.
    content.evaluations.erase(content.evaluations.begin());
    Views views(content);
    QVERIFY(views.plot.series().latestBest() == nullptr);
    QVERIFY(views.plot.accessibleDescription().contains(QLatin1String("No speedup yet")));
    views.plot.grab();
}

void TestSpeedupPlot::modelledAndMeasuredAreApart()
{
    const std::vector<EvaluationRecord> both = {evaluation(1, 1, true, 1), evaluation(2, 1, true, 8),
                                                evaluation(3, 2, false, 1), evaluation(4, 2, false, 3)};
    Views views(contentOf(both));
    QVERIFY(!views.plot.series().modelled);
    QCOMPARE(views.plot.series().points.size(), 2U);
    QCOMPARE(views.plot.series().leftOut, 2);
    QCOMPARE(views.plot.series().highest, 3.0);
    QVERIFY(!views.plot.placeOf(2));
    QVERIFY(captionOf(views.plot).contains(QLatin1String("modelled figures left out: 2")));
    // The next environment is the emulator's again.
    views.lineage.apply({eventOf(evaluation(5, 3, true, 1.2), 10)});
    QTRY_VERIFY(views.plot.series().modelled);
    QCOMPARE(views.plot.series().leftOut, 2);
    QVERIFY(captionOf(views.plot).contains(QLatin1String("modelled</span>")));
    QVERIFY(captionOf(views.plot).contains(QLatin1String("measured figures left out: 2")));
}

void TestSpeedupPlot::otherEnvironmentsAreMuted()
{
    Views views(contentOf({evaluation(1, 1, false, 1), evaluation(2, 1, false, 9), evaluation(3, 2, false, 1),
                           evaluation(4, 2, false, 2), evaluation(5, 1, false, 0)}));
    const SpeedupSeries& series = views.plot.series();
    QCOMPARE(series.points[1].tone, MarkTone::Muted);
    QCOMPARE(series.points[3].tone, MarkTone::Full);
    QCOMPARE(series.best.back().evaluation, EvaluationId{4});
    QCOMPARE(series.muted, 2);
    QVERIFY(captionOf(views.plot).contains(QLatin1String("from other environments, in grey: 2")));
}

void TestSpeedupPlot::failuresHaveLanesInTheRug()
{
    Views views(syntheticContent(40, 100, false));
    const QRect rect = views.canvas->axisRect()->rect().translated(views.canvas->mapTo(&views.plot, QPoint(0, 0)));
    const std::vector<Mark> lanes = {Mark::Wrong, Mark::Error, Mark::Timeout};
    QCOMPARE(views.plot.series().rugLanes, lanes);
    std::map<Mark, std::set<double>> heights;
    for (const SpeedupPoint& point : views.plot.series().points) {
        const QPointF place = *views.plot.placeOf(point.evaluation);
        QCOMPARE(place.y() > rect.bottom(), !point.hasFigure());
        QVERIFY(place.y() < views.plot.height());
        if (!point.hasFigure())
            heights[point.mark].insert(place.y());
    }
    QCOMPARE(heights.size(), 3U);
    for (const auto& [mark, places] : heights)
        QCOMPARE(places.size(), 1U);
}

void TestSpeedupPlot::ticksAreRound_data()
{
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::addColumn<QString>("labels");
    QTest::newRow("usual") << 0.9 << 12.0 << "1× 2× 5× 10×";
    QTest::newRow("wide") << 0.9 << 2000.0 << "1× 10× 100× 1000×";
    QTest::newRow("octave") << 0.9 << 3.2 << "1× 1.2× 1.5× 2× 2.5× 3×";
    QTest::newRow("narrow") << 0.99 << 1.06 << "1× 1.02× 1.04× 1.06×";
    QTest::newRow("slower") << 0.1 << 1.1 << "0.1× 0.2× 0.5× 1×";
}

void TestSpeedupPlot::ticksAreRound()
{
    QFETCH(double, low);
    QFETCH(double, high);
    QStringList labels;
    for (const double tick : roundSpeedups(low, high, 6))
        labels << speedupLabel(tick);
    QTEST(labels.join(QLatin1Char(' ')), "labels");
}

void TestSpeedupPlot::clickSelects()
{
    Views views(syntheticContent(20, 30, false));
    QSignalSpy chosen(&views.plot, &SpeedupPlot::evaluationChosen);
    views.click(12);
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen[0][0].value<EvaluationId>(), EvaluationId{12});
    QCOMPARE(views.selection.evaluation(), EvaluationId{12});
    QCOMPARE(views.selection.variant(), views.lineage.data().evaluations()[11].variant);
    // A failure, in the rug.
    QCOMPARE(views.lineage.data().evaluations()[8].verdict, Verdict::Invalid);
    views.click(9);
    QCOMPARE(views.selection.evaluation(), EvaluationId{9});
    QTest::mouseClick(views.canvas, Qt::LeftButton, {}, QPoint(2, 2));
    QCOMPARE(chosen.size(), 2);
}

void TestSpeedupPlot::keysWalk()
{
    Views views(syntheticContent(20, 30, false));
    QTest::keyClick(&views.plot, Qt::Key_Left);
    QCOMPARE(views.selection.evaluation(), EvaluationId{30});
    QTest::keyClick(&views.plot, Qt::Key_Left);
    QTest::keyClick(&views.plot, Qt::Key_Left);
    QTest::keyClick(&views.plot, Qt::Key_Right);
    QCOMPARE(views.selection.evaluation(), EvaluationId{29});
    QTest::keyClick(&views.plot, Qt::Key_Home);
    QCOMPARE(views.selection.evaluation(), views.lineage.data().best()->id);
}

void TestSpeedupPlot::selectionMovesOnlyTheOverlay()
{
    Views views(syntheticContent(20, 30, false));
    const QImage before = views.plot.grab().toImage();
    QSignalSpy replots(views.canvas, &QCustomPlot::afterReplot);
    views.selection.select(4);
    QCoreApplication::processEvents();
    QCOMPARE(replots.size(), 0);
    const QImage after = views.plot.grab().toImage();
    QVERIFY(before != after);
    views.selection.select(0);
    QCOMPARE(views.plot.grab().toImage(), before);
}

void TestSpeedupPlot::toolTipSaysEverything()
{
    EvaluationRecord modelled = evaluation(1, 1, true, 2.5);
    EvaluationRecord wrong = evaluation(2, 1, true, 0);
    wrong.message = "y[3] is <nan>";
    const Lineage lineage(contentOf({modelled, wrong}));
    const QString right = evaluationToolTip(lineage, modelled);
    for (const char* part : {"◐", "#1 pad &lt;shared&gt; tile", "2.50×", "modelled", "ok"})
        QVERIFY2(right.contains(QString::fromUtf8(part)), part);
    QVERIFY(evaluationToolTip(lineage, wrong).contains(QLatin1String("y[3] is &lt;nan&gt;")));
    EvaluationRecord hot = evaluation(3, 1, false, 2);
    hot.cold = false;
    QCOMPARE(speedupText(hot), QStringLiteral("2.00× [1.90, 2.10], hot"));
    Views views(contentOf({modelled, wrong}));
    const QPoint place = (*views.plot.placeOf(2) - QPointF(views.canvas->mapTo(&views.plot, QPoint(0, 0)))).toPoint();
    QHelpEvent help(QEvent::ToolTip, place, views.canvas->mapToGlobal(place));
    QCoreApplication::sendEvent(views.canvas, &help);
    QVERIFY(QToolTip::text().contains(QLatin1String("wrong")));
    QToolTip::hideText();
}

void TestSpeedupPlot::zoomIsKeptAndResets()
{
    Views views(syntheticContent(50, 100, false));
    QCPAxis* axis = views.canvas->xAxis;
    const QCPRange full = axis->range();
    QVERIFY(full.lower < 1 && full.upper > 100);
    QTest::keyClick(&views.plot, Qt::Key_Plus);
    const QCPRange near = axis->range();
    QVERIFY(near.size() < full.size() * 0.75);
    views.lineage.apply({eventOf(evaluation(101, 1, false, 2), 1000)});
    QTRY_COMPARE(views.plot.series().evaluations, 101.0);
    QCOMPARE(axis->range().size(), near.size());
    axis->setRange(-500, 5000);
    QVERIFY(axis->range().lower > -3);
    axis->setRange(20, 30);
    QTest::mouseDClick(views.canvas, Qt::LeftButton, {}, views.canvas->axisRect()->center());
    QVERIFY(axis->range().size() >= full.size());
    // From here on it follows again.
    views.lineage.apply({eventOf(evaluation(102, 1, false, 2), 1001)});
    QTRY_VERIFY(axis->range().upper > 102);
}

void TestSpeedupPlot::aBatchIsOneReplot()
{
    Views views(syntheticContent(20, 30, false));
    QTest::qWait(20);
    QSignalSpy replots(views.canvas, &QCustomPlot::afterReplot);
    std::vector<EventRecord> batch;
    for (int i = 0; i < 50; ++i)
        batch.push_back(eventOf(evaluation(31 + i, 1, false, 1.5), 100 + i));
    views.lineage.apply(batch);
    views.lineage.apply({eventOf(evaluation(81, 1, false, 9), 200)});
    QTRY_COMPARE(replots.size(), 1);
    QCOMPARE(views.plot.series().evaluations, 81.0);
    QTest::qWait(20);
    QCOMPARE(replots.size(), 1);
}

void TestSpeedupPlot::hiddenPlotsDoNotReplot()
{
    Views views(syntheticContent(20, 30, false));
    views.plot.hide();
    QSignalSpy replots(views.canvas, &QCustomPlot::afterReplot);
    views.lineage.apply({eventOf(evaluation(31, 1, false, 9), 100)});
    QTest::qWait(20);
    QCOMPARE(replots.size(), 0);
    QCOMPARE(views.plot.series().evaluations, 30.0);
    views.plot.show();
    QCOMPARE(views.plot.series().evaluations, 31.0);
    QTRY_VERIFY(!replots.empty());
}

void TestSpeedupPlot::emptySaysWhatFillsIt()
{
    Views views({});
    const auto labels = views.plot.findChildren<QLabel*>();
    QVERIFY(std::any_of(labels.begin(), labels.end(), [](const QLabel* label) {
        return label->isVisible() && label->text() == QLatin1String("No evaluation yet. Evolve with Ctrl+R.");
    }));
    QVERIFY(!views.canvas->isVisible());
    views.lineage.apply({eventOf(evaluation(1, 1, false, 1), 1)});
    QTRY_VERIFY(views.canvas->isVisible());
}

void TestSpeedupPlot::onlyFailuresSaySo()
{
    Views views(contentOf({evaluation(1, 1, false, 0), evaluation(2, 1, false, 0)}));
    QCOMPARE(views.plot.series().figures, 0);
    QVERIFY(views.plot.series().best.empty());
    QVERIFY(views.canvas->isVisible());
    QVERIFY(views.plot.accessibleDescription().contains(QLatin1String("No speedup yet")));
    keepPicture(views.plot, QStringLiteral("plot-failures"));
}

void TestSpeedupPlot::themeChangesTheGround()
{
    Views views(syntheticContent(20, 30, false));
    const auto ground = [&] { return QColor(views.canvas->grab().toImage().pixel(1, 1)); };
    QCOMPARE(ground(), Theme::instance().color(Token::Background));
    const QColor light = ground();
    Theme::instance().choose(ThemeChoice::Dark);
    QTRY_COMPARE(ground(), Theme::instance().color(Token::Background));
    QVERIFY(ground() != light);
    QCOMPARE(views.canvas->xAxis->tickLabelColor(), Theme::instance().color(Token::Muted));
    Theme::instance().choose(ThemeChoice::Light);
}

void TestSpeedupPlot::describesTheBest()
{
    Views views(contentOf({evaluation(1, 1, false, 1), evaluation(2, 1, false, 4)}));
    QVERIFY(!views.plot.accessibleName().isEmpty());
    QCOMPARE(views.plot.accessibleDescription(),
             QStringLiteral("Best so far: #2, 4.00× [3.90, 4.10], at evaluation 2"));
}

void TestSpeedupPlot::legendNamesEveryMark()
{
    Views views(syntheticContent(20, 30, false));
    auto* button = views.plot.findChild<LegendButton*>();
    button->click();
    auto* popup = button->findChild<QFrame*>(QStringLiteral("legend"));
    QVERIFY(popup != nullptr && popup->isVisible());
    QStringList texts;
    for (const QLabel* label : popup->findChildren<QLabel*>())
        texts << label->text();
    for (int i = 0; i < kMarkCount; ++i)
        QVERIFY(texts.contains(markName(static_cast<Mark>(i))));
    keepPicture(*popup, QStringLiteral("plot-legend"));
    popup->close();
}

void TestSpeedupPlot::pictures_data()
{
    QTest::addColumn<int>("evaluations");
    QTest::addColumn<bool>("modelled");
    QTest::addColumn<bool>("dark");
    for (const bool dark : {false, true})
        for (const int evaluations : {0, 1, 8, 300, 10'000})
            QTest::addRow("plot-%d-%s", evaluations, dark ? "dark" : "light")
                << evaluations << (evaluations == 300) << dark;
}

void TestSpeedupPlot::pictures()
{
    QFETCH(int, evaluations);
    QFETCH(bool, modelled);
    QFETCH(bool, dark);
    Theme::instance().choose(dark ? ThemeChoice::Dark : ThemeChoice::Light);
    Views views(syntheticContent(evaluations / 3 + std::min(evaluations, 1), evaluations, modelled));
    views.selection.select(4);
    QTest::qWait(30);
    QElapsedTimer timer;
    timer.start();
    views.canvas->replot();
    qInfo("replot of %d evaluations: %.1f ms", evaluations, static_cast<double>(timer.nsecsElapsed()) / 1e6);
    QCOMPARE(views.plot.series().points.size(), static_cast<std::size_t>(evaluations));
    keepPicture(views.plot, QString::fromLatin1(QTest::currentDataTag()));
    Theme::instance().choose(ThemeChoice::Light);
}

WARPLOOM_WIDGET_TEST_MAIN(TestSpeedupPlot)
#include "tst_SpeedupPlot.moc"
