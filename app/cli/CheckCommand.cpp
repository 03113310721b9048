// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <charconv>

#include <fmt/format.h>

#include "Commands.h"
#include "Terminal.h"
#include "base/Files.h"
#include "evaluate/DeviceProbe.h"
#include "evaluate/EvaluationRig.h"
#include "task/TaskLoader.h"

namespace warploom {

namespace {

struct SourceFile {
    std::string name;
    std::string text;
};

/// A rig on the wanted device with the task open.
Result<std::unique_ptr<EvaluationRig>> rigFor(const CheckOptions& options, std::stop_token stop)
{
    WARPLOOM_TRY(const Task task, loadTask(options.task));
    WARPLOOM_TRY(const std::string device, resolveDevice(options.device));
    return EvaluationRig::start(task, device, stop);
}

Result<std::vector<SourceFile>> sourcesOf(const CheckOptions& options, const Task& task)
{
    std::vector<SourceFile> sources;
    for (const std::string& path : options.variants) {
        WARPLOOM_TRY(std::string text, readTextFile(path));
        sources.push_back({path, std::move(text)});
    }
    if (sources.empty())
        sources.push_back({task.baselineFile, task.baselineSource});
    return sources;
}

/// The default configuration with what --set asks for; names that the variant lacks are an error.
Result<Configuration> configurationOf(const CheckOptions& options, const SourceFile& source)
{
    const auto directives = parseDirectives(source.text, source.name);
    Configuration configuration = directives ? directives->defaultConfiguration() : Configuration{};
    for (const std::string& setting : options.tunables) {
        const std::size_t equals = setting.find('=');
        std::int64_t value = 0;
        const char* end = setting.data() + setting.size();
        const bool isNumber =
            equals != std::string::npos && std::from_chars(setting.data() + equals + 1, end, value).ptr == end;
        if (!isNumber || !configuration.contains(setting.substr(0, equals)))
            return fail(Error{ErrorCode::InvalidArgument,
                              "bad --set",
                              {},
                              "NAME=VALUE of a tunable of the variant",
                              fmt::format("'{}'", setting)});
        configuration[setting.substr(0, equals)] = value;
    }
    return configuration;
}

nlohmann::json recordJson(const EvaluationRecord& record, const EvaluationRig& rig, const std::string& file)
{
    nlohmann::json json = {{"task", rig.task().name},
                           {"variant", file},
                           {"verdict", verdictName(record.verdict)},
                           {"trust", record.trust},
                           {"device", rig.facts().id},
                           {"device_name", rig.facts().name},
                           {"modelled", rig.facts().modelled},
                           {"message", record.message},
                           {"configuration", record.configuration},
                           {"checks", record.checks},
                           {"evidence", record.evidence},
                           {"resources", record.resources},
                           {"counters", record.counters},
                           {"seconds", record.costSeconds}};
    if (record.time)
        json["time_us"] = record.time->estimate;
    if (record.speedup)
        json["speedup"] = record.speedup->estimate;
    return json;
}

void printVerdict(const EvaluationRecord& record, const EvaluationRig& rig, const std::string& file)
{
    fmt::print("{}: {} (trust {}, {}{})\n", file, verdictName(record.verdict), record.trust, rig.facts().id,
               rig.facts().modelled ? ", modelled" : "");
    if (!record.message.empty())
        fmt::print("  {}\n", record.message);
    for (const auto& diagnostic : record.evidence.value("diagnostics", nlohmann::json::array())) {
        const auto parsed = diagnostic.get<Diagnostic>();
        fmt::print("  {}: {}\n", parsed.place.toString(), parsed.message);
    }
}

ProgressSink sinkTo(ProgressLine& line, const std::string& file)
{
    return [&line, file](const EvaluationProgress& progress) {
        std::string text = fmt::format("{}: {} {}", file, progress.stage, progress.size);
        if (progress.rounds > 0)
            text += fmt::format(", {} rounds", progress.rounds);
        line.show(text);
    };
}

}  // namespace

int runCheck(const CheckOptions& options, const Interrupt& interrupt)
{
    auto rig = rigFor(options, interrupt.token());
    if (!rig)
        return complain(rig.error());
    const auto sources = sourcesOf(options, (*rig)->task());
    if (!sources)
        return complain(sources.error());
    const SourceFile& source = sources->front();
    const auto configuration = configurationOf(options, source);
    if (!configuration)
        return complain(configuration.error());
    ProgressLine line;
    const auto record = (*rig)->evaluate(source.text, source.name, *configuration, std::nullopt, true,
                                         interrupt.token(), sinkTo(line, source.name));
    line.clear();
    if (!record)
        return complain(record.error());
    if (options.json)
        fmt::print("{}\n", recordJson(*record, **rig, source.name).dump());
    else
        printVerdict(*record, **rig, source.name);
    return record->verdict == Verdict::Ok ? kFine : kVerdict;
}

int runBench(const CheckOptions& options, const Interrupt& interrupt)
{
    auto started = rigFor(options, interrupt.token());
    if (!started)
        return complain(started.error());
    EvaluationRig& rig = **started;
    const auto sources = sourcesOf(options, rig.task());
    if (!sources)
        return complain(sources.error());
    const SourceFile baseline{rig.task().baselineFile, rig.task().baselineSource};
    const auto directives = parseDirectives(baseline.text, baseline.name);
    const Configuration defaults = directives ? directives->defaultConfiguration() : Configuration{};
    auto spec = rig.prepare(baseline.text, baseline.name, defaults, interrupt.token());
    if (!spec)
        return complain(spec.error());
    ProgressLine line;
    auto rows = nlohmann::json::array();
    bool allRight = true;
    if (!options.json)
        fmt::print("{:<40} {:<16} {:<38} {}\n", "kernel", "verdict", "time", "over the baseline");
    for (const SourceFile& source : *sources) {
        const auto configuration = configurationOf(options, source);
        if (!configuration)
            return complain(configuration.error());
        const bool isBaseline = source.text == baseline.text;
        const auto opponent = isBaseline ? std::nullopt : std::optional(Opponent{*spec, std::nullopt});
        const auto record = rig.evaluate(source.text, source.name, *configuration, opponent, false, interrupt.token(),
                                         sinkTo(line, source.name));
        line.clear();
        if (!record)
            return complain(record.error());
        allRight = allRight && record->verdict == Verdict::Ok;
        if (options.json) {
            nlohmann::json row = recordJson(*record, rig, source.name);
            if (record->time)
                row["interval"] = {record->time->low, record->time->high};
            if (record->speedup)
                row["speedup_interval"] = {record->speedup->low, record->speedup->high};
            rows.push_back(std::move(row));
            continue;
        }
        fmt::print("{:<40} {:<16} {:<38} {}\n", source.name, verdictName(record->verdict), measuredText(*record),
                   isBaseline ? "1 (itself)" : speedupText(*record));
        if (!record->message.empty())
            fmt::print("  {}\n", record->message);
    }
    if (options.json)
        fmt::print("{}\n",
                   nlohmann::json{{"task", rig.task().name},
                                  {"device", rig.facts().id},
                                  {"modelled", rig.facts().modelled},
                                  {"noise_floor", rig.evaluator().noiseFloor()},
                                  {"variants", rows}}
                       .dump());
    return allRight ? kFine : kVerdict;
}

}  // namespace warploom
