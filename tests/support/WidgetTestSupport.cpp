// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "WidgetTestSupport.h"

#include <cmath>

#include "look/Theme.h"

namespace warploom::test {

namespace {

QtMessageHandler previousHandler = nullptr;

/// The offscreen platform says these of windows and popups; everything else is a defect.
bool isExpected(const QString& message) { return message.startsWith(QLatin1String("This plugin does not support ")); }

void failOnWarning(QtMsgType type, const QMessageLogContext& context, const QString& message)
{
    if (type == QtWarningMsg && isExpected(message))
        return;
    previousHandler(type, context, message);
    if (type == QtWarningMsg || type == QtCriticalMsg)
        qFatal("a test of views must not warn: %s", qPrintable(message));
}

/// Deterministic noise in [0, 1).
double noise(int i) { return std::fmod(std::abs(std::sin(i * 12.9898) * 43758.5453), 1.0); }

Verdict verdictAt(int i)
{
    const auto& all = allVerdicts();
    return i % 5 == 3 ? all[static_cast<std::size_t>(i / 5) % all.size()] : Verdict::Ok;
}

EvaluationRecord evaluationAt(int i, int variants, bool modelled)
{
    EvaluationRecord record;
    record.id = i + 1;
    record.variant = i < variants ? i + 1 : 1 + static_cast<int>(noise(i) * variants);
    record.environment = 1;
    record.run = 1;
    record.configuration = {{"BLOCK", 32 << (i % 6)}, {"UNROLL", 1 << (i % 4)}};
    record.verdict = i == 0 ? Verdict::Ok : verdictAt(i);
    record.modelled = modelled;
    record.rounds = modelled ? 0 : 16;
    record.created = 1'700'000'000'000 + i * 500;
    if (record.verdict != Verdict::Ok && record.verdict != Verdict::Suspect) {
        record.message = "size 'wide': wrong at y[0, 0]: got 0.000114455, expected 4.69153e-05";
        return record;
    }
    record.trust = 2;
    const double speedup = i == 0 ? 1 : std::exp(2.2 * (1 - std::exp(-i / 60.0)) * (0.4 + 0.6 * noise(i * 7)));
    record.speedup = Interval{speedup, speedup * (modelled ? 1 : 0.99), speedup * (modelled ? 1 : 1.01)};
    record.time = Interval{5000 / speedup, 4950 / speedup, 5050 / speedup};
    return record;
}

VariantRecord variantAt(int i)
{
    static const std::vector<std::string> moves = {"row-per-block",  "unroll",          "vectorize",
                                                   "restrict-const", "literal-tunable", "pad-shared"};
    VariantRecord record;
    record.id = i + 1;
    record.task = 1;
    record.run = 1;
    record.agent = i == 0 ? "task" : "rules";
    record.title = i == 0 ? "baseline" : "try " + moves[static_cast<std::size_t>(i) % moves.size()];
    record.created = 1'700'000'000'000 + i * 500;
    if (i == 0)
        return record;
    record.parents = {1 + static_cast<VariantId>(noise(i) * std::min(i, 40) + std::max(0, i - 40))};
    record.move = moves[static_cast<std::size_t>(i) % moves.size()];
    record.hypothesis = "loads need not wait for stores, ~1.05×";
    record.favoured = i == 3;
    record.retired = i == 5;
    return record;
}

}  // namespace

void setUpWidgetTest()
{
    QStandardPaths::setTestModeEnabled(true);
    Theme::instance().choose(ThemeChoice::Light);
}

int runWidgetTest(QObject& test, int argc, char** argv)
{
    setUpWidgetTest();
    // QTest puts its own handler in when it starts: ours has to come after it, in front of the first test.
    QTest::qInit(&test, argc, argv);
    previousHandler = qInstallMessageHandler(failOnWarning);
    const int failures = QTest::qRun();
    QTest::qCleanup();
    return failures;
}

void keepPicture(QWidget& widget, const QString& name)
{
    const QString folder = qEnvironmentVariable("WARPLOOM_PICTURES");
    if (folder.isEmpty())
        return;
    // Views refresh at their own pace.
    QTest::qWait(400);
    widget.grab().save(folder + QLatin1Char('/') + name + QLatin1String(".png"));
}

WorkspaceContent syntheticContent(int variants, int evaluations, bool modelled)
{
    WorkspaceContent content;
    EnvironmentRecord environment;
    environment.id = 1;
    environment.device = modelled ? "emulator" : "cuda:0";
    environment.gpuName = "NVIDIA H100 80GB HBM3";
    environment.modelled = modelled;
    content.environments.push_back(environment);
    for (int i = 0; i < variants; ++i)
        content.variants.push_back(variantAt(i));
    for (int i = 0; i < evaluations; ++i)
        content.evaluations.push_back(evaluationAt(i, variants, modelled));
    content.lastSequence = variants + evaluations;
    return content;
}

EventRecord eventOf(const VariantRecord& variant, EventSequence sequence)
{
    return {sequence, variant.created, variant.run, std::string(eventType::kVariantAdded), summaryOf(variant)};
}

EventRecord eventOf(const EvaluationRecord& evaluation, EventSequence sequence)
{
    return {sequence, evaluation.created, evaluation.run, std::string(eventType::kEvaluationAdded),
            summaryOf(evaluation)};
}

}  // namespace warploom::test
