// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CorpusComparison.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

namespace warploom::test {

namespace {

/// One value of the words, with its bits at the bottom.
struct Value {
    std::uint64_t bits = 0;
    double number = 0;
};

double halfValue(std::uint32_t bits)
{
    const std::uint32_t exponent = bits >> 10 & 31;
    const std::uint32_t fraction = bits & 1023;
    double magnitude = 0;
    if (exponent == 31)
        magnitude = fraction == 0 ? HUGE_VAL : std::nan("");
    else
        magnitude =
            exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, static_cast<int>(exponent) - 25);
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

std::size_t valuesOf(const CorpusKernel& kernel, std::size_t words)
{
    switch (kernel.output) {
    case CorpusOutput::Half:
    case CorpusOutput::Broad:
        return 2 * words;
    case CorpusOutput::Double:
        return words / 2;
    case CorpusOutput::Words:
    case CorpusOutput::Single:
        break;
    }
    return words;
}

Value valueAt(CorpusOutput output, const std::vector<std::uint32_t>& words, std::size_t index)
{
    switch (output) {
    case CorpusOutput::Half:
    case CorpusOutput::Broad: {
        const std::uint32_t bits = words[index / 2] >> 16 * (index % 2) & 0xffff;
        return {bits, output == CorpusOutput::Half ? halfValue(bits) : double{std::bit_cast<float>(bits << 16)}};
    }
    case CorpusOutput::Double: {
        const std::uint64_t bits = std::uint64_t{words[2 * index + 1]} << 32 | words[2 * index];
        return {bits, std::bit_cast<double>(bits)};
    }
    case CorpusOutput::Single:
        return {words[index], std::bit_cast<float>(words[index])};
    case CorpusOutput::Words:
        break;
    }
    return {words[index], static_cast<double>(words[index])};
}

bool mayDiffer(const CorpusKernel& kernel, double ours, double theirs)
{
    const double most = std::max(std::abs(ours), std::abs(theirs));
    return std::abs(ours - theirs) <= kernel.absolute + kernel.relative * most;
}

}  // namespace

WordComparison compareWords(const CorpusKernel& kernel, const std::vector<std::uint32_t>& ours,
                            const std::vector<std::uint32_t>& theirs)
{
    WordComparison result;
    result.values = valuesOf(kernel, std::min(ours.size(), theirs.size()));
    for (std::size_t i = 0; i < result.values; ++i) {
        const Value a = valueAt(kernel.output, ours, i);
        const Value b = valueAt(kernel.output, theirs, i);
        if (a.bits == b.bits || (std::isnan(a.number) && std::isnan(b.number)))
            continue;
        ++result.different;
        const double most = std::max(std::abs(a.number), std::abs(b.number));
        const double apart = most > 0 ? std::abs(a.number - b.number) / most : 0;
        result.worst = std::max(result.worst, std::isfinite(apart) ? apart : HUGE_VAL);
        if (!kernel.isExact() && mayDiffer(kernel, a.number, b.number))
            continue;
        if (result.beyond++ == 0)
            result.first =
                fmt::format("value {}: {:#x} ({:.9g}) and {:#x} ({:.9g})", i, a.bits, a.number, b.bits, b.number);
    }
    return result;
}

std::vector<std::uint32_t> withOneNan(const CorpusKernel& kernel, std::vector<std::uint32_t> words)
{
    for (std::size_t i = 0; i < valuesOf(kernel, words.size()); ++i) {
        if (!std::isnan(valueAt(kernel.output, words, i).number))
            continue;
        if (kernel.output == CorpusOutput::Double)
            words[2 * i] = words[2 * i + 1] = ~0U;
        else if (kernel.output == CorpusOutput::Single)
            words[i] = ~0U;
        else
            words[i / 2] |= 0xffffU << 16 * (i % 2);
    }
    return words;
}

}  // namespace warploom::test
