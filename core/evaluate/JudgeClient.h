// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/Result.h"
#include "base/Units.h"
#include "protocol/DeviceFacts.h"
#include "protocol/JudgeValues.h"
#include "task/Distribution.h"
#include "task/Task.h"

namespace warploom {

/// What one timing series asks of the judge.
struct TimingQuestion {
    CandidateSpec incumbent;
    std::vector<CandidateSpec> candidates;
    std::string size;
    int rounds = 8;
    std::optional<int> launches;  ///< timed runs of a member at a time; else the judge chooses by their times
    std::optional<int> copies;  ///< as an earlier report of the series said; else the judge chooses
    Seconds budget{60};  ///< no round begins after it, but for the first two
    std::uint64_t dataSeed = 1;  ///< of the inputs
    std::uint64_t seed = 1;
    std::chrono::milliseconds deadline{10'000};  ///< of one timed run
};

struct VerifyQuestion {
    CandidateSpec candidate;
    std::string size;
    ExpressionScope values;  ///< of a hidden size, which `size` then only describes
    std::uint64_t seed = 1;
    Distribution distribution = Distribution::Declared;
    bool besideBaseline = false;  ///< report the baseline's errors too
    bool derived = false;  ///< admit a multiple of the baseline's error; void where the baseline fails
    int runs = 2;
    std::chrono::milliseconds deadline{10'000};  ///< of one run of the plan
    std::uint64_t instructionBudget = 400'000'000;  ///< warp instructions a launch, emulator only
};

/// The judge of one device, wherever it runs. Calls block; one at a time.
class JudgeClient {
public:
    virtual ~JudgeClient() = default;

    [[nodiscard]] virtual const DeviceFacts& facts() const = 0;
    /// Process id of the judge; 0 where it has none of its own.
    [[nodiscard]] virtual int process() const { return 0; }
    virtual Result<> openTask(const Task& task) = 0;
    virtual Result<CaseReport> verify(const VerifyQuestion& question, std::stop_token stop) = 0;
    /// What the case of the question can tell right from wrong; its candidate is not looked at.
    virtual Result<CaseAudit> audit(const VerifyQuestion& question, std::stop_token stop) = 0;
    virtual Result<TimingReport> time(const TimingQuestion& question, std::stop_token stop) = 0;
    virtual Result<ModelReport> model(const CandidateSpec& candidate, const std::string& size,
                                      std::stop_token stop) = 0;
};

}  // namespace warploom
