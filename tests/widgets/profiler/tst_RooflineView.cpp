// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <limits>

#include "RooflineSamples.h"
#include "WidgetTestSupport.h"
#include "look/Theme.h"
#include "profiler/RooflineCanvas.h"
#include "profiler/RooflineView.h"

using namespace warploom;
using namespace warploom::test;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Shown {
    RooflineView view;

    explicit Shown(RooflineData data, QSize size = {576, 420})
    {
        view.resize(size);
        view.show();
        view.showRoofline(std::move(data));
        QCoreApplication::processEvents();
        view.grab();
    }

    [[nodiscard]] RooflineCanvas& canvas() const { return view.canvas(); }
    [[nodiscard]] QString visibleLabels() const
    {
        QStringList texts;
        for (const QLabel* label : view.findChildren<QLabel*>())
            if (label->isVisible())
                texts << label->text();
        return texts.join(QLatin1Char('\n'));
    }
    void hover(QPointF place) const
    {
        QHelpEvent help(QEvent::ToolTip, place.toPoint(), canvas().mapToGlobal(place.toPoint()));
        QApplication::sendEvent(&canvas(), &help);
    }
};

}  // namespace

class TestRooflineView : public QObject {
    Q_OBJECT

private slots:
    void axesAreLogarithmic();
    void axesHoldEverything();
    void ceilingsAreTheLowestRoofs();
    void idealStandsUnderTheRoof();
    void roofsSayWhereTheyComeFrom();
    void levelsHaveTheirOwnRoofs();
    void remarksAreShown();
    void emptySaysWhatFillsIt();
    void pointsAreReadByMouse();
    void pointsAreReadByKeys();
    void roofsAndIdealAreNamed();
    void textsDoNotCoverOneAnother_data();
    void textsDoNotCoverOneAnother();
    void strangeNumbersAreLeftOut();
    void manyPointsAreDrawn();
    void modelledIsSaid();
    void pictures_data();
    void pictures();
    void picturesOfPeaks_data();
    void picturesOfPeaks();
};

void TestRooflineView::axesAreLogarithmic()
{
    const LogAxis axis{0.1, 1000};
    QCOMPARE(axis.shareOf(0.1), 0.0);
    QCOMPARE(axis.shareOf(10), 0.5);
    QVERIFY(std::abs(axis.valueAt(axis.shareOf(7)) - 7) < 1e-9);
    QCOMPARE(axis.decades(10), (std::vector<double>{0.1, 1, 10, 100, 1000}));
    QCOMPARE(axis.decades(3).size(), std::size_t{3});
    QCOMPARE((LogAxis{2, 7}.decades(5).size()), std::size_t{0});
    QVERIFY(!axis.decades(0).empty());
}

void TestRooflineView::axesHoldEverything()
{
    const RooflineData data = sampleRoofline();
    const RooflineAxes axes(data);
    for (const RooflinePoint& point : data.points) {
        QVERIFY(point.intensity > axes.intensity.low && point.intensity < axes.intensity.high);
        QVERIFY(point.perSecond > axes.perSecond.low && point.perSecond < axes.perSecond.high);
    }
    QVERIFY(axes.perSecond.high > 9.9e14);
    // The ridge of the fastest unit over the slowest memory.
    QVERIFY(axes.intensity.high > 9.9e14 / 3.35e12);
    const RooflineAxes none{RooflineData{}};
    QVERIFY(none.intensity.low > 0 && none.intensity.high > none.intensity.low);
    QVERIFY(none.perSecond.low > 0 && none.perSecond.high > none.perSecond.low);
}

void TestRooflineView::ceilingsAreTheLowestRoofs()
{
    const RooflineData data = sampleRoofline();
    QCOMPARE(ceilingAt(data, 1).roof, std::string("DRAM"));
    QCOMPARE(ceilingAt(data, 1).perSecond, 3.35e12);
    QCOMPARE(ceilingAt(data, 100, "f32").roof, std::string("f32"));
    QCOMPARE(ceilingAt(data, 1e6).roof, std::string("f16 tensor cores"));
    QCOMPARE(ceilingAt(data, 1e6, "no such unit").roof, std::string("f16 tensor cores"));
    QCOMPARE(ceilingAt({}, 1).perSecond, 0.0);
}

void TestRooflineView::idealStandsUnderTheRoof()
{
    RooflineData data = sampleRoofline();
    QCOMPARE(idealPoint(data)->perSecond, 9 * 3.35e12);
    data.idealIntensity = 1000;
    QCOMPARE(idealPoint(data)->perSecond, 6.7e13);
    for (const std::optional<double> intensity :
         {std::optional<double>(), std::optional(0.0), std::optional(kInfinity)}) {
        data.idealIntensity = intensity;
        QVERIFY(!idealPoint(data));
    }
    data.idealIntensity = 9;
    data.roofs.clear();
    QVERIFY(!idealPoint(data));
}

void TestRooflineView::roofsSayWhereTheyComeFrom()
{
    const RooflineData data = sampleRoofline();
    QCOMPARE(roofText(data.roofs[0]), QStringLiteral("DRAM 3.35 TB/s, theoretical"));
    QCOMPARE(roofText(data.roofs[4]), QStringLiteral("f32 67 TFLOP/s, measured"));
}

void TestRooflineView::levelsHaveTheirOwnRoofs()
{
    const RooflineData data = measuredRoofline();
    QCOMPARE(ceilingAt(data, 1, {}, "L2").perSecond, 5.5e12);
    QCOMPARE(ceilingAt(data, 1, {}, "L2").roof, std::string("L2"));
    QCOMPARE(ceilingAt(data, 1e6, "f32", "L1").roof, std::string("f32"));
    // A level without a roof limits nothing.
    QCOMPARE(ceilingAt(data, 1, {}, "L3").roof, std::string("f16 tensor cores"));
    const Shown shown(data);
    const auto last = static_cast<int>(data.points.size()) - 1;
    // 16 of 1.1 × 33 TFLOP/s.
    QVERIFY2(shown.canvas().readout(last).contains(QStringLiteral("#41 tile+pad, L1: ")),
             qPrintable(shown.canvas().readout(last)));
    QVERIFY2(shown.canvas().readout(last).contains(QStringLiteral("44.1 % of what L1 allows")),
             qPrintable(shown.canvas().readout(last)));
    QVERIFY(shown.canvas().readout(0).contains(QStringLiteral("baseline, by the task's least bytes")));
    QVERIFY(!shown.canvas().readout(3).contains(QStringLiteral("least bytes")));
}

void TestRooflineView::remarksAreShown()
{
    const Shown shown(measuredRoofline());
    QVERIFY(shown.visibleLabels().contains(QStringLiteral("more than the theoretical 990 TFLOP/s: not used")));
    QVERIFY(shown.visibleLabels().contains(QStringLiteral("hollow: the task's least bytes")));
}

void TestRooflineView::emptySaysWhatFillsIt()
{
    Shown shown{RooflineData{}};
    QVERIFY(shown.visibleLabels().contains(QStringLiteral("F6")));
    RooflineData data = sampleRoofline();
    data.roofs.clear();
    shown.view.showRoofline(data);
    QVERIFY(shown.visibleLabels().contains(QStringLiteral("The peaks of NVIDIA H100 80GB HBM3 are unknown")));
    shown.view.showRoofline(sampleRoofline());
    QVERIFY(shown.canvas().isVisible());
    shown.view.showNothing();
    QVERIFY(!shown.canvas().isVisible());
}

void TestRooflineView::pointsAreReadByMouse()
{
    const Shown shown(sampleRoofline(0));
    QSignalSpy chosen(&shown.view, &RooflineView::variantChosen);
    const QPoint place = shown.canvas().placeOf(3).toPoint();
    QTest::mouseMove(&shown.canvas(), place);
    QCOMPARE(shown.canvas().currentPoint(), 3);
    const QString text = shown.canvas().readout(3);
    QCOMPARE(text,
             QStringLiteral("#41 tile+pad, selected: 7.00 operations a byte, 16 TFLOP/s, 68.2 % of what DRAM allows "
                            "there"));
    QVERIFY(shown.visibleLabels().contains(text));
    QTest::mouseClick(&shown.canvas(), Qt::LeftButton, {}, place);
    QCOMPARE(chosen.takeFirst().front().toLongLong(), 41);
    shown.hover(place);
    QVERIFY(QToolTip::text().contains(QStringLiteral("#41 tile+pad")));
    QToolTip::hideText();
    QTest::mouseMove(&shown.canvas(), QPoint(3, 3));
    QCOMPARE(shown.canvas().currentPoint(), -1);
    QTest::mouseClick(&shown.canvas(), Qt::LeftButton, {}, QPoint(3, 3));
    QCOMPARE(chosen.size(), 0);
}

void TestRooflineView::pointsAreReadByKeys()
{
    Shown shown(sampleRoofline(0));
    QVERIFY(QTest::qWaitForWindowActive(&shown.view));
    QSignalSpy chosen(&shown.view, &RooflineView::variantChosen);
    shown.canvas().setFocus();
    QTest::keyClick(&shown.canvas(), Qt::Key_Right);
    QCOMPARE(shown.canvas().currentPoint(), 0);
    QTest::keyClick(&shown.canvas(), Qt::Key_Right);
    QCOMPARE(shown.canvas().currentPoint(), 1);
    QVERIFY(shown.canvas().accessibleDescription().contains(QStringLiteral("#5 row-per-block")));
    QTest::keyClick(&shown.canvas(), Qt::Key_End);
    QCOMPARE(shown.canvas().currentPoint(), 4);
    QTest::keyClick(&shown.canvas(), Qt::Key_Right);
    QTest::keyClick(&shown.canvas(), Qt::Key_Left);
    QCOMPARE(shown.canvas().currentPoint(), 3);
    QTest::keyClick(&shown.canvas(), Qt::Key_Home);
    QTest::keyClick(&shown.canvas(), Qt::Key_Return);
    QCOMPARE(chosen.takeFirst().front().toLongLong(), 1);
}

void TestRooflineView::roofsAndIdealAreNamed()
{
    const Shown shown(sampleRoofline(0));
    const RooflineData data = sampleRoofline(0);
    const QRectF area = QRectF(shown.canvas().rect());
    // Along the bottom every slope comes in; DRAM's is the last.
    QString found;
    for (double x = area.left(); x < area.right(); ++x)
        for (double y = area.top(); y < area.bottom(); y += 3) {
            QToolTip::hideText();
            if (found.contains(QStringLiteral("DRAM 3.35")) && found.contains(QStringLiteral("least work")))
                return;
            if (static_cast<int>(x) % 6 == 0) {
                shown.hover({x, y});
                found += QToolTip::text();
            }
        }
    QVERIFY2(false, qPrintable(found.left(200)));
}

void TestRooflineView::textsDoNotCoverOneAnother_data()
{
    QTest::addColumn<QSize>("size");
    for (const QSize size : {QSize(240, 220), QSize(576, 420), QSize(1100, 300), QSize(2200, 720)})
        QTest::addRow("%d × %d", size.width(), size.height()) << size;
}

void TestRooflineView::textsDoNotCoverOneAnother()
{
    QFETCH(const QSize, size);
    RooflineData data = sampleRoofline();
    data.points[3].name = std::string(400, 'n');
    const Shown shown(data, size);
    const QList<QRectF>& texts = shown.canvas().texts();
    QVERIFY(texts.size() > 5);
    // The first ones are the marks themselves, which may lie over one another.
    for (int i = 5; i < texts.size(); ++i) {
        QVERIFY(QRectF(shown.canvas().rect()).contains(texts[i]));
        for (int k = 0; k < i; ++k)
            QVERIFY2(!texts[i].adjusted(1, 1, -1, -1).intersects(texts[k]), qPrintable(QString::number(i)));
    }
}

void TestRooflineView::strangeNumbersAreLeftOut()
{
    RooflineData data = sampleRoofline(3);
    for (const double value : {0.0, -1.0, kInfinity, std::nan("")}) {
        data.points.push_back({"strange", value, 1e12, RooflineRole::Best, 900});
        data.points.push_back({"strange", 1, value, RooflineRole::Selected, 901});
        data.roofs.push_back({RooflineRoof::Kind::Memory, "strange", value});
        data.roofs.push_back({RooflineRoof::Kind::Compute, "strange", value});
    }
    data.path = {0, 8, 3, 9'999, 4};
    Shown shown(data);
    QTest::keyClick(&shown.canvas(), Qt::Key_End);
    QVERIFY(!shown.canvas().readout(shown.canvas().currentPoint()).contains(QStringLiteral("strange")));
    // One point, and one roof of each kind alone.
    data = {};
    data.points = {{"#1", 1, 1e9, RooflineRole::Selected, 1}};
    data.roofs = {{RooflineRoof::Kind::Memory, "DRAM", 1e12}};
    shown.view.showRoofline(data);
    shown.view.grab();
    data.roofs = {{RooflineRoof::Kind::Compute, "f32", 1e12}};
    data.points.front().intensity = 1e-200;
    shown.view.showRoofline(data);
    shown.view.grab();
    QVERIFY(shown.canvas().isVisible());
}

void TestRooflineView::manyPointsAreDrawn()
{
    Shown shown(sampleRoofline(10'000));
    shown.view.grab();
    QTest::mouseMove(&shown.canvas(), shown.canvas().placeOf(4).toPoint());
    QCOMPARE(shown.canvas().currentPoint(), 4);
}

void TestRooflineView::modelledIsSaid()
{
    RooflineData data = sampleRoofline();
    const Shown measured(data);
    QVERIFY(measured.visibleLabels().contains(QStringLiteral("times are measured")));
    data.isModelled = true;
    const Shown modelled(data);
    QVERIFY(modelled.visibleLabels().contains(QStringLiteral("times are modelled")));
}

void TestRooflineView::pictures_data()
{
    QTest::addColumn<QSize>("size");
    QTest::addColumn<bool>("isDark");
    for (const bool isDark : {false, true})
        for (const QSize size : {QSize(300, 300), QSize(576, 420), QSize(1100, 420)})
            QTest::addRow("%d-%s", size.width(), isDark ? "dark" : "light") << size << isDark;
}

void TestRooflineView::pictures()
{
    QFETCH(const QSize, size);
    QFETCH(const bool, isDark);
    Theme::instance().choose(isDark ? ThemeChoice::Dark : ThemeChoice::Light);
    RooflineData data = sampleRoofline();
    data.isModelled = size.width() > 1000;
    Shown shown(data, size);
    const QImage image = shown.view.grab().toImage();
    QCOMPARE(image.pixelColor(1, image.height() - 2), Theme::instance().color(Token::Panel));
    keepPicture(shown.view, QStringLiteral("roofline-") + QString::fromLatin1(QTest::currentDataTag()));
    Theme::instance().choose(ThemeChoice::Light);
}

void TestRooflineView::picturesOfPeaks_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<bool>("isDark");
    for (const bool isDark : {false, true})
        for (const char* what : {"measured", "empty", "no-peaks"})
            QTest::addRow("%s-%s", what, isDark ? "dark" : "light") << what << isDark;
}

void TestRooflineView::picturesOfPeaks()
{
    QFETCH(const QString, what);
    QFETCH(const bool, isDark);
    Theme::instance().choose(isDark ? ThemeChoice::Dark : ThemeChoice::Light);
    RooflineData data = what == QStringLiteral("empty") ? RooflineData{} : measuredRoofline();
    if (what == QStringLiteral("no-peaks"))
        data.roofs.clear();
    Shown shown(data, {760, 480});
    QCOMPARE(shown.canvas().isVisible(), what == QStringLiteral("measured"));
    keepPicture(shown.view, QStringLiteral("roofline-") + QString::fromLatin1(QTest::currentDataTag()));
    Theme::instance().choose(ThemeChoice::Light);
}

WARPLOOM_WIDGET_TEST_MAIN(TestRooflineView)
#include "tst_RooflineView.moc"
