// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest/QtTest>

#include "ExportSamples.h"
#include "exporting/ExportSubject.h"
#include "store/Workspace.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// A workspace with the task softmax, a baseline and one child.
struct Sample {
    TemporaryFolder folder;
    std::optional<Workspace> workspace;
    EnvironmentId measured = 0;
    EnvironmentId modelled = 0;
    RunId run = 0;
    VariantId baseline = 0;
    VariantId child = 0;

    Result<> fill();
    Result<> evaluate(VariantId variant, bool isModelled, Verdict verdict, double speedup,
                      const Configuration& configuration);
    /// A task, an environment and a run of its own; later evaluations are made there. Returns its baseline.
    Result<VariantId> addTask(const std::string& name, const std::string& revision);
};

Result<> Sample::fill()
{
    WARPLOOM_TRY(const Task task, loadTask(sourceFolder() / "kernels" / "softmax"));
    WARPLOOM_TRY(Workspace opened, Workspace::open(folder.path() / "w.warploom", Workspace::Mode::Create));
    workspace.emplace(std::move(opened));
    TaskRecord record{0, task.name, task.revision, {}, 0};
    for (const auto& [name, content] : task.files())
        record.files.push_back({name, content});
    WARPLOOM_TRY(const Committed taskId, workspace->ensureTask(record));
    EnvironmentRecord environment{0,     "cuda:0",     "GPU-1", "NVIDIA H100", "sm_90",
                                  "580", "NVRTC 13.0", "0.1.0", task.revision, false};
    WARPLOOM_TRY(const Committed card, workspace->ensureEnvironment(environment));
    measured = card.id;
    environment.device = environment.gpuUuid = "emulator";
    environment.modelled = true;
    WARPLOOM_TRY(const Committed model, workspace->ensureEnvironment(environment));
    modelled = model.id;
    RunRecord started;
    started.task = taskId.id;
    started.device = "cuda:0";
    WARPLOOM_TRY(const Committed runId, workspace->addRun(started));
    run = runId.id;
    VariantRecord variant;
    variant.task = taskId.id;
    variant.title = "baseline";
    variant.source = task.baselineSource;
    variant.normalisedHash = "1";
    variant.agent = "task";
    WARPLOOM_TRY(const Committed first, workspace->addVariant(variant));
    baseline = first.id;
    variant.parents = {baseline};
    variant.title = "faster";
    variant.normalisedHash = "2";
    WARPLOOM_TRY(const Committed second, workspace->addVariant(variant));
    child = second.id;
    return {};
}

Result<> Sample::evaluate(VariantId variant, bool isModelled, Verdict verdict, double speedup,
                          const Configuration& configuration)
{
    EvaluationRecord evaluation;
    evaluation.variant = variant;
    evaluation.run = run;
    evaluation.environment = isModelled ? modelled : measured;
    evaluation.modelled = isModelled;
    evaluation.verdict = verdict;
    evaluation.configuration = configuration;
    evaluation.time = Interval{100 / speedup, 99 / speedup, 101 / speedup};
    evaluation.speedup = Interval{speedup, speedup * 0.99, speedup * 1.01};
    WARPLOOM_TRY(const Committed added, workspace->addEvaluation(evaluation));
    return added.id > 0 ? Result<>() : fail(ErrorCode::Internal, "no id");
}

Result<VariantId> Sample::addTask(const std::string& name, const std::string& revision)
{
    WARPLOOM_TRY(const Task task, loadTask(sourceFolder() / "kernels" / name));
    TaskRecord record{0, name, revision, {}, 0};
    for (const auto& [file, content] : task.files()) {
        const QString text = QString::fromStdString(content);
        const QString title = QStringLiteral("title     = \"The %1 %2\"").arg(revision.c_str(), name.c_str());
        static const QRegularExpression line(QStringLiteral("^title .*$"), QRegularExpression::MultilineOption);
        record.files.push_back({file, QString(text).replace(line, title).toStdString()});
    }
    WARPLOOM_TRY(const Committed taskId, workspace->ensureTask(record));
    WARPLOOM_TRY(EnvironmentRecord environment, workspace->environment(measured));
    environment.taskRevision = revision;
    WARPLOOM_TRY(const Committed card, workspace->ensureEnvironment(environment));
    measured = card.id;
    RunRecord started;
    started.task = taskId.id;
    started.device = "cuda:0";
    WARPLOOM_TRY(const Committed runId, workspace->addRun(started));
    run = runId.id;
    VariantRecord variant;
    variant.task = taskId.id;
    variant.title = "baseline";
    variant.source = task.baselineSource;
    variant.normalisedHash = "1";
    variant.agent = "task";
    WARPLOOM_TRY(const Committed added, workspace->addVariant(variant));
    return added.id;
}

}  // namespace

class tst_ExportSubject : public QObject {
    Q_OBJECT

private slots:
    void choosesTheBestRightOne();
    void prefersMeasuredToModelled();
    void passesOverRetiredVariants();
    void choosesTheBestConfigurationOfAVariant();
    void refusesWhatWasNotProvedRight();
    void laterFailuresAndConfirmationsCount();
    void takesTheLatestRunsTask();
    void takesTheRevisionThatWasMeasured();
};

void tst_ExportSubject::choosesTheBestRightOne()
{
    Sample sample;
    QVERIFY(succeeded(sample.fill()));
    QVERIFY(succeeded(sample.evaluate(sample.baseline, false, Verdict::Ok, 1, {})));
    QVERIFY(succeeded(sample.evaluate(sample.child, false, Verdict::Ok, 2, {{"BLOCK", 2}})));
    QVERIFY(succeeded(sample.evaluate(sample.child, false, Verdict::Wrong, 9, {{"BLOCK", 9}})));
    const auto subject = chooseSubject(*sample.workspace);
    QVERIFY_RESULT(subject);
    QCOMPARE(subject->variant.id, sample.child);
    QCOMPARE(subject->evaluation.configuration.at("BLOCK"), 2);
    QCOMPARE(subject->task.name, std::string("softmax"));
    QCOMPARE(subject->lineage.size(), std::size_t{2});
    QCOMPARE(subject->lineage.front().id, sample.baseline);
    QCOMPARE(subject->environment.id, sample.measured);
}

void tst_ExportSubject::prefersMeasuredToModelled()
{
    Sample sample;
    QVERIFY(succeeded(sample.fill()));
    QVERIFY(succeeded(sample.evaluate(sample.child, true, Verdict::Ok, 50, {})));
    QCOMPARE(chooseSubject(*sample.workspace)->evaluation.modelled, true);
    QVERIFY(succeeded(sample.evaluate(sample.baseline, false, Verdict::Ok, 1, {})));
    QCOMPARE(chooseSubject(*sample.workspace)->variant.id, sample.baseline);
}

void tst_ExportSubject::passesOverRetiredVariants()
{
    Sample sample;
    QVERIFY(succeeded(sample.fill()));
    QVERIFY(succeeded(sample.evaluate(sample.baseline, false, Verdict::Ok, 1, {})));
    QVERIFY(succeeded(sample.evaluate(sample.child, false, Verdict::Ok, 2, {})));
    QVERIFY(succeeded(sample.workspace->setRetired(sample.child, true)));
    QCOMPARE(chooseSubject(*sample.workspace)->variant.id, sample.baseline);
    QCOMPARE(chooseSubject(*sample.workspace, sample.child)->variant.id, sample.child);
}

void tst_ExportSubject::choosesTheBestConfigurationOfAVariant()
{
    Sample sample;
    QVERIFY(succeeded(sample.fill()));
    QVERIFY(succeeded(sample.evaluate(sample.baseline, false, Verdict::Ok, 5, {})));
    QVERIFY(succeeded(sample.evaluate(sample.child, false, Verdict::Ok, 3, {{"BLOCK", 3}})));
    QVERIFY(succeeded(sample.evaluate(sample.child, false, Verdict::Ok, 2, {{"BLOCK", 2}})));
    const auto subject = chooseSubject(*sample.workspace, sample.child);
    QVERIFY_RESULT(subject);
    QCOMPARE(subject->evaluation.configuration.at("BLOCK"), 3);
}

void tst_ExportSubject::refusesWhatWasNotProvedRight()
{
    Sample sample;
    QVERIFY(succeeded(sample.fill()));
    QCOMPARE(chooseSubject(*sample.workspace).error().code, ErrorCode::InvalidArgument);
    QVERIFY(succeeded(sample.evaluate(sample.child, false, Verdict::Wrong, 2, {})));
    const auto refused = chooseSubject(*sample.workspace, sample.child);
    QCOMPARE(refused.error().code, ErrorCode::InvalidArgument);
    QVERIFY(refused.error().message.find("wrong") != std::string::npos);
    QVERIFY(chooseSubject(*sample.workspace, sample.baseline).error().message.find("never evaluated")
            != std::string::npos);
    QCOMPARE(chooseSubject(*sample.workspace, 99).error().code, ErrorCode::NotFound);
}

void tst_ExportSubject::laterFailuresAndConfirmationsCount()
{
    Sample sample;
    QVERIFY(succeeded(sample.fill()));
    QVERIFY(succeeded(sample.evaluate(sample.baseline, false, Verdict::Ok, 1, {})));
    QVERIFY(succeeded(sample.evaluate(sample.child, false, Verdict::Ok, 4, {{"BLOCK", 4}})));
    QVERIFY(succeeded(sample.evaluate(sample.child, false, Verdict::Ok, 3, {{"BLOCK", 3}})));
    QVERIFY(succeeded(sample.evaluate(sample.child, false, Verdict::Ok, 2, {{"BLOCK", 4}})));
    QCOMPARE(chooseSubject(*sample.workspace)->evaluation.configuration.at("BLOCK"), 3);
    QVERIFY(succeeded(sample.evaluate(sample.child, false, Verdict::Crashed, 3, {{"BLOCK", 3}})));
    QCOMPARE(chooseSubject(*sample.workspace)->evaluation.speedup->estimate, 2.0);
    QCOMPARE(chooseSubject(*sample.workspace, sample.child)->evaluation.speedup->estimate, 2.0);
}

void tst_ExportSubject::takesTheLatestRunsTask()
{
    Sample sample;
    QVERIFY(succeeded(sample.fill()));
    QVERIFY(succeeded(sample.evaluate(sample.baseline, false, Verdict::Ok, 1, {})));
    QVERIFY(succeeded(sample.evaluate(sample.child, false, Verdict::Ok, 9, {})));
    const auto other = sample.addTask("vector_add", "r1");
    QVERIFY_RESULT(other);
    const auto refused = chooseSubject(*sample.workspace);
    QVERIFY(!refused);
    const QString advice = QStringLiteral("--variant %1 is the best of 'softmax'").arg(sample.child);
    QVERIFY2(refused.error().message.find(advice.toStdString()) != std::string::npos, refused.error().message.c_str());
    QVERIFY(succeeded(sample.evaluate(*other, false, Verdict::Ok, 1, {})));
    QCOMPARE(chooseSubject(*sample.workspace)->variant.id, *other);
    QCOMPARE(chooseSubject(*sample.workspace, sample.child)->variant.id, sample.child);
}

void tst_ExportSubject::takesTheRevisionThatWasMeasured()
{
    Sample sample;
    QVERIFY(succeeded(sample.fill()));
    QVERIFY(succeeded(sample.evaluate(sample.child, false, Verdict::Ok, 9, {})));
    QVERIFY_RESULT(sample.addTask("softmax", "later"));
    QVERIFY(succeeded(sample.evaluate(sample.child, false, Verdict::Ok, 2, {})));
    const auto subject = chooseSubject(*sample.workspace);
    QVERIFY_RESULT(subject);
    QCOMPARE(subject->variant.id, sample.child);
    QCOMPARE(subject->evaluation.speedup->estimate, 2.0);
    QCOMPARE(subject->environment.taskRevision, std::string("later"));
    QCOMPARE(subject->task.title, std::string("The later softmax"));
}

QTEST_APPLESS_MAIN(tst_ExportSubject)
#include "tst_ExportSubject.moc"
