// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "analysis/Diagnosis.h"
#include "analysis/Figures.h"
#include "analysis/LineFigures.h"
#include "analysis/OccupancyStep.h"
#include "engine/PeakCache.h"
#include "evaluate/EvaluationRig.h"
#include "protocol/MetricTiers.h"
#include "protocol/Records.h"

namespace warploom {

/// Everything that is known of one configuration at one time size, and what it means. Everything below `counters`
/// follows from what stands above it: see interpret().
struct VariantProfile {
    std::string size;
    Verdict verdict = Verdict::Ok;
    int trust = 0;
    Configuration configuration;
    std::optional<Interval> time;  ///< microseconds at this size; where modelled, without width
    Observation observation;
    std::vector<std::string> missing;  ///< what could not be had, why, and what would bring it
    std::optional<CounterReport> counters;  ///< of the card
    std::optional<InstructionReport> stalls;  ///< of the card, where it was asked for
    std::optional<InstructionReport> instructionCounts;  ///< of the card, where it was asked for
    std::vector<Figure> figures;
    Diagnosis diagnosis;
    std::map<std::string, std::vector<OccupancyStep>> occupancySteps;  ///< by kernel
    std::map<int, LineCounters> lines;  ///< summed over the launches
    FigureOrigin linesOrigin = FigureOrigin::Counted;  ///< of `lines`: the emulator's, or the card's where it has any
};

/// Fills in figures, diagnosis, occupancy steps, lines and where they stall.
void interpret(VariantProfile& profile);

/// What to profile.
struct ProfileRequest {
    std::string source;
    std::string fileName = "kernel.cu";
    Configuration configuration;
    std::string size;  ///< of the task's time sizes; empty: the first
    MetricTier tier = MetricTier::Mix;  ///< counters of the card up to this one
    bool lines = true;  ///< stalls and exact counts by line and instruction, on a card: runs of their own
    bool disassembles = true;  ///< false: instructions are counted in PTX, which costs no process
    std::optional<DevicePeaks> peaks;  ///< of the device, measured
    std::string peaksMissing;  ///< why there are none
};

/// Fills in the peaks of the rig's device, which are measured where \p cache does not hold them, or why there are none.
/// Fails where it is cancelled.
Result<> findPeaks(ProfileRequest& request, EvaluationRig& rig, PeakCache& cache, std::stop_token stop,
                   const ProgressSink& progress = {});

/// Evaluates (for the time), counts, and diagnoses. NotFound for a size that the task does not time; a source that does
/// not compile, or is not right, is InvalidInput with its message: nothing is learnt from wrong kernels.
Result<VariantProfile> profileVariant(EvaluationRig& rig, const ProfileRequest& request, std::stop_token stop,
                                      const ProgressSink& progress = {});

/// What an evaluation that is there already has to say: nothing is evaluated again. Where times are modelled its
/// evidence holds the counts; on a card the emulator counts, and the card's counters are read up to \p tier, which must
/// not be while anything is timed. At the first of the task's time sizes. Only what is right can be profiled:
/// InvalidInput.
Result<VariantProfile> profileEvaluated(EvaluationRig& rig, const EvaluationRecord& evaluation,
                                        const CandidateSpec& candidate, MetricTier tier, std::stop_token stop);

/// PTX and, where nvdisasm is found, SASS of what was compiled, line by line, and the mix of each kernel.
AssemblyReport assemblyOf(const CandidateSpec& candidate);

/// Microseconds at one size, as an evaluation's evidence holds them: measured, else modelled and without width.
std::optional<Interval> timeAt(const EvaluationRecord& record, const std::string& size);

/// The observation behind a profile: the plan's launches at \p size with what \p product and \p counts say of them.
Result<Observation> observe(const Task& task, const TaskSize& size, const CandidateSpec& candidate,
                            const DeviceFacts& facts, const std::vector<LaunchCounters>& counts);

void to_json(nlohmann::json& json, const VariantProfile& profile);
/// Reads what was observed, and interprets it.
void from_json(const nlohmann::json& json, VariantProfile& profile);
/// One figure a row: kernel, name, unit, value, origin.
std::string profileCsv(const VariantProfile& profile);

}  // namespace warploom
