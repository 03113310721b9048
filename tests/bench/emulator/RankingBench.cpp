// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <numeric>
#include <thread>

#include <fmt/format.h>

#include "../BenchJudge.h"
#include "EmulatorBenches.h"
#include "Ranking.h"
#include "base/Statistics.h"
#include "device/emulator/EmulatorDevice.h"
#include "measure/Judge.h"
#include "store/Workspace.h"
#include "task/TaskLoader.h"

namespace warploom::test {

namespace {

constexpr std::chrono::milliseconds kModelDeadline{60'000};

/// Microseconds by size, as a card measured them; empty where none did.
std::map<std::string, double> measuredTimes(const EvaluationRecord& evaluation)
{
    std::map<std::string, double> times;
    if (evaluation.modelled || evaluation.verdict != Verdict::Ok)
        return times;
    for (const auto& timing : evaluation.evidence.value("timing", nlohmann::json::array()))
        if (timing.contains("time_us"))
            times[timing.at("size").get<std::string>()] = timing.at("time_us").at(0).get<double>();
    return times;
}

/// Models what a workspace has measured.
class WorkspaceRanking {
public:
    WorkspaceRanking(Device& emulator, CachedCompiler& compiler)
        : m_emulator(emulator)
        , m_compiler(compiler)
        , m_host(emulator)
        , m_judge(emulator, m_host, compiler, [] { return SensorReading{}; })
    {
    }

    /// Times by "TASK/SIZE".
    Result<std::map<std::string, std::vector<RankedTime>>> rank(const std::filesystem::path& path)
    {
        WARPLOOM_TRY(Workspace workspace, Workspace::open(path, Workspace::Mode::ReadOnly));
        std::map<std::string, std::vector<RankedTime>> all;
        WARPLOOM_TRY(const auto tasks, workspace.tasks());
        for (const TaskRecord& listed : tasks) {
            WARPLOOM_TRY(const TaskRecord record, workspace.task(listed.id));
            std::map<std::string, std::string> files;
            for (const TaskFile& file : record.files)
                files[file.name] = file.content;
            WARPLOOM_TRY(const Task task, taskFromFiles(files));
            WARPLOOM_CHECK(m_judge.openTask(task));
            WARPLOOM_TRY(const auto variants, workspace.variants(record.id));
            for (const VariantRecord& variant : variants)
                WARPLOOM_CHECK(addVariant(workspace, task, variant.id, all));
        }
        return all;
    }
    [[nodiscard]] int notModelled() const { return m_notModelled; }

private:
    Result<> addVariant(Workspace& workspace, const Task& task, VariantId id,
                        std::map<std::string, std::vector<RankedTime>>& all)
    {
        WARPLOOM_TRY(const VariantRecord variant, workspace.variant(id));
        EvaluationFilter filter;
        filter.variant = id;
        filter.full = true;
        WARPLOOM_TRY(const auto evaluations, workspace.evaluations(filter));
        std::map<std::string, bool> seen;
        for (const EvaluationRecord& evaluation : evaluations) {
            const auto measured = measuredTimes(evaluation);
            // What was confirmed or measured again is the same point.
            if (measured.empty() || !seen.emplace(configurationText(evaluation.configuration), true).second)
                continue;
            const auto spec = specOf(variant.source, evaluation.configuration);
            if (!spec) {
                ++m_notModelled;
                continue;
            }
            for (const auto& [size, time] : measured)
                addTime(*spec, fmt::format("{}/{}", task.name, size), size,
                        {fmt::format("#{} {} {}", id, variant.move, configurationText(evaluation.configuration)),
                         time,
                         0,
                         {}},
                        all);
        }
        return {};
    }

    Result<CandidateSpec> specOf(const std::string& source, const Configuration& configuration)
    {
        WARPLOOM_TRY(const CompileRequest request, requestFor(source, m_emulator.facts().architecture, configuration));
        WARPLOOM_TRY(auto compiled, m_compiler.compile(request));
        if (const auto* failure = std::get_if<CompileFailure>(&compiled))
            return fail(ErrorCode::CompileFailed, failure->log);
        return CandidateSpec{source, "kernel.cu", configuration, std::move(std::get<CompileProduct>(compiled))};
    }

    void addTime(const CandidateSpec& spec, const std::string& key, const std::string& size, RankedTime time,
                 std::map<std::string, std::vector<RankedTime>>& all)
    {
        RunLimits limits;
        limits.deadline = kModelDeadline;
        const auto report = m_judge.model(spec, size, limits);
        if (!report || report->fault) {
            ++m_notModelled;
            return;
        }
        time.modelled = report->modelled.time.count();
        time.limiter = report->modelled.limiter;
        all[key].push_back(std::move(time));
    }

    Device& m_emulator;
    CachedCompiler& m_compiler;
    InProcessHost m_host;
    Judge m_judge;
    int m_notModelled = 0;
};

void printTimes(const std::vector<RankedTime>& times)
{
    std::vector<RankedTime> sorted = times;
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.measured < b.measured; });
    for (const RankedTime& time : sorted)
        fmt::print("    {:>10.1f} {:>10.1f} {:>6.2f}  {:<18} {}\n", time.measured, time.modelled,
                   time.modelled / time.measured, time.limiter, time.label);
}

struct RankedWorkspace {
    std::map<std::string, std::vector<RankedTime>> times;  ///< by "TASK/SIZE"
    int notModelled = 0;
};

/// With a device of its own, so that workspaces can be ranked at the same time.
Result<RankedWorkspace> rankWorkspace(const std::string& path, const std::string& gpu)
{
    WARPLOOM_TRY(const auto emulator, makeEmulatorDevice({gpu, 1}));
    WARPLOOM_TRY(CachedCompiler compiler, CachedCompiler::open());
    WorkspaceRanking ranking(*emulator, compiler);
    RankedWorkspace ranked;
    WARPLOOM_TRY(ranked.times, ranking.rank(path));
    ranked.notModelled = ranking.notModelled();
    return ranked;
}

/// Ranks workspaces on as many threads as asked for; results come in the order of the paths.
class RankingPool {
public:
    RankingPool(const std::vector<std::string>& paths, const std::string& gpu, unsigned threads)
        : m_promises(paths.size())
    {
        for (unsigned i = 0; i < threads; ++i)
            m_threads.emplace_back([this, &paths, &gpu] {
                for (std::size_t next = m_next++; next < paths.size(); next = m_next++)
                    m_promises[next].set_value(rankWorkspace(paths[next], gpu));
            });
    }
    ~RankingPool() { m_next = m_promises.size(); }
    Result<RankedWorkspace> take(std::size_t index) { return m_promises[index].get_future().get(); }

private:
    std::vector<std::promise<Result<RankedWorkspace>>> m_promises;
    std::atomic<std::size_t> m_next = 0;
    std::vector<std::jthread> m_threads;
};

/// What the lines of the table come to.
class RankingSummary {
public:
    void add(const std::string& key, const std::vector<RankedTime>& times)
    {
        const RankingQuality quality = rankingOf(times);
        const FasterAnswers answers = fasterByAFifth(times);
        m_byTask[key.substr(0, key.find('/'))].push_back(quality.spearman);
        m_errors.push_back(quality.error);
        m_total.asked += answers.asked;
        m_total.right += answers.right;
        m_times += times.size();
        fmt::print("{:<34}{:>8}{:>10.2f}{:>16}{:>16.0f} %{:>20.2f}{:>8.2f}\n", key, times.size(), quality.spearman,
                   fmt::format("{} of {}", quality.rightPairs, quality.pairs),
                   100.0 * answers.right / std::max(answers.asked, 1), quality.medianFactor, quality.error);
    }
    [[nodiscard]] bool isEmpty() const { return m_byTask.empty(); }
    void print(int notModelled) const
    {
        std::vector<double> tasks;
        for (const auto& [task, sizes] : m_byTask)
            tasks.push_back(median(sizes));
        fmt::print(
            "\n{} tasks, {} sizes, {} times; Spearman by task: median {:.2f}, worst {:.2f}; \"is B over 20 % faster "
            "than A?\" answered right {:.1f} % of {}; error: mean {:.2f}; {} times could not be modelled\n",
            tasks.size(), m_errors.size(), m_times, median(tasks), *std::min_element(tasks.begin(), tasks.end()),
            100.0 * m_total.right / std::max(m_total.asked, 1), m_total.asked,
            std::accumulate(m_errors.begin(), m_errors.end(), 0.0) / static_cast<double>(m_errors.size()), notModelled);
    }

private:
    std::map<std::string, std::vector<double>> m_byTask;  ///< rank correlations of its sizes
    std::vector<double> m_errors;
    FasterAnswers m_total;
    std::size_t m_times = 0;
};

}  // namespace

Result<> benchRanking(const std::vector<std::string>& workspaces, const RankingOptions& options)
{
    WARPLOOM_TRY(const auto emulator, makeEmulatorDevice({options.gpu, 1}));
    fmt::print("modelled for {}\n\n{:<34}{:>8}{:>10}{:>16}{:>18}{:>20}{:>8}\n", emulator->facts().name, "task / size",
               "times", "Spearman", "clear pairs", "20 % faster?", "modelled/measured", "error");
    RankingPool pool(workspaces, options.gpu, std::max(options.threads, 1U));
    RankingSummary summary;
    int notModelled = 0;
    for (std::size_t i = 0; i < workspaces.size(); ++i) {
        WARPLOOM_TRY(const RankedWorkspace ranked, pool.take(i));
        notModelled += ranked.notModelled;
        for (const auto& [key, times] : ranked.times) {
            if (times.size() < 3)
                continue;
            summary.add(key, times);
            if (options.isLong)
                printTimes(times);
            std::fflush(stdout);
        }
    }
    if (summary.isEmpty())
        return fail(ErrorCode::NotFound, "no workspace has three times that a card has measured");
    summary.print(notModelled);
    return {};
}

}  // namespace warploom::test
