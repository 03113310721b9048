// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "EvidenceSamples.h"
#include "RecordedProfile.h"
#include "WidgetTestSupport.h"
#include "look/Theme.h"
#include "profiler/ComparisonBar.h"
#include "profiler/EvidenceView.h"
#include "profiler/FigureTable.h"
#include "profiler/FindingsModel.h"
#include "profiler/FindingsView.h"
#include "profiler/ProfilerPanel.h"
#include "profiler/TrustLadder.h"
#include "session/EngineSession.h"
#include "session/Selection.h"
#include "store/Workspace.h"
#include "task/TaskLoader.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// A workspace on the disk with one variant, evaluated as \p evaluation says.
Result<EvaluationId> fill(const std::filesystem::path& path, EvaluationRecord evaluation)
{
    WARPLOOM_TRY(const Task task, loadTask(sourceFolder() / "kernels" / "softmax"));
    WARPLOOM_TRY(Workspace workspace, Workspace::open(path, Workspace::Mode::Create));
    TaskRecord record{0, task.name, task.revision, {}, 0};
    for (const auto& [name, content] : task.files())
        record.files.push_back({name, content});
    WARPLOOM_TRY(const Committed taskId, workspace.ensureTask(record));
    WARPLOOM_TRY(const Committed environment,
                 workspace.ensureEnvironment({0, "cuda:0", "GPU-1", "NVIDIA H100", "sm_90", "580", "NVRTC 13.0",
                                              "0.1.0", task.revision, false}));
    RunRecord run;
    run.task = taskId.id;
    run.device = "cuda:0";
    WARPLOOM_TRY(const Committed runId, workspace.addRun(run));
    VariantRecord variant;
    variant.task = taskId.id;
    variant.title = "baseline";
    variant.source = task.baselineSource;
    variant.normalisedHash = "1";
    variant.agent = "task";
    WARPLOOM_TRY(const Committed variantId, workspace.addVariant(variant));
    evaluation.variant = variantId.id;
    evaluation.environment = environment.id;
    evaluation.run = runId.id;
    evaluation.time = Interval{402, 400, 404};
    evaluation.speedup = Interval{1.5, 1.49, 1.51};
    WARPLOOM_TRY(const Committed added, workspace.addEvaluation(evaluation));
    return added.id;
}

struct Panel {
    LiveLineage lineage;
    Selection selection;
    EngineSession session{lineage};
    ProfilerPanel panel{session, lineage, selection};

    [[nodiscard]] EvidenceView& evidence() const { return *panel.findChild<EvidenceView*>(); }
    [[nodiscard]] const QAbstractItemModel& cases() const
    {
        return *evidence().findChild<FigureTable*>(QStringLiteral("evidence-cases"))->model();
    }
};

}  // namespace

class TestProfilerPanel : public QObject {
    Q_OBJECT

private slots:
    void evidenceOfTheSelectionIsReadFromTheWorkspace();
    void checkedDraftsShowTheirEvidence();
    void checkedDraftsSurviveBeingHidden();
    void checkedDraftsStayUntilSomethingIsSelected();
    void profiledDraftsStayWhenThePanelComesUp();
};

void TestProfilerPanel::evidenceOfTheSelectionIsReadFromTheWorkspace()
{
    const TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    const auto id = fill(path, cardEvaluation());
    QVERIFY_RESULT(id);
    Panel window;
    window.panel.resize(576, 760);
    window.panel.show();
    auto* tabs = window.panel.findChild<QTabWidget*>();
    tabs->setCurrentWidget(&window.evidence());
    QCOMPARE(tabs->tabText(tabs->currentIndex()), QStringLiteral("Evidence"));
    auto* best = window.evidence().findChild<QPushButton*>();
    QVERIFY(!best->isVisible());
    window.session.openSnapshot(QString::fromStdString(path.string()));
    QTRY_VERIFY(window.session.isOpen());
    QTRY_VERIFY(best->isVisible());
    QCOMPARE(window.cases().rowCount(), 0);
    QTest::mouseClick(best, Qt::LeftButton);
    QCOMPARE(window.selection.evaluation(), *id);
    QTRY_COMPARE(window.cases().rowCount(), 4);
    QCOMPARE(window.evidence().findChild<TrustLadder*>()->chosen(), 5);
    keepPicture(window.panel, QStringLiteral("evidence-panel"));
    window.selection.select(0);
    QTRY_COMPARE(window.cases().rowCount(), 0);
    QVERIFY(best->isVisible());
    window.session.close();
    QTRY_VERIFY(!best->isVisible());
}

void TestProfilerPanel::checkedDraftsShowTheirEvidence()
{
    Panel window;
    window.panel.show();
    window.panel.showChecked(QStringLiteral("Draft of #1"), recordedEvaluation("softmax-saboteur"));
    QCOMPARE(window.cases().rowCount(), 3);
    QStringList texts;
    for (const QLabel* label : window.evidence().findChildren<QLabel*>())
        texts << label->text();
    QVERIFY(texts.contains(QStringLiteral("Draft of #1")));
    QVERIFY(texts.join(QLatin1Char('\n')).contains(QStringLiteral("✕ wrong · trust level 2 of 6 reached")));
}

void TestProfilerPanel::checkedDraftsSurviveBeingHidden()
{
    Panel window;
    // As a dock behind another one.
    window.panel.showChecked(QStringLiteral("Draft of #1"), recordedEvaluation("softmax-saboteur"));
    window.panel.show();
    QCoreApplication::processEvents();
    QCOMPARE(window.cases().rowCount(), 3);
    window.panel.hide();
    window.panel.show();
    QCOMPARE(window.cases().rowCount(), 3);
}

void TestProfilerPanel::checkedDraftsStayUntilSomethingIsSelected()
{
    const auto light = qScopeGuard([] { Theme::instance().choose(ThemeChoice::Light); });
    const TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    const auto id = fill(path, cardEvaluation());
    QVERIFY_RESULT(id);
    Panel window;
    window.panel.show();
    window.session.openSnapshot(QString::fromStdString(path.string()));
    QTRY_VERIFY(window.session.isOpen());
    QTRY_VERIFY(window.lineage.data().best() != nullptr);
    window.selection.select(window.lineage.data().best()->variant, *id);
    QTRY_COMPARE(window.cases().rowCount(), 4);
    window.panel.showChecked(QStringLiteral("Draft of #1"), recordedEvaluation("softmax-saboteur"));
    emit window.lineage.variantsChanged({0});
    QTest::qWait(50);
    QCOMPARE(window.cases().rowCount(), 3);
    Theme::instance().choose(ThemeChoice::Dark);
    QTest::qWait(50);
    QCOMPARE(window.cases().rowCount(), 3);
    int verdicts = 0;
    for (const QLabel* label : window.panel.findChildren<QLabel*>()) {
        if (!label->text().startsWith(QStringLiteral("✕ wrong · ")))
            continue;
        ++verdicts;
        QCOMPARE(label->palette().color(QPalette::WindowText), Theme::instance().color(Token::Wrong));
    }
    QCOMPARE(verdicts, 2);
    window.selection.select(0);
    QCOMPARE(window.cases().rowCount(), 0);
}

/// The dock was behind another one when something was selected, and is raised when the draft's profile is there.
void TestProfilerPanel::profiledDraftsStayWhenThePanelComesUp()
{
    const TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    QVERIFY_RESULT(fill(path, cardEvaluation()));
    Panel window;
    window.session.openSnapshot(QString::fromStdString(path.string()));
    QTRY_VERIFY(window.session.isOpen());
    QTRY_VERIFY(window.lineage.data().best() != nullptr);
    const VariantId variant = window.lineage.data().best()->variant;
    window.selection.select(variant);
    auto& findings = *window.panel.findChild<FindingsView*>();
    auto& bar = *window.panel.findChild<ComparisonBar*>();
    window.panel.showProfile({QStringLiteral("Draft of #1"), QStringLiteral("text"), {0, variant}},
                             recordedProfile("sgemm-best"));
    window.panel.show();
    QCoreApplication::processEvents();
    QVERIFY(findings.model().rowCount() > 0);
    QCOMPARE(bar.otherText(), QStringLiteral("#1 baseline"));
    // Another workspace has other variants under the same numbers.
    window.panel.compareWith(variant);
    window.session.close();
    QTRY_COMPARE(findings.model().rowCount(), 0);
    QVERIFY(bar.target().kind == ComparisonTarget::Kind::Parent);
    QVERIFY(bar.otherText().isEmpty());
}

WARPLOOM_WIDGET_TEST_MAIN(TestProfilerPanel)
#include "tst_ProfilerPanel.moc"
