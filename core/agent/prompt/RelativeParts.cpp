// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "agent/prompt/AttemptText.h"
#include "agent/prompt/PromptParts.h"
#include "agent/prompt/PromptText.h"

namespace warploom {

// What is told of other variants: that of the memory mode first.

namespace {

constexpr int kEvidenceRank = 5;
constexpr int kPartnerRank = 8;
constexpr int kSiblingsRank = 15;
constexpr int kFailuresRank = 20;
constexpr int kTriedRank = 20;
constexpr int kRelativesRank = 28;
constexpr int kRelativeRankStep = 4;

constexpr std::size_t kMostAttempts = 12;
constexpr std::size_t kMostTried = 40;
constexpr std::size_t kPartnerDiff = 200;
constexpr std::size_t kAttemptDiff = 60;
constexpr std::size_t kFailureDiff = 30;
constexpr std::size_t kLongestHypothesisShown = 400;

std::string diffFence(const std::string& before, const std::string& after, std::size_t most)
{
    return fenced(diffText(before, after, most), "diff");
}

std::string hypothesisText(const VariantRecord& variant)
{
    return variant.hypothesis.empty() ? std::string()
                                      : fmt::format("\nHypothesis ({}): {}", hypothesisOutcomeName(variant.outcome),
                                                    onOneLine(variant.hypothesis, kLongestHypothesisShown));
}

/// An attempt, what it was for, what came of it, and how it differs from \p from.
std::string attemptText(const Attempt& attempt, const std::string& from, std::size_t diffLines)
{
    return fmt::format("{}{}\n{}", attemptLine(attempt), hypothesisText(attempt.variant),
                       diffFence(from, attempt.variant.source, diffLines));
}

void addAttempts(PromptSection& section, const std::vector<Attempt>& attempts, const std::string& from, int rank,
                 std::size_t diffLines)
{
    for (std::size_t i = 0; i < std::min(attempts.size(), kMostAttempts); ++i)
        section.add(attemptText(attempts[i], from, diffLines), rank + kRelativeRankStep * static_cast<int>(i));
    if (attempts.size() > kMostAttempts)
        section.add(fmt::format("({} more are not told.)", attempts.size() - kMostAttempts),
                    rank + kRelativeRankStep * static_cast<int>(kMostAttempts));
}

bool isParentOf(const VariantRecord& ancestor, const VariantRecord& child)
{
    return std::find(child.parents.begin(), child.parents.end(), ancestor.id) != child.parents.end();
}

/// The nearest variant that parent and partner both come from, as far as it is known.
const VariantRecord* commonAncestor(const AgentContext& context)
{
    const VariantRecord& partner = *context.partner;
    for (const VariantRecord& ancestor : context.lineage)
        if (ancestor.id == partner.id || isParentOf(ancestor, partner))
            return &ancestor;
    return nullptr;
}

}  // namespace

PromptSection repairPart(const AgentContext& context)
{
    PromptSection section{"repair", "What is to be mended", {}};
    if (!context.repair)
        return section;
    const Attempt& attempt = *context.repair;
    section.add(
        fmt::format("{}{}\nIts source stands above. Mend it and keep its idea; give the lines MOVE and TITLE again. "
                    "You may try {} more {} after this.",
                    attemptLine(attempt), hypothesisText(attempt.variant), context.repairsLeft,
                    context.repairsLeft == 1 ? "time" : "times"));
    const std::string evidence =
        attempt.failure ? evidenceText(*attempt.failure, attempt.variant.source) : std::string();
    if (!evidence.empty())
        section.add(evidence, kEvidenceRank);
    section.add("What it changed in its parent:\n"
                    + diffFence(context.parent.source, attempt.variant.source, kAttemptDiff),
                kEvidenceRank + 1);
    return section;
}

PromptSection partnerPart(const AgentContext& context)
{
    PromptSection section{"partner", "The second parent", {}};
    if (context.mode != MemoryMode::Combine || !context.partner)
        return section;
    const VariantRecord& partner = *context.partner;
    section.add(variantName(partner) + hypothesisText(partner), kPartnerRank);
    const VariantRecord* ancestor = commonAncestor(context);
    if (ancestor == nullptr || ancestor->id == partner.id) {
        section.add("From the parent to the second parent:\n"
                        + diffFence(context.parent.source, partner.source, kPartnerDiff),
                    kPartnerRank);
        return section;
    }
    section.add(fmt::format("From {}, which both come from, to the second parent:\n{}", variantName(*ancestor),
                            diffFence(ancestor->source, partner.source, kPartnerDiff)),
                kPartnerRank);
    section.add(fmt::format("From {} to the parent:\n{}", variantName(*ancestor),
                            diffFence(ancestor->source, context.parent.source, kPartnerDiff)),
                kPartnerRank);
    return section;
}

PromptSection siblingsPart(const AgentContext& context)
{
    PromptSection section{"siblings", "What was tried on the parent before", {}};
    if (context.mode == MemoryMode::CompareSiblings)
        addAttempts(section, context.siblings, context.parent.source, kSiblingsRank, kAttemptDiff);
    return section;
}

PromptSection failuresPart(const AgentContext& context)
{
    PromptSection section{"failures", "Attempts on the parent that failed", {}};
    if (isFreshStart(context))
        return section;
    int rank = kFailuresRank;
    for (const Attempt& attempt : context.failures) {
        const bool isRepaired = context.repair && context.repair->variant.id == attempt.variant.id;
        const auto isSibling = [&](const Attempt& sibling) { return sibling.variant.id == attempt.variant.id; };
        const bool isTold = context.mode == MemoryMode::CompareSiblings
            && std::any_of(context.siblings.begin(), context.siblings.end(), isSibling);
        if (isRepaired || isTold || section.items.size() == kMostAttempts)
            continue;
        section.add(attemptText(attempt, context.parent.source, kFailureDiff), rank);
        rank += kRelativeRankStep;
    }
    return section;
}

PromptSection relativesPart(const AgentContext& context)
{
    PromptSection section{"relatives", "The best of the run besides the parent, as differences from it", {}};
    if (!isFreshStart(context))
        addAttempts(section, context.relatives, context.parent.source, kRelativesRank, kAttemptDiff);
    return section;
}

PromptSection triedPart(const AgentContext& context)
{
    PromptSection section{"tried", "What was tried: do something else", {}};
    if (!isFreshStart(context))
        return section;
    std::set<VariantId> told;
    const auto tell = [&](const Attempt& attempt) {
        if (told.size() < kMostTried && told.insert(attempt.variant.id).second && attempt.variant.agent != "task")
            section.add("- " + attemptLine(attempt), kTriedRank + static_cast<int>(told.size()));
    };
    for (const auto* attempts : {&context.relatives, &context.failures, &context.siblings})
        std::for_each(attempts->begin(), attempts->end(), tell);
    tell({context.parent, context.best, {}});
    return section;
}

}  // namespace warploom
