// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/answer/LineLikeness.h"

#include <cstdint>
#include <vector>

#include "base/Trim.h"

namespace warploom {

namespace {

/// Of longer lines only the beginning is compared.
constexpr std::size_t kComparedCharacters = 200;
constexpr double kLeastLikeness = 1.0 / 3;

class Bigrams {
public:
    explicit Bigrams(std::string_view line)
        : m_counts(std::size_t{1} << 16, 0)
    {
        line = beginningOf(line);
        m_total = line.size();
        for (std::size_t i = 0; i + 1 < line.size(); ++i)
            ++m_counts[pairAt(line, i)];
    }

    /// Share of the pairs of both lines that they have in common, 0…1.
    double likeness(std::string_view line)
    {
        line = beginningOf(line);
        if (m_total < 2 || line.size() < 2)
            return 0;
        std::size_t shared = 0;
        for (std::size_t i = 0; i + 1 < line.size(); ++i)
            shared += m_counts[pairAt(line, i)]-- > 0 ? 1 : 0;
        for (std::size_t i = 0; i + 1 < line.size(); ++i)
            ++m_counts[pairAt(line, i)];
        return 2.0 * static_cast<double>(shared) / static_cast<double>(m_total + line.size() - 2);
    }

private:
    static std::string_view beginningOf(std::string_view line) { return trimmed(line).substr(0, kComparedCharacters); }

    static std::size_t pairAt(std::string_view line, std::size_t i)
    {
        return static_cast<std::size_t>(static_cast<unsigned char>(line[i])) << 8
            | static_cast<unsigned char>(line[i + 1]);
    }

    std::vector<std::int16_t> m_counts;
    std::size_t m_total = 0;
};

}  // namespace

std::optional<std::size_t> mostAlike(std::string_view line, std::span<const std::string_view> lines)
{
    Bigrams bigrams(line);
    std::optional<std::size_t> best;
    double most = kLeastLikeness;
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (const double likeness = bigrams.likeness(lines[i]); likeness > most) {
            best = i;
            most = likeness;
        }
    return best;
}

}  // namespace warploom
