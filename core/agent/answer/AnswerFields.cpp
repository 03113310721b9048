// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/answer/AnswerFields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "agent/answer/AnswerText.h"
#include "base/Trim.h"

namespace warploom {

namespace {

constexpr std::size_t kLongestMove = 40;
constexpr std::size_t kLongestTitle = 120;
constexpr std::size_t kLongestHypothesis = 2000;
constexpr double kLeastGain = 0.01;
constexpr double kMostGain = 10000;
/// A bare number up to this is a ratio, above it a percentage.
constexpr double kMostBareRatio = 10;

struct FieldName {
    std::string_view name;
    std::string AnswerFields::* member;
};

constexpr std::array<FieldName, 9> kFieldNames{{
    {"move", &AnswerFields::move},
    {"title", &AnswerFields::title},
    {"hypothesis", &AnswerFields::hypothesis},
    {"predicted", &AnswerFields::predicted},
    {"predicted gain", &AnswerFields::predicted},
    {"predicted speedup", &AnswerFields::predicted},
    {"predicted effect", &AnswerFields::predicted},
    {"prediction", &AnswerFields::predicted},
    {"expected gain", &AnswerFields::predicted},
}};

std::string_view without(std::string_view text, std::string_view characters)
{
    text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
    const std::size_t last = text.find_last_not_of(characters);
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// What a line says of which field; nothing where it is an ordinary one.
std::optional<std::pair<std::string AnswerFields::*, std::string_view>> fieldOf(std::string_view line)
{
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    const std::string name = lowered(without(line.substr(0, colon), " \t*_#->`.0123456789)"));
    for (const FieldName& field : kFieldNames)
        if (field.name == name)
            return std::pair(field.member, without(line.substr(colon + 1), " \t*_`\""));
    return std::nullopt;
}

/// A number at the beginning of \p text, which is cut off it; comma or point before the decimals.
std::optional<double> takeNumber(std::string_view& text)
{
    std::string digits;
    std::size_t length = 0;
    for (; length < text.size() && length < 32; ++length) {
        const char c = text[length] == ',' ? '.' : text[length];
        if ((c < '0' || c > '9') && (c != '.' || digits.find('.') != std::string::npos))
            break;
        digits += c;
    }
    double value = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc())
        return std::nullopt;
    text.remove_prefix(length);
    return value;
}

std::string_view skipped(std::string_view text, std::string_view characters)
{
    text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
    return text;
}

/// Takes "-" or "to" and a second number off \p text: the mean of both ends, else \p first.
double meanWithSecond(std::string_view& text, double first)
{
    std::string_view rest = skipped(text, " xX%");
    if (constexpr std::string_view kTimes = "×"; rest.starts_with(kTimes))
        rest = skipped(rest.substr(kTimes.size()), " ");
    for (const std::string_view dash : {"-", "–", "—", "to ", "…", ".."}) {
        if (!rest.starts_with(dash))
            continue;
        rest = skipped(rest.substr(dash.size()), " ");
        if (const auto second = takeNumber(rest)) {
            text = rest;
            return (first + *second) / 2;
        }
        return first;
    }
    return first;
}

bool saysLess(std::string_view text)
{
    const std::string words = lowered(text);
    for (const std::string_view word : {"less", "reduc", "lower", "shorter", "decrease", "saved", "saving"})
        if (words.find(word) != std::string::npos)
            return true;
    return false;
}

double ratioOfPercent(double percent, bool isLess)
{
    return isLess ? 1 / std::max(1 - percent / 100, kLeastGain) : 1 + percent / 100;
}

/// Gives a field its value; the field where the lines behind it go on with it, else null.
std::string* begun(AnswerFields& fields, std::string AnswerFields::* member, std::string_view value)
{
    std::string& field = fields.*member;
    // What an answer repeats is not added to what it said first.
    if (!field.empty())
        return nullptr;
    field = value;
    return field.empty() || member == &AnswerFields::hypothesis ? &field : nullptr;
}

}  // namespace

AnswerFields readFields(const std::vector<std::string>& prose)
{
    AnswerFields fields;
    std::string* open = nullptr;  // what the next line goes on with
    for (const std::string& line : prose) {
        const auto field = fieldOf(line);
        if (field) {
            open = begun(fields, field->first, field->second);
        } else if (trimmed(line).empty()) {
            open = open != nullptr && open->empty() ? open : nullptr;
        } else if (open != nullptr && open->size() < kLongestHypothesis) {
            *open += (open->empty() ? "" : " ") + std::string(without(line, " \t*_`"));
            open = open == &fields.hypothesis ? open : nullptr;
        }
    }
    return fields;
}

std::string moveNameOf(std::string_view text)
{
    std::string name;
    for (const char c : lowered(text.substr(0, 4 * kLongestMove))) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            name += c;
        else if (!name.empty() && name.back() != '-')
            name += '-';
    }
    name.resize(std::min(name.size(), kLongestMove));
    while (!name.empty() && name.back() == '-')
        name.pop_back();
    return name.empty() ? "unnamed" : name;
}

std::optional<double> gainOf(std::string_view text)
{
    const std::size_t begin = text.find_first_of("0123456789");
    if (begin == std::string_view::npos)
        return std::nullopt;
    const bool isNegative = begin > 0 && text[begin - 1] == '-';
    std::string_view rest = text.substr(begin);
    const auto number = takeNumber(rest);
    if (!number)
        return std::nullopt;
    const double value = meanWithSecond(rest, *number);
    const std::string_view unit = skipped(rest, " \t");
    const bool isPercent = unit.starts_with('%') || lowered(unit.substr(0, 4)) == "perc"
        || (!unit.starts_with('x') && !unit.starts_with('X') && !unit.starts_with("×") && value > kMostBareRatio);
    const double gain = isPercent ? ratioOfPercent(value, isNegative || saysLess(text)) : value;
    if (!std::isfinite(gain) || gain < kLeastGain || gain > kMostGain)
        return std::nullopt;
    return gain;
}

std::string titleOf(std::string_view text, std::string_view move)
{
    if (!trimmed(text).empty())
        return shortened(text, kLongestTitle);
    std::string words(move == "unnamed" ? "A change without a title" : move);
    std::replace(words.begin(), words.end(), '-', ' ');
    words.front() =
        words.front() >= 'a' && words.front() <= 'z' ? static_cast<char>(words.front() - 'a' + 'A') : words.front();
    return words;
}

std::string hypothesisOf(std::string_view text) { return shortened(text, kLongestHypothesis); }

}  // namespace warploom
