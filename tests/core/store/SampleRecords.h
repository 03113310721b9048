// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtTest/QtTest>

#include <filesystem>
#include <string>

#include "protocol/ProfileRecord.h"
#include "protocol/Records.h"
#include "store/Workspace.h"

namespace warploom::test {

/// Files of these tests need no disk: syncing thousands of commits to one is slow where others write to it too.
inline void keepTemporaryFilesInMemory()
{
    if (std::filesystem::is_directory("/dev/shm"))
        qputenv("TMPDIR", "/dev/shm");
}

/// For QVERIFY around a call: a failure's own words go to the log. (QVERIFY_RESULT would make the call twice.)
template <typename T>
bool succeeded(const Result<T>& result)
{
    if (!result)
        qWarning("%s", result.error().toString().c_str());
    return result.has_value();
}

inline TaskRecord sampleTask(const std::string& revision = "r1")
{
    return {0, "softmax", revision, {{"baseline.cu", "// naïve\n"}, {"task.toml", "format = 1\n"}}, 0};
}

inline EnvironmentRecord sampleEnvironment(const std::string& driver = "580.159.04")
{
    return {0, "cuda:0", "GPU-1234", "NVIDIA H100 80GB HBM3", "sm_90", driver, "NVRTC 13.0", "0.1.0-abc", "r1", false};
}

inline VariantRecord sampleVariant(TaskId task, const std::string& hash = "h1")
{
    VariantRecord variant;
    variant.task = task;
    variant.title = "tile";
    variant.source = "extern \"C\" __global__ void k() {}\n";
    variant.normalisedHash = hash;
    variant.agent = "rules";
    variant.move = "tile";
    variant.hypothesis = "half the sectors";
    variant.predictedGain = 1.25;
    return variant;
}

inline EvaluationRecord sampleEvaluation(VariantId variant, EnvironmentId environment, RunId run)
{
    EvaluationRecord evaluation;
    evaluation.variant = variant;
    evaluation.configuration = {{"BLOCK", 256}, {"VEC", 4}};
    evaluation.environment = environment;
    evaluation.run = run;
    evaluation.verdict = Verdict::Ok;
    evaluation.trust = 2;
    evaluation.checks = {{{"level", 0}, {"passed", true}}};
    evaluation.evidence = {{"worst", {{"index", 17}, {"error", 1e-7}}}};
    evaluation.resources = {{{"kernel", "k"}, {"registers", 32}}};
    evaluation.counters = {{{"global_load_sectors", 1024}}};
    evaluation.time = Interval{100.0, 99.0, 101.0};
    evaluation.speedup = Interval{1.5, 1.48, 1.52};
    evaluation.rounds = 32;
    evaluation.provisional = true;
    evaluation.costSeconds = 0.25;
    return evaluation;
}

inline ProfileRecord sampleProfile(EvaluationId evaluation, VariantId variant, RunId run)
{
    ProfileRecord profile;
    profile.evaluation = evaluation;
    profile.variant = variant;
    profile.run = run;
    profile.size = "large";
    profile.tier = "A";
    profile.bottleneck = "uncoalesced";
    profile.diagnosis = {{"primary", "uncoalesced"}, {"findings", {{{"rule", "uncoalesced-loads"}}}}};
    profile.changes = {{{"change", "gone"}, {"rule", "narrow-loads"}}};
    profile.missing = {"counts of the emulator: it uses wgmma"};
    return profile;
}

/// Ids of one task, environment, run and variant that evaluations can refer to.
struct SampleIds {
    TaskId task = 0;
    EnvironmentId environment = 0;
    RunId run = 0;
    VariantId variant = 0;
};

inline Result<SampleIds> addSample(Workspace& workspace)
{
    SampleIds ids;
    WARPLOOM_TRY(const Committed task, workspace.ensureTask(sampleTask()));
    WARPLOOM_TRY(const Committed environment, workspace.ensureEnvironment(sampleEnvironment()));
    RunRecord record;
    record.task = task.id;
    record.device = "cuda:0";
    record.seed = 0xFFFF'FFFF'FFFF'FFFFull;
    record.settings = {{"evaluations", 300}};
    WARPLOOM_TRY(const Committed run, workspace.addRun(record));
    VariantRecord first = sampleVariant(task.id);
    first.run = run.id;
    WARPLOOM_TRY(const Committed variant, workspace.addVariant(first));
    return SampleIds{task.id, environment.id, run.id, variant.id};
}

}  // namespace warploom::test
