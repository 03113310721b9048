// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "task/Fill.h"

#include <charconv>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "base/Trim.h"

namespace warploom {

namespace {

constexpr std::string_view kForms =
    "uniform(a, b), normal(mean, sd), integers(lo, hi), permutation(), offsets(total) or constant(c)";

struct FillCall {
    std::string name;
    std::vector<std::string_view> arguments;
};

std::vector<std::string_view> splitArguments(std::string_view text)
{
    std::vector<std::string_view> parts;
    int depth = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const char c = i < text.size() ? text[i] : ',';
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (c == ',' && (depth == 0 || i == text.size())) {
            parts.push_back(trimmed(text.substr(begin, i - begin)));
            begin = i + 1;
        }
    }
    if (parts.size() == 1 && parts[0].empty())
        parts.clear();
    return parts;
}

tl::unexpected<Error> badFill(std::string_view text, const SourcePlace& place, std::string expected)
{
    return fail(Error{ErrorCode::InvalidInput, "bad fill", place, std::move(expected), fmt::format("'{}'", text)});
}

Result<double> parseNumber(std::string_view text, const SourcePlace& place)
{
    double value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || stop != text.data() + text.size() || !std::isfinite(value))
        return badFill(text, place, "a finite number");
    return value;
}

Result<FillCall> parseCall(std::string_view text, const SourcePlace& place)
{
    const std::string_view whole = trimmed(text);
    const std::size_t open = whole.find('(');
    if (open == std::string_view::npos || !whole.ends_with(')'))
        return badFill(text, place, std::string(kForms));
    return FillCall{std::string(trimmed(whole.substr(0, open))),
                    splitArguments(whole.substr(open + 1, whole.size() - open - 2))};
}

Result<Fill> numericFill(Fill::Kind kind, const FillCall& call, const SourcePlace& place)
{
    Fill fill;
    fill.kind = kind;
    WARPLOOM_TRY(fill.first, parseNumber(call.arguments[0], place));
    if (kind != Fill::Kind::Constant) {
        WARPLOOM_TRY(fill.second, parseNumber(call.arguments[1], place));
    }
    if (kind == Fill::Kind::Uniform && fill.second < fill.first)
        return badFill(call.arguments[1], place, "an upper bound not below the lower one");
    if (kind == Fill::Kind::Normal && fill.second < 0)
        return badFill(call.arguments[1], place, "a standard deviation of 0 or more");
    return fill;
}

}  // namespace

Result<Fill> Fill::parse(std::string_view text, const SourcePlace& place)
{
    WARPLOOM_TRY(const FillCall call, parseCall(text, place));
    const std::size_t count = call.arguments.size();
    if (call.name == "uniform" && count == 2)
        return numericFill(Kind::Uniform, call, place);
    if (call.name == "normal" && count == 2)
        return numericFill(Kind::Normal, call, place);
    if (call.name == "constant" && count == 1)
        return numericFill(Kind::Constant, call, place);
    Fill fill;
    if (call.name == "permutation" && count == 0) {
        fill.kind = Kind::Permutation;
        return fill;
    }
    if (call.name == "integers" && count == 2) {
        fill.kind = Kind::Integers;
        WARPLOOM_TRY(fill.low, Expression::parse(call.arguments[0], place));
        WARPLOOM_TRY(fill.high, Expression::parse(call.arguments[1], place));
        return fill;
    }
    if (call.name == "offsets" && count == 1) {
        fill.kind = Kind::Offsets;
        WARPLOOM_TRY(fill.low, Expression::parse(call.arguments[0], place));
        return fill;
    }
    return badFill(text, place, std::string(kForms));
}

std::string Fill::toString() const
{
    switch (kind) {
    case Kind::Uniform:
        return fmt::format("uniform({}, {})", first, second);
    case Kind::Normal:
        return fmt::format("normal({}, {})", first, second);
    case Kind::Integers:
        return fmt::format("integers({}, {})", low.text(), high.text());
    case Kind::Permutation:
        return "permutation()";
    case Kind::Offsets:
        return fmt::format("offsets({})", low.text());
    case Kind::Constant:
        return fmt::format("constant({})", first);
    }
    return {};
}

}  // namespace warploom
