// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "agent/prompt/PromptSection.h"

namespace warploom {

namespace {

/// What the sentences about missing pieces take, a part: kept free where not everything fits.
constexpr std::int64_t kNoteTokens = 24;
constexpr std::string_view kItemGap = "\n\n";

struct RankedItem {
    int rank = 0;
    std::size_t section = 0;
    std::int64_t tokens = 0;
};

std::string headingOf(const std::string& title) { return fmt::format("# {}\n\n", title); }

std::int64_t itemTokens(const PromptItem& item) { return estimateTokens(item.text) + 1; }

std::int64_t headingTokens(const PromptSection& section) { return estimateTokens(headingOf(section.title)) + 2; }

/// Everything that may be left out, what matters most first. The first item of a part brings its heading.
std::vector<RankedItem> optionalItems(const std::vector<PromptSection>& sections)
{
    std::vector<RankedItem> items;
    for (std::size_t i = 0; i < sections.size(); ++i)
        for (const PromptItem& item : sections[i].items)
            if (item.rank > 0)
                items.push_back(
                    {item.rank, i,
                     itemTokens(item) + (&item == &sections[i].items.front() ? headingTokens(sections[i]) : 0)});
    std::stable_sort(items.begin(), items.end(),
                     [](const RankedItem& one, const RankedItem& other) { return one.rank < other.rank; });
    return items;
}

std::int64_t requiredTokens(const std::vector<PromptSection>& sections)
{
    std::int64_t tokens = 0;
    for (const PromptSection& section : sections) {
        for (const PromptItem& item : section.items)
            tokens += item.rank == 0 ? itemTokens(item) : 0;
        if (!section.items.empty() && section.items.front().rank == 0)
            tokens += headingTokens(section);
    }
    return tokens;
}

/// How many of \p items, in their order, fit into \p room.
std::size_t fittingItems(const std::vector<RankedItem>& items, std::int64_t room, std::int64_t notes)
{
    std::int64_t all = 0;
    for (const RankedItem& item : items)
        all += item.tokens;
    if (all <= room)
        return items.size();
    std::size_t count = 0;
    for (std::int64_t used = notes; count < items.size() && used + items[count].tokens <= room; ++count)
        used += items[count].tokens;
    return count;
}

PromptPart partOf(const PromptSection& section, std::size_t kept)
{
    PromptPart part{section.name, section.title, {}, 0, kept > 0, {}};
    for (std::size_t i = 0; i < kept; ++i)
        part.text += (i == 0 ? "" : std::string(kItemGap)) + section.items[i].text;
    const std::size_t missing = section.items.size() - kept;
    if (missing == 0)
        return part;
    part.leftOut = kept == 0 ? "left out for space"
                             : fmt::format("{} of {} pieces are left out for space", missing, section.items.size());
    if (kept > 0)
        part.text += fmt::format("{}({}.)", kItemGap, part.leftOut);
    return part;
}

/// Tells the reader what he is not told.
PromptPart omittedPart(const std::vector<PromptPart>& parts)
{
    std::vector<std::string> titles;
    for (const PromptPart& part : parts)
        if (!part.included)
            titles.push_back(part.title);
    PromptPart omitted{"omitted", "Not told", {}, 0, !titles.empty(), {}};
    omitted.text = fmt::format("Left out for space: {}.", fmt::join(titles, ", "));
    return omitted;
}

}  // namespace

Prompt fitted(std::string system, std::vector<PromptSection> sections, const PromptBudget& budget)
{
    std::erase_if(sections, [](const PromptSection& section) { return section.items.empty(); });
    const auto optional = optionalItems(sections);
    const std::int64_t room = budget.tokens - estimateTokens(system) - requiredTokens(sections);
    const auto notes = kNoteTokens * static_cast<std::int64_t>(sections.size());
    std::vector<std::size_t> kept;
    for (const PromptSection& section : sections)
        kept.push_back(static_cast<std::size_t>(std::count_if(section.items.begin(), section.items.end(),
                                                              [](const auto& item) { return item.rank == 0; })));
    const std::size_t fitting = fittingItems(optional, room, notes);
    for (std::size_t i = 0; i < fitting; ++i)
        ++kept[optional[i].section];

    Prompt prompt;
    prompt.system = std::move(system);
    for (std::size_t i = 0; i < sections.size(); ++i)
        prompt.parts.push_back(partOf(sections[i], kept[i]));
    if (PromptPart omitted = omittedPart(prompt.parts); omitted.included)
        prompt.parts.push_back(std::move(omitted));
    prompt.tokens = estimateTokens(prompt.system);
    for (PromptPart& part : prompt.parts) {
        part.tokens = estimateTokens(headingOf(part.title) + part.text) + 1;
        prompt.tokens += part.included ? part.tokens : 0;
    }
    return prompt;
}

std::string Prompt::user() const
{
    std::string text;
    for (const PromptPart& part : parts)
        if (part.included)
            text += fmt::format("{}{}{}\n", text.empty() ? "" : "\n", headingOf(part.title), part.text);
    return text;
}

}  // namespace warploom
