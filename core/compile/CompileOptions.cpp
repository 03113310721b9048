// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "compile/CompileOptions.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <iterator>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace warploom {

namespace {

enum class Value { None, Implied, Boolean, Registers, Standard, Macro, Numbers, CacheMode, Level, UsageLevel, Ptxas };

struct Rule {
    std::string_view name;  ///< without dashes
    std::string_view alias;
    Value value;
};

constexpr Rule kRules[] = {
    {"use_fast_math", "", Value::None},
    {"extra-device-vectorization", "", Value::None},
    {"restrict", "", Value::None},
    {"device-int128", "", Value::None},
    // Always on: accepted so that a flags line taken from a makefile works, and dropped.
    {"generate-line-info", "lineinfo", Value::Implied},
    {"fmad", "", Value::Boolean},
    {"ftz", "", Value::Boolean},
    {"prec-div", "", Value::Boolean},
    {"prec-sqrt", "", Value::Boolean},
    {"maxrregcount", "", Value::Registers},
    {"std", "", Value::Standard},
    {"define-macro", "D", Value::Macro},
    {"diag-suppress", "", Value::Numbers},
    {"ptxas-options", "Xptxas", Value::Ptxas},
};

constexpr Rule kPtxasRules[] = {
    {"verbose", "v", Value::Implied},
    {"opt-level", "O", Value::Level},
    {"def-load-cache", "dlcm", Value::CacheMode},
    {"def-store-cache", "dscm", Value::CacheMode},
    {"maxrregcount", "", Value::Registers},
    {"register-usage-level", "regUsageLevel", Value::UsageLevel},
    {"allow-expensive-optimizations", "", Value::Boolean},
    {"fmad", "", Value::Boolean},
    {"warn-on-spills", "", Value::None},
    {"warn-on-local-memory-usage", "", Value::None},
    {"warn-on-double-precision-use", "", Value::None},
};

bool isOneOf(std::string_view text, std::initializer_list<std::string_view> choices)
{
    return std::find(choices.begin(), choices.end(), text) != choices.end();
}

bool isNumberBetween(std::string_view text, int low, int high)
{
    int number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && number >= low && number <= high;
}

bool isMacroName(std::string_view text)
{
    const auto isPart = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
    return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0
        && std::all_of(text.begin(), text.end(), isPart);
}

/// NAME or NAME=token: one identifier or number, so that no path, string or operator gets in.
bool isMacro(std::string_view text)
{
    const auto equals = text.find('=');
    if (!isMacroName(text.substr(0, equals)))
        return false;
    if (equals == std::string_view::npos)
        return true;
    std::string_view token = text.substr(equals + 1);
    if (token.starts_with('-'))
        token.remove_prefix(1);
    return !token.empty() && std::all_of(token.begin(), token.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '.';
    });
}

bool isNumberList(std::string_view text)
{
    while (true) {
        const auto comma = text.find(',');
        if (!isNumberBetween(text.substr(0, comma), 0, 99999))
            return false;
        if (comma == std::string_view::npos)
            return true;
        text.remove_prefix(comma + 1);
    }
}

std::string_view expectedValue(Value value)
{
    switch (value) {
    case Value::None:
    case Value::Implied:
        return "no value";
    case Value::Boolean:
        return "true or false";
    case Value::Registers:
        return "a number from 16 to 255";
    case Value::Standard:
        return "c++14, c++17 or c++20";
    case Value::Macro:
        return "NAME or NAME=token";
    case Value::Numbers:
        return "message numbers, separated by commas";
    case Value::CacheMode:
        return "ca, cg, cs, cv, wb or wt";
    case Value::Level:
        return "a number from 0 to 3";
    case Value::UsageLevel:
        return "a number from 0 to 10";
    case Value::Ptxas:
        return "an allowed option of ptxas";
    }
    return "";
}

bool isGoodValue(Value kind, std::string_view text)
{
    switch (kind) {
    case Value::Boolean:
        return isOneOf(text, {"true", "false"});
    case Value::Registers:
        return isNumberBetween(text, 16, 255);
    case Value::Standard:
        return isOneOf(text, {"c++14", "c++17", "c++20"});
    case Value::Macro:
        return isMacro(text);
    case Value::Numbers:
        return isNumberList(text);
    case Value::CacheMode:
        return isOneOf(text, {"ca", "cg", "cs", "cv", "wb", "wt"});
    case Value::Level:
        return isNumberBetween(text, 0, 3);
    case Value::UsageLevel:
        return isNumberBetween(text, 0, 10);
    case Value::Ptxas:
        return true;  // looked at by its own rules
    case Value::None:
    case Value::Implied:
        break;
    }
    return false;
}

bool takesValue(Value kind) { return kind != Value::None && kind != Value::Implied; }

tl::unexpected<Error> refuseOption(std::string message, std::string_view expected, std::string_view found)
{
    return fail(Error{ErrorCode::InvalidInput, std::move(message), {}, std::string(expected), std::string(found)});
}

struct SplitOption {
    std::string_view name;
    std::optional<std::string_view> value;
};

/// "--fmad=true" → fmad, true; "-DN=3" → D, N=3; "-O2" → O, 2.
SplitOption split(std::string_view option)
{
    const bool isLong = option.starts_with("--");
    option.remove_prefix(isLong ? 2 : 1);
    if (!isLong && option.size() > 1 && (option.front() == 'D' || option.front() == 'O'))
        return {option.substr(0, 1), option.substr(1)};
    const auto equals = option.find('=');
    if (equals == std::string_view::npos)
        return {option, std::nullopt};
    return {option.substr(0, equals), option.substr(equals + 1)};
}

template <std::size_t N>
const Rule* findRule(const Rule (&rules)[N], std::string_view name)
{
    const auto found = std::find_if(std::begin(rules), std::end(rules), [&](const Rule& rule) {
        return rule.name == name || (!rule.alias.empty() && rule.alias == name);
    });
    return found == std::end(rules) ? nullptr : &*found;
}

Result<> checkValue(const Rule& rule, std::string_view option, std::optional<std::string_view> value)
{
    if (!takesValue(rule.value)) {
        if (value)
            return refuseOption(fmt::format("compiler option {} takes no value", rule.name), expectedValue(rule.value),
                                option);
        return {};
    }
    if (!value || !isGoodValue(rule.value, *value))
        return refuseOption(fmt::format("compiler option {} has a bad value", rule.name), expectedValue(rule.value),
                            option);
    return {};
}

/// What follows -Xptxas, in one spelling; empty for one that is always on.
Result<std::string> ptxasOption(std::string_view option)
{
    const Rule* rule = nullptr;
    SplitOption parts;
    const std::string whole = fmt::format("-Xptxas={}", option);
    if (option.starts_with('-')) {
        parts = split(option);
        rule = findRule(kPtxasRules, parts.name);
    }
    if (rule == nullptr)
        return refuseOption("ptxas option is not allowed",
                            "-O0 to -O3, --def-load-cache=…, --maxrregcount=… or --warn-on-…", whole);
    WARPLOOM_CHECK(checkValue(*rule, whole, parts.value));
    if (rule->value == Value::Implied)
        return std::string();
    return parts.value ? fmt::format("--{}={}", rule->name, *parts.value) : fmt::format("--{}", rule->name);
}

}  // namespace

Result<> CompileOptions::add(const std::vector<std::string>& flags, std::size_t& at)
{
    const std::string& flag = flags[at++];
    const Rule* rule = nullptr;
    SplitOption parts;
    if (flag.starts_with('-')) {
        parts = split(flag);
        rule = findRule(kRules, parts.name);
    }
    if (rule == nullptr)
        return refuseOption(
            "compiler option is not allowed",
            "--use_fast_math, -maxrregcount=…, -fmad=…, -Xptxas=… or another option for code generation", flag);
    if (takesValue(rule->value) && !parts.value && at < flags.size())
        parts.value = flags[at++];
    WARPLOOM_CHECK(checkValue(*rule, flag, parts.value));
    std::string value(parts.value.value_or(""));
    if (rule->value == Value::Ptxas) {
        WARPLOOM_TRY(value, ptxasOption(value));
    }
    if (rule->value == Value::Implied || (rule->value == Value::Ptxas && value.empty()))
        return {};
    setsStandard = setsStandard || rule->value == Value::Standard;
    arguments.push_back(takesValue(rule->value) ? fmt::format("--{}={}", rule->name, value)
                                                : fmt::format("--{}", rule->name));
    return {};
}

Result<CompileOptions> CompileOptions::parse(const std::vector<std::string>& flags,
                                             const std::vector<SourcePlace>& places)
{
    CompileOptions options;
    for (std::size_t at = 0; at < flags.size();) {
        const std::size_t begin = at;
        if (auto added = options.add(flags, at); !added) {
            if (begin < places.size())
                added.error().place = places[begin];
            return fail(std::move(added).error());
        }
    }
    return options;
}

}  // namespace warploom
