// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>

#include "evaluate/WorkerJudge.h"
#include "protocol/Records.h"
#include "task/Task.h"

namespace warploom {

/// The candidate on the task's sizes for the emulator, where every access is checked: the first case that it fails,
/// else the last. An emulator that dies or hangs of it is a verdict; an Error means that it could not be run at all.
Result<CaseReport> lookOnEmulator(WorkerJudge& emulator, const Task& task, const CandidateSpec& candidate,
                                  std::chrono::milliseconds deadline, std::stop_token stop);

/// Level 6 of a candidate that is right on a card, from a look on the emulator. What was found there is the record's
/// verdict; what cannot be emulated stays open.
void noteLook(EvaluationRecord& record, const CaseReport& look);

/// Looks at candidates on an emulator of its own before a card runs them, on a thread of the caller's.
class Preflight {
public:
    static Result<std::unique_ptr<Preflight>> start(const Task& task, std::stop_token stop);

    /// A candidate that does not end has many times as long as those before it took.
    Result<CaseReport> look(const CandidateSpec& candidate, std::stop_token stop);

private:
    Preflight(std::unique_ptr<WorkerJudge> emulator, const Task& task)
        : m_emulator(std::move(emulator))
        , m_task(task)
    {
    }

    std::unique_ptr<WorkerJudge> m_emulator;
    const Task m_task;
    std::chrono::milliseconds m_longest{0};  ///< that a candidate took and was right
};

/// The record of a candidate that must not reach the card: it goes out of bounds, races, reads what nobody has written,
/// or does not end. Nothing where the card may have it: it was right, wrong without harm, or could not be followed.
std::optional<EvaluationRecord> refusalOf(const CandidateSpec& candidate, const CaseReport& look);

}  // namespace warploom
