// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <fmt/format.h>

#include "agent/answer/AnswerText.h"
#include "agent/prompt/PromptParts.h"
#include "agent/prompt/PromptText.h"
#include "analysis/Rule.h"
#include "base/Trim.h"

namespace warploom {

namespace {

std::string shapeText(const TaskBuffer& buffer)
{
    std::vector<std::string> extents;
    for (const Expression& extent : buffer.shape)
        extents.push_back(extent.text());
    return fmt::format("{}[{}]", elementTypeName(buffer.type), fmt::join(extents, ", "));
}

std::string buffersText(const Task& task)
{
    std::string text = "Buffers:";
    for (const TaskBuffer& buffer : task.buffers) {
        text += fmt::format("\n- {}: {}, {}", buffer.name, bufferRoleName(buffer.role), shapeText(buffer));
        if (buffer.isInput())
            text += fmt::format(", filled with {}", buffer.fill.toString());
        if (buffer.isAscending())
            text += ", always ascending";
    }
    for (const TaskScalar& scalar : task.scalars)
        text += fmt::format("\n- {}: scalar {} = {}", scalar.name, elementTypeName(scalar.type),
                            isFloating(scalar.type) ? fmt::format("{:g}", scalar.value)
                                                    : fmt::format("{}", scalar.integer));
    return text;
}

std::string valuesText(const ExpressionScope& values)
{
    std::vector<std::string> texts;
    for (const auto& [name, value] : values)
        texts.push_back(fmt::format("{} = {}", name, value));
    return fmt::format("{}", fmt::join(texts, ", "));
}

std::string sizesText(const Task& task)
{
    std::string text = "Sizes, among others that are not shown:";
    for (const TaskSize& size : task.sizes) {
        std::vector<std::string_view> uses;
        if (size.forTiming)
            uses.emplace_back("timed");
        if (size.forVerifying)
            uses.emplace_back("verified");
        if (size.forEmulator)
            uses.emplace_back("on the emulator");
        text += fmt::format("\n- {}: {} ({})", size.name, valuesText(size.values), fmt::join(uses, ", "));
    }
    return text;
}

std::string domainText(const Task& task)
{
    std::vector<std::string> texts;
    for (const auto& [name, domain] : task.sizeDomains)
        texts.push_back(fmt::format("{} from {} to {}", name, domain.low, domain.high));
    for (const auto& [name, domain] : task.bufferDomains) {
        std::string text = fmt::format("{} in [{:g}, {:g}]", name, domain.low, domain.high);
        if (!domain.special.empty())
            text += fmt::format(" with {}", fmt::join(domain.special, ", "));
        texts.push_back(std::move(text));
    }
    return texts.empty() ? std::string() : fmt::format("Legal, and tried: {}.", fmt::join(texts, "; "));
}

std::string toleranceText(const Task& task)
{
    return fmt::format("Tolerance: an element is right within {:g} + {:g} times the magnitude of its exact value. The "
                       "error's root mean "
                       "square may be {:g} times the baseline's.",
                       task.absoluteTolerance, task.relativeTolerance, task.errorFactor);
}

std::string workAt(const Task& task, const TaskSize& size)
{
    const auto reads = task.workReads.evaluate(size.values);
    const auto writes = task.workWrites.evaluate(size.values);
    const auto flops = task.workFlops.evaluate(size.values);
    if (!reads || !writes || !flops)
        return {};
    return fmt::format("; at size {}: {}, {} and {}", size.name, numberText("_bytes", static_cast<double>(*reads)),
                       numberText("_bytes", static_cast<double>(*writes)), numberText("", static_cast<double>(*flops)));
}

std::string workText(const Task& task)
{
    if (task.workReads.text().empty() && task.workFlops.text().empty())
        return {};
    std::string text = fmt::format("Least work of any implementation: reads {} bytes, writes {} bytes, {} operations",
                                   task.workReads.text(), task.workWrites.text(), task.workFlops.text());
    for (const TaskSize* size : task.timeSizes())
        text += workAt(task, *size);
    return text + ".";
}

/// What stands between `__global__` and the body of each kernel.
std::vector<std::string> kernelSignatures(std::string_view source)
{
    std::vector<std::string> signatures;
    constexpr std::string_view kMark = "__global__";
    for (std::size_t at = source.find(kMark); at != std::string_view::npos; at = source.find(kMark, at + 1)) {
        const std::size_t line = source.rfind('\n', at);
        const std::size_t begin = line == std::string_view::npos ? 0 : line + 1;
        const std::size_t end = source.find_first_of("{;", at);
        if (end == std::string_view::npos)
            break;
        signatures.push_back(onOneLine(source.substr(begin, end - begin), 400));
    }
    return signatures;
}

std::string directiveLines(std::string_view source)
{
    std::string text;
    for (const std::string_view line : splitLines(source))
        if (const std::string_view plain = trimmed(line); plain.starts_with("//") && plain.find("warploom:") < 5)
            text.append(plain).append(1, '\n');
    return text;
}

std::string signatureText(const std::string& source)
{
    std::string text = directiveLines(source);
    for (const std::string& signature : kernelSignatures(source))
        text += signature + ";\n";
    return text;
}

}  // namespace

bool isFreshStart(const AgentContext& context) { return context.mode == MemoryMode::FreshStart && !context.repair; }

PromptSection taskPart(const AgentContext& context)
{
    PromptSection section{"task", "Task", {}};
    const Task& task = *context.task;
    std::string head = fmt::format("{}: {}", task.name, onOneLine(task.title, 200));
    if (!task.summary.empty())
        head += fmt::format("\nIt computes: {}", onOneLine(task.summary, 2000));
    if (!task.tags.empty())
        head += fmt::format("\nTags: {}", fmt::join(task.tags, ", "));
    section.add(std::move(head));
    for (std::string text : {buffersText(task), sizesText(task), domainText(task), toleranceText(task), workText(task)})
        if (!text.empty())
            section.add(std::move(text));
    return section;
}

PromptSection sourcePart(const AgentContext& context)
{
    PromptSection section{"parent", "Source to change", {}};
    if (isFreshStart(context)) {
        section.title = "What the file has to keep";
        section.add(
            "The baseline's launch plan and its kernels' parameters, for the notation. Kernels, plan and names are "
            "yours to choose; the buffers are the task's.\n\n"
            + fenced(signatureText(sourceToChange(context)), "cuda"));
        return section;
    }
    // Without line numbers: search blocks are copied from here. What refers to a line quotes it.
    section.add(fenced(sourceToChange(context), "cuda"));
    return section;
}

}  // namespace warploom
