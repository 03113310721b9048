// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "task/HiddenSizes.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/Random.h"

namespace warploom {

namespace {

constexpr int kTries = 400;

enum class Flavour {
    Odd,
    Least,
    NearPowerOfTwo,
    Even,  ///< and no multiple of four, or no multiple of eight: what vectors of two do, and those of four do not
    Long,  ///< one extent far out, the others small: what has room for so many of something and no more
    MultipleOf32,
    Thin,
};
constexpr Flavour kFlavours[] = {Flavour::Odd,  Flavour::Least, Flavour::NearPowerOfTwo,
                                 Flavour::Even, Flavour::Long,  Flavour::MultipleOf32,
                                 Flavour::Thin};

class SizeDrawer {
public:
    SizeDrawer(const Task& task, std::uint64_t seed, const CaseBudget& budget)
        : m_task(task)
        , m_budget(budget)
        , m_random(mix64(seed ^ 0x51EE5))
    {
        for (const TaskBuffer& buffer : task.buffers) {
            if (buffer.shape.empty())
                continue;
            for (const std::string& name : buffer.shape.back().names())
                m_inner.insert(name);
        }
    }

    /// Nothing when no draw fits.
    std::optional<ExpressionScope> draw(Flavour flavour)
    {
        // Each failure narrows the draws, so that tasks of many extents come to fit too.
        for (int attempt = 0; attempt < kTries; ++attempt) {
            ExpressionScope values = m_task.sizes.front().values;
            const auto special = m_random.below(std::max<std::size_t>(m_task.sizeDomains.size(), 1));
            std::size_t index = 0;
            for (const auto& [name, domain] : m_task.sizeDomains)
                values[name] = drawExtent(domain, flavour, index++ == special, attempt);
            if (fits(values) && !isDeclared(values))
                return values;
        }
        return std::nullopt;
    }

private:
    std::int64_t drawExtent(const SizeDomain& domain, Flavour flavour, bool special, int attempt)
    {
        if (flavour == Flavour::Least && special)
            return domain.low;
        const double narrowing = 1 - static_cast<double>(attempt) / kTries;
        double top = std::log(static_cast<double>(domain.high) / static_cast<double>(domain.low)) * narrowing;
        if ((flavour == Flavour::Thin || flavour == Flavour::Long) && !special)
            top = std::min(top, std::log(4.0));
        // Most small draws would look alike: these keep to the upper half.
        const bool large = flavour == Flavour::Odd || flavour == Flavour::NearPowerOfTwo || flavour == Flavour::Even
            || (flavour == Flavour::Long && special);
        const double share = large ? (1 + m_random.unit()) / 2 : m_random.unit();
        const double value = static_cast<double>(domain.low) * std::exp(top * share);
        return std::clamp(shaped(static_cast<std::int64_t>(value), flavour), domain.low, domain.high);
    }

    std::int64_t shaped(std::int64_t value, Flavour flavour)
    {
        switch (flavour) {
        case Flavour::NearPowerOfTwo: {
            const auto exponent =
                static_cast<int>(std::lround(std::log2(static_cast<double>(std::max<std::int64_t>(value, 1)))));
            return (std::int64_t{1} << std::min(exponent, 40)) + static_cast<std::int64_t>(m_random.below(3)) - 1;
        }
        case Flavour::Even:
            return m_random.below(4) != 0 ? value / 4 * 4 + 2 : value / 8 * 8 + 4;
        case Flavour::MultipleOf32:
            return value >= 32 ? value / 32 * 32 : value;
        default:
            return value | 1;
        }
    }

    [[nodiscard]] bool fits(const ExpressionScope& values) const
    {
        std::uint64_t bytes = 0;
        for (const TaskBuffer& buffer : m_task.buffers) {
            const auto size = bufferBytes(buffer, values);
            if (!size || size->value == 0)
                return false;
            bytes += size->value;
        }
        double loops = 1;
        for (const auto& [name, value] : values) {
            loops *= static_cast<double>(value);
            if (value > m_budget.outerExtent && !m_inner.contains(name))
                return false;
        }
        const auto flops = m_task.workFlops.evaluate(values);
        return bytes <= m_budget.bytes && flops && static_cast<double>(*flops) <= m_budget.flops
            && loops <= m_budget.loops;
    }

    [[nodiscard]] bool isDeclared(const ExpressionScope& values) const
    {
        return std::any_of(m_task.sizes.begin(), m_task.sizes.end(),
                           [&](const TaskSize& size) { return size.values == values; });
    }

    const Task& m_task;
    CaseBudget m_budget;
    RandomStream m_random;
    std::set<std::string> m_inner;  ///< names in the last extent of a buffer
};

std::string nameOf(const ExpressionScope& values)
{
    std::vector<std::string> parts;
    for (const auto& [name, value] : values)
        parts.push_back(fmt::format("{}={}", name, value));
    return fmt::format("{}", fmt::join(parts, " "));
}

}  // namespace

std::vector<TaskSize> drawHiddenSizes(const Task& task, std::uint64_t seed, std::size_t count, const CaseBudget& budget)
{
    std::vector<TaskSize> sizes;
    if (task.sizeDomains.empty())
        return sizes;
    SizeDrawer drawer(task, seed, budget);
    for (std::size_t i = 0; i < 2 * count && sizes.size() < count; ++i) {
        auto values = drawer.draw(kFlavours[i % std::size(kFlavours)]);
        const auto known = [&](const TaskSize& size) { return values && size.values == *values; };
        if (!values || std::any_of(sizes.begin(), sizes.end(), known))
            continue;
        TaskSize size;
        size.name = nameOf(*values);
        size.values = std::move(*values);
        sizes.push_back(std::move(size));
    }
    return sizes;
}

}  // namespace warploom
