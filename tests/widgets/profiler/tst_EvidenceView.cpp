// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>

#include "EvidenceSamples.h"
#include "WidgetTestSupport.h"
#include "look/Theme.h"
#include "profiler/ErrorHistogram.h"
#include "profiler/EvidenceCasesModel.h"
#include "profiler/EvidenceFactsModel.h"
#include "profiler/EvidenceSort.h"
#include "profiler/EvidenceText.h"
#include "profiler/EvidenceView.h"
#include "profiler/FigureTable.h"
#include "profiler/TrustLadder.h"
#include "task/TaskLoader.h"

using namespace warploom;
using namespace warploom::test;

namespace {

struct Shown {
    EvidenceView view;
    Task task;

    explicit Shown(std::optional<EvaluationRecord> evaluation = {}, QSize size = {576, 760})
        : task(loadTask(sourceFolder() / "kernels" / "softmax").value())
    {
        view.resize(size);
        view.show();
        if (evaluation)
            view.showEvidence(QStringLiteral("#7 unroll  BLOCK=256"), *evaluation, &task);
        QCoreApplication::processEvents();
    }

    [[nodiscard]] TrustLadder& ladder() const { return *view.findChild<TrustLadder*>(); }
    [[nodiscard]] ErrorHistogram& histogram() const { return *view.findChild<ErrorHistogram*>(); }
    [[nodiscard]] FigureTable& cases() const { return *view.findChildren<FigureTable*>().at(0); }
    [[nodiscard]] FigureTable& facts() const { return *view.findChildren<FigureTable*>().at(1); }
    [[nodiscard]] QString cell(int row, int column) const
    {
        return cases().model()->index(row, column).data().toString();
    }
    [[nodiscard]] QString everyLabel() const
    {
        QStringList texts;
        for (const QLabel* label : view.findChildren<QLabel*>())
            texts << label->text();
        return texts.join(QLatin1Char('\n'));
    }
    [[nodiscard]] int currentCase() const { return cases().currentIndex().row(); }
};

}  // namespace

class TestEvidenceView : public QObject {
    Q_OBJECT

private slots:
    void emptySaysWhatFillsIt();
    void stepsSayTheirStateInWords();
    void keysGoAlongTheLadder();
    void worstCaseIsShownFirst();
    void casesAreSortedByTheirValues();
    void rowsAreCopied();
    void everyCellHasItsTextInTheToolTip();
    void selectedCaseFillsTheHistogram();
    void histogramIsReadByKeysAndMouse();
    void factsNameFigureAndLimit();
    void modelsAreConsistent();
    void olderAndStrangeEvaluationsAreShown();
    void everythingIsReachedByTab();
    void fitsEveryRoom_data();
    void fitsEveryRoom();
    void pictures_data();
    void pictures();
};

void TestEvidenceView::emptySaysWhatFillsIt()
{
    Shown shown;
    QVERIFY(shown.everyLabel().contains(QStringLiteral("Select an evaluation")));
    QVERIFY(shown.everyLabel().contains(QStringLiteral("Ctrl+R")));
    auto* best = shown.view.findChild<QPushButton*>();
    QVERIFY(!best->isVisible());
    shown.view.setHasBest(true);
    QVERIFY(best->isVisible());
    QSignalSpy wanted(&shown.view, &EvidenceView::bestWanted);
    QTest::keyClick(best, Qt::Key_Space);
    QCOMPARE(wanted.size(), 1);
    shown.view.showMessage(QStringLiteral("The evidence of #7 could not be read: corrupt"));
    QVERIFY(!best->isVisible());
    shown.view.setHasBest(false);
    QVERIFY(shown.everyLabel().contains(QStringLiteral("could not be read")));
}

void TestEvidenceView::stepsSayTheirStateInWords()
{
    const Shown shown(recordedEvaluation("softmax-saboteur"));
    const QStringList states{QStringLiteral("passed"),  QStringLiteral("passed"),   QStringLiteral("passed"),
                             QStringLiteral("failed"),  QStringLiteral("not made"), QStringLiteral("not made"),
                             QStringLiteral("not made")};
    for (int level = 0; level < kTrustLevels; ++level) {
        const LadderStep& step = shown.ladder().step(level);
        QVERIFY2(step.accessibleName().endsWith(states[level]), qPrintable(step.accessibleName()));
        QVERIFY(step.accessibleName().contains(QString::number(level)));
        QVERIFY(step.toolTip().contains(step.accessibleDescription()));
        QVERIFY(step.width() >= step.minimumSizeHint().width());
    }
    const QString checks = shown.ladder().step(3).accessibleDescription();
    QVERIFY(checks.contains(QStringLiteral("✕ right on hidden cases – failed: wrong on hidden case 1")));
    QVERIFY(checks.contains(QStringLiteral("● trivial answers fail – passed")));
    QVERIFY(shown.everyLabel().contains(QStringLiteral("trust level 2 of 6 reached")));
    const Shown card(cardEvaluation());
    QVERIFY(card.ladder().step(5).accessibleName().endsWith(QStringLiteral("pending")));
    EvaluationRecord modelled;
    addCheck(modelled, 5, trustCheck::kTimedOutputs, CheckState::NotApplicable, "times are modelled");
    const Shown emulated(modelled);
    QVERIFY(emulated.ladder().step(5).accessibleName().endsWith(QStringLiteral("not applicable")));
    QVERIFY(emulated.everyLabel().contains(QStringLiteral("no trust level reached")));
}

void TestEvidenceView::keysGoAlongTheLadder()
{
    const Shown shown(cardEvaluation());
    // The lowest level that is open.
    QCOMPARE(shown.ladder().chosen(), 5);
    QVERIFY(shown.everyLabel().contains(QStringLiteral("confirmed in a fresh process – pending")));
    shown.ladder().step(5).setFocus();
    QTest::keyClick(&shown.ladder().step(5), Qt::Key_Right);
    QCOMPARE(shown.ladder().chosen(), 6);
    QVERIFY(shown.everyLabel().contains(QStringLiteral("the task has no size for the emulator")));
    QTest::mouseClick(&shown.ladder().step(0), Qt::LeftButton);
    QVERIFY(shown.everyLabel().contains(QStringLiteral("● compiled – passed: NVRTC 13.0")));
}

void TestEvidenceView::worstCaseIsShownFirst()
{
    const Shown wrong(recordedEvaluation("softmax-saboteur"));
    QCOMPARE(wrong.currentCase(), 2);
    QCOMPARE(wrong.cell(2, EvidenceCasesModel::Kind), QStringLiteral("hidden 1"));
    QCOMPARE(wrong.cell(2, EvidenceCasesModel::Outcome), QStringLiteral("✕ wrong"));
    QCOMPARE(wrong.cell(2, EvidenceCasesModel::Element), QStringLiteral("y[0, 0]"));
    QCOMPARE(wrong.cell(2, EvidenceCasesModel::Error), QStringLiteral("1.63e+06"));
    QVERIFY(wrong.everyLabel().contains(QStringLiteral("2 known, 1 hidden, of which 0 void")));
    QVERIFY(wrong.everyLabel().contains(QStringLiteral("y with 13,965 elements")));
    // Not a number is worse than any error.
    const Shown card(cardEvaluation());
    QCOMPARE(card.currentCase(), 2);
    QCOMPARE(card.cell(2, EvidenceCasesModel::Error), QStringLiteral("not a number"));
    QVERIFY(card.cell(3, EvidenceCasesModel::Outcome).startsWith(QStringLiteral("– void: the baseline is off")));
    QCOMPARE(card.cell(3, EvidenceCasesModel::Error), QStringLiteral("–"));
    QCOMPARE(card.cell(3, EvidenceCasesModel::Baseline), QStringLiteral("31.5"));
    QVERIFY(card.everyLabel().contains(QStringLiteral("1 known, 2 hidden, of which 1 void")));
}

void TestEvidenceView::casesAreSortedByTheirValues()
{
    const Shown shown(cardEvaluation());
    const auto errors = [&](Qt::SortOrder order) {
        shown.cases().sortByColumn(EvidenceCasesModel::Error, order);
        QStringList texts;
        for (int row = 0; row < shown.cases().model()->rowCount(); ++row)
            texts << shown.cell(row, EvidenceCasesModel::Error);
        return texts.join(QLatin1Char(' '));
    };
    QCOMPARE(errors(Qt::AscendingOrder), QStringLiteral("0.250 0.500 not a number –"));
    QCOMPARE(errors(Qt::DescendingOrder), QStringLiteral("not a number 0.500 0.250 –"));
    // The same case stays selected.
    QCOMPARE(shown.currentCase(), 0);
    shown.cases().sortByColumn(EvidenceCasesModel::Seed, Qt::DescendingOrder);
    QCOMPARE(shown.cell(0, EvidenceCasesModel::Seed), QStringLiteral("874526375624620"));
}

void TestEvidenceView::rowsAreCopied()
{
    const Shown shown(cardEvaluation());
    shown.cases().selectRow(0);
    QTest::keyClick(&shown.cases(), Qt::Key_C, Qt::ControlModifier);
    const QStringList lines = QGuiApplication::clipboard()->text().split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 2);
    QVERIFY(lines[0].startsWith(QStringLiteral("Case\tSize\tInputs\tVerdict")));
    QCOMPARE(lines[1], QStringLiteral("known 1\twide\tdeclared\t● ok\t0.250\t0.125\t1.00\ty[0, 42]\t1.00000012\t1\t1"));
    shown.cases().selectAll();
    QCOMPARE(shown.cases().selectedText().count(QLatin1Char('\n')), 5);
}

void TestEvidenceView::everyCellHasItsTextInTheToolTip()
{
    const Shown shown(cardEvaluation());
    for (const FigureTable* table : {&shown.cases(), &shown.facts()})
        for (int row = 0; row < table->model()->rowCount(); ++row)
            for (int column = 0; column < table->model()->columnCount(); ++column) {
                const QModelIndex index = table->model()->index(row, column);
                // Where the sign of an element that was not compared stands, words do.
                const QString text = index.data().toString().trimmed();
                if (text == QStringLiteral("–"))
                    continue;
                QVERIFY2(index.data(Qt::ToolTipRole).toString().contains(text), qPrintable(text));
            }
    const QModelIndex size = shown.cases().model()->index(0, EvidenceCasesModel::Size);
    QCOMPARE(size.data(Qt::ToolTipRole).toString(), QStringLiteral("wide: cols=100 rows=10"));
}

void TestEvidenceView::selectedCaseFillsTheHistogram()
{
    const Shown shown(cardEvaluation());
    shown.cases().selectRow(0);
    QVERIFY(shown.everyLabel().contains(QStringLiteral("Known case 1 · wide · declared · y with 1,000 elements")));
    QCOMPARE(shown.histogram().accessibleDescription(),
             QStringLiteral("at most 10⁻⁷: candidate 10 of 1,000 (1.00 %), baseline 10 of 1,000 (1.00 %); "
                            "10⁻³ to 10⁻²: candidate 0 of 1,000 (0 %), baseline 990 of 1,000 (99.0 %); "
                            "10⁻² to 10⁻¹: candidate 990 of 1,000 (99.0 %), baseline 0 of 1,000 (0 %)"));
    shown.cases().selectRow(2);
    QVERIFY(shown.histogram().accessibleDescription().contains(QStringLiteral("not a number: candidate 990")));
    // A void case shows the baseline alone.
    shown.cases().selectRow(3);
    QVERIFY(!shown.histogram().accessibleDescription().contains(QStringLiteral("candidate")));
    QVERIFY(shown.histogram().accessibleDescription().contains(QStringLiteral("10¹ to 10²: baseline 990")));
}

void TestEvidenceView::histogramIsReadByKeysAndMouse()
{
    const Shown shown(cardEvaluation());
    shown.cases().selectRow(0);
    ErrorHistogram& histogram = shown.histogram();
    QVERIFY(shown.everyLabel().contains(QStringLiteral("elements, log axis")));
    histogram.setFocus();
    QTest::keyClick(&histogram, Qt::Key_Home);
    QCOMPARE(histogram.bin(), 0);
    for (int i = 0; i < 5; ++i)
        QTest::keyClick(&histogram, Qt::Key_Right);
    QCOMPARE(histogram.bin(), 5);
    QVERIFY(shown.everyLabel().contains(histogram.readout(5)));
    QTest::keyClick(&histogram, Qt::Key_End);
    QTest::keyClick(&histogram, Qt::Key_Right);
    QCOMPARE(histogram.bin(), kErrorBins - 1);
    QTest::mouseMove(&histogram, QPoint(histogram.width() / 2, histogram.height() / 2));
    QVERIFY(histogram.bin() >= 6 && histogram.bin() <= 9);
    // Another case, another reading.
    shown.cases().selectRow(1);
    QCOMPARE(histogram.bin(), -1);
}

void TestEvidenceView::factsNameFigureAndLimit()
{
    const Shown shown(cardEvaluation());
    const QString text = [&] {
        shown.facts().selectAll();
        return shown.facts().selectedText();
    }();
    for (const char* row :
         {"● Precision\twide, y\t0.0141 tol.\t≤ 0.200\tbaseline 0.0125", "✕ Precision\twide, z\t0.300 tol.\t≤ 0.200",
          "● Physics floor\twide\t402 µs\t≥ 298 µs\tmemory 314 µs · arithmetic 9.80 µs · on f32",
          "● Timed outputs\twide\t8 looked at", "○ Timed outputs\tnarrow\tpending", "Timing noise\t\t0.310 %",
          "○ Memory and races\t\tpending\t–\tthe task has no size for the emulator", "○ Fresh process\t\tpending",
          "Note\t\t–\t–\tanother process uses the card"})
        QVERIFY2(text.contains(QString::fromUtf8(row)),
                 qPrintable(QString::fromUtf8(row) + QStringLiteral(" in\n") + text));
}

void TestEvidenceView::modelsAreConsistent()
{
    EvidenceCasesModel cases;
    EvidenceFactsModel facts;
    const QAbstractItemModelTester first(&cases, QAbstractItemModelTester::FailureReportingMode::Fatal);
    const QAbstractItemModelTester second(&facts, QAbstractItemModelTester::FailureReportingMode::Fatal);
    EvidenceSort sorted(cases);
    const QAbstractItemModelTester third(&sorted, QAbstractItemModelTester::FailureReportingMode::Fatal);
    sorted.sort(EvidenceCasesModel::Error);
    for (const EvaluationRecord& record : {cardEvaluation(), oldEvaluation(), EvaluationRecord{}}) {
        const EvidenceRows rows = evidenceRows(record, nullptr);
        cases.setCases(rows.cases);
        facts.setFacts(rows.facts);
        QCOMPARE(static_cast<std::size_t>(sorted.rowCount()), rows.cases.size());
        QCOMPARE(static_cast<std::size_t>(facts.rowCount()), rows.facts.size());
    }
}

void TestEvidenceView::olderAndStrangeEvaluationsAreShown()
{
    Shown shown(oldEvaluation());
    QCOMPARE(shown.cases().model()->rowCount(), 1);
    QVERIFY(shown.everyLabel().contains(QStringLiteral("Nothing else was recorded.")));
    QCOMPARE(shown.histogram().accessibleDescription(), QStringLiteral("No elements were compared."));
    QTest::keyClick(&shown.histogram(), Qt::Key_Right);
    QCOMPARE(shown.histogram().bin(), -1);
    EvaluationRecord bare;
    bare.verdict = Verdict::Ok;
    bare.trust = 2;
    shown.view.showEvidence(QStringLiteral("#1"), bare, nullptr);
    QVERIFY(shown.everyLabel().contains(QStringLiteral("trust 2; the checks behind it were not recorded")));
    QCOMPARE(shown.cases().model()->rowCount(), 0);
    keepPicture(shown.view, QStringLiteral("evidence-bare"));
    bare.evidence = {{"cases", 3}, {"hidden", {1, 2}}, {"precision", nullptr}};
    shown.view.showEvidence(QStringLiteral("#1"), bare, nullptr);
    QCOMPARE(shown.facts().model()->rowCount(), 2);
}

void TestEvidenceView::everythingIsReachedByTab()
{
    Shown shown(cardEvaluation());
    QVERIFY(QTest::qWaitForWindowActive(&shown.view));
    const QList<QWidget*> stations{&shown.ladder().step(5), &shown.cases(), &shown.histogram(), &shown.facts()};
    stations.front()->setFocus();
    for (int i = 1; i < stations.size(); ++i) {
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        QCOMPARE(QApplication::focusWidget(), stations[i]);
        QVERIFY(!stations[i]->accessibleName().isEmpty());
    }
}

void TestEvidenceView::fitsEveryRoom_data()
{
    QTest::addColumn<QSize>("size");
    QTest::newRow("beside the editor at 1440×900") << QSize(576, 760);
    QTest::newRow("below the editor at 1440×900") << QSize(1100, 280);
    QTest::newRow("below the editor at 3840×2160") << QSize(2200, 720);
}

void TestEvidenceView::fitsEveryRoom()
{
    QFETCH(const QSize, size);
    const Shown shown(cardEvaluation(), size);
    const QScrollArea* scroll = shown.view.findChild<QScrollArea*>();
    QCOMPARE(scroll->horizontalScrollBar()->maximum(), 0);
    for (const QWidget* part : QList<QWidget*>{&shown.cases(), &shown.histogram(), &shown.facts()}) {
        QVERIFY(part->height() >= 100);
        QVERIFY(part->width() >= part->minimumSizeHint().width());
    }
    for (const QLabel* label : shown.view.findChildren<QLabel*>())
        if (label->isVisible())
            QVERIFY2(label->height() >= label->heightForWidth(label->width()), qPrintable(label->text()));
}

void TestEvidenceView::pictures_data()
{
    QTest::addColumn<QSize>("size");
    QTest::addColumn<QString>("sample");
    QTest::addColumn<bool>("isDark");
    for (const bool isDark : {false, true})
        for (const char* sample : {"card", "softmax-baseline", "softmax-saboteur", "nothing"})
            for (const QSize size : {QSize(576, 760), QSize(1100, 280), QSize(2200, 720)})
                QTest::addRow("%s-%d-%s", sample, size.width(), isDark ? "dark" : "light")
                    << size << QString::fromLatin1(sample) << isDark;
}

void TestEvidenceView::pictures()
{
    QFETCH(const QSize, size);
    QFETCH(const QString, sample);
    QFETCH(const bool, isDark);
    Theme::instance().choose(isDark ? ThemeChoice::Dark : ThemeChoice::Light);
    Shown shown({}, size);
    if (sample != QStringLiteral("nothing"))
        shown.view.showEvidence(QStringLiteral("#7 unroll the inner loop  BLOCK=256"),
                                sample == QStringLiteral("card") ? cardEvaluation()
                                                                 : recordedEvaluation(sample.toStdString()),
                                &shown.task);
    QCoreApplication::processEvents();
    const QImage image = shown.view.grab().toImage();
    QCOMPARE(image.pixelColor(1, image.height() - 2), Theme::instance().color(Token::Panel));
    if (sample != QStringLiteral("nothing")) {
        const QImage bars = shown.histogram().grab().toImage();
        const QColor wanted =
            Theme::instance().color(sample == QStringLiteral("softmax-baseline") ? Token::Accent : Token::Wrong);
        int found = 0;
        for (int y = 0; y < bars.height(); ++y)
            for (int x = 0; x < bars.width(); ++x)
                found += bars.pixelColor(x, y) == wanted ? 1 : 0;
        QVERIFY(found > 200);
    }
    keepPicture(shown.view, QStringLiteral("evidence-") + QString::fromLatin1(QTest::currentDataTag()));
    Theme::instance().choose(ThemeChoice::Light);
}

WARPLOOM_WIDGET_TEST_MAIN(TestEvidenceView)
#include "tst_EvidenceView.moc"
