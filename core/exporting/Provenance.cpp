// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "exporting/Provenance.h"

#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "exporting/ExportTrust.h"
#include "protocol/Handshake.h"

namespace warploom {

namespace {

/// One line that cannot leave its comment, whatever a workspace holds.
std::string commentText(std::string text)
{
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < ' ' || c == '\\' || c == 0x7F)
            c = ' ';
    }
    return text;
}

std::string line(std::string_view title, const std::string& text)
{
    return fmt::format("// {:<12} {}\n", title, commentText(text));
}

std::string intervalText(const Interval& interval, std::string_view unit)
{
    return fmt::format("{:.4g}{} [{:.4g}, {:.4g}]", interval.estimate, unit, interval.low, interval.high);
}

std::string figureLines(const EvaluationRecord& evaluation)
{
    const std::string how = evaluation.modelled
        ? std::string("modelled, never measured")
        : fmt::format("{}, {} rounds", evaluation.cold ? "cold" : "hot", evaluation.rounds);
    std::string text =
        line("time",
             !evaluation.time          ? std::string("not timed")
                 : evaluation.modelled ? fmt::format("{:.4g} us, {}", evaluation.time->estimate, how)
                                       : fmt::format("{}, {}", intervalText(*evaluation.time, " us"), how));
    if (evaluation.speedup) {
        text += line("speedup",
                     evaluation.modelled
                         ? fmt::format("{:.4g}x over the baseline, {}", evaluation.speedup->estimate, how)
                         : fmt::format("{} over the baseline, {}", intervalText(*evaluation.speedup, "x"), how));
    }
    return text;
}

std::string sizeText(const TaskSize& size)
{
    std::string values;
    for (const auto& [name, value] : size.values)
        values += fmt::format("{}{} = {}", values.empty() ? "" : ", ", name, value);
    return fmt::format("{} ({})", size.name, values);
}

std::string sizeLines(std::string_view title, const std::vector<const TaskSize*>& sizes)
{
    std::string text;
    for (const TaskSize* size : sizes)
        text += line(size == sizes.front() ? title : "", sizeText(*size));
    return text;
}

std::string lineageLines(const ExportSubject& subject)
{
    std::string text;
    for (const VariantRecord& step : subject.lineage) {
        const std::string change =
            step.move.empty() || step.move == step.title ? step.title : fmt::format("{}: {}", step.move, step.title);
        text += line(text.empty() ? "lineage" : "",
                     fmt::format("#{} {} (by {})", step.id, change, step.agent.empty() ? "unknown" : step.agent));
    }
    return text;
}

std::string tunableLine(const Configuration& configuration)
{
    std::string text;
    for (const auto& [name, value] : configuration)
        text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, value);
    return text.empty() ? std::string() : line("tunables", text);
}

std::string environmentLines(const EnvironmentRecord& environment)
{
    if (environment.modelled) {
        return line("device",
                    fmt::format("{} ({}), modelled by the emulator", environment.gpuName, environment.architecture))
            + line("compiler", environment.compiler);
    }
    return line("device",
                fmt::format("{} ({}), {}", environment.gpuName, environment.architecture, environment.gpuUuid))
        + line("driver", environment.driver) + line("compiler", environment.compiler);
}

std::string dateText(UnixMilliseconds time)
{
    return fmt::format("{:%Y-%m-%d} UTC", fmt::gmtime(static_cast<std::time_t>(time / 1000)));
}

}  // namespace

std::string provenanceComment(const ExportSubject& subject, const std::string& what)
{
    const EvaluationRecord& evaluation = subject.evaluation;
    const bool modelled = evaluation.modelled || subject.environment.modelled;
    std::string text = fmt::format("{}{}\n//\n", kExportMarker, commentText(what));
    if (modelled)
        text += "// NEVER MEASURED: the figures below come from a model of the GPU, not from a GPU.\n//\n";
    text += line("task", fmt::format("{} ({})", subject.task.title, subject.task.name));
    text += line("revision", subject.task.revision);
    text += line("variant",
                 fmt::format("#{}, proposed by {}", subject.variant.id,
                             subject.variant.agent.empty() ? "unknown" : subject.variant.agent));
    text += lineageLines(subject);
    text += tunableLine(evaluation.configuration);
    text += line("verdict",
                 fmt::format("{}, trust level {} of 6{}", verdictName(evaluation.verdict), evaluation.trust,
                             evaluation.provisional ? ", provisional" : ""));
    if (const std::string note = memoryCheckNote(evaluation); !note.empty())
        text += line("not proven", note);
    text += figureLines(evaluation);
    text += sizeLines("right at", modelled ? subject.task.emulatorSizes() : subject.task.verifySizes());
    text += sizeLines(modelled ? "modelled at" : "timed at", subject.task.timeSizes());
    text += environmentLines(subject.environment);
    text += line("worker", subject.environment.workerBuild);
    text += line("evaluated", dateText(evaluation.created));
    text += line("exporter", "warploom " + buildId());
    text +=
        "//\n// What Warploom exports is yours. What it added here (this comment, the launcher, the header) is under\n"
        "// SPDX-License-Identifier: 0BSD\n"
        "// and the kernel stays under the terms that it was brought with.\n";
    return text;
}

}  // namespace warploom
