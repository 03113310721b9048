// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "task/Distribution.h"

#include <algorithm>
#include <array>
#include <utility>

namespace warploom {

namespace {

constexpr std::array<std::pair<Distribution, std::string_view>, 15> kNames{{
    {Distribution::Declared, "declared"},
    {Distribution::Large, "large"},
    {Distribution::Tiny, "tiny"},
    {Distribution::High, "high"},
    {Distribution::Low, "low"},
    {Distribution::Uneven, "uneven"},
    {Distribution::Ascending, "ascending"},
    {Distribution::Descending, "descending"},
    {Distribution::Skewed, "skewed"},
    {Distribution::TwoValued, "two-valued"},
    {Distribution::Equal, "equal"},
    {Distribution::Zeros, "zeros"},
    {Distribution::OneHot, "one-hot"},
    {Distribution::Denormal, "denormal"},
    {Distribution::Special, "special"},
}};

/// A normal fill counts as this many standard deviations wide to each side.
constexpr double kNormalReach = 4;

/// Where the values of a buffer lie, and may lie.
struct Spread {
    double centre = 0;  ///< of the declared fill
    double reach = 0;  ///< of the declared fill, to each side
    double low = 0;  ///< legal
    double high = 0;

    [[nodiscard]] double half() const { return (high - low) / 2; }
    [[nodiscard]] bool holds(double value) const { return low <= value && value <= high; }
    [[nodiscard]] double usualLow() const { return std::max(low, centre - reach); }
    [[nodiscard]] double usualHigh() const { return std::min(high, centre + reach); }
};

class Distorter {
public:
    Distorter(const Task& task, const TaskBuffer& buffer, const ExpressionScope& sizes)
        : m_buffer(buffer)
        , m_sizes(sizes)
    {
        const auto found = task.bufferDomains.find(buffer.name);
        m_domain = found == task.bufferDomains.end() ? nullptr : &found->second;
    }

    Result<std::optional<Distortion>> make(Distribution distribution)
    {
        if (!m_buffer.isInput() || distribution == Distribution::Declared || m_buffer.fill.kind == Fill::Kind::Constant)
            return std::optional<Distortion>();
        WARPLOOM_TRY(m_spread, spread());
        WARPLOOM_TRY(const std::uint64_t row, rowLength());
        auto made = isFloating(m_buffer.type) ? ofReals(distribution) : ofIntegers(distribution);
        if (made) {
            made->low = m_spread.low;
            made->high = m_spread.high;
            made->row = std::max<std::uint64_t>(row, 1);
        }
        return made;
    }

private:
    using Kind = Distortion::Kind;

    [[nodiscard]] bool admits(std::string_view special) const
    {
        return m_domain != nullptr
            && std::find(m_domain->special.begin(), m_domain->special.end(), special) != m_domain->special.end();
    }

    Result<std::uint64_t> rowLength() const
    {
        if (m_buffer.shape.empty())
            return std::uint64_t{1};
        WARPLOOM_TRY(const std::int64_t extent, m_buffer.shape.back().evaluate(m_sizes));
        return static_cast<std::uint64_t>(std::max<std::int64_t>(extent, 1));
    }

    Result<Spread> spread() const
    {
        const Fill& fill = m_buffer.fill;
        Spread result;
        if (fill.kind == Fill::Kind::Normal) {
            result.centre = fill.first;
            result.reach = kNormalReach * fill.second;
        } else if (fill.kind == Fill::Kind::Uniform) {
            result.centre = (fill.first + fill.second) / 2;
            result.reach = (fill.second - fill.first) / 2;
        } else {
            WARPLOOM_TRY(const std::int64_t low, fill.low.evaluate(m_sizes));
            WARPLOOM_TRY(const std::int64_t high, fill.high.evaluate(m_sizes));
            result.centre = (static_cast<double>(low) + static_cast<double>(high) - 1) / 2;
            result.reach = (static_cast<double>(high) - 1 - static_cast<double>(low)) / 2;
        }
        result.low = result.centre - result.reach;
        result.high = result.centre + result.reach;
        if (m_domain == nullptr)
            return result;
        // An integer may be an index: beyond its fill it is not legal, whatever the domain says.
        const bool whole = fill.kind == Fill::Kind::Integers;
        result.low = whole ? std::max(result.low, m_domain->low) : m_domain->low;
        result.high = whole ? std::min(result.high, m_domain->high) : m_domain->high;
        return result;
    }

    std::optional<Distortion> ofReals(Distribution distribution) const
    {
        const Spread& at = m_spread;
        const double squeeze = at.reach > 0 ? std::min(1.0, 0.1 * at.half() / at.reach) : 0;
        const auto affine = [&](double factor, double centre) {
            return Distortion{Kind::Affine, factor, centre - factor * at.centre, 0, 0, 1};
        };
        switch (distribution) {
        case Distribution::Large:
            if (at.reach <= 0 || at.half() < 2 * at.reach)
                return {};
            return affine(at.half() / at.reach, at.low + at.half());
        case Distribution::Tiny:
            return at.holds(0) ? std::optional(Distortion{Kind::Affine, 1e-4, 0, 0, 0, 1}) : std::nullopt;
        case Distribution::High:
            return affine(squeeze, at.low + 0.9 * 2 * at.half());
        case Distribution::Low:
            return affine(squeeze, at.low + 0.1 * 2 * at.half());
        case Distribution::Uneven:
            return at.holds(0) ? std::optional(Distortion{Kind::RowScale, 0, 0, 0, 0, 1}) : std::nullopt;
        case Distribution::Ascending:
            return Distortion{Kind::Ramp, at.usualLow(), at.usualHigh(), 0, 0, 1};
        case Distribution::Descending:
            return Distortion{Kind::Ramp, at.usualHigh(), at.usualLow(), 0, 0, 1};
        case Distribution::Denormal:
            return admits("denormal") ? std::optional(Distortion{Kind::Denormal, 0, 0, 0, 0, 1}) : std::nullopt;
        case Distribution::Special:
            if (!admits("inf") && !admits("nan"))
                return {};
            return Distortion{Kind::Special, admits("inf") ? 1.0 : 0.0, admits("nan") ? 1.0 : 0.0, 0, 0, 1};
        default:
            return tied(distribution);
        }
    }

    std::optional<Distortion> tied(Distribution distribution) const
    {
        const Spread& at = m_spread;
        if (!admits("ties"))
            return {};
        switch (distribution) {
        case Distribution::TwoValued:
            return Distortion{Kind::Choice, at.usualLow(), at.usualHigh(), 0, 0, 1};
        case Distribution::Equal:
            return Distortion{Kind::Constant, at.usualLow(), at.usualHigh(), 0, 0, 1};
        case Distribution::Zeros:
            return at.holds(0) ? std::optional(Distortion{Kind::Constant, 0, 0, 0, 0, 1}) : std::nullopt;
        case Distribution::OneHot:
            return at.holds(0) ? std::optional(Distortion{Kind::OneHot, 0, at.usualHigh(), 0, 0, 1}) : std::nullopt;
        default:
            return {};
        }
    }

    std::optional<Distortion> ofIntegers(Distribution distribution) const
    {
        const Spread& at = m_spread;
        if (m_buffer.fill.kind != Fill::Kind::Integers || at.low >= at.high)
            return {};
        switch (distribution) {
        case Distribution::Ascending:
            return Distortion{Kind::Ramp, at.low, at.high, 0, 0, 1};
        case Distribution::Descending:
            return Distortion{Kind::Ramp, at.high, at.low, 0, 0, 1};
        case Distribution::Skewed:
            return Distortion{Kind::Power, at.low, at.high, 0, 0, 1};
        default:
            return tied(distribution);
        }
    }

    const TaskBuffer& m_buffer;
    const ExpressionScope& m_sizes;
    const BufferDomain* m_domain = nullptr;
    Spread m_spread;
};

}  // namespace

std::string_view distributionName(Distribution distribution)
{
    return kNames[static_cast<std::size_t>(distribution)].second;
}

std::optional<Distribution> distributionFromName(std::string_view name)
{
    for (const auto& [distribution, text] : kNames) {
        if (text == name)
            return distribution;
    }
    return std::nullopt;
}

Result<std::optional<Distortion>> distortionOf(const Task& task, const TaskBuffer& buffer, const ExpressionScope& sizes,
                                               Distribution distribution)
{
    return Distorter(task, buffer, sizes).make(distribution);
}

Result<std::vector<Distribution>> legalDistributions(const Task& task, const ExpressionScope& sizes)
{
    std::vector<Distribution> legal;
    for (const auto& [distribution, name] : kNames) {
        bool changes = false;
        for (const TaskBuffer& buffer : task.buffers) {
            WARPLOOM_TRY(const auto distortion, distortionOf(task, buffer, sizes, distribution));
            changes = changes || distortion.has_value();
        }
        if (changes)
            legal.push_back(distribution);
    }
    return legal;
}

}  // namespace warploom
