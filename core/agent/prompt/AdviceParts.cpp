// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <fmt/format.h>

#include "agent/prompt/PromptParts.h"
#include "agent/prompt/PromptText.h"
#include "analysis/Rule.h"

namespace warploom {

// What the agent is asked for, and what may help it: the device, pages, the engineer's words.

namespace {

constexpr int kDeviceRank = 18;
constexpr int kKnowledgeRank = 32;
constexpr int kPageRankStep = 8;
constexpr std::size_t kMostPages = 4;
constexpr std::size_t kLongestPage = 4000;

std::string modeText(const AgentContext& context)
{
    if (context.repair)
        return "Your change of this kernel failed: mend it.";
    switch (context.mode) {
    case MemoryMode::Refine:
        return "Make the kernel below faster.";
    case MemoryMode::CompareSiblings:
        return "Make the kernel below faster. Compare what was tried on it before: do what none of these did, or what "
               "the "
               "best of them did better.";
    case MemoryMode::Combine:
        return "Combine the two kernels below: bring what makes the second one fast into the first. Your search blocks "
               "apply to the first.";
    case MemoryMode::FreshStart:
        return "Write the kernel anew, by another approach than those that were tried. Answer with the whole file.";
    }
    return {};
}

std::string bytesText(Bytes bytes) { return numberText("_bytes", static_cast<double>(bytes.value)); }

void addPeak(std::vector<std::string>& peaks, std::string_view name, double flops)
{
    if (flops > 0)
        peaks.push_back(fmt::format("{} {}", name, numberText("_flops_per_second", flops)));
}

std::string peaksText(const DeviceFacts& facts)
{
    std::vector<std::string> peaks;
    if (facts.dramBytesPerSecond > 0)
        peaks.push_back(fmt::format("memory {}", numberText("_bytes_per_second", facts.dramBytesPerSecond)));
    addPeak(peaks, "f32", facts.fp32FlopsPerSecond);
    addPeak(peaks, "f64", facts.fp64FlopsPerSecond);
    addPeak(peaks, "tf32 tensor", facts.tf32FlopsPerSecond);
    addPeak(peaks, "f16 tensor", facts.tensorFlopsPerSecond);
    return peaks.empty() ? std::string() : fmt::format("\nTheoretical peaks: {}.", fmt::join(peaks, ", "));
}

}  // namespace

PromptSection requestPart(const AgentContext& context)
{
    PromptSection section{"request", "What is asked", {}};
    section.add(modeText(context));
    return section;
}

PromptSection guidancePart(const AgentContext& context)
{
    PromptSection section{"guidance", "The engineer's guidance", {}};
    for (const std::string& sentence : context.guidance)
        if (std::string quoted = quotedLines(sentence); !quoted.empty())
            section.add(std::move(quoted));
    return section;
}

PromptSection devicePart(const AgentContext& context)
{
    PromptSection section{"device", "Device", {}};
    if (!context.device) {
        if (context.multiprocessors > 0)
            section.add(fmt::format("{} multiprocessors.", context.multiprocessors), kDeviceRank);
        return section;
    }
    const DeviceFacts& facts = *context.device;
    std::string text =
        fmt::format("{} ({}{}): {} multiprocessors, each with at most {} threads, {} blocks, {} registers and {} of "
                    "shared memory; at "
                    "most {} threads and {} of shared memory a block; {} of L2.",
                    onOneLine(facts.name, 100), facts.architecture, facts.modelled ? ", modelled by the emulator" : "",
                    facts.multiprocessors, facts.maxThreadsPerMultiprocessor, facts.maxBlocksPerMultiprocessor,
                    facts.registersPerMultiprocessor, bytesText(facts.sharedPerMultiprocessor),
                    facts.maxThreadsPerBlock, bytesText(facts.sharedPerBlockOptIn), bytesText(facts.l2Size));
    text += peaksText(facts);
    if (facts.modelled)
        text +=
            "\nThe emulator knows no wgmma, TMA, clusters or cooperative launches: what uses them is not evaluated.";
    section.add(std::move(text), kDeviceRank);
    return section;
}

PromptSection knowledgePart(const std::vector<const KnowledgePage*>& pages)
{
    PromptSection section{"knowledge", "Pages that may help", {}};
    int rank = kKnowledgeRank;
    for (const KnowledgePage* page : pages) {
        section.add(fmt::format("{} ({})\n{}", onOneLine(page->title, 200), page->id,
                                quotedLines(beginningOf(page->text, kLongestPage))),
                    rank);
        rank += kPageRankStep;
    }
    return section;
}

KnowledgeQuery knowledgeQueryOf(const AgentContext& context)
{
    KnowledgeQuery query;
    query.text = context.task->title;
    query.architecture = context.device ? context.device->architecture : std::string();
    query.idioms = context.task->tags;
    if (!context.diagnosis || isFreshStart(context))
        return query;
    const auto addOnce = [](std::vector<std::string>& list, std::string_view text) {
        if (std::find(list.begin(), list.end(), text) == list.end())
            list.emplace_back(text);
    };
    for (const Finding& finding : context.diagnosis->findings) {
        addOnce(query.bottlenecks, bottleneckName(finding.bottleneck));
        for (const std::string& move : finding.moves)
            addOnce(query.moves, move);
    }
    return query;
}

std::vector<const KnowledgePage*> pagesFor(const AgentContext& context, const KnowledgeBase* knowledge)
{
    return knowledge == nullptr ? std::vector<const KnowledgePage*>()
                                : knowledge->search(knowledgeQueryOf(context), kMostPages);
}

}  // namespace warploom
