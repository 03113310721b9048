// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "RunReport.h"

#include <cstdio>

#include <fmt/format.h>

#include "Terminal.h"

namespace warploom {

namespace {

nlohmann::json figureJson(const std::optional<EvaluationRecord>& evaluation, bool isBest)
{
    if (!evaluation)
        return nullptr;
    nlohmann::json json = {{"id", evaluation->variant}, {"time_us", nullptr}};
    if (evaluation->time)
        json["time_us"] = evaluation->time->estimate;
    if (!isBest)
        return json;
    json["trust"] = evaluation->trust;
    json["provisional"] = evaluation->provisional;
    json["configuration"] = evaluation->configuration;
    if (evaluation->speedup) {
        json["speedup"] = evaluation->speedup->estimate;
        json["interval"] = {evaluation->speedup->low, evaluation->speedup->high};
    }
    return json;
}

std::string confirmationText(const Confirmation& confirmation)
{
    const auto figure = [](const std::optional<Interval>& interval) {
        return interval ? fmt::format("{:.3g}× [{:.3g}, {:.3g}]", interval->estimate, interval->low, interval->high)
                        : std::string("no figure");
    };
    std::string text =
        fmt::format("variant {} {}: ", confirmation.variant, configurationLine(confirmation.configuration));
    if (confirmation.verdict != Verdict::Ok)
        return text + fmt::format("{} ({}): does not count", verdictName(confirmation.verdict), confirmation.message);
    text += fmt::format("{} directly against the baseline, {} during the search", figure(confirmation.confirmed),
                        figure(confirmation.searched));
    return confirmation.holds() ? text : text + ": no speed-up";
}

}  // namespace

std::string progressText(const RunProgress& progress)
{
    const auto seconds = static_cast<int>(progress.elapsed.count());
    std::string text =
        fmt::format("{} · {} · {}/{} · {:02}:{:02} · {:.1f}/s · {} busy {:.0f} %", progress.task, progress.phase,
                    progress.evaluations, progress.budget, seconds / 60, seconds % 60, progress.rate(),
                    progress.modelled ? "emulator" : "GPU", 100 * progress.busyFraction());
    if (progress.best)
        text += " · best " + speedupText(*progress.best);
    return text;
}

std::string agentText(const AgentTally& tally)
{
    const bool isNamed = tally.model.empty() || tally.key.find(tally.model) != std::string::npos;
    std::string text =
        fmt::format("{}{}: {} asked, {} variants, {} right, {} faster", tally.key,
                    isNamed ? "" : " (" + tally.model + ")", tally.asked, tally.variants, tally.right, tally.improved);
    if (tally.repairsAsked > 0)
        text += fmt::format(", {} of {} mended", tally.repaired, tally.repairsAsked);
    if (tally.failed > 0)
        text += fmt::format(", {} without an answer", tally.failed);
    for (const auto& [fault, count] : tally.faults)
        text += fmt::format(", {} {}", count, fault);
    if (tally.promptTokens + tally.answerTokens > 0)
        text += fmt::format("; {} tokens read, {} written, {}${:.4f}", tally.promptTokens, tally.answerTokens,
                            tally.costIsEstimated ? "about " : "", static_cast<double>(tally.costMicroDollars) * 1e-6);
    if (tally.unpricedTokens > 0)
        text += fmt::format(", {} tokens of unknown price", tally.unpricedTokens);
    if (const auto each = tally.dollarsPerGain(); each && tally.costMicroDollars > 0)
        text += fmt::format(", ${:.4f} a gain", *each);
    return tally.note.empty() ? text : fmt::format("{}; {}", text, tally.note);
}

nlohmann::json summaryJson(const RunProgress& progress, const std::filesystem::path& workspace)
{
    return {{"task", progress.task},
            {"device", progress.device},
            {"device_name", progress.deviceName},
            {"modelled", progress.modelled},
            {"evaluations", progress.evaluations},
            {"verdicts", progress.verdicts},
            {"baseline", figureJson(progress.baseline, false)},
            {"best", figureJson(progress.best, true)},
            {"variants", progress.variants},
            {"seconds", progress.elapsed.count()},
            {"device_seconds", progress.deviceTime.count()},
            {"rate", progress.rate()},
            {"confirmations", progress.confirmations},
            {"profile_note", progress.profileNote},
            {"end", progress.endReason},
            {"standing", progress.standing},
            {"agents", progress.agents},
            {"workspace", workspace.string()}};
}

void printSummary(const RunProgress& progress, const std::filesystem::path& workspace)
{
    std::int64_t right = 0;
    std::string failures;
    for (const auto& [verdict, count] : progress.verdicts) {
        if (verdict == "ok")
            right = count;
        else
            failures += fmt::format("{}{} {}", failures.empty() ? "" : ", ", count, verdict);
    }
    say("task         {} on {} ({})\n", progress.task, progress.device, progress.deviceName);
    say("candidates   {} tried, {} right{}{}\n", progress.evaluations, right, failures.empty() ? "" : "; ", failures);
    if (progress.baseline)
        say("baseline     {}\n", measuredText(*progress.baseline));
    if (progress.best) {
        say("best         {}{}\n", measuredText(*progress.best),
            progress.modelled ? " (modelled best: no GPU has measured it)" : "");
        say("             {} · variant {} · {} {}\n", speedupText(*progress.best), progress.best->variant,
            progress.bestTitle, configurationLine(progress.best->configuration));
        say("             trust {}{}\n", progress.best->trust, progress.best->provisional ? ", provisional" : "");
        if (const std::string noise = noiseText(*progress.best); !noise.empty())
            say("             {}\n", noise);
        for (const auto& note : progress.best->evidence.value("notes", nlohmann::json::array()))
            say("             note: {}\n", note.get<std::string>());
    }
    for (const Confirmation& confirmation : progress.confirmations)
        say("{} {}\n", confirmation.holds() ? "confirmed   " : "refuted     ", confirmationText(confirmation));
    if (!progress.standing.empty())
        say("limited by   {}\n", progress.standing);
    if (!progress.profileNote.empty())
        say("not profiled {}\n", progress.profileNote);
    if (progress.agents.size() > 1 || (!progress.agents.empty() && progress.agents.front().name != "rules"))
        for (const AgentTally& tally : progress.agents)
            say("agent        {}\n", agentText(tally));
    say("effort       {:.1f} s, {:.1f} candidates a second, {} busy {:.0f} %; ended: {}\n", progress.elapsed.count(),
        progress.rate(), progress.modelled ? "emulator" : "GPU", 100 * progress.busyFraction(), progress.endReason);
    say("workspace    {}\n", workspace.string());
}

}  // namespace warploom
