// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "protocol/Assembly.h"

namespace warploom {

/// Grounds that the instructions of neighbouring source lines are told apart by.
inline constexpr int kAssemblyTints = 4;

/// The lines of a listing that are shown, of one kernel or of all, and how they belong to the variant's text.
class AssemblyRows {
public:
    AssemblyRows() = default;
    /// \p kernel is an index into the listing's kernels; nothing: the whole listing.
    AssemblyRows(std::shared_ptr<const Listing> listing, std::optional<std::size_t> kernel);

    [[nodiscard]] int count() const { return m_count; }
    [[nodiscard]] const ListingLine& line(int row) const;
    /// Line of the variant's own text that the row comes from: where it comes from a header, the line that called it.
    /// 0: none.
    [[nodiscard]] int sourceOf(int row) const;
    /// 0 … kAssemblyTints - 1, the same for all rows of a source line; -1 where there is no such line.
    [[nodiscard]] int tintOf(int row) const;
    /// Instructions of a source line in their order, those that were inlined at it too.
    [[nodiscard]] const std::vector<int>& rowsOf(int source) const;
    /// Columns of the longest row, and the largest source line: what room they need.
    [[nodiscard]] int longest() const { return m_longest; }
    [[nodiscard]] int largestSource() const { return m_largestSource; }
    [[nodiscard]] bool hasAddresses() const { return m_hasAddresses; }
    /// Of the samples that the hottest instruction has, 0…1; 0 where nothing was sampled.
    [[nodiscard]] double hottestShare() const { return m_hottestShare; }
    /// The next row after \p from that holds \p text, around the end; -1: none does.
    [[nodiscard]] int find(const std::string& text, int from, bool forward) const;

private:
    void index();
    void chooseTints();

    std::shared_ptr<const Listing> m_listing;
    std::size_t m_first = 0;
    int m_count = 0;
    int m_longest = 0;
    int m_largestSource = 0;
    bool m_hasAddresses = false;
    double m_hottestShare = 0;
    std::unordered_map<int, std::vector<int>> m_rows;
    std::unordered_map<int, int> m_tints;
};

/// The line of the variant's own text that \p line comes from; 0: none.
int ownSourceOf(const ListingLine& line);

}  // namespace warploom
