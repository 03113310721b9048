// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "WidgetTestSupport.h"
#include "evolution/LineageView.h"
#include "plot/LegendButton.h"
#include "session/LiveLineage.h"
#include "session/Selection.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// Speedups of variants in a chain below the baseline, each its predecessor's child; 0 is wrong.
WorkspaceContent family(const std::vector<VariantId>& parents, const std::vector<double>& speedups)
{
    WorkspaceContent content;
    for (std::size_t i = 0; i < parents.size(); ++i) {
        VariantRecord variant;
        variant.id = static_cast<VariantId>(i) + 1;
        if (parents[i] != 0)
            variant.parents = {parents[i]};
        variant.title = i == 0 ? "baseline" : "unroll";
        variant.move = i == 0 ? "" : "unroll";
        content.variants.push_back(variant);
        EvaluationRecord evaluation;
        evaluation.id = variant.id;
        evaluation.variant = variant.id;
        evaluation.environment = 1;
        evaluation.verdict = speedups[i] > 0 ? Verdict::Ok : Verdict::Wrong;
        if (speedups[i] > 0)
            evaluation.time = Interval{100 / speedups[i], 99 / speedups[i], 101 / speedups[i]};
        if (speedups[i] > 0)
            evaluation.speedup = Interval{speedups[i], speedups[i] * 0.99, speedups[i] * 1.01};
        content.evaluations.push_back(evaluation);
    }
    return content;
}

struct Views {
    LiveLineage lineage;
    Selection selection;
    LineageView view{lineage, selection};

    explicit Views(WorkspaceContent content, QSize size = {640, 320})
    {
        lineage.reset(Lineage(std::move(content)));
        view.resize(size);
        view.show();
        QCoreApplication::processEvents();
    }

    QPoint place(VariantId id) const { return view.placeOf(id)->toPoint(); }
    bool isInSight(VariantId id) const { return view.viewport()->rect().contains(place(id)); }
    void click(VariantId id) { QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, place(id)); }
    VariantId press(Qt::Key key)
    {
        QTest::keyClick(&view, key);
        return selection.variant();
    }
    QColor colorAt(QPointF point) const
    {
        const QImage image = view.viewport()->grab().toImage();
        return image.pixelColor((point * image.devicePixelRatio()).toPoint());
    }
};

}  // namespace

class TestLineageView : public QObject {
    Q_OBJECT

private slots:
    void clickSelects();
    void keysWalk();
    void wheelZoomsAroundTheCursor();
    void dragPans();
    void detailFollowsTheDistance();
    void fitShowsEverything_data();
    void fitShowsEverything();
    void selectionIsFollowed();
    void newVariantsDoNotMoveWhatIsLookedAt();
    void gainsColorTheEdges();
    void retiredIsFaded();
    void menuOffersTheActions();
    void toolTipNamesTheVariant();
    void emptySaysWhatFillsIt();
    void describesItself();
    void resetForgets();
    void legendNamesTheEdges();
    void hiddenLaysNothingOut();
    void cyclesAndStrangers();
    void tenThousandNodes();
    void pictures_data();
    void pictures();
};

void TestLineageView::clickSelects()
{
    Views views(family({0, 1, 1, 2}, {1, 2, 0, 3}));
    QSignalSpy changed(&views.selection, &Selection::changed);
    views.click(3);
    QCOMPARE(views.selection.variant(), VariantId{3});
    QCOMPARE(views.selection.evaluation(), EvaluationId{0});
    views.click(4);
    QCOMPARE(changed.size(), 2);
    QTest::mouseClick(views.view.viewport(), Qt::LeftButton, {}, QPoint(2, 2));
    QCOMPARE(changed.size(), 2);
}

void TestLineageView::keysWalk()
{
    //     2 – 5
    // 1 – 3
    //     4 – 6
    Views views(family({0, 1, 1, 1, 2, 4}, {1, 2, 0, 3, 9, 4}));
    QCOMPARE(views.press(Qt::Key_Right), VariantId{5});
    QCOMPARE(views.press(Qt::Key_Left), VariantId{2});
    QCOMPARE(views.press(Qt::Key_Down), VariantId{3});
    QCOMPARE(views.press(Qt::Key_Down), VariantId{4});
    QCOMPARE(views.press(Qt::Key_Down), VariantId{4});
    QCOMPARE(views.press(Qt::Key_Right), VariantId{6});
    QCOMPARE(views.press(Qt::Key_Up), VariantId{5});
    QCOMPARE(views.press(Qt::Key_Right), VariantId{5});
    QCOMPARE(views.press(Qt::Key_Left), VariantId{2});
    QCOMPARE(views.press(Qt::Key_Left), VariantId{1});
    QCOMPARE(views.press(Qt::Key_Left), VariantId{1});
    QCOMPARE(views.press(Qt::Key_Right), VariantId{3});
    QCOMPARE(views.press(Qt::Key_Home), VariantId{5});
}

void TestLineageView::wheelZoomsAroundTheCursor()
{
    Views views(syntheticContent(400, 400, false));
    const QPoint cursor = views.place(200);
    const double before = QLineF(*views.view.placeOf(1), *views.view.placeOf(300)).length();
    for (int i = 0; i < 10; ++i) {
        QWheelEvent wheel(cursor, views.view.viewport()->mapToGlobal(cursor), {}, QPoint(0, 120), Qt::NoButton, {},
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(views.view.viewport(), &wheel);
    }
    QVERIFY((views.place(200) - cursor).manhattanLength() <= 12);
    QVERIFY(QLineF(*views.view.placeOf(1), *views.view.placeOf(300)).length() > 4 * before);
    QTest::keyClick(&views.view, Qt::Key_0);
    QCOMPARE(QLineF(*views.view.placeOf(1), *views.view.placeOf(300)).length(), before);
}

void TestLineageView::dragPans()
{
    Views views(syntheticContent(400, 400, false));
    views.view.zoomAt(QPointF(300, 100), 8);
    const QPoint before = views.place(200);
    QTest::mousePress(views.view.viewport(), Qt::LeftButton, {}, QPoint(300, 150));
    for (const QPoint point : {QPoint(280, 140), QPoint(260, 130)}) {
        QMouseEvent move(QEvent::MouseMove, QPointF(point), views.view.viewport()->mapToGlobal(QPointF(point)),
                         Qt::NoButton, Qt::LeftButton, {});
        QCoreApplication::sendEvent(views.view.viewport(), &move);
    }
    QTest::mouseRelease(views.view.viewport(), Qt::LeftButton, {}, QPoint(260, 130));
    QCOMPARE(views.place(200), before - QPoint(40, 20));
    QCOMPARE(views.selection.variant(), VariantId{0});
}

void TestLineageView::detailFollowsTheDistance()
{
    Views views(syntheticContent(400, 400, false));
    QCOMPARE(views.view.detail(), LineageDetail::Marks);
    std::vector<LineageDetail> seen;
    for (int i = 0; i < 60; ++i) {
        views.view.zoomAt(QPointF(300, 100), 1.2);
        if (seen.empty() || seen.back() != views.view.detail())
            seen.push_back(views.view.detail());
    }
    const std::vector<LineageDetail> expected = {LineageDetail::Marks, LineageDetail::Figures, LineageDetail::Names};
    QCOMPARE(seen, expected);
}

void TestLineageView::fitShowsEverything_data()
{
    QTest::addColumn<int>("count");
    for (const int count : {1, 2, 9, 60, 3000})
        QTest::addRow("%d", count) << count;
}

void TestLineageView::fitShowsEverything()
{
    QFETCH(int, count);
    Views views(syntheticContent(count, count, false));
    for (int id = 1; id <= count; ++id)
        QVERIFY(views.isInSight(id));
    views.view.resize(300, 200);
    QCoreApplication::processEvents();
    for (int id = 1; id <= count; ++id)
        QVERIFY(views.isInSight(id));
    QCOMPARE(views.view.horizontalScrollBar()->maximum(), 0);
    QCOMPARE(views.view.verticalScrollBar()->maximum(), 0);
}

void TestLineageView::selectionIsFollowed()
{
    Views views(syntheticContent(400, 400, false));
    views.view.zoomAt(*views.view.placeOf(1), 20);
    QVERIFY(!views.isInSight(400));
    views.selection.select(400);
    QVERIFY(views.isInSight(400));
    // One in sight does not move anything.
    const QPoint before = views.place(400);
    views.selection.select(0);
    views.selection.select(400);
    QCOMPARE(views.place(400), before);
}

void TestLineageView::newVariantsDoNotMoveWhatIsLookedAt()
{
    const WorkspaceContent whole = syntheticContent(400, 400, false);
    WorkspaceContent start = whole;
    start.variants.resize(300);
    start.evaluations.resize(300);
    Views views(start);
    views.selection.select(250);
    views.view.zoomAt(*views.view.placeOf(250), 6);
    const QPoint before = views.place(250);
    std::vector<EventRecord> batch;
    for (std::size_t i = 300; i < 400; ++i)
        batch.push_back(eventOf(whole.variants[i], 10'000 + static_cast<EventSequence>(i)));
    views.lineage.apply(batch);
    QTRY_VERIFY(views.view.placeOf(400).has_value());
    QVERIFY((views.place(250) - before).manhattanLength() <= 2);
}

void TestLineageView::gainsColorTheEdges()
{
    //     2 better
    // 1 – 3 within the noise
    //     4 worse
    Views views(family({0, 1, 1, 1}, {1, 2, 1.001, 0.5}));
    LineageScene scene;
    scene.layOut(views.lineage.data(), {});
    QCOMPARE(scene.gainAt(0), MoveGain::None);
    QCOMPARE(scene.gainAt(1), MoveGain::Better);
    QCOMPARE(scene.gainAt(2), MoveGain::None);
    QCOMPARE(scene.gainAt(3), MoveGain::Worse);
    // The way to the best is three pixels wide.
    const QPointF middle = (*views.view.placeOf(1) + *views.view.placeOf(2)) / 2;
    const QColor drawn = views.colorAt(middle);
    const QColor wanted = Theme::instance().color(Token::Ok);
    QVERIFY(std::abs(drawn.red() - wanted.red()) + std::abs(drawn.green() - wanted.green()) < 60);
    // Figures of two environments are not compared; what a parent gets later changes its children.
    WorkspaceContent other = family({0, 1}, {1, 2});
    other.evaluations[0].environment = 2;
    const EvaluationRecord& child = other.evaluations[1];
    QCOMPARE(gainOf(&child, &other.evaluations[0]), MoveGain::None);
    QCOMPARE(gainOf(&child, nullptr), MoveGain::None);
    EvaluationRecord better = views.lineage.data().evaluations()[0];
    better.id = 5;
    better.configuration = {{"BLOCK", 64}};
    better.speedup = Interval{4, 3.9, 4.1};
    views.lineage.apply({eventOf(better, 100)});
    scene.update(views.lineage.data(), {0});
    QCOMPARE(scene.gainAt(1), MoveGain::Worse);
}

void TestLineageView::retiredIsFaded()
{
    WorkspaceContent content = family({0, 1}, {1, 2});
    Views views(content);
    // Beside the edge, which ends in the middle.
    const QPointF mark = *views.view.placeOf(2) + QPointF(1, 3);
    QCOMPARE(views.colorAt(mark), Theme::instance().color(Token::Ok));
    EventRecord retire;
    retire.sequence = 50;
    retire.type = eventType::kVariantChanged;
    retire.data = {{"id", 2}, {"retired", true}};
    views.lineage.apply({retire});
    QTest::qWait(20);
    QVERIFY(views.colorAt(mark).lightness() > Theme::instance().color(Token::Ok).lightness() + 60);
}

void TestLineageView::menuOffersTheActions()
{
    Views views(family({0, 1}, {1, 2}));
    QAction fork(QStringLiteral("Fork"));
    views.view.setNodeActions({&fork});
    QContextMenuEvent event(QContextMenuEvent::Mouse, views.place(2),
                            views.view.viewport()->mapToGlobal(views.place(2)));
    QCoreApplication::sendEvent(views.view.viewport(), &event);
    QCOMPARE(views.selection.variant(), VariantId{2});
    auto* menu = views.view.findChild<QMenu*>();
    QVERIFY(menu != nullptr && menu->actions().contains(&fork));
    menu->close();
}

void TestLineageView::toolTipNamesTheVariant()
{
    Views views(family({0, 1}, {1, 0}));
    QHelpEvent help(QEvent::ToolTip, views.place(2), views.view.viewport()->mapToGlobal(views.place(2)));
    QCoreApplication::sendEvent(views.view.viewport(), &help);
    QVERIFY(QToolTip::text().contains(QLatin1String("#2 unroll")));
    QVERIFY(QToolTip::text().contains(QLatin1String("wrong")));
    QToolTip::hideText();
}

void TestLineageView::emptySaysWhatFillsIt()
{
    Views views({});
    QVERIFY(views.view.accessibleDescription().contains(QLatin1String("No variant yet")));
    keepPicture(views.view, QStringLiteral("lineage-empty"));
    const QImage image = views.view.viewport()->grab().toImage();
    bool hasText = false;
    for (int x = 0; x < image.width() && !hasText; ++x)
        hasText = image.pixelColor(x, image.height() / 2).lightness() < 128;
    QVERIFY(hasText);
    for (const auto key : {Qt::Key_Home, Qt::Key_Left, Qt::Key_Plus, Qt::Key_0})
        QCOMPARE(views.press(key), VariantId{0});
}

void TestLineageView::describesItself()
{
    Views views(family({0, 1}, {1, 2}));
    QCOMPARE(views.view.accessibleName(), QStringLiteral("Lineage"));
    views.selection.select(1);
    QCOMPARE(views.view.accessibleDescription(),
             QStringLiteral("Variants: 2 · best #2 unroll, 2.00× [1.98, 2.02] · selected #1 baseline, verified 1.00× "
                            "[0.990, 1.01]"));
}

void TestLineageView::resetForgets()
{
    Views views(syntheticContent(400, 400, false));
    views.selection.select(300);
    views.lineage.reset(Lineage(family({0, 1}, {1, 2})));
    views.view.grab();
    QTRY_VERIFY(views.view.placeOf(2).has_value());
    QVERIFY(!views.view.placeOf(300));
    QVERIFY(views.isInSight(1));
}

void TestLineageView::legendNamesTheEdges()
{
    Views views(syntheticContent(20, 20, false));
    auto* button = views.view.findChild<LegendButton*>();
    button->click();
    auto* popup = button->findChild<QFrame*>(QStringLiteral("legend"));
    QVERIFY(popup != nullptr);
    QStringList texts;
    for (const QLabel* label : popup->findChildren<QLabel*>())
        texts << label->text();
    for (const char* text : {"verified", "flag: favoured", "faster than its parent", "slower than its parent"})
        QVERIFY2(texts.contains(QLatin1String(text)), text);
    keepPicture(*popup, QStringLiteral("lineage-legend"));
    popup->close();
}

void TestLineageView::hiddenLaysNothingOut()
{
    const WorkspaceContent whole = syntheticContent(40, 40, false);
    WorkspaceContent start = whole;
    start.variants.resize(30);
    Views views(start);
    views.view.hide();
    std::vector<EventRecord> batch;
    for (std::size_t i = 30; i < 40; ++i)
        batch.push_back(eventOf(whole.variants[i], 1000 + static_cast<EventSequence>(i)));
    views.lineage.apply(batch);
    QTest::qWait(20);
    QVERIFY(!views.view.placeOf(40));
    views.view.show();
    QVERIFY(views.view.placeOf(40).has_value());
}

void TestLineageView::cyclesAndStrangers()
{
    WorkspaceContent content = family({3, 1, 2, 99, 4}, {1, 2, 3, 4, 5});
    content.variants[4].parents = {4, 2, 77};
    Views views(content);
    views.view.grab();
    for (int id = 1; id <= 5; ++id)
        QVERIFY(views.isInSight(id));
    QCOMPARE(views.press(Qt::Key_Home), VariantId{5});
    for (int i = 0; i < 5; ++i)
        views.press(Qt::Key_Left);
    QCOMPARE(views.selection.variant(), VariantId{4});
}

void TestLineageView::tenThousandNodes()
{
    Views views(syntheticContent(10'000, 10'000, false));
    const auto paintTime = [&] {
        QElapsedTimer timer;
        timer.start();
        views.view.viewport()->repaint();
        return static_cast<double>(timer.nsecsElapsed()) / 1e6;
    };
    qInfo("all of 10,000 nodes: %.1f ms", paintTime());
    keepPicture(views.view, QStringLiteral("lineage-10000"));
    views.view.zoomAt(*views.view.placeOf(5000), 10);
    qInfo("nearer: %.1f ms", paintTime());
    keepPicture(views.view, QStringLiteral("lineage-10000-nearer"));
    views.view.zoomAt(*views.view.placeOf(5000), 40);
    qInfo("nearest: %.1f ms", paintTime());
    QVERIFY(views.isInSight(5000));
    QCOMPARE(views.view.detail(), LineageDetail::Names);
    keepPicture(views.view, QStringLiteral("lineage-10000-nearest"));
    views.click(5000);
    QCOMPARE(views.selection.variant(), VariantId{5000});
}

void TestLineageView::pictures_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<bool>("modelled");
    QTest::addColumn<bool>("dark");
    for (const bool dark : {false, true})
        for (const int count : {1, 7, 30, 200})
            QTest::addRow("lineage-%d-%s", count, dark ? "dark" : "light") << count << (count == 30) << dark;
}

void TestLineageView::pictures()
{
    QFETCH(int, count);
    QFETCH(bool, modelled);
    QFETCH(bool, dark);
    Theme::instance().choose(dark ? ThemeChoice::Dark : ThemeChoice::Light);
    Views views(syntheticContent(count, count, modelled));
    views.selection.select(std::min(count, 4));
    QTest::qWait(20);
    QVERIFY(views.isInSight(count));
    QCOMPARE(views.colorAt(QPointF(2, 2)), Theme::instance().color(Token::Background));
    const QString name = QString::fromLatin1(QTest::currentDataTag());
    keepPicture(views.view, name);
    while (views.view.detail() != LineageDetail::Names)
        views.view.zoomAt(*views.view.placeOf(std::min(count, 4)), 1.2);
    keepPicture(views.view, name + QLatin1String("-near"));
    Theme::instance().choose(ThemeChoice::Light);
}

WARPLOOM_WIDGET_TEST_MAIN(TestLineageView)
#include "tst_LineageView.moc"
