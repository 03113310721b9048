// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/answer/LineIndex.h"
#include "agent/answer/SourceEdits.h"

namespace warploom {

/// What an edit does to a source: the bytes from `begin` to `end` become `text`.
struct EditPlace {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text;
};

/// All the places that an edit may mean, and how they were found.
struct EditPlaces {
    std::vector<EditPlace> places;  ///< one, where the edit is clear
    std::string note;  ///< what was bent to find them; empty where nothing was
};

/// A source in which edits are looked for. Its text must end in LF, and outlive this object.
class EditedSource {
public:
    explicit EditedSource(std::string_view text);

    [[nodiscard]] EditPlaces find(const SourceEdit& edit) const;
    /// Why \p edit cannot be found: its first line that stands nowhere, and the nearest one; or where its lines part
    /// from the source's.
    [[nodiscard]] std::string whyNotFound(const SourceEdit& edit) const;
    /// 1-based line of a byte.
    [[nodiscard]] int lineAt(std::size_t byte) const;

private:
    [[nodiscard]] EditPlace wholeLines(std::size_t first, std::size_t count, std::string_view replace) const;
    [[nodiscard]] EditPlaces insertionOf(const SourceEdit& edit) const;
    [[nodiscard]] EditPlaces whateverBlanks(const SourceEdit& edit, std::span<const std::string_view> search) const;
    [[nodiscard]] EditPlaces partsOfLines(const SourceEdit& edit) const;
    [[nodiscard]] std::string nearestTo(std::string_view line) const;
    [[nodiscard]] std::string whereLinesPart(std::span<const std::string_view> search) const;

    std::string_view m_text;
    std::vector<std::string_view> m_lines;
    LineIndex m_exact;
    LineIndex m_trimmed;
};

}  // namespace warploom
