// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <limits>

#include <QAbstractItemModelTester>

#include "EvidenceShown.h"
#include "look/Theme.h"
#include "profiler/EvidenceFactsModel.h"
#include "profiler/EvidenceSort.h"
#include "profiler/EvidenceText.h"

using namespace warploom;
using namespace warploom::test;

class TestEvidenceView : public QObject {
    Q_OBJECT

private slots:
    void emptySaysWhatFillsIt();
    void stepsSayTheirStateInWords();
    void keysGoAlongTheLadder();
    void worstCaseIsShownFirst();
    void wrongOutputIsShownFirst();
    void guardsAreTold();
    void figuresAreWrittenInFull();
    void casesAreSortedByTheirValues();
    void rowsAreCopied();
    void everyCellHasItsTextInTheToolTip();
    void selectedCaseFillsTheHistogram();
    void histogramIsReadByKeysAndMouse();
    void decadeOfTheLimitIsWrongWhereElementsAre();
    void factsNameFigureAndLimit();
    void faultsAndDiagnosticsSayWhere();
    void modelsAreConsistent();
    void olderAndStrangeEvaluationsAreShown();
    void everythingIsReachedByTab();
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
    QCOMPARE(wrong.cell(2, EvidenceCasesModel::Outcome), QStringLiteral("✕ wrong · 13,965 wrong"));
    QCOMPARE(wrong.cell(2, EvidenceCasesModel::Element), QStringLiteral("y[0, 0]"));
    QCOMPARE(wrong.cell(2, EvidenceCasesModel::Error), QStringLiteral("1.63e+06"));
    QVERIFY(wrong.everyLabel().contains(QStringLiteral("2 known, 1 hidden, of which 0 void")));
    QVERIFY(wrong.everyLabel().contains(QStringLiteral("y with 13,965 elements")));
    // Not finite is worse than any error.
    const Shown card(cardEvaluation());
    QCOMPARE(card.currentCase(), 2);
    QCOMPARE(card.cell(2, EvidenceCasesModel::Error), QStringLiteral("infinite"));
    QCOMPARE(card.cell(2, EvidenceCasesModel::Got), QStringLiteral("not a number"));
    QVERIFY(card.cell(3, EvidenceCasesModel::Outcome).startsWith(QStringLiteral("– void: the baseline is off")));
    QCOMPARE(card.cell(3, EvidenceCasesModel::Error), QStringLiteral("–"));
    QCOMPARE(card.cell(3, EvidenceCasesModel::Baseline), QStringLiteral("31.5"));
    QVERIFY(card.everyLabel().contains(QStringLiteral("1 known, 2 hidden, of which 1 void")));
}

void TestEvidenceView::wrongOutputIsShownFirst()
{
    const Shown shown(twoOutputsEvaluation());
    QCOMPARE(shown.currentCase(), 1);
    QVERIFY(shown.everyLabel().contains(QStringLiteral("z with 1,000 elements")));
    QCOMPARE(shown.cell(0, EvidenceCasesModel::Outcome), QStringLiteral("✕ wrong"));
    QCOMPARE(shown.cell(1, EvidenceCasesModel::Outcome), QStringLiteral("✕ wrong · 990 wrong"));
    QCOMPARE(shown.cell(1, EvidenceCasesModel::Element), QStringLiteral("z[7]"));
    const QString error = shown.caseToolTip(1, EvidenceCasesModel::Error);
    QVERIFY2(error.contains(QStringLiteral("3.00: the largest error, in tolerances, at z[42]: got 0.5, expected 0.25")),
             qPrintable(error));
    QVERIFY2(error.contains(QStringLiteral("0.0625")), qPrintable(error));
    QVERIFY(shown.caseToolTip(0, EvidenceCasesModel::Got)
                .contains(QStringLiteral("The largest error of 1,000 elements is here; 0 are wrong")));
    QVERIFY(shown.caseToolTip(1, EvidenceCasesModel::Got)
                .contains(QStringLiteral("The first wrong element; 990 of 1,000 are wrong")));
}

void TestEvidenceView::guardsAreTold()
{
    const Shown card(cardEvaluation());
    QCOMPARE(card.cell(0, EvidenceCasesModel::Guards), QStringLiteral("● whole"));
    QVERIFY(card.caseToolTip(0, EvidenceCasesModel::Guards).contains(QStringLiteral("repeats, inputs-unchanged")));
    QVERIFY(card.caseToolTip(0, EvidenceCasesModel::Guards).contains(QStringLiteral("bits differ between two runs")));
    QCOMPARE(card.cell(2, EvidenceCasesModel::Guards), QStringLiteral("–"));
    const Shown faulty(faultyEvaluation());
    QCOMPARE(faulty.cell(0, EvidenceCasesModel::Guards), QStringLiteral("✕ broken"));
    const Shown two(twoOutputsEvaluation());
    QVERIFY(two.caseToolTip(1, EvidenceCasesModel::Guards).contains(QStringLiteral("2 never written")));
}

void TestEvidenceView::figuresAreWrittenInFull()
{
    constexpr double kMost = std::numeric_limits<double>::max();
    QCOMPARE(errorText(kMost), QStringLiteral("infinite"));
    QCOMPARE(errorText(1e300), QStringLiteral("infinite"));
    QCOMPARE(errorText(1e6), QStringLiteral("1e+06"));
    QCOMPARE(elementText(9'007'199'254'740'991.0), QStringLiteral("9007199254740991"));
    QCOMPARE(elementText(-2'147'483'648.0), QStringLiteral("-2147483648"));
    QCOMPARE(elementText(0.1, 0.5), QStringLiteral("0.1"));
    // Where nine digits do not tell two values apart, all are written.
    QCOMPARE(elementText(1.0, 1.0 + 1e-12), QStringLiteral("1"));
    QCOMPARE(elementText(1.0 + 1e-12, 1.0).left(15), QStringLiteral("1.0000000000010"));
    QCOMPARE(elementText(-std::numeric_limits<double>::infinity()), QStringLiteral("minus infinite"));
    EvaluationRecord record;
    record.evidence["timed_outputs"] = {{"outputs_checked", 8}, {"outputs_wrong", 3}, {"worst_error", kMost}};
    const QString text = Shown(record).factsText();
    QVERIFY2(text.contains(QStringLiteral("✕ Timed outputs\t\t8 looked at\t–\t3 wrong · worst error infinite tol.")),
             qPrintable(text));
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
    QCOMPARE(errors(Qt::AscendingOrder), QStringLiteral("0.250 0.500 infinite –"));
    QCOMPARE(errors(Qt::DescendingOrder), QStringLiteral("infinite 0.500 0.250 –"));
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
    QCOMPARE(lines[1],
             QStringLiteral("known 1\twide\tdeclared\t● ok\t● whole\t0.250\t0.125\t1.00\ty[0, 42]\t1.00000012\t1\t1"));
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
    QVERIFY(shown.histogram().accessibleDescription().contains(
        QStringLiteral("more than 10⁶, or not finite: candidate 990")));
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

void TestEvidenceView::decadeOfTheLimitIsWrongWhereElementsAre()
{
    // 16 tolerances are allowed: of the errors from 10 to 100 some are wrong.
    ErrorHistogram histogram;
    histogram.resize(400, 200);
    CaseRow row;
    row.elements = 1000;
    row.allowed = 16;
    row.histogram[9] = 1000;
    histogram.setCase(row);
    const QColor right = Theme::instance().color(Token::Accent);
    QVERIFY(pixelsOf(histogram.grab().toImage(), right) > 200);
    row.wrong = 5;
    histogram.setCase(row);
    QCOMPARE(pixelsOf(histogram.grab().toImage(), right), 0);
    QVERIFY(pixelsOf(histogram.grab().toImage(), Theme::instance().color(Token::Wrong)) > 200);
}

void TestEvidenceView::faultsAndDiagnosticsSayWhere()
{
    const QString faults = Shown(faultyEvaluation()).factsText();
    for (const char* row :
         {"✕ Fault\twide, x\tfailed\t–\tkernel.cu:12:5 · reads 4 bytes past the end of x (ld.global.f32) · block (1, "
          "0, 0)"
          " · thread (31, 0, 0) · at byte 4096 · CUDA_ERROR_ILLEGAL_ADDRESS",
          "✕ Fault\tcols=7 rows=3, x\t", "✕ Fault\temulator, x\tfailed\t–\tkernel.cu:12:5 · on the emulator: reads"})
        QVERIFY2(faults.contains(QString::fromUtf8(row)), qPrintable(faults));
    const Shown shown(compileErrorEvaluation());
    QVERIFY(shown.everyLabel().contains(QStringLiteral("Facts beside the cases")));
    const QString diagnostics = shown.factsText();
    for (const char* row : {"✕ Compiler\t\terror\t–\tkernel.cu:3:9 · expected a ';'\n",
                            "Compiler\t\twarning\t–\tkernel.cu:2:7 · variable \"i\"",
                            "Note\t\t–\t–\tkernel.cu(3): error: expected a ';'\n"})
        QVERIFY2(diagnostics.contains(QString::fromUtf8(row)), qPrintable(diagnostics));
    const QAbstractItemModel* model = shown.facts().model();
    const QModelIndex log = model->index(model->rowCount() - 1, EvidenceFactsModel::Detail);
    QVERIFY(log.data(Qt::ToolTipRole).toString().contains(QStringLiteral("1 error detected")));
}

void TestEvidenceView::factsNameFigureAndLimit()
{
    const Shown shown(cardEvaluation());
    const QString text = shown.factsText();
    for (const char* row :
         {"● Precision\twide, y\t0.0141 tol.\t≤ 0.200\tbaseline 0.0125", "✕ Precision\twide, z\t0.300 tol.\t≤ 0.200",
          "● Physics floor\twide\t402 µs\t≥ 298 µs\tmemory 314 µs · arithmetic 9.80 µs · on f32",
          "of memory and arithmetic",
          "● Timed outputs\twide\t8 looked at\t–\tworst error 0.310 tol. · cold · rounds: 32 · launches: 12 · batch of "
          "4",
          "1.50× [1.49, 1.51] of the opponent's speed", "Beside the opponent\t\t1.50×\t–\t[1.49, 1.51]",
          "○ Timed outputs\tnarrow\tpending", "Timing noise\t\t0.310 %",
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
    for (const EvaluationRecord& record :
         {cardEvaluation(), oldEvaluation(), faultyEvaluation(), compileErrorEvaluation(), EvaluationRecord{}}) {
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
    QVERIFY(shown.everyLabel().contains(QStringLiteral("trust 2; no checks are on record")));
    QCOMPARE(shown.cases().model()->rowCount(), 0);
    keepPicture(shown.view, QStringLiteral("evidence-bare"));
    bare.evidence = {{"cases", 3}, {"hidden", {1, 2}}, {"precision", nullptr}};
    shown.view.showEvidence(QStringLiteral("#1"), bare, nullptr);
    QCOMPARE(shown.facts().model()->rowCount(), 3);
    QVERIFY(shown.factsText().contains(QStringLiteral("Not readable\t\t–\t–\tcases\n")));
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

WARPLOOM_WIDGET_TEST_MAIN(TestEvidenceView)
#include "tst_EvidenceView.moc"
