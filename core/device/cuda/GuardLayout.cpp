// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/GuardLayout.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "base/Random.h"

namespace warploom {

namespace {

struct Difference {
    std::size_t count = 0;
    std::size_t first = 0;
    std::size_t last = 0;
};

Difference compare(std::string_view found, std::string_view expected)
{
    Difference difference;
    if (found == expected)
        return difference;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i] == expected[i])
            continue;
        if (difference.count++ == 0)
            difference.first = i;
        difference.last = i;
    }
    return difference;
}

std::string_view plural(std::size_t count) { return count == 1 ? "byte" : "bytes"; }

}  // namespace

std::uint64_t GuardLayout::checkedHead() const { return std::min(headSlack(), kCheckedHead); }

std::optional<GuardLayout> guardLayout(Bytes size, std::uint64_t granularity)
{
    if (size.value > std::numeric_limits<std::uint64_t>::max() / 4 || granularity < GuardLayout::kAlignment)
        return std::nullopt;
    GuardLayout layout;
    layout.size = size.value;
    layout.mapped = std::max<std::uint64_t>((size.value + granularity - 1) / granularity, 1) * granularity;
    layout.mappedAt = granularity;
    layout.reserved = layout.mapped + 2 * granularity;
    layout.bufferAt =
        layout.mappedAt + (layout.mapped - size.value) / GuardLayout::kAlignment * GuardLayout::kAlignment;
    return layout;
}

std::string_view canaryPattern()
{
    static const std::string pattern = [] {
        std::string text(GuardLayout::kCheckedHead, '\0');
        for (std::size_t i = 0; i < text.size(); i += sizeof(std::uint64_t)) {
            const std::uint64_t word = mix64(0x57A7'2100'0000'0000ull + i);
            std::memcpy(text.data() + i, &word, sizeof word);
        }
        return text;
    }();
    return pattern;
}

std::optional<std::string> describeBrokenCanary(std::string_view head, std::string_view tail, std::string_view name)
{
    const std::string_view pattern = canaryPattern();
    const Difference before = compare(head, pattern.substr(pattern.size() - head.size()));
    const Difference after = compare(tail, pattern.substr(0, tail.size()));
    std::string text;
    if (before.count > 0)
        text = fmt::format("{} {} written before {} (nearest at {} - {})", before.count, plural(before.count), name,
                           name, head.size() - before.last);
    if (after.count > 0)
        text += fmt::format("{}{} {} written past the end of {} (first {} {} past it)", text.empty() ? "" : ", ",
                            after.count, plural(after.count), name, after.first, plural(after.first));
    if (text.empty())
        return std::nullopt;
    return text;
}

}  // namespace warploom
