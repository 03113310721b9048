// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "WidgetTestSupport.h"
#include "evolution/CandidatesTable.h"
#include "evolution/EvolutionPanel.h"
#include "evolution/LineageView.h"
#include "plot/SpeedupPlot.h"
#include "session/LiveLineage.h"
#include "session/Selection.h"

using namespace warploom;
using namespace warploom::test;

namespace {

struct Views {
    LiveLineage lineage;
    Selection selection;
    EvolutionPanel panel{lineage, selection};
    SpeedupPlot* plot = panel.findChild<SpeedupPlot*>();
    LineageView* view = panel.findChild<LineageView*>();
    CandidatesTable* candidates = panel.findChild<CandidatesTable*>();
    QTableView* table = candidates->findChild<QTableView*>();
    QLineEdit* filter = candidates->findChild<QLineEdit*>();
    QComboBox* verdicts = candidates->findChild<QComboBox*>();

    explicit Views(WorkspaceContent content, bool isCompact = false, QSize size = {900, 900})
    {
        panel.setCompact(isCompact);
        panel.resize(size);
        lineage.reset(Lineage(std::move(content)));
        panel.show();
        QCoreApplication::processEvents();
    }

    EvaluationId currentEvaluation() const
    {
        const QModelIndex current = table->currentIndex();
        const auto* proxy = qobject_cast<const QAbstractProxyModel*>(table->model());
        return current.isValid() ? proxy->mapToSource(current).row() + 1 : 0;
    }

    QString failures() const
    {
        for (const QLabel* label : candidates->findChildren<QLabel*>())
            if (label->text().startsWith(QLatin1String("Failed")))
                return label->text();
        return {};
    }

    void chooseVerdict(const QString& name)
    {
        verdicts->setCurrentIndex(verdicts->findText(name));
        emit verdicts->activated(verdicts->currentIndex());
    }

    void openCandidates()
    {
        for (auto* tabs : panel.findChildren<QTabWidget*>())
            tabs->setCurrentIndex(1);
        QCoreApplication::processEvents();
    }
};

/// Only the baseline came out right; or not even that.
WorkspaceContent onlyFailures(int count)
{
    WorkspaceContent content = syntheticContent(count, count, false);
    for (EvaluationRecord& evaluation : content.evaluations) {
        evaluation.verdict = allVerdicts()[1 + static_cast<std::size_t>(evaluation.id) % (allVerdicts().size() - 1)];
        if (evaluation.verdict == Verdict::Suspect)
            evaluation.verdict = Verdict::Wrong;
        evaluation.speedup.reset();
        evaluation.time.reset();
        evaluation.trust = 0;
        evaluation.message = "expected 0.5000, got 0.5021";
    }
    return content;
}

}  // namespace

class TestEvolutionPanel : public QObject {
    Q_OBJECT

private slots:
    void oneSelectionInAllViews();
    void rowChoosesItsEvaluation();
    void variantShowsItsBestRow();
    void layoutsHoldTheSameViews();
    void filterKeepsTheSelection();
    void failuresFilter();
    void verdictsComeWithTheRun();
    void emptyTableSaysWhy();
    void batchesReachEveryView();
    void actionsAreInBothMenus();
    void everyViewHasAName();
    void tenThousandEvaluations();
    void pictures_data();
    void pictures();
};

void TestEvolutionPanel::oneSelectionInAllViews()
{
    Views views(syntheticContent(40, 80, false));
    // From the lineage.
    QTest::mouseClick(views.view->viewport(), Qt::LeftButton, {}, views.view->placeOf(7)->toPoint());
    QCOMPARE(views.selection.variant(), VariantId{7});
    const EvaluationId shown = views.lineage.data().shownEvaluation(6)->id;
    QCOMPARE(views.currentEvaluation(), shown);
    // From the plot.
    auto* canvas = views.plot->childAt(views.plot->placeOf(20)->toPoint());
    QTest::mouseClick(canvas, Qt::LeftButton, {}, canvas->mapFrom(views.plot, views.plot->placeOf(20)->toPoint()));
    QCOMPARE(views.selection.evaluation(), EvaluationId{20});
    QCOMPARE(views.currentEvaluation(), EvaluationId{20});
    // From the table.
    QTest::keyClick(views.table, Qt::Key_Down);
    QCOMPARE(views.selection.evaluation(), views.currentEvaluation());
    QVERIFY(views.selection.evaluation() != 20);
}

void TestEvolutionPanel::rowChoosesItsEvaluation()
{
    Views views(syntheticContent(40, 80, false));
    const QModelIndex third = views.table->model()->index(3, 1);
    QTest::mouseClick(views.table->viewport(), Qt::LeftButton, {}, views.table->visualRect(third).center());
    const auto* proxy = qobject_cast<QAbstractProxyModel*>(views.table->model());
    const EvaluationRecord& chosen =
        views.lineage.data().evaluations()[static_cast<std::size_t>(proxy->mapToSource(third).row())];
    QCOMPARE(views.selection.evaluation(), chosen.id);
    QCOMPARE(views.selection.variant(), chosen.variant);
    QVERIFY(views.view->accessibleDescription().contains(QStringLiteral("selected #%1").arg(chosen.variant)));
}

void TestEvolutionPanel::variantShowsItsBestRow()
{
    Views views(syntheticContent(10, 80, false));
    views.selection.select(1);
    QCOMPARE(views.currentEvaluation(), views.lineage.data().shownEvaluation(0)->id);
    QCOMPARE(views.selection.evaluation(), EvaluationId{0});
    views.selection.select(0);
    QCOMPARE(views.currentEvaluation(), EvaluationId{0});
}

void TestEvolutionPanel::layoutsHoldTheSameViews()
{
    Views views(syntheticContent(20, 40, false));
    QVERIFY(views.plot->isVisible() && views.view->isVisible() && views.table->isVisible());
    QVERIFY(views.view->geometry().bottom() < views.candidates->geometry().top());
    for (int i = 0; i < 2; ++i) {
        views.panel.setCompact(true);
        QCoreApplication::processEvents();
        QVERIFY(views.plot->isVisible() && views.view->isVisible());
        QVERIFY(!views.table->isVisible());
        views.openCandidates();
        QVERIFY(views.table->isVisible() && !views.view->isVisible());
        views.panel.setCompact(false);
        QCoreApplication::processEvents();
        QVERIFY(views.plot->isVisible() && views.view->isVisible() && views.table->isVisible());
        QVERIFY(views.view->height() >= 100 && views.candidates->height() >= 100);
    }
}

void TestEvolutionPanel::filterKeepsTheSelection()
{
    Views views(syntheticContent(20, 100, false));
    views.selection.select(views.lineage.data().best()->variant, views.lineage.data().best()->id);
    QSignalSpy changed(&views.selection, &Selection::changed);
    views.chooseVerdict(QStringLiteral("Failed"));
    QCOMPARE(views.currentEvaluation(), EvaluationId{0});
    views.filter->setText(QStringLiteral("wrong"));
    views.chooseVerdict(QStringLiteral("All verdicts"));
    views.filter->clear();
    QCOMPARE(changed.size(), 0);
    QCOMPARE(views.currentEvaluation(), views.lineage.data().best()->id);
}

void TestEvolutionPanel::failuresFilter()
{
    Views views(syntheticContent(20, 300, false));
    QVERIFY(views.failures().contains(QStringLiteral("5\u00a0wrong")));
    QVERIFY(views.failures().contains(QStringLiteral("5\u00a0compile\u00a0error")));
    auto* label = [&] {
        for (auto* one : views.candidates->findChildren<QLabel*>())
            if (one->text().startsWith(QLatin1String("Failed")))
                return one;
        return static_cast<QLabel*>(nullptr);
    }();
    emit label->linkActivated(QString::number(static_cast<int>(Verdict::CompileError)));
    QCOMPARE(views.table->model()->rowCount(), 5);
    QCOMPARE(views.verdicts->currentText(), QStringLiteral("compile error"));
    QVERIFY(views.failures().contains(QLatin1String("show all")));
    emit label->linkActivated(QStringLiteral("-1"));
    QCOMPARE(views.table->model()->rowCount(), 300);
}

void TestEvolutionPanel::verdictsComeWithTheRun()
{
    WorkspaceContent content = syntheticContent(3, 3, false);
    Views views(content);
    QCOMPARE(views.verdicts->findText(QStringLiteral("race")), -1);
    QVERIFY(!views.failures().contains(QLatin1String("race")));
    views.chooseVerdict(QStringLiteral("Right"));
    EvaluationRecord racing = content.evaluations[0];
    racing.id = 4;
    racing.verdict = Verdict::Race;
    racing.speedup.reset();
    views.lineage.apply({eventOf(racing, 100)});
    QVERIFY(views.verdicts->findText(QStringLiteral("race")) > 0);
    QVERIFY(views.failures().contains(QStringLiteral("1\u00a0race")));
    QCOMPARE(views.verdicts->currentText(), QStringLiteral("Right"));
    QCOMPARE(views.table->model()->rowCount(), 3);
}

void TestEvolutionPanel::emptyTableSaysWhy()
{
    Views views({});
    const auto says = [&](const char* text) {
        const auto labels = views.candidates->findChildren<QLabel*>();
        return std::any_of(labels.begin(), labels.end(), [text](const QLabel* label) {
            return label->isVisible() && label->text().contains(QLatin1String(text));
        });
    };
    QVERIFY(says("No candidate yet. Evolve with Ctrl+R."));
    views.lineage.reset(Lineage(syntheticContent(5, 5, false)));
    QVERIFY(views.table->isVisible());
    views.filter->setText(QStringLiteral("no such thing"));
    QVERIFY(says("No candidate matches the filter."));
    QVERIFY(!views.table->isVisible());
}

void TestEvolutionPanel::batchesReachEveryView()
{
    const WorkspaceContent whole = syntheticContent(60, 60, false);
    Views views({});
    EventSequence sequence = 0;
    for (std::size_t i = 0; i < 60; i += 10) {
        std::vector<EventRecord> batch;
        for (std::size_t j = i; j < i + 10; ++j)
            batch.push_back(eventOf(whole.variants[j], ++sequence));
        for (std::size_t j = i; j < i + 10; ++j)
            batch.push_back(eventOf(whole.evaluations[j], ++sequence));
        views.lineage.apply(batch);
        QCoreApplication::processEvents();
    }
    QCOMPARE(views.table->model()->rowCount(), 60);
    QTRY_VERIFY(views.view->placeOf(60).has_value());
    QTRY_VERIFY(views.plot->placeOf(60).has_value());
    views.lineage.reset({});
    QCOMPARE(views.table->model()->rowCount(), 0);
    QTRY_VERIFY(!views.plot->placeOf(60).has_value());
}

void TestEvolutionPanel::actionsAreInBothMenus()
{
    Views views(syntheticContent(20, 40, false));
    QAction retire(QStringLiteral("Retire"));
    views.panel.setNodeActions({&retire});
    views.selection.select(4);
    emit views.table->customContextMenuRequested(QPoint(20, 20));
    auto* menu = views.candidates->findChild<QMenu*>();
    QVERIFY(menu != nullptr && menu->actions().contains(&retire));
    menu->close();
    QContextMenuEvent byKey(QContextMenuEvent::Keyboard, QPoint(), views.view->mapToGlobal(QPoint()));
    QCoreApplication::sendEvent(views.view->viewport(), &byKey);
    menu = views.view->findChild<QMenu*>();
    QVERIFY(menu != nullptr && menu->actions().contains(&retire));
    menu->close();
}

void TestEvolutionPanel::everyViewHasAName()
{
    Views views(syntheticContent(5, 5, false));
    for (const QWidget* widget :
         QList<const QWidget*>{views.plot, views.view, views.table, views.filter, views.verdicts}) {
        QVERIFY(!widget->accessibleName().isEmpty());
        QVERIFY(widget->focusPolicy() & Qt::TabFocus);
    }
}

void TestEvolutionPanel::tenThousandEvaluations()
{
    QElapsedTimer timer;
    const auto milliseconds = [&timer] { return static_cast<double>(timer.nsecsElapsed()) / 1e6; };
    const WorkspaceContent whole = syntheticContent(10'000, 10'000, false);
    WorkspaceContent start = whole;
    start.variants.resize(9'990);
    start.evaluations.resize(9'990);
    timer.start();
    Views views(start);
    qInfo("open and show: %.1f ms", milliseconds());
    std::vector<EventRecord> batch;
    for (std::size_t i = 9'990; i < 10'000; ++i) {
        batch.push_back(eventOf(whole.variants[i], 100'000 + static_cast<EventSequence>(2 * i)));
        batch.push_back(eventOf(whole.evaluations[i], 100'001 + static_cast<EventSequence>(2 * i)));
    }
    timer.start();
    views.lineage.apply(batch);
    qInfo("a batch of 10 into models: %.1f ms", milliseconds());
    QCoreApplication::processEvents();
    qInfo("and onto the screen: %.1f ms", milliseconds());
    timer.start();
    views.filter->setText(QStringLiteral("vectorize"));
    qInfo("filter by text: %.1f ms", milliseconds());
    QVERIFY(views.table->model()->rowCount() > 1000);
    views.filter->clear();
    timer.start();
    views.table->sortByColumn(1, Qt::AscendingOrder);
    qInfo("sort by title: %.1f ms", milliseconds());
    timer.start();
    views.table->sortByColumn(5, Qt::DescendingOrder);
    qInfo("sort by speedup: %.1f ms", milliseconds());
    timer.start();
    views.table->viewport()->repaint();
    qInfo("repaint of the table: %.1f ms", milliseconds());
    timer.start();
    views.selection.select(7'000);
    QCoreApplication::processEvents();
    qInfo("selection everywhere: %.1f ms", milliseconds());
    QCOMPARE(views.table->model()->rowCount(), 10'000);
    QCOMPARE(views.currentEvaluation(), EvaluationId{7'000});
    QVERIFY(views.plot->placeOf(10'000).has_value());
}

void TestEvolutionPanel::pictures_data()
{
    QTest::addColumn<QString>("content");
    QTest::addColumn<bool>("isCompact");
    QTest::addColumn<bool>("dark");
    for (const bool dark : {false, true})
        for (const bool isCompact : {false, true})
            for (const char* content : {"empty", "few", "modelled", "failures", "10000"})
                QTest::addRow("panel-%s-%s-%s", content, isCompact ? "compact" : "roomy", dark ? "dark" : "light")
                    << QString::fromLatin1(content) << isCompact << dark;
}

void TestEvolutionPanel::pictures()
{
    QFETCH(QString, content);
    QFETCH(bool, isCompact);
    QFETCH(bool, dark);
    Theme::instance().choose(dark ? ThemeChoice::Dark : ThemeChoice::Light);
    const QMap<QString, WorkspaceContent> contents = {
        {QStringLiteral("empty"), {}},
        {QStringLiteral("few"), syntheticContent(8, 20, false)},
        {QStringLiteral("modelled"), syntheticContent(40, 120, true)},
        {QStringLiteral("failures"), onlyFailures(24)},
        {QStringLiteral("10000"), syntheticContent(4'000, 10'000, false)}};
    const auto count = static_cast<int>(contents[content].evaluations.size());
    Views views(contents[content], isCompact, isCompact ? QSize(576, 760) : QSize(1000, 1200));
    views.selection.select(4);
    QTest::qWait(30);
    QCOMPARE(views.table->model()->rowCount(), count);
    const QString name = QString::fromLatin1(QTest::currentDataTag());
    keepPicture(views.panel, name);
    if (isCompact) {
        views.openCandidates();
        keepPicture(views.panel, name + QLatin1String("-candidates"));
    }
    Theme::instance().choose(ThemeChoice::Light);
}

WARPLOOM_WIDGET_TEST_MAIN(TestEvolutionPanel)
#include "tst_EvolutionPanel.moc"
