// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/Statistics.h"
#include "protocol/CompileProduct.h"
#include "protocol/Records.h"
#include "protocol/Verdict.h"
#include "task/Task.h"

namespace warploom {

// The evidence of one evaluation as plain rows, free of Qt. Evaluations of older workspaces lack parts of it: what is
// not there has no row.

inline constexpr int kTrustLevels = 7;
/// Decades of error over tolerance: up to 1e-7, up to 1e-6, …, up to 1e6, more or not finite,
/// not a number.
inline constexpr int kErrorBins = 16;
using ErrorBins = std::array<std::uint64_t, kErrorBins>;

enum class StepState {
    Passed,
    Failed,
    Pending,  ///< not made yet, or it could not be made
    NotApplicable,  ///< on this device, ever
    NotMade,  ///< the evaluation ended before it
};

struct CheckRow {
    std::string name;
    StepState state = StepState::NotMade;
    std::string detail;
};

/// One level of the trust ladder.
struct StepRow {
    StepState state = StepState::NotMade;  ///< the worst of its checks
    std::vector<CheckRow> checks;
};

/// One output of one case that ran; a case without any comparison has one row without an output.
struct CaseRow {
    bool isHidden = false;
    int number = 0;  ///< from 1 among the known or the hidden ones
    std::string size;
    std::string extents;  ///< "cols=1000 rows=64"
    std::string distribution;
    std::uint64_t seed = 0;
    Verdict verdict = Verdict::Ok;
    std::string voidReason;  ///< the case proves nothing: the baseline fails it
    std::string message;
    std::string buffer;  ///< empty: nothing was compared
    std::string element;  ///< "y[12, 3]": the first wrong one, else the worst; of got and expected
    std::string worstElement;  ///< of error
    std::uint64_t elements = 0;
    std::uint64_t wrong = 0;
    std::uint64_t untouched = 0;  ///< elements that were never written
    std::vector<std::string> checks;  ///< that the case has passed
    StepState guards = StepState::NotMade;  ///< inputs unchanged, nothing written outside
    bool bitsDiffer = false;  ///< between two runs that were both right
    double allowed = 1;  ///< in tolerances, as the errors are
    std::optional<double> got;
    std::optional<double> expected;
    std::optional<double> error;  ///< of the worst element
    double worstGot = 0;  ///< where there is an error
    double worstExpected = 0;
    double largestError = 0;  ///< absolute; 0: none, or not on record
    std::optional<double> baselineError;
    ErrorBins histogram{};
    ErrorBins baselineHistogram{};
};

enum class FactKind {
    Precision,
    Floor,
    TimedOutputs,
    Ratio,
    NoiseFloor,
    Memory,
    Confirmation,
    Fault,
    Diagnostic,
    Note,
    Unreadable,  ///< a part of the evidence is not of a form that this build knows
};

/// How one size was timed, and what comparing its outputs again has found.
struct SeriesFacts {
    std::optional<double> worstError;  ///< in tolerances
    std::optional<double> wrong;  ///< outputs
    std::optional<bool> isCold;
    std::optional<double> rounds;
    std::optional<double> launches;  ///< of which the median counts
    std::optional<double> copies;  ///< of a batch; 0: launch by launch
    std::optional<double> noise;  ///< a share
    std::string decision;
    std::vector<std::string> throttling;
};

/// One thing that is known beside the cases. Which members are set depends on the kind.
struct FactRow {
    FactKind kind = FactKind::Note;
    StepState state = StepState::NotMade;  ///< NotMade: it decides nothing
    std::string size;
    std::string buffer;
    std::optional<double> figure;  ///< error in tolerances; µs; outputs looked at; a share; a ratio
    std::optional<double> allowed;  ///< at most (precision), at least (floor, µs)
    std::optional<double> baseline;  ///< in tolerances
    std::optional<double> memory;  ///< µs
    std::optional<double> arithmetic;  ///< µs
    std::string unit;  ///< of the arithmetic: "f16 tensor cores"
    std::optional<Interval> ratio;  ///< speed over the opponent's
    std::optional<SeriesFacts> series;
    std::optional<warploom::Fault> fault;
    std::optional<warploom::Diagnostic> diagnostic;
    std::string text;  ///< for people; of what cannot be read: where it stands
};

struct EvidenceRows {
    std::array<StepRow, kTrustLevels> steps;
    int reached = -1;  ///< highest level without a gap; -1: none
    bool hasChecks = false;
    std::vector<CaseRow> cases;
    std::vector<FactRow> facts;

    /// The level to look at first: the lowest that failed, else that is open, else the highest.
    [[nodiscard]] int levelToShow() const;
};

/// Never fails: what cannot be read becomes a fact that says so. \p task, where known, gives elements their
/// coordinates.
EvidenceRows evidenceRows(const EvaluationRecord& evaluation, const Task* task);

}  // namespace warploom
