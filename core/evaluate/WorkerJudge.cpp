// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/WorkerJudge.h"

#include <fmt/format.h>

#include "base/Log.h"
#include "protocol/BoundedJson.h"
#include "workers/WorkerLocations.h"

namespace warploom {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kStartDeadline = seconds(60);
// Fills and the reference of a large size take long the first time; a hung candidate is the judge's own deadline.
constexpr milliseconds kOverhead = seconds(240);

}  // namespace

Result<std::unique_ptr<WorkerJudge>> WorkerJudge::start(const std::string& device, std::stop_token stop)
{
    std::unique_ptr<WorkerJudge> judge(new WorkerJudge(device));
    WARPLOOM_CHECK(judge->connect(stop));
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
    const nlohmann::json& capabilities = m_worker->identity().capabilities;
    if (const auto failure = capabilities.find("failure"); failure != capabilities.end())
        return fail(Error{errorCodeFromName(failure->value("code", "")), failure->value("message", ""), {}, {}, {}});
    m_facts = capabilities.value("facts", DeviceFacts{});
    m_compiler = capabilities.value("compiler", "");
    m_build = m_worker->identity().build;
    return {};
}

Result<> WorkerJudge::ensureAlive(std::stop_token stop)
{
    if (m_worker->isAlive() && !m_unanswered)
        return {};
    spdlog::info("the judge of {} has ended: starting it again", m_device);
    auto ready = connect(stop);
    if (ready && !m_openParams.is_null()) {
        if (auto opened = call("judge/openTask", m_openParams, kOverhead, stop); !opened)
            ready = fail(std::move(opened).error());
    }
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
    return m_worker->call(method, params, std::move(options));
}

Result<> WorkerJudge::openTask(const Task& task)
{
    WARPLOOM_CHECK(ensureAlive({}));
    m_openParams = {{"files", task.files()}};
    WARPLOOM_TRY(const auto ignored, call("judge/openTask", m_openParams, kOverhead, {}));
    return {};
}

Result<CaseReport> WorkerJudge::verify(const VerifyQuestion& question, std::stop_token stop)
{
    WARPLOOM_CHECK(ensureAlive(stop));
    const nlohmann::json params{{"candidate", question.candidate},
                                {"size", question.size},
                                {"seed", question.seed},
                                {"deadline_ms", question.deadline.count()},
                                {"instruction_budget", question.instructionBudget}};
    WARPLOOM_TRY(const auto answer, call("judge/verify", params, 2 * question.deadline + kOverhead, stop));
    return valueFromJson<CaseReport>(answer);
}

Result<TimingReport> WorkerJudge::time(const TimingQuestion& question, std::stop_token stop)
{
    WARPLOOM_CHECK(ensureAlive(stop));
    const nlohmann::json params{{"incumbent", question.incumbent},
                                {"candidates", question.candidates},
                                {"size", question.size},
                                {"rounds", question.rounds},
                                {"launches", question.launches},
                                {"seed", question.seed},
                                {"deadline_ms", question.deadline.count()}};
    WARPLOOM_TRY(const auto answer, call("judge/time", params, question.rounds * question.deadline + kOverhead, stop));
    return valueFromJson<TimingReport>(answer);
}

Result<ModelReport> WorkerJudge::model(const CandidateSpec& candidate, const std::string& size, std::stop_token stop)
{
    WARPLOOM_CHECK(ensureAlive(stop));
    const nlohmann::json params{{"candidate", candidate}, {"size", size}, {"deadline_ms", 60'000}};
    WARPLOOM_TRY(const auto answer, call("judge/model", params, kOverhead, stop));
    return valueFromJson<ModelReport>(answer);
}

}  // namespace warploom
