// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/AssemblyRows.h"

#include <algorithm>

#include "profiler/AssemblyText.h"

namespace warploom {

int ownSourceOf(const ListingLine& line)
{
    if (line.file.empty())
        return line.source;
    return line.inlinedAt.empty() ? 0 : line.inlinedAt.back();
}

AssemblyRows::AssemblyRows(std::shared_ptr<const Listing> listing, std::optional<std::size_t> kernel)
    : m_listing(std::move(listing))
{
    if (m_listing == nullptr)
        return;
    std::size_t count = m_listing->lines.size();
    if (kernel && *kernel < m_listing->kernels.size()) {
        const Listing::Kernel& range = m_listing->kernels[*kernel];
        m_first = std::min<std::size_t>(range.firstLine, count);
        count = std::min<std::size_t>(range.lineCount, count - m_first);
    }
    m_count = static_cast<int>(count);
    index();
    chooseTints();
}

void AssemblyRows::index()
{
    for (int row = 0; row < m_count; ++row) {
        const ListingLine& of = line(row);
        m_longest = std::max(m_longest, columnsOf(of.text));
        m_largestSource = std::max(m_largestSource, ownSourceOf(of));
        m_hasAddresses = m_hasAddresses || of.address.has_value();
        m_hottestShare = std::max(m_hottestShare, of.share);
        if (!of.isInstruction)
            continue;
        std::vector<int> sources = of.inlinedAt;
        if (of.file.empty())
            sources.push_back(of.source);
        for (const int source : sources) {
            std::vector<int>& rows = m_rows[source];
            if (source > 0 && (rows.empty() || rows.back() != row))
                rows.push_back(row);
        }
    }
}

void AssemblyRows::chooseTints()
{
    std::vector<int> sources;
    for (int row = 0; row < m_count; ++row)
        if (line(row).isInstruction && sourceOf(row) > 0)
            sources.push_back(sourceOf(row));
    std::sort(sources.begin(), sources.end());
    sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
    for (std::size_t i = 0; i < sources.size(); ++i)
        m_tints[sources[i]] = static_cast<int>(i % kAssemblyTints);
}

const ListingLine& AssemblyRows::line(int row) const
{
    return m_listing->lines.at(m_first + static_cast<std::size_t>(row));
}

int AssemblyRows::sourceOf(int row) const { return ownSourceOf(line(row)); }

int AssemblyRows::tintOf(int row) const
{
    const auto found = line(row).isInstruction ? m_tints.find(sourceOf(row)) : m_tints.end();
    return found == m_tints.end() ? -1 : found->second;
}

const std::vector<int>& AssemblyRows::rowsOf(int source) const
{
    static const std::vector<int> none;
    const auto found = m_rows.find(source);
    return source <= 0 || found == m_rows.end() ? none : found->second;
}

int AssemblyRows::find(const std::string& text, int from, bool forward) const
{
    if (text.empty())
        return -1;
    for (int step = 1; step <= m_count; ++step) {
        const int row = ((from + (forward ? step : -step)) % m_count + m_count) % m_count;
        if (matchIn<std::string_view>(line(row).text, text, 0).length > 0)
            return row;
    }
    return -1;
}

}  // namespace warploom
