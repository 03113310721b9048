// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/VariantProfile.h"
#include "evaluate/EvaluationRig.h"

namespace warploom {

/// A text that a person wants compiled or checked.
struct SourceOrder {
    std::string task;  ///< folder or task.toml; empty: the task of the workspace's latest run
    std::string device = "emulator";  ///< "emulator", "cuda:N" or "auto"
    std::string source;
    std::string fileName = "kernel.cu";  ///< appears in diagnostics
    std::optional<Configuration> configuration;  ///< absent: the default of each tunable
    bool timed = true;  ///< of a check: false only verifies
};

void to_json(nlohmann::json& json, const SourceOrder& order);
void from_json(const nlohmann::json& json, SourceOrder& order);

/// A text that a person wants profiled.
struct ProfileOrder {
    SourceOrder source;
    std::string size;  ///< of the task's time sizes; empty: the first
    MetricTier tier = MetricTier::Mix;  ///< counters of the card up to this one
    bool lines = true;  ///< see ProfileRequest
};

void to_json(nlohmann::json& json, const ProfileOrder& order);
void from_json(const nlohmann::json& json, ProfileOrder& order);

/// What the compiler said, for an editor.
struct CompileReport {
    bool compiled = false;
    std::vector<Diagnostic> diagnostics;  ///< errors of the directives among them
    std::vector<KernelResources> kernels;
    std::string ptx;
    std::string compiler;
};

void to_json(nlohmann::json& json, const CompileReport& report);
void from_json(const nlohmann::json& json, CompileReport& report);

/// Compiles, verifies and times texts for people, beside the runs. Keeps its workers from one order to the next of the
/// same task and device. From any thread; one order at a time.
class Workbench {
public:
    /// A text that does not compile is a report that says so.
    Result<CompileReport> compile(const Task& task, const SourceOrder& order, std::stop_token stop);
    /// Verifies on every size and times against the baseline, unless the order wants no time. What is wrong with the
    /// text is the record's verdict.
    Result<EvaluationRecord> check(const Task& task, const SourceOrder& order, std::stop_token stop,
                                   const ProgressSink& progress);
    /// PTX and SASS of the text. InvalidInput, with the compiler's first complaint, where it does not compile.
    Result<AssemblyReport> assembly(const Task& task, const SourceOrder& order, std::stop_token stop);
    /// What limits the text, at one size. InvalidInput where it is not right.
    Result<VariantProfile> profile(const Task& task, const ProfileOrder& order, std::stop_token stop,
                                   const ProgressSink& progress);
    struct Surroundings {
        DeviceFacts facts;
        EnvironmentRecord environment;  ///< that figures taken here would be bound to
    };
    /// Where texts are evaluated: takes a worker.
    Result<Surroundings> surroundings(const Task& task, const std::string& device, std::stop_token stop);
    /// Ends the workers, and with them what they hold of the device.
    void release();
    /// Peaks of the devices that profiles were made on.
    [[nodiscard]] PeakCache& peaks() { return m_peaks; }

private:
    Result<EvaluationRig*> rigFor(const Task& task, const std::string& device, std::stop_token stop);

    std::mutex m_mutex;
    PeakCache m_peaks;
    std::unique_ptr<EvaluationRig> m_rig;
    std::string m_rigKey;
};

}  // namespace warploom
