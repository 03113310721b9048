// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "TestSupport.h"
#include "exporting/CodeExport.h"
#include "task/TaskLoader.h"

namespace warploom::test {

/// For QVERIFY around a call, which QVERIFY_RESULT would make twice; a failure's own words go to the log.
template <typename T>
bool succeeded(const Result<T>& result)
{
    if (!result)
        qWarning("%s", result.error().toString().c_str());
    return result.has_value();
}

/// A right evaluation of the kernel in \p file for the task of that name, in its default configuration.
inline Result<ExportSubject> sampleSubject(const std::string& task, const std::filesystem::path& file)
{
    ExportSubject subject;
    WARPLOOM_TRY(subject.task, loadTask(sourceFolder() / "kernels" / task));
    subject.task.revision = "0123456789abcdef";  // the library's tasks may change, goldens need not
    VariantRecord baseline;
    baseline.id = 1;
    baseline.title = "baseline";
    baseline.agent = "task";
    subject.variant = baseline;
    subject.variant.id = 7;
    subject.variant.parents = {1};
    subject.variant.title = "one block a row\nnot two\\";
    subject.variant.agent = "rules";
    subject.variant.move = "row-per-block";
    subject.variant.source = readFile(file);
    subject.lineage = {baseline, subject.variant};
    WARPLOOM_TRY(const Directives directives, parseDirectives(subject.variant.source, file.filename().string()));
    subject.evaluation.configuration = directives.defaultConfiguration();
    subject.evaluation.verdict = Verdict::Ok;
    subject.evaluation.trust = 5;
    subject.evaluation.checks = {{{"level", 6}, {"check", "clean under memory and race checks"}, {"passed", true}}};
    subject.evaluation.time = Interval{120.5, 119.25, 121.75};
    subject.evaluation.speedup = Interval{6.31, 6.27, 6.36};
    subject.evaluation.rounds = 32;
    subject.evaluation.created = 1'750'000'000'000;
    subject.environment = {1,          "cuda:0",     "GPU-1234",   "NVIDIA H100 80GB HBM3",
                           "sm_90",    "580.159.04", "NVRTC 13.0", "0.1.0",
                           "revision", false};
    return subject;
}

inline std::filesystem::path sampleVariant(const std::string& name)
{
    return sourceFolder() / "tests" / "fixtures" / "variants" / name;
}

/// A kernel for the task transpose with every kind of pragma.
inline std::filesystem::path unrolledTranspose()
{
    return sourceFolder() / "tests" / "core" / "exporting" / "kernels" / "unrolled_transpose.cu";
}

}  // namespace warploom::test
