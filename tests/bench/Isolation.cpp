// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// warploom-isolation DEVICE KERNELS FILE…: one rig with the task vector_add meets one bad candidate after the other,
// and after each the baseline. One line of JSON for each on stdout; what to think of them is isolation.py's business.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iterator>
#include <set>
#include <thread>

#include <unistd.h>

#include <fmt/format.h>

#include "Processes.h"
#include "base/Log.h"
#include "evaluate/EvaluationRig.h"
#include "task/TaskLoader.h"

namespace {

using namespace warploom;
using test::childrenOf;
using test::contentOf;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kDeadline{1000};

double millisecondsSince(Clock::time_point begin)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

int judgeProcess()
{
    const auto judges = childrenOf(::getpid(), "device");
    return judges.empty() ? 0 : *judges.begin();
}

/// "// name: value" of a fixture's first lines.
std::string headOf(const std::string& source, const std::string& name)
{
    const std::string begin = fmt::format("// {}:", name);
    const auto at = source.find(begin);
    if (at == std::string::npos)
        return {};
    const auto from = at + begin.size();
    return source.substr(from, source.find('\n', from) - from);
}

struct Met {
    std::string verdict;
    std::string message;
    double milliseconds = 0;  ///< of the call that gave the verdict
};

class Bench {
public:
    Result<> start(const std::string& device, const std::string& kernels)
    {
        WARPLOOM_TRY(const Task task, loadTask(std::filesystem::path(kernels) / "vector_add"));
        WARPLOOM_TRY(m_rig, EvaluationRig::start(task, device, {}));
        WARPLOOM_TRY(m_honest, m_rig->prepare(task.baselineSource, task.baselineFile, {}, {}));
        // Fills and references are made once; they are not what is measured.
        const Met first = meet(m_honest, kDeadline * 10);
        if (first.verdict != "ok")
            return fail(ErrorCode::Internal, fmt::format("the baseline is {}: {}", first.verdict, first.message));
        return {};
    }

    [[nodiscard]] bool isModelled() const { return m_rig->facts().modelled; }

    void playFile(const std::filesystem::path& path)
    {
        const std::string source = contentOf(path);
        const std::string deadline = headOf(source, "deadline");
        const std::string name = path.stem().string();
        play(name, deadline.empty() ? kDeadline : milliseconds(std::atoi(deadline.c_str())), headOf(source, "expect"),
             [&](milliseconds limit) {
                 const auto directives = parseDirectives(source, name);
                 const auto spec =
                     m_rig->prepare(source, path.filename().string(),
                                    directives ? directives->defaultConfiguration() : Configuration{}, {});
                 if (!spec)
                     return Met{spec.error().code == ErrorCode::CompileFailed ? "compile-error" : "invalid",
                                spec.error().toString(), 0};
                 return meet(*spec, limit);
             });
    }

    /// \p signal hits the process that runs candidates while it runs \p source.
    void playSignal(const std::string& name, int signal, const std::string& source, const std::string& expected)
    {
        const auto spec = m_rig->prepare(source, "signal.cu", {}, {});
        if (!spec)
            return fmt::print(stderr, "{}\n", spec.error().toString());
        play(name, kDeadline, expected, [&](milliseconds limit) {
            std::jthread other([this, signal] {
                std::this_thread::sleep_for(milliseconds(200));
                for (const int pid : candidateProcesses())
                    ::kill(pid, signal);
            });
            return meet(*spec, limit);
        });
    }

    [[nodiscard]] const std::string& honestSource() const { return m_honest.source; }

private:
    /// The sizes one after the other, until one is not right.
    Met meet(const CandidateSpec& candidate, milliseconds deadline)
    {
        Met met;
        const Task& task = m_rig->task();
        for (const TaskSize* size : isModelled() ? task.emulatorSizes() : task.verifySizes()) {
            VerifyQuestion question;
            question.candidate = candidate;
            question.size = size->name;
            question.deadline = deadline;
            const auto begin = Clock::now();
            const auto report = m_rig->judge().verify(question, {});
            met.milliseconds = millisecondsSince(begin);
            if (!report) {
                met.verdict = report.error().code == ErrorCode::Timeout ? "timeout"
                    : report.error().code == ErrorCode::ProcessFailed   ? "crashed"
                                                                        : "error";
                met.message = report.error().toString();
                return met;
            }
            met.verdict = verdictName(report->verdict);
            met.message = report->message;
            if (report->verdict != Verdict::Ok)
                return met;
        }
        return met;
    }

    /// Runners, on a card; the judge itself where it interprets.
    [[nodiscard]] std::set<int> candidateProcesses() const
    {
        const int judge = judgeProcess();
        return isModelled() ? std::set<int>{judge} : childrenOf(judge, "runner");
    }

    void play(const std::string& name, milliseconds deadline, const std::string& expected,
              const std::function<Met(milliseconds)>& meetBad)
    {
        const auto before = candidateProcesses();
        const int restarts = m_rig->judge().restarts();
        const Met bad = meetBad(deadline);
        const Met next = meet(m_honest, kDeadline * 10);
        const auto after = candidateProcesses();
        std::set<int> gone;
        std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::inserter(gone, gone.end()));
        const nlohmann::json line = {{"case", name},
                                     {"expect", expected},
                                     {"verdict", bad.verdict},
                                     {"message", bad.message},
                                     {"ms", bad.milliseconds},
                                     {"deadline_ms", deadline.count()},
                                     {"next", next.verdict},
                                     {"next_message", next.message},
                                     {"next_ms", next.milliseconds},
                                     {"replaced", gone.size()},
                                     {"judge_restarts", m_rig->judge().restarts() - restarts}};
        fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
        std::fflush(stdout);
    }

    std::unique_ptr<EvaluationRig> m_rig;
    CandidateSpec m_honest;
};

}  // namespace

int main(int argc, char** argv)
{
    setUpLogging("warploom-isolation");
    if (argc < 3) {
        fmt::print(stderr, "warploom-isolation DEVICE KERNELS FILE…\n");
        return 2;
    }
    Bench bench;
    if (const auto started = bench.start(argv[1], argv[2]); !started) {
        fmt::print(stderr, "{}\n", started.error().toString());
        return 3;
    }
    for (int i = 3; i < argc; ++i)
        bench.playFile(argv[i]);
    // Long enough to be hit in the middle of it.
    const std::string endless = "// warploom: launch spin<<<1, 32>>>(a, n)\n"
                                "extern \"C\" __global__ void spin(const volatile float* a, int n)\n"
                                "{ while (a[0] != 98765.0f) { } }\n";
    bench.playSignal("(stopped while it runs)", SIGSTOP, endless, "timeout");
    bench.playSignal("(killed while it runs)", SIGKILL, endless, "timeout");
    return 0;
}
