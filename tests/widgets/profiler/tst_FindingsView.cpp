// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>

#include "FindingSamples.h"
#include "WidgetTestSupport.h"
#include "analysis/Rule.h"
#include "look/Theme.h"
#include "profiler/FindingLayout.h"
#include "profiler/FindingText.h"
#include "profiler/FindingsList.h"
#include "profiler/FindingsModel.h"
#include "profiler/FindingsView.h"

using namespace warploom;
using namespace warploom::test;

namespace {

using Kind = FindingRow::Kind;

struct Shown {
    FindingsView view;

    explicit Shown(QSize size = {480, 640})
    {
        view.resize(size);
        view.show();
        QCoreApplication::processEvents();
    }
    explicit Shown(const Diagnosis& diagnosis, std::optional<Diagnosis> parent = {}, QSize size = {480, 640},
                   FigureOrigin origin = FigureOrigin::Counted)
        : Shown(size)
    {
        view.showDiagnosis({.title = QStringLiteral("#41 tile+pad"),
                            .origin = origin,
                            .parent = std::move(parent),
                            .parentTitle = QStringLiteral("#12"),
                            .kernels = sampleNames()},
                           diagnosis);
        QCoreApplication::processEvents();
    }

    [[nodiscard]] FindingsList& list() const { return view.list(); }
    [[nodiscard]] QString rowText(int row) const
    {
        return view.model().index(row).data(Qt::AccessibleTextRole).toString();
    }
    [[nodiscard]] QString visibleLabels() const
    {
        QStringList texts;
        for (const QLabel* label : view.findChildren<QLabel*>())
            if (label->isVisible())
                texts << label->text();
        return texts.join(QLatin1Char('\n'));
    }
};

QMenu* popup() { return qobject_cast<QMenu*>(QApplication::activePopupWidget()); }

QAction* actionOf(const QMenu& menu, const QString& text)
{
    for (QAction* action : menu.actions())
        if (action->text().contains(text))
            return action;
    return nullptr;
}

/// Whatever a rule may find, with every number at hand.
Finding findingOf(const Rule& rule)
{
    Finding finding;
    finding.rule = rule.name;
    finding.bottleneck = rule.bottleneck;
    finding.leastGain = 1.1;
    finding.mostGain = 1.4;
    finding.kernel = kLoweredKernel;
    finding.lines = {7};
    for (const std::string_view move : rule.moves)
        finding.moves.emplace_back(move);
    return finding;
}

}  // namespace

class TestFindingsView : public QObject {
    Q_OBJECT

private slots:
    void rowsAreInOrder();
    void parentsFindingsAreCompared();
    void gainsAreWritten();
    void headlineSaysWhatIsKnown();
    void rowsSayEverythingInWords();
    void layoutKeepsItsPlace_data();
    void layoutKeepsItsPlace();
    void emptySaysWhatFillsIt();
    void nothingToGainIsSaid();
    void findingsLeadToTheirPages();
    void linesAreChosenByMouseAndKeys();
    void movesArePreferred();
    void rowsAreWalkedAndCopied();
    void everyRuleIsShown();
    void strangeFindingsAreShown();
    void modelIsConsistent();
    void pictures_data();
    void pictures();
};

void TestFindingsView::rowsAreInOrder()
{
    const auto rows = findingRows(sampleDiagnosis(), nullptr, sampleNames());
    QCOMPARE(rows.size(), std::size_t{4});
    QCOMPARE(rows[0].title, std::string(findRule("uncoalesced-loads")->title));
    QCOMPARE(rows[0].rank, 1);
    QCOMPARE(rows[0].kernel, std::string("scale_rows<float>"));
    QVERIFY(rows[0].sentence.find("32") != std::string::npos);
    QVERIFY(!rows[0].cure.empty());
    QVERIFY(!rows[0].change);
    QCOMPARE(rows[1].rank, 2);
    QVERIFY(rows[2].kind == Kind::Limit);
    QCOMPARE(rows[2].rank, 0);
    QVERIFY(rows[3].kind == Kind::Unknown);
    QCOMPARE(rows[3].sentence, std::string("stalls: no counters of a card\nSASS: nvdisasm was not found"));
    QVERIFY(findingRows({}, nullptr, {}).empty());
}

void TestFindingsView::parentsFindingsAreCompared()
{
    const Diagnosis parent = parentDiagnosis();
    const auto rows = findingRows(sampleDiagnosis(), &parent, {});
    QCOMPARE(rows.size(), std::size_t{5});
    QVERIFY(rows[0].change == FindingChange::Weaker);
    QVERIFY(rows[1].change == FindingChange::New);
    QVERIFY(rows[2].kind == Kind::Gone);
    QVERIFY(rows[2].change == FindingChange::Gone);
    QVERIFY(rows[3].kind == Kind::Limit);
    QVERIFY(rows[3].change == FindingChange::Same);
    QCOMPARE(changeText(FindingChange::Weaker), QStringLiteral("▽ weaker"));
    QSet<QString> signs;
    for (const auto change :
         {FindingChange::Gone, FindingChange::Weaker, FindingChange::Same, FindingChange::Stronger, FindingChange::New})
        signs << changeText(change).left(1);
    QCOMPARE(signs.size(), 5);
}

void TestFindingsView::gainsAreWritten()
{
    FindingRow row;
    row.leastGain = 1.1;
    row.mostGain = 1.4;
    QCOMPARE(gainText(row), QStringLiteral("1.10×–1.40×"));
    row.mostGain = 1.1001;
    QCOMPARE(gainText(row), QStringLiteral("1.10×"));
    row.mostGain = std::numeric_limits<double>::infinity();
    QCOMPARE(gainText(row), QStringLiteral("1.10× or more"));
    row.kind = Kind::Limit;
    QCOMPARE(gainText(row), QStringLiteral("nothing to gain"));
    row.kind = Kind::Gone;
    QVERIFY(gainText(row).isEmpty());
    QCOMPARE(gainShare(1, 4), 0.0);
    QCOMPARE(gainShare(2, 4), 0.5);
    QCOMPARE(gainShare(8, 4), 1.0);
    QCOMPARE(gainShare(std::nan(""), 4), 0.0);
    QCOMPARE(largestGain({}), 1.5);
}

void TestFindingsView::headlineSaysWhatIsKnown()
{
    QCOMPARE(headlineOf(sampleDiagnosis()),
             QStringLiteral("83 % of the theoretical peak · occupancy 50 % (registers)"));
    Diagnosis measured = sampleDiagnosis();
    measured.peakOrigin = PeakOrigin::Measured;
    QVERIFY(headlineOf(measured).startsWith(QStringLiteral("83 % of the measured peak")));
    measured.peakOrigin = PeakOrigin::Modelled;
    QVERIFY(headlineOf(measured).startsWith(QStringLiteral("83 % of the modelled peak")));
    QCOMPARE(headlineOf({}), QStringLiteral("share of peak unknown"));
    Diagnosis some;
    some.occupancy = 1;
    some.occupancyLimiter = "shared-memory";
    QCOMPARE(headlineOf(some), QStringLiteral("share of peak unknown · occupancy 100 % (shared memory)"));
}

void TestFindingsView::rowsSayEverythingInWords()
{
    const Shown shown(sampleDiagnosis(), parentDiagnosis());
    const QString text = shown.rowText(0);
    for (const char* part : {"1. ", "1.40×–2.60×", "▽ weaker", "touches 32 sectors", "Kernel: scale_rows<float>",
                             "Lines: 24, 31", "Moves: tile-transpose, row-per-block", "counted on the emulator"})
        QVERIFY2(text.contains(QString::fromUtf8(part)), qPrintable(text));
    QVERIFY(shown.view.model().index(0).data(Qt::ToolTipRole).toString().contains(QStringLiteral("rows&lt;float&gt;")));
    QVERIFY(shown.rowText(3).contains(QStringLiteral("nothing to gain")));
    QVERIFY(shown.rowText(4).startsWith(QStringLiteral("Could not be looked at\nstalls: ")));
    const QString labels = shown.visibleLabels();
    QVERIFY2(labels.contains(QStringLiteral("Findings to gain from: 2;")), qPrintable(labels));
    QVERIFY(labels.contains(QStringLiteral("changes against #12")));
    const Shown modelled(sampleDiagnosis(), {}, {480, 640}, FigureOrigin::Modelled);
    QVERIFY(modelled.visibleLabels().contains(QStringLiteral("modelled")));
}

void TestFindingsView::layoutKeepsItsPlace_data()
{
    QTest::addColumn<int>("width");
    for (const int width : {160, 240, 480, 1100, 2200})
        QTest::addRow("%d wide", width) << width;
}

void TestFindingsView::layoutKeepsItsPlace()
{
    QFETCH(const int, width);
    const Diagnosis parent = parentDiagnosis();
    for (const FindingRow& row : findingRows(sampleDiagnosis(), &parent, sampleNames())) {
        const FindingLayout layout(row, FigureOrigin::Measured, width);
        QList<QRect> places;
        for (const FindingPiece& piece : layout.pieces)
            places << piece.place;
        for (const FindingLink& link : layout.links) {
            places << link.piece.place;
            QCOMPARE(layout.linkAt(link.piece.place.center()), &link);
        }
        for (int i = 0; i < places.size(); ++i) {
            QVERIFY(QRect(0, 0, width, layout.height).contains(places[i]));
            for (int k = 0; k < i; ++k)
                QVERIFY2(!places[i].intersects(places[k]), qPrintable(QStringLiteral("%1 and %2").arg(i).arg(k)));
        }
        QVERIFY(layout.linkAt({0, 0}) == nullptr);
    }
}

void TestFindingsView::emptySaysWhatFillsIt()
{
    Shown shown;
    QVERIFY(shown.visibleLabels().contains(QStringLiteral("Ctrl+R")));
    QVERIFY(!shown.list().isVisible());
    shown.view.showMessage(QStringLiteral("The diagnosis could not be made: no counters"));
    QVERIFY(shown.visibleLabels().contains(QStringLiteral("could not be made")));
}

void TestFindingsView::nothingToGainIsSaid()
{
    const Shown none{Diagnosis{}};
    QVERIFY(none.visibleLabels().contains(QStringLiteral("No rule has found anything")));
    Diagnosis limit;
    limit.findings = {atLimit()};
    limit.shareOfPeak = 0.93;
    const Shown shown(limit);
    QVERIFY(shown.visibleLabels().contains(QStringLiteral("Nothing is left to gain that a rule knows of")));
    QVERIFY(shown.visibleLabels().contains(QStringLiteral("93 % of the theoretical peak")));
}

void TestFindingsView::linesAreChosenByMouseAndKeys()
{
    const Shown shown(sampleDiagnosis());
    QSignalSpy chosen(&shown.view, &FindingsView::lineChosen);
    const QRect link = shown.list().linkRect(0, QStringLiteral("31"));
    QVERIFY(!link.isEmpty());
    QTest::mouseClick(shown.list().viewport(), Qt::LeftButton, {}, link.center());
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen.takeFirst().front().toInt(), 31);
    QTest::mouseMove(shown.list().viewport(), link.center());
    QCOMPARE(shown.list().viewport()->cursor().shape(), Qt::PointingHandCursor);
    // Beside a link nothing happens.
    QTest::mouseClick(shown.list().viewport(), Qt::LeftButton, {}, QPoint(2, link.top() - 20));
    QCOMPARE(chosen.size(), 0);
    shown.list().setFocus();
    shown.list().setCurrentIndex(shown.view.model().index(0));
    QTest::keyClick(&shown.list(), Qt::Key_Return);
    QVERIFY(popup() != nullptr);
    actionOf(*popup(), QStringLiteral("line 24"))->trigger();
    QCOMPARE(chosen.takeFirst().front().toInt(), 24);
    popup()->close();
}

void TestFindingsView::findingsLeadToTheirPages()
{
    const Shown shown(sampleDiagnosis());
    QSignalSpy asked(&shown.view, &FindingsView::findingAsked);
    const QString rule = QString::fromStdString(sampleDiagnosis().findings.front().rule);
    const QRect link = shown.list().linkRect(0, rule);
    QVERIFY(!link.isEmpty());
    QTest::mouseClick(shown.list().viewport(), Qt::LeftButton, {}, link.center());
    QCOMPARE(asked.size(), 1);
    QCOMPARE(asked.takeFirst().front().toString(), rule);
    shown.list().setFocus();
    shown.list().setCurrentIndex(shown.view.model().index(0));
    QTest::keyClick(&shown.list(), Qt::Key_Return);
    QVERIFY(popup() != nullptr);
    actionOf(*popup(), QStringLiteral("Read more"))->trigger();
    QCOMPARE(asked.takeFirst().front().toString(), rule);
    popup()->close();
}

void TestFindingsView::movesArePreferred()
{
    const Shown shown(sampleDiagnosis(), parentDiagnosis());
    QSignalSpy chosen(&shown.view, &FindingsView::moveChosen);
    const QRect link = shown.list().linkRect(0, QStringLiteral("row-per-block"));
    QTest::mouseClick(shown.list().viewport(), Qt::LeftButton, {}, link.center());
    QVERIFY(popup() != nullptr);
    QCOMPARE(popup()->actions().size(), 2);
    QTest::keyClick(popup(), Qt::Key_Down);
    QTest::keyClick(popup(), Qt::Key_Return);
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen.takeFirst().front().toString(), QStringLiteral("row-per-block"));
    // What the move is can be asked in the same menu, and in that of the row.
    QSignalSpy asked(&shown.view, &FindingsView::moveAsked);
    QTest::mouseClick(shown.list().viewport(), Qt::LeftButton, {}, link.center());
    QVERIFY(popup() != nullptr);
    actionOf(*popup(), QStringLiteral("What is row-per-block?"))->trigger();
    popup()->close();
    shown.list().setFocus();
    shown.list().setCurrentIndex(shown.view.model().index(0));
    QTest::keyClick(&shown.list(), Qt::Key_Enter);
    QVERIFY(popup() != nullptr);
    actionOf(*popup(), QStringLiteral("What is row-per-block?"))->trigger();
    popup()->close();
    QCOMPARE(asked.size(), 2);
    QCOMPARE(asked.front().front().toString(), QStringLiteral("row-per-block"));
    QVERIFY(chosen.isEmpty());
    // What is gone leads nowhere.
    shown.list().setFocus();
    shown.list().setCurrentIndex(shown.view.model().index(2));
    QTest::keyClick(&shown.list(), Qt::Key_Enter);
    QVERIFY(popup() != nullptr);
    QCOMPARE(popup()->actions().size(), 1);
    actionOf(*popup(), QStringLiteral("Copy"))->trigger();
    QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("✓ gone")));
    popup()->close();
    QContextMenuEvent menu(QContextMenuEvent::Keyboard, {}, {});
    QApplication::sendEvent(shown.list().viewport(), &menu);
    QVERIFY(popup() != nullptr);
    popup()->close();
}

void TestFindingsView::rowsAreWalkedAndCopied()
{
    Shown shown(sampleDiagnosis());
    QVERIFY(QTest::qWaitForWindowActive(&shown.view));
    shown.list().setFocus();
    QCOMPARE(shown.list().currentIndex().row(), 0);
    for (int i = 0; i < 5; ++i)
        QTest::keyClick(&shown.list(), Qt::Key_Down);
    QCOMPARE(shown.list().currentIndex().row(), 3);
    QTest::keyClick(&shown.list(), Qt::Key_C, Qt::ControlModifier);
    QVERIFY(QGuiApplication::clipboard()->text().startsWith(QStringLiteral("Could not be looked at\n")));
    QTest::keyClick(&shown.list(), Qt::Key_Home);
    QCOMPARE(shown.list().currentIndex().row(), 0);
}

void TestFindingsView::everyRuleIsShown()
{
    Diagnosis diagnosis;
    for (const Rule& rule : allRules())
        diagnosis.findings.push_back(findingOf(rule));
    Shown shown(diagnosis, {}, {320, 480});
    QCOMPARE(shown.view.model().rowCount(), static_cast<int>(allRules().size()));
    for (int row = 0; row < shown.view.model().rowCount(); ++row) {
        const QRect place = shown.list().visualRect(shown.view.model().index(row));
        QCOMPARE(place.width(), shown.list().viewport()->width());
        const FindingRow& finding = shown.view.model().rowAt(row);
        QCOMPARE(place.height(), FindingLayout(finding, FigureOrigin::Counted, place.width()).height);
    }
    shown.view.grab();
}

void TestFindingsView::strangeFindingsAreShown()
{
    Diagnosis diagnosis;
    Finding unknown;
    unknown.rule = "a-rule-of-another-build";
    unknown.mostGain = std::numeric_limits<double>::infinity();
    unknown.kernel = std::string(3000, 'k');
    unknown.moves = {std::string(500, 'm')};
    for (int i = 0; i < 2000; ++i)
        unknown.lines.push_back(i + 1);
    Finding empty;
    empty.mostGain = std::nan("");
    diagnosis.findings = {unknown, empty};
    diagnosis.shareOfPeak = 12.5;
    diagnosis.unknown = {std::string(5000, 'u')};
    Shown shown(diagnosis, {}, {200, 300});
    shown.view.grab();
    QVERIFY(shown.list().sizeHintForRow(0) < 600);
    QCOMPARE(shown.rowText(1).section(QLatin1Char('\n'), 0, 0), QStringLiteral("unknown · nothing to gain"));
    QVERIFY(shown.list().linkRect(0, QStringLiteral("6")).isValid());
    QVERIFY(!shown.list().linkRect(0, QStringLiteral("7")).isValid());
    QVERIFY(shown.view.minimumSizeHint().width() < 200);
}

void TestFindingsView::modelIsConsistent()
{
    FindingsModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.setRows(findingRows(sampleDiagnosis(), nullptr, {}), FigureOrigin::Measured);
    QCOMPARE(model.rowCount(), 4);
    QCOMPARE(model.scale(), 2.6);
    model.setRows({}, FigureOrigin::Measured);
    QCOMPARE(model.rowCount(), 0);
}

void TestFindingsView::pictures_data()
{
    QTest::addColumn<QSize>("size");
    QTest::addColumn<bool>("isDark");
    for (const bool isDark : {false, true})
        for (const QSize size : {QSize(300, 760), QSize(576, 640), QSize(1100, 420)})
            QTest::addRow("%d-%s", size.width(), isDark ? "dark" : "light") << size << isDark;
}

void TestFindingsView::pictures()
{
    QFETCH(const QSize, size);
    QFETCH(const bool, isDark);
    Theme::instance().choose(isDark ? ThemeChoice::Dark : ThemeChoice::Light);
    Shown shown(sampleDiagnosis(), parentDiagnosis(), size);
    const QImage image = shown.view.grab().toImage();
    QCOMPARE(image.pixelColor(1, image.height() - 2), Theme::instance().color(Token::Panel));
    keepPicture(shown.view, QStringLiteral("findings-") + QString::fromLatin1(QTest::currentDataTag()));
    Theme::instance().choose(ThemeChoice::Light);
}

WARPLOOM_WIDGET_TEST_MAIN(TestFindingsView)
#include "tst_FindingsView.moc"
