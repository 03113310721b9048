// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <memory>

#include <cxxabi.h>
#include <fmt/format.h>

#include "analysis/Rule.h"

namespace warploom {

namespace {

constexpr double kThousand = 1000;

/// Three digits that mean something; whole numbers below a million whole.
std::string digitsOf(double value)
{
    if (value == std::floor(value) && std::abs(value) < kThousand * kThousand)
        return fmt::format("{:.0f}", value);
    const double magnitude = std::abs(value);
    return fmt::format("{:.{}f}", value, magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : 2);
}

/// "12.3 M", "2.99 TB/s": \p unit is what stands behind the prefix.
std::string scaledText(double value, std::string_view unit)
{
    static constexpr std::array<const char*, 6> kPrefixes{"", "k", "M", "G", "T", "P"};
    std::size_t prefix = 0;
    while (std::abs(value) >= kThousand && prefix + 1 < kPrefixes.size()) {
        value /= kThousand;
        ++prefix;
    }
    const std::string suffix = fmt::format("{}{}", kPrefixes.at(prefix), unit);
    return suffix.empty() ? digitsOf(value) : fmt::format("{} {}", digitsOf(value), suffix);
}

/// "k" of "_Z1kIfLi128EEvPf": the name without template arguments' types and parameters.
std::string kernelText(const std::string& lowered)
{
    if (lowered.empty())
        return "the plan";
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> plain(
        abi::__cxa_demangle(lowered.c_str(), nullptr, nullptr, &status), &std::free);
    if (status != 0 || lowered.rfind("_Z", 0) != 0)
        return lowered;
    std::string name(plain.get());
    name.resize(std::min(name.size(), name.find_last_of('(')));
    if (const auto space = name.find(' '); space < name.find('<'))
        name.erase(0, space + 1);  // the return type of a template
    return name;
}

}  // namespace

std::string numberText(std::string_view name, double value)
{
    if (!std::isfinite(value))
        return "?";
    if (name.ends_with("_share"))
        return fmt::format("{} %", digitsOf(std::abs(value) >= 0.1 ? std::round(value * 100) : value * 100));
    if (name.ends_with("_bytes_per_second"))
        return scaledText(value, "B/s");
    if (name.ends_with("_flops_per_second"))
        return scaledText(value, "FLOP/s");
    if (name.ends_with("_bytes"))
        return scaledText(value, "B");
    if (name.ends_with("_us"))
        return digitsOf(value) + " µs";
    return std::abs(value) >= kThousand * kThousand ? scaledText(value, "") : digitsOf(value);
}

std::string sentenceOf(const Finding& finding)
{
    const Rule* rule = findRule(finding.rule);
    if (rule == nullptr)
        return finding.rule;
    std::string text;
    std::string_view rest = rule->sentence;
    for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
        const auto close = rest.find('}', open);
        if (close == std::string_view::npos)
            break;
        const std::string name(rest.substr(open + 1, close - open - 1));
        const auto number = finding.numbers.find(name);
        text += rest.substr(0, open);
        text += name == "kernel"              ? kernelText(finding.kernel)
            : number == finding.numbers.end() ? std::string("?")
                                              : numberText(name, number->second);
        rest.remove_prefix(close + 1);
    }
    text += rest;
    if (text.rfind("the plan", 0) == 0)
        text.front() = 'T';
    return text;
}

}  // namespace warploom
