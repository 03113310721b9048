// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/LiftedText.h"

#include <algorithm>

namespace warploom {

void LiftedText::move(TextRange range, std::size_t offset)
{
    const auto before = m_original.rfind('\n', range.begin);
    const auto after = m_original.find('\n', range.end);
    m_moved = {range, offset};
    remove({before == std::string_view::npos ? 0 : before + 1,
            after == std::string_view::npos ? m_original.size() : after + 1});
}

std::optional<std::string> LiftedText::within(TextRange range) const
{
    const auto lifts = outermostLifts(range);
    SourceEdit edit(m_original.substr(range.begin, range.size()));
    const auto add = [&](TextRange part, std::string with) {
        edit.replace({part.begin - range.begin, part.end - range.begin}, std::move(with));
    };
    for (const auto& lift : lifts) {
        const auto inner = within(lift.inner);
        if (!inner)
            return std::nullopt;
        add(lift.outer, lifted(lift, *inner));
    }
    if (m_moved && range.contains(m_moved->first))
        add({m_moved->second, m_moved->second}, moved());
    for (const auto& change : m_changes)
        if (range.contains(change.range) && !isGone(change)
            && std::ranges::none_of(lifts, [&](const Lift& lift) { return lift.outer.contains(change.range); }))
            add(change.range, change.text);
    return edit.apply();
}

std::vector<LiftedText::Lift> LiftedText::outermostLifts(TextRange range) const
{
    std::vector<Lift> outermost;
    for (const auto& lift : m_lifts)
        if (range.contains(lift.outer) && std::ranges::none_of(m_lifts, [&](const Lift& other) {
                return range.contains(other.outer) && other.outer != lift.outer && other.outer.contains(lift.outer);
            }))
            outermost.push_back(lift);
    return outermost;
}

std::string LiftedText::lifted(const Lift& lift, const std::string& inner) const
{
    auto text =
        reindented(indentationAt(m_original, lift.inner.begin) + inner, indentationAt(m_original, lift.outer.begin));
    text.erase(0, text.find_first_not_of(' '));
    text.erase(text.find_last_not_of('\n') + 1);
    return text;
}

std::string LiftedText::moved() const
{
    std::vector<Replacement> changes;
    for (const auto& change : m_changes)
        if (m_moved->first.contains(change.range))
            changes.push_back(change);
    return rewritten(m_original, m_moved->first, changes) + "\n" + indentationAt(m_original, m_moved->second);
}

/// Whether something else takes away all of its place.
bool LiftedText::isGone(const Replacement& change) const
{
    return std::ranges::any_of(m_changes, [&](const Replacement& other) {
        return other.range != change.range && other.range.size() > 0 && other.range.contains(change.range)
            && other.range.begin < change.range.end && other.range.end > change.range.begin;
    });
}

}  // namespace warploom
