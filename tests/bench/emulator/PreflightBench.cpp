// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "EmulatorBenches.h"
#include "base/Statistics.h"
#include "evaluate/EvaluationRig.h"
#include "task/TaskLoader.h"

namespace warploom::test {

namespace {

std::vector<std::filesystem::path> taskFolders(const std::filesystem::path& kernels)
{
    std::vector<std::filesystem::path> folders;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(kernels, ignored))
        if (std::filesystem::exists(entry.path() / "task.toml"))
            folders.push_back(entry.path());
    std::sort(folders.begin(), folders.end());
    return folders;
}

}  // namespace

Result<> benchPreflight(const std::filesystem::path& kernels)
{
    std::vector<double> all;
    fmt::print("{:<26}{:>14}{:>14}\n", "task", "first/ms", "later/ms");
    for (const auto& folder : taskFolders(kernels)) {
        WARPLOOM_TRY(const Task task, loadTask(folder.string()));
        WARPLOOM_TRY(const auto rig, EvaluationRig::start(task, "emulator", {}));
        WARPLOOM_TRY(const CandidateSpec baseline, rig->prepare(task.baselineSource, "kernel.cu", {}, {}));
        std::vector<double> times;
        for (int i = 0; i < 4; ++i) {
            const auto begin = std::chrono::steady_clock::now();
            WARPLOOM_TRY(const CaseReport report, rig->runOnEmulator(baseline, {}));
            times.push_back(Seconds(std::chrono::steady_clock::now() - begin).count() * 1e3);
            if (report.verdict != Verdict::Ok && report.verdict != Verdict::NotEmulated)
                return fail(ErrorCode::Internal, fmt::format("{}: {}", task.name, report.message));
        }
        // The first makes the reference's answers, which later candidates find.
        const double later = median({times.begin() + 1, times.end()});
        all.push_back(later);
        fmt::print("{:<26}{:>14.0f}{:>14.0f}\n", task.name, times.front(), later);
        std::fflush(stdout);
    }
    fmt::print("\n{} tasks, median {:.0f} ms, worst {:.0f} ms\n", all.size(), median(all),
               *std::max_element(all.begin(), all.end()));
    return {};
}

}  // namespace warploom::test
