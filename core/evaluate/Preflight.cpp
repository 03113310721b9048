// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Preflight.h"

#include <algorithm>

#include <fmt/format.h>

#include "evaluate/EvaluatorParts.h"
#include "evaluate/TrustChecks.h"

namespace warploom {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstDeadline{10'000};
constexpr milliseconds kLeastDeadline{2'000};
constexpr int kPatience = 20;  ///< times the longest that was right

bool isHarm(Verdict verdict)
{
    return verdict == Verdict::OutOfBounds || verdict == Verdict::Race || verdict == Verdict::Nondeterministic;
}

void noteHarm(EvaluationRecord& record, const CaseReport& look)
{
    record.verdict = look.verdict;
    record.message = fmt::format("on the emulator, size '{}': {}", look.size, look.message);
    record.evidence["memory"] = look;
    setCheck(record, 6, trustCheck::kMemoryChecks, CheckState::Failed, record.message);
}

}  // namespace

Result<CaseReport> lookOnEmulator(WorkerJudge& emulator, const Task& task, const CandidateSpec& candidate,
                                  milliseconds deadline, std::stop_token stop)
{
    CaseReport last;
    for (const TaskSize* size : task.emulatorSizes()) {
        VerifyQuestion question;
        question.candidate = candidate;
        question.size = size->name;
        question.deadline = deadline;
        auto outcome = emulator.verify(question, stop);
        if (!outcome) {
            const auto fault = faultOfLostJudge(outcome.error(), emulator.facts());
            if (!fault)
                return outcome;
            last.size = size->name;
            last.verdict = fault->verdict;
            last.message = fault->message;
            return last;
        }
        last = std::move(*outcome);
        if (last.verdict != Verdict::Ok)
            return last;
    }
    return last;
}

void noteLook(EvaluationRecord& record, const CaseReport& look)
{
    if (look.verdict == Verdict::Ok)
        setCheck(record, 6, trustCheck::kMemoryChecks, CheckState::Passed, "on the emulator");
    else if (isHarm(look.verdict))
        noteHarm(record, look);
    else
        // Right on the card: where the emulator cannot follow, or rounds otherwise, nothing is proven.
        setCheck(record, 6, trustCheck::kMemoryChecks, CheckState::Pending,
                 fmt::format("{} on the emulator: {}", verdictName(look.verdict), look.message));
}

Result<std::unique_ptr<Preflight>> Preflight::start(const Task& task, std::stop_token stop)
{
    WARPLOOM_TRY(auto emulator, WorkerJudge::start("emulator", stop));
    WARPLOOM_CHECK(emulator->openTask(task, stop));
    return std::unique_ptr<Preflight>(new Preflight(std::move(emulator), task));
}

Result<CaseReport> Preflight::look(const CandidateSpec& candidate, std::stop_token stop)
{
    const auto begin = std::chrono::steady_clock::now();
    const milliseconds deadline =
        m_longest.count() == 0 ? kFirstDeadline : std::clamp(kPatience * m_longest, kLeastDeadline, kFirstDeadline);
    auto look = lookOnEmulator(*m_emulator, m_task, candidate, deadline, std::move(stop));
    if (look && look->verdict == Verdict::Ok)
        m_longest =
            std::max(m_longest, std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin));
    return look;
}

std::optional<EvaluationRecord> refusalOf(const CandidateSpec& candidate, const CaseReport& look)
{
    if (!isHarm(look.verdict) && look.verdict != Verdict::Timeout)
        return std::nullopt;
    EvaluationRecord record;
    record.configuration = candidate.configuration;
    record.resources = candidate.product.kernels;
    addCheck(record, 0, trustCheck::kCompiled, CheckState::Passed, candidate.product.compiler);
    noteHarm(record, look);
    record.message = fmt::format("before it reached the card, {}", record.message);
    return record;
}

}  // namespace warploom
