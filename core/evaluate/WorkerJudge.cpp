// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/WorkerJudge.h"

#include <condition_variable>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include "base/Log.h"
#include "protocol/BoundedJson.h"
#include "workers/WorkerLocations.h"

namespace warploom {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kStartDeadline = seconds(60);
constexpr int kStarts = 3;
// Fills and the reference of a large size take long the first time; a hung candidate is the judge's own deadline.
constexpr milliseconds kOverhead = seconds(240);
// The emulator watches this deadline itself.
constexpr milliseconds kModelDeadline = seconds(60);
/// A judge that runs a candidate itself ends the run at its deadline; so much later it hangs.
constexpr milliseconds kRunGrace{700};

/// Waits for an answer, and for the end of a run that the judge has reported: whichever comes first.
class RunWatch {
public:
    using Clock = std::chrono::steady_clock;

    void takeProgress(const nlohmann::json& value)
    {
        if (!value.is_object() || !value.contains("running_ms"))
            return;
        const std::lock_guard lock(m_mutex);
        m_limit = Clock::time_point::max();
        if (value["running_ms"].is_number())
            m_limit = Clock::now() + milliseconds(value["running_ms"].get<std::int64_t>()) + kRunGrace;
        m_changed.notify_all();
    }
    void takeOutcome(Result<nlohmann::json> outcome)
    {
        const std::lock_guard lock(m_mutex);
        m_outcome = std::move(outcome);
        m_changed.notify_all();
    }
    /// False when a run has not ended in time.
    bool wait()
    {
        std::unique_lock lock(m_mutex);
        while (!m_outcome) {
            if (m_limit == Clock::time_point::max())
                m_changed.wait(lock);
            else if (m_limit <= Clock::now())
                return false;
            else
                m_changed.wait_until(lock, m_limit);
        }
        return true;
    }
    Result<nlohmann::json> outcome()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_outcome.has_value(); });
        return std::move(*m_outcome);
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    Clock::time_point m_limit = Clock::time_point::max();
    std::optional<Result<nlohmann::json>> m_outcome;
};

nlohmann::json caseParams(const VerifyQuestion& question)
{
    return {{"size", question.size},
            {"sizes", question.values},
            {"seed", question.seed},
            {"distribution", distributionName(question.distribution)},
            {"beside_baseline", question.besideBaseline},
            {"derived", question.derived},
            {"runs", question.runs},
            {"deadline_ms", question.deadline.count()},
            {"instruction_budget", question.instructionBudget}};
}

/// The judge's report; one that cannot be read comes from a judge that something has broken.
template <typename T>
Result<T> reportFrom(const nlohmann::json& answer)
{
    auto report = valueFromJson<T>(answer);
    if (!report)
        report.error().code = ErrorCode::ProcessFailed;
    return report;
}

}  // namespace

Result<std::unique_ptr<WorkerJudge>> WorkerJudge::start(const std::string& device, std::stop_token stop)
{
    std::unique_ptr<WorkerJudge> judge(new WorkerJudge(device));
    // One that dies while it starts may have been killed from outside.
    Result<> ready = fail(ErrorCode::ProcessFailed, "never started");
    for (int attempt = 0; attempt < kStarts && !ready && ready.error().code == ErrorCode::ProcessFailed; ++attempt)
        ready = judge->connect(stop);
    WARPLOOM_CHECK(ready);
    judge->m_restarts = 0;
    return judge;
}

Result<> WorkerJudge::connect(std::stop_token stop)
{
    WARPLOOM_TRY(const auto program, locateProgram("warploom-worker"));
    WorkerCommand command;
    command.program = program.string();
    command.arguments = {"device", m_device};
    command.kind = "device";
    WARPLOOM_TRY(m_worker, WorkerClient::start(command, kStartDeadline, stop));
    m_unanswered = false;
    ++m_restarts;
    try {
        return takeIdentity(m_worker->identity());
    } catch (const nlohmann::json::exception& error) {
        m_unanswered = true;
        return fail(ErrorCode::ProcessFailed,
                    fmt::format("what the judge of {} says of itself cannot be read: {}", m_device, error.what()));
    }
}

Result<> WorkerJudge::takeIdentity(const PeerIdentity& identity)
{
    const nlohmann::json& capabilities = identity.capabilities;
    if (const auto failure = capabilities.find("failure"); failure != capabilities.end()) {
        m_unanswered = true;
        return fail(Error{errorCodeFromName(failure->value("code", "")), failure->value("message", ""), {}, {}, {}});
    }
    // Once: other threads read them without a lock while a restart may be going on, and it is the same device.
    if (!m_facts.id.empty())
        return {};
    m_compiler = capabilities.value("compiler", "");
    m_build = identity.build;
    m_facts = capabilities.value("facts", DeviceFacts{});
    return {};
}

Result<> WorkerJudge::restart(std::stop_token stop)
{
    WARPLOOM_CHECK(connect(stop));
    if (!m_openParams.is_null())
        WARPLOOM_CHECK(call("judge/openTask", m_openParams, kOverhead, stop));
    return {};
}

Result<> WorkerJudge::ensureAlive(std::stop_token stop)
{
    if (m_worker->isAlive() && !m_unanswered)
        return {};
    spdlog::info("the judge of {} has ended: starting it again", m_device);
    Result<> ready = fail(ErrorCode::ProcessFailed, "never started");
    for (int start = 0; start < kStarts && !ready && ready.error().code == ErrorCode::ProcessFailed; ++start)
        ready = restart(stop);
    // Whoever asks must not take it for the end of the candidate that it asks about.
    if (!ready && (ready.error().code == ErrorCode::ProcessFailed || ready.error().code == ErrorCode::Timeout))
        return fail(ErrorCode::DeviceFailed,
                    fmt::format("the judge of {} cannot be started again: {}", m_device, ready.error().toString()));
    return ready;
}

Result<nlohmann::json> WorkerJudge::call(const std::string& method, const nlohmann::json& params, milliseconds deadline,
                                         std::stop_token stop)
{
    CallOptions options = WorkerClient::defaultOptions();
    options.deadline = deadline;
    options.stopToken = std::move(stop);
    options.onUnanswered = [this] { m_unanswered = true; };
    const auto watch = std::make_shared<RunWatch>();
    options.onProgress = [watch](const nlohmann::json& value) { watch->takeProgress(value); };
    m_worker->callAsync(method, params, std::move(options),
                        [watch](Result<nlohmann::json> outcome) { watch->takeOutcome(std::move(outcome)); });
    if (!watch->wait()) {
        m_unanswered = true;
        m_worker->kill();
        if (const auto late = watch->outcome(); !late && late.error().isCancelled())
            return late;
        return fail(ErrorCode::Timeout, "the judge did not end a run in time and was killed");
    }
    auto outcome = watch->outcome();
    // A candidate that runs in the judge has broken it.
    if (!outcome && outcome.error().code == ErrorCode::ProtocolViolation)
        outcome.error().code = ErrorCode::ProcessFailed;
    return outcome;
}

Result<nlohmann::json> WorkerJudge::ask(const std::string& method, const nlohmann::json& params, milliseconds deadline,
                                        std::stop_token stop)
{
    WARPLOOM_CHECK(ensureAlive(stop));
    auto answer = call(method, params, deadline, stop);
    if (answer || answer.error().code != ErrorCode::ProcessFailed)
        return answer;
    spdlog::info("{} is asked again: {}", method, answer.error().toString());
    WARPLOOM_CHECK(ensureAlive(stop));
    return call(method, params, deadline, stop);
}

Result<> WorkerJudge::openTask(const Task& task, std::stop_token stop)
{
    WARPLOOM_CHECK(ensureAlive(stop));
    m_openParams = {{"files", task.files()}};
    WARPLOOM_TRY(const auto ignored, ask("judge/openTask", m_openParams, kOverhead, std::move(stop)));
    return {};
}

Result<CaseReport> WorkerJudge::verify(const VerifyQuestion& question, std::stop_token stop)
{
    nlohmann::json params = caseParams(question);
    params["candidate"] = question.candidate;
    WARPLOOM_TRY(const auto answer, ask("judge/verify", params, 2 * question.deadline + kOverhead, stop));
    return reportFrom<CaseReport>(answer);
}

Result<CaseAudit> WorkerJudge::audit(const VerifyQuestion& question, std::stop_token stop)
{
    WARPLOOM_TRY(const auto answer, ask("judge/audit", caseParams(question), 2 * question.deadline + kOverhead, stop));
    return reportFrom<CaseAudit>(answer);
}

Result<TimingReport> WorkerJudge::time(const TimingQuestion& question, std::stop_token stop)
{
    nlohmann::json params{
        {"incumbent", question.incumbent}, {"candidates", question.candidates},       {"size", question.size},
        {"rounds", question.rounds},       {"budget_s", question.budget.count()},     {"data_seed", question.dataSeed},
        {"seed", question.seed},           {"deadline_ms", question.deadline.count()}};
    if (question.launches)
        params["launches"] = *question.launches;
    if (question.copies)
        params["copies"] = *question.copies;
    WARPLOOM_TRY(const auto answer, ask("judge/time", params, question.rounds * question.deadline + kOverhead, stop));
    return reportFrom<TimingReport>(answer);
}

Result<ModelReport> WorkerJudge::model(const CandidateSpec& candidate, const std::string& size, std::stop_token stop)
{
    const nlohmann::json params{{"candidate", candidate}, {"size", size}, {"deadline_ms", kModelDeadline.count()}};
    WARPLOOM_TRY(const auto answer, ask("judge/model", params, kModelDeadline + kRunGrace + seconds(60), stop));
    return reportFrom<ModelReport>(answer);
}

Result<DevicePeaks> WorkerJudge::peaks(std::stop_token stop)
{
    auto answer = ask("judge/peaks", nlohmann::json::object(), kOverhead, std::move(stop));
    if (!answer && answer.error().code == ErrorCode::DeviceFailed) {
        m_unanswered = true;
        m_worker->kill();
    }
    WARPLOOM_TRY(const auto report, std::move(answer));
    return reportFrom<DevicePeaks>(report);
}

}  // namespace warploom
