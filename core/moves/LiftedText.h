// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/SourceEdit.h"

namespace warploom {

/// Changes of one text in which some statements give way to what stands within them, with that part's own changes.
/// Changes in what is taken away do not count.
class LiftedText {
public:
    explicit LiftedText(std::string_view original)
        : m_original(original)
    {
    }

    void replace(TextRange range, std::string text) { m_changes.push_back({range, std::move(text)}); }
    void remove(TextRange range) { replace(range, {}); }
    /// Leaves \p inner of \p outer, indented as that was.
    void lift(TextRange outer, TextRange inner) { m_lifts.push_back({outer, inner}); }
    /// Puts the line that \p range is, with its changes, before \p offset; one of them.
    void move(TextRange range, std::size_t offset);
    /// The changed text; nothing where two changes overlap.
    [[nodiscard]] std::optional<std::string> apply() const { return within({0, m_original.size()}); }

private:
    struct Lift {
        TextRange outer;
        TextRange inner;
    };

    [[nodiscard]] std::optional<std::string> within(TextRange range) const;
    [[nodiscard]] std::vector<Lift> outermostLifts(TextRange range) const;
    [[nodiscard]] std::string lifted(const Lift& lift, const std::string& inner) const;
    [[nodiscard]] std::string moved() const;
    [[nodiscard]] bool isGone(const Replacement& change) const;

    std::string_view m_original;
    std::vector<Replacement> m_changes;
    std::vector<Lift> m_lifts;
    std::optional<std::pair<TextRange, std::size_t>> m_moved;
};

}  // namespace warploom
