// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "base/Units.h"
#include "protocol/Records.h"

namespace warploom {

/// What a person asked of a run.
struct RunSettings {
    std::string device = "emulator";
    std::int64_t evaluations = 200;  ///< of this run, resumed parts included
    Seconds seconds{0};  ///< 0: no limit
    std::uint64_t seed = 1;
};

void to_json(nlohmann::json& json, const RunSettings& settings);
void from_json(const nlohmann::json& json, RunSettings& settings);

/// Where a run stands: what progress lines, windows and final tables are made of.
struct RunProgress {
    RunId run = 0;
    std::string task;
    std::string device;
    std::string deviceName;
    bool modelled = false;
    std::string phase;  ///< "starting", "baseline", "evolving", "paused", "confirming", "finished"
    std::int64_t evaluations = 0;
    std::int64_t budget = 0;
    std::map<std::string, std::int64_t> verdicts;
    std::optional<EvaluationRecord> baseline;
    std::optional<EvaluationRecord> best;
    std::string bestTitle;
    std::int64_t variants = 0;
    Seconds elapsed{0};
    Seconds deviceTime{0};
    std::string endReason;  ///< of a finished run: "budget", "time", "nothing left to try", "stopped"

    /// Candidates a second since the run (or its resumption) began.
    [[nodiscard]] double rate() const
    {
        return elapsed.count() > 0 ? static_cast<double>(sinceStart) / elapsed.count() : 0;
    }
    [[nodiscard]] double busyFraction() const { return elapsed.count() > 0 ? deviceTime / elapsed : 0; }
    std::int64_t sinceStart = 0;  ///< evaluations since this process took the run up
};

void to_json(nlohmann::json& json, const RunProgress& progress);
void from_json(const nlohmann::json& json, RunProgress& progress);

/// A steering command; which members count depends on the kind.
struct Command {
    enum class Kind { Pause, Resume, Step, Stop, Guide, Submit, Favour, Retire, BanMove, PreferMove };

    Kind kind = Kind::Pause;
    VariantId variant = 0;  ///< of Submit (the parent), Favour, Retire, Guide (0: the whole run)
    bool on = true;  ///< of Favour, Retire, BanMove and PreferMove: false takes it back
    std::string text;  ///< guidance, the submitted source, or a move's name
};

void to_json(nlohmann::json& json, const Command& command);
/// ProtocolViolation for an unknown kind.
Result<Command> commandFromJson(const nlohmann::json& json);

}  // namespace warploom
