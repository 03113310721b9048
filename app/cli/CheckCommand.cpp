// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>

#include <fmt/format.h>

#include "Commands.h"
#include "Terminal.h"
#include "VariantFiles.h"
#include "engine/RunPlan.h"
#include "evaluate/EvaluationRig.h"
#include "task/TaskLoader.h"

namespace warploom {

namespace {

/// A rig on the wanted device with the task open.
Result<std::unique_ptr<EvaluationRig>> rigFor(const CheckOptions& options, std::stop_token stop)
{
    WARPLOOM_TRY(const Task task, loadTask(options.task));
    WARPLOOM_TRY(const std::string device, deviceForRun(options.device));
    auto rig = EvaluationRig::start(task, device, stop);
    if (!rig)
        return fail(asMachineError(std::move(rig).error()));
    (*rig)->evaluator().setHiddenSeed(options.seed);
    return rig;
}

Result<std::vector<VariantFile>> sourcesOf(const CheckOptions& options, const Task& task)
{
    std::vector<VariantFile> sources;
    for (const std::string& path : options.variants) {
        WARPLOOM_TRY(VariantFile file, variantFile(path, task));
        sources.push_back(std::move(file));
    }
    if (sources.empty())
        sources.push_back({task.baselineFile, task.baselineSource});
    return sources;
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

Result<Opponent> baselineOf(EvaluationRig& rig, std::stop_token stop)
{
    const Task& task = rig.task();
    const auto directives = parseDirectives(task.baselineSource, task.baselineFile);
    const Configuration defaults = directives ? directives->defaultConfiguration() : Configuration{};
    WARPLOOM_TRY(CandidateSpec spec, rig.prepare(task.baselineSource, task.baselineFile, defaults, std::move(stop)));
    return Opponent{std::move(spec), std::nullopt};
}

/// The ladder, a line a check; what the record's message says is not said again.
std::string ladderText(const EvaluationRecord& record)
{
    std::string text;
    for (const auto& check : record.checks) {
        const auto state = check.value("state", "");
        const auto detail = check.value("detail", "");
        text += fmt::format("  {} {:<8} {}{}\n", check.value("level", 0), state, check.value("check", ""),
                            detail.empty() || detail == record.message ? "" : ": " + detail);
    }
    return text;
}

/// To stdout; whether it arrived is asked at the end.
void put(const std::string& text) { static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout)); }

std::string verdictText(const EvaluationRecord& record, const EvaluationRig& rig, const std::string& file)
{
    std::string text = fmt::format("{}: {} (trust {}, {}{})\n", file, verdictName(record.verdict), record.trust,
                                   rig.facts().id, rig.facts().modelled ? ", modelled" : "");
    std::string details;
    bool saysMessage = false;
    for (const auto& diagnostic : record.evidence.value("diagnostics", nlohmann::json::array())) {
        const auto parsed = diagnostic.get<Diagnostic>();
        const std::string place = parsed.place.toString();
        const std::string line = place.empty() ? parsed.message : fmt::format("{}: {}", place, parsed.message);
        saysMessage = saysMessage || line == record.message;
        details += fmt::format("  {}\n", line);
    }
    if (!record.message.empty() && !saysMessage)
        text += fmt::format("  {}\n", record.message);
    return text + details + ladderText(record);
}

nlohmann::json rowJson(const EvaluationRecord& record, const EvaluationRig& rig, const std::string& file)
{
    nlohmann::json row = recordJson(record, rig, file);
    if (record.time)
        row["interval"] = {record.time->low, record.time->high};
    if (record.speedup)
        row["speedup_interval"] = {record.speedup->low, record.speedup->high};
    return row;
}

std::string rowText(const EvaluationRecord& record, const std::string& file, bool isBaseline)
{
    std::string text = fmt::format("{:<40} {:<16} {:<38} {}\n", file, verdictName(record.verdict), measuredText(record),
                                   isBaseline ? "1 (itself)" : speedupText(record));
    if (!record.message.empty())
        text += fmt::format("  {}\n", record.message);
    if (const std::string noise = noiseText(record); !noise.empty())
        text += fmt::format("  {}\n", noise);
    for (const auto& note : record.evidence.value("notes", nlohmann::json::array()))
        text += fmt::format("  note: {}\n", note.get<std::string>());
    return text;
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
    auto started = rigFor(options, interrupt.token());
    if (!started)
        return complain(started.error());
    EvaluationRig& rig = **started;
    const auto sources = sourcesOf(options, rig.task());
    if (!sources)
        return complain(sources.error());
    const auto opponent = options.time ? baselineOf(rig, interrupt.token()) : Result<Opponent>(Opponent{});
    if (!opponent)
        return complain(opponent.error());
    ProgressLine line;
    int code = kFine;
    for (const VariantFile& source : *sources) {
        const auto configuration = configurationOf(source, options.tunables);
        if (!configuration)
            return complain(configuration.error());
        const auto record = rig.evaluate(source.text, source.name, *configuration, *opponent, !options.time,
                                         interrupt.token(), sinkTo(line, source.name));
        line.clear();
        if (!record)
            return complain(record.error());
        code = record->verdict == Verdict::Ok ? code : kVerdict;
        if (!options.json)
            put(verdictText(*record, rig, source.name));
        else if (const int printed = printJson(recordJson(*record, rig, source.name)); printed != kFine)
            return printed;
    }
    return finishOutput(code);
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
    const auto baseline = baselineOf(rig, interrupt.token());
    if (!baseline)
        return complain(baseline.error());
    ProgressLine line;
    auto rows = nlohmann::json::array();
    bool allRight = true;
    if (!options.json)
        put(fmt::format("{:<40} {:<16} {:<38} {}\n", "kernel", "verdict", "time", "over the baseline"));
    for (const VariantFile& source : *sources) {
        const auto configuration = configurationOf(source, options.tunables);
        if (!configuration)
            return complain(configuration.error());
        const bool isBaseline = source.text == baseline->spec.source;
        const auto opponent = isBaseline ? std::nullopt : std::optional(*baseline);
        const auto record = rig.evaluate(source.text, source.name, *configuration, opponent, false, interrupt.token(),
                                         sinkTo(line, source.name));
        line.clear();
        if (!record)
            return complain(record.error());
        allRight = allRight && record->verdict == Verdict::Ok;
        if (options.json)
            rows.push_back(rowJson(*record, rig, source.name));
        else
            put(rowText(*record, source.name, isBaseline));
    }
    const int code = allRight ? kFine : kVerdict;
    if (!options.json)
        return finishOutput(code);
    return printJson({{"task", rig.task().name},
                      {"device", rig.facts().id},
                      {"modelled", rig.facts().modelled},
                      {"noise_floor", rig.evaluator().noiseFloor()},
                      {"variants", rows}},
                     code);
}

}  // namespace warploom
