// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/Units.h"
#include "protocol/CompileProduct.h"
#include "protocol/Counters.h"
#include "protocol/Verdict.h"
#include "variant/Directives.h"

namespace warploom {

/// A candidate as the judge receives it: text for the plan, product to run.
struct CandidateSpec {
    std::string source;
    std::string fileName = "kernel.cu";
    Configuration configuration;
    CompileProduct product;
};

/// How one output buffer compared with the reference.
struct ComparisonReport {
    std::string buffer;
    std::uint64_t elements = 0;
    std::uint64_t wrong = 0;
    std::uint64_t untouched = 0;  ///< elements that still hold the poison
    std::uint64_t firstWrong = 0;  ///< index; meaningful when wrong > 0
    std::uint64_t worstIndex = 0;
    double worstRatio = 0;  ///< error over tolerance; above 1 is wrong
    double largestError = 0;  ///< absolute
    double meanSquareRatio = 0;  ///< mean of (error over tolerance)², each ratio cut at 1e6
    double leastExpected = 0;  ///< of the finite expected values; NaN where there is none
    double mostExpected = 0;
    double meanExpected = 0;
    double expectedDeviation = 0;
    double got = 0;  ///< at the first wrong element, else at the worst
    double expected = 0;
    double worstGot = 0;  ///< at the worst element
    double worstExpected = 0;
    std::array<std::uint64_t, 16> histogram{};  ///< decades of error over tolerance from 1e-7; the last is not-a-number
};

/// One verify size with one fill: what ran and what came of it.
struct CaseReport {
    std::string size;
    std::map<std::string, std::int64_t> sizes;  ///< the extents behind the name
    std::uint64_t seed = 0;
    std::string distribution = "declared";  ///< see task/Distribution
    /// Why the case proves nothing (the baseline itself fails it); the candidate has not been run then.
    std::string voidReason;
    double allowedRatio = 1;  ///< error over tolerance that counted as right
    std::vector<ComparisonReport> baseline;  ///< the baseline's own errors, where it was asked for
    Verdict verdict = Verdict::Ok;
    std::string message;  ///< one line for people; empty for ok
    std::optional<Fault> fault;
    std::vector<ComparisonReport> comparisons;  ///< of the last run, one an output
    bool bitsDiffer = false;  ///< two runs were both right but not equal bit for bit
    std::vector<std::string> checks;  ///< passed: "ran", "wrote-every-element", "right", "inputs-unchanged", …
    std::vector<LaunchCounters> counters;  ///< emulator only
    std::vector<RunNote> notes;  ///< of the last run, emulator only
    double seconds = 0;  ///< wall time of the case
};

/// How an answer that needs no work (all zeros, a copy of an input, …) fared in the place of a candidate's.
struct TrivialReport {
    std::string name;  ///< "zeros", "mean", "copy of x", "stale", "first half", "half precision"
    bool passes = false;
    std::uint64_t wrong = 0;  ///< elements over all outputs
    std::uint64_t elements = 0;
};

/// What one case can tell right from wrong.
struct CaseAudit {
    CaseReport baseline;  ///< the baseline in a candidate's place
    std::vector<TrivialReport> trivial;
    std::map<std::string, bool> sensitive;  ///< by input: other values change the expected outputs
};

/// One timing round: the incumbent at both ends, the candidates in random order between, and once more in the reverse
/// order. So both sides are timed twice, and drift weighs on neither.
struct RoundReport {
    Microseconds before{};
    Microseconds after{};
    std::vector<Microseconds> candidates;  ///< in the order of the request
    bool disturbed = false;  ///< clocks or throttle reasons (power, temperature) changed
    std::vector<Microseconds> again;  ///< the candidates' second times; empty where they were timed once
};

/// What the card was doing when a series ended; zeros where it does not tell.
struct CardState {
    double clockMhz = 0;  ///< SM clock
    double memoryClockMhz = 0;
    double powerWatts = 0;
    double temperature = 0;  ///< °C
    std::vector<std::string> throttling;  ///< "power cap", …
    std::vector<std::string> foreign;  ///< who else computes on the card: "python3 (4711)"
};

/// Several rounds at one size.
struct TimingReport {
    std::string size;
    bool cold = true;
    std::vector<RoundReport> rounds;
    std::optional<Fault> fault;
    std::optional<std::size_t> faultyCandidate;  ///< index; absent when the incumbent itself failed
    CardState card;
    int copies = 0;  ///< plans of a batch, each on buffers of its own; 0: launch by launch
    int launches = 1;  ///< timed runs of a member at a time, of which the median counts
    std::uint64_t outputsChecked = 0;  ///< outputs of timed launches compared with the reference
    std::uint64_t outputsWrong = 0;
    double worstError = 0;  ///< of them, over the tolerance
    std::vector<std::string> notes;  ///< "another process uses the card"
    double deviceSeconds = 0;  ///< time the device was busy for this request
};

/// What the emulator predicts at one size.
struct ModelReport {
    std::string size;
    ModelledTime modelled;  ///< of no meaning with a fault
    std::optional<Fault> fault;  ///< of the candidate: it cannot run at this size
};

void to_json(nlohmann::json& json, const CandidateSpec& candidate);
void from_json(const nlohmann::json& json, CandidateSpec& candidate);
void to_json(nlohmann::json& json, const ComparisonReport& report);
void from_json(const nlohmann::json& json, ComparisonReport& report);
void to_json(nlohmann::json& json, const CaseReport& report);
void from_json(const nlohmann::json& json, CaseReport& report);
void to_json(nlohmann::json& json, const TrivialReport& report);
void from_json(const nlohmann::json& json, TrivialReport& report);
void to_json(nlohmann::json& json, const CaseAudit& audit);
void from_json(const nlohmann::json& json, CaseAudit& audit);
void to_json(nlohmann::json& json, const CardState& card);
void from_json(const nlohmann::json& json, CardState& card);
void to_json(nlohmann::json& json, const TimingReport& report);
void from_json(const nlohmann::json& json, TimingReport& report);
void to_json(nlohmann::json& json, const ModelReport& report);
void from_json(const nlohmann::json& json, ModelReport& report);

}  // namespace warploom
