// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "variant/DirectiveParser.h"

#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "base/Trim.h"

namespace warploom {

namespace {

constexpr std::string_view kDirectiveNames = "tune, require, let, scratch, zero, constant, flags or launch";
constexpr std::size_t kMostTunableValues = 256;

bool isSpace(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool isNamePart(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

DirectiveParser::DirectiveParser(std::string_view text, SourcePlace place)
    : m_text(trimmedEnd(text))
    , m_place(std::move(place))
{
}

Result<> DirectiveParser::parseInto(Directives& directives)
{
    skipSpace();
    const SourcePlace place = placeAt(m_at);
    const std::size_t begin = m_at;
    const std::string_view name = word();
    if (name == "tune")
        return parseTune(directives);
    if (name == "require") {
        WARPLOOM_TRY(Expression condition, expressionUntil({}));
        directives.requirements.push_back({std::move(condition), place});
        return {};
    }
    if (name == "let") {
        WARPLOOM_TRY(std::string variable, identifier("a name"));
        WARPLOOM_CHECK(expect("="));
        WARPLOOM_TRY(Expression value, expressionUntil({}));
        directives.lets.push_back({std::move(variable), std::move(value), place});
        return {};
    }
    if (name == "scratch")
        return parseScratch(directives);
    if (name == "zero") {
        WARPLOOM_TRY(std::string buffer, identifier("a buffer"));
        directives.steps.emplace_back(ZeroDirective{std::move(buffer), place});
        return expectEnd();
    }
    if (name == "constant")
        return parseConstant(directives);
    if (name == "flags")
        return parseFlags(directives);
    if (name == "launch")
        return parseLaunch(directives);
    m_at = begin;
    if (name == "repeat" || name == "tensormap")
        return fail(Error{ErrorCode::InvalidInput, fmt::format("'{}' is reserved for later", name), place,
                          std::string(kDirectiveNames), fmt::format("'{}'", name)});
    return unexpected(std::string(kDirectiveNames));
}

SourcePlace DirectiveParser::placeAt(std::size_t offset) const
{
    SourcePlace place = m_place;
    place.column += static_cast<int>(offset);
    return place;
}

tl::unexpected<Error> DirectiveParser::unexpected(std::string expected) const
{
    std::string found = m_at < m_text.size() ? fmt::format("'{}'", m_text.substr(m_at, 24)) : "the end of the line";
    return fail(Error{ErrorCode::InvalidInput, "bad directive", placeAt(m_at), std::move(expected), std::move(found)});
}

void DirectiveParser::skipSpace()
{
    while (m_at < m_text.size() && isSpace(m_text[m_at]))
        ++m_at;
}

bool DirectiveParser::accept(std::string_view token)
{
    skipSpace();
    if (!m_text.substr(m_at).starts_with(token))
        return false;
    m_at += token.size();
    return true;
}

std::string_view DirectiveParser::word()
{
    skipSpace();
    const std::size_t begin = m_at;
    while (m_at < m_text.size() && isNamePart(m_text[m_at]))
        ++m_at;
    return m_text.substr(begin, m_at - begin);
}

Result<std::string> DirectiveParser::identifier(std::string_view what)
{
    skipSpace();
    const std::size_t begin = m_at;
    const std::string_view name = word();
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0) {
        m_at = begin;
        return unexpected(std::string(what));
    }
    return std::string(name);
}

Result<> DirectiveParser::expect(std::string_view token)
{
    if (!accept(token))
        return unexpected(fmt::format("'{}'", token));
    return {};
}

Result<> DirectiveParser::expectEnd()
{
    skipSpace();
    if (m_at < m_text.size())
        return unexpected("the end of the line");
    return {};
}

std::string_view DirectiveParser::textUntil(std::initializer_list<std::string_view> stops)
{
    skipSpace();
    const std::size_t begin = m_at;
    int depth = 0;
    for (; m_at < m_text.size(); ++m_at) {
        const char c = m_text[m_at];
        if (depth == 0) {
            for (const std::string_view stop : stops) {
                if (m_text.substr(m_at).starts_with(stop))
                    return trimmedEnd(m_text.substr(begin, m_at - begin));
            }
        }
        depth += (c == '(' || c == '[') ? 1 : (c == ')' || c == ']') ? -1 : 0;
    }
    return trimmedEnd(m_text.substr(begin));
}

Result<Expression> DirectiveParser::expressionUntil(std::initializer_list<std::string_view> stops)
{
    skipSpace();
    const SourcePlace place = placeAt(m_at);
    return Expression::parse(textUntil(stops), place);
}

Result<ExtentExpressions> DirectiveParser::extentUntil(std::initializer_list<std::string_view> stops)
{
    ExtentExpressions extent;
    skipSpace();
    const std::size_t begin = m_at;
    if (word() != "dim3") {
        m_at = begin;
        WARPLOOM_TRY(Expression axis, expressionUntil(stops));
        extent.axes.push_back(std::move(axis));
        return extent;
    }
    WARPLOOM_CHECK(expect("("));
    do {
        WARPLOOM_TRY(Expression axis, expressionUntil({",", ")"}));
        extent.axes.push_back(std::move(axis));
    } while (accept(","));
    if (extent.axes.size() > 3)
        return unexpected("at most three extents in dim3");
    WARPLOOM_CHECK(expect(")"));
    return extent;
}

Result<> DirectiveParser::parseTune(Directives& directives)
{
    skipSpace();
    TuneDirective tune;
    tune.place = placeAt(m_at);
    WARPLOOM_TRY(tune.name, identifier("a name"));
    WARPLOOM_CHECK(expect("="));
    for (skipSpace(); m_at < m_text.size(); skipSpace()) {
        std::int64_t value = 0;
        const char* end = m_text.data() + m_text.size();
        const auto [stop, error] = std::from_chars(m_text.data() + m_at, end, value);
        if (error != std::errc() || (stop != end && !isSpace(*stop)))
            return unexpected("integers with spaces between");
        for (const std::int64_t earlier : tune.values) {
            if (earlier == value)
                return unexpected("each value once");
        }
        tune.values.push_back(value);
        m_at = static_cast<std::size_t>(stop - m_text.data());
    }
    if (tune.values.empty() || tune.values.size() > kMostTunableValues)
        return unexpected(fmt::format("1 to {} integers", kMostTunableValues));
    directives.tunables.push_back(std::move(tune));
    return {};
}

Result<> DirectiveParser::parseScratch(Directives& directives)
{
    skipSpace();
    ScratchDirective scratch;
    scratch.place = placeAt(m_at);
    WARPLOOM_TRY(scratch.name, identifier("a name"));
    skipSpace();
    const std::size_t begin = m_at;
    const auto type = elementTypeFromName(word());
    if (!type) {
        m_at = begin;
        return unexpected(fmt::format("a type ({})", elementTypeNames()));
    }
    scratch.type = *type;
    WARPLOOM_CHECK(expect("["));
    do {
        WARPLOOM_TRY(Expression extent, expressionUntil({",", "]"}));
        scratch.shape.push_back(std::move(extent));
    } while (accept(","));
    WARPLOOM_CHECK(expect("]"));
    directives.scratches.push_back(std::move(scratch));
    return expectEnd();
}

Result<> DirectiveParser::parseConstant(Directives& directives)
{
    skipSpace();
    ConstantDirective constant;
    constant.place = placeAt(m_at);
    WARPLOOM_TRY(constant.symbol, identifier("a __constant__ variable"));
    WARPLOOM_CHECK(expect("="));
    WARPLOOM_TRY(constant.buffer, identifier("a buffer"));
    directives.steps.emplace_back(std::move(constant));
    return expectEnd();
}

Result<> DirectiveParser::parseFlags(Directives& directives)
{
    FlagsDirective flags;
    for (skipSpace(); m_at < m_text.size() && !flags.when; skipSpace()) {
        const std::size_t begin = m_at;
        if (!flags.options.empty() && word() == "when") {
            WARPLOOM_TRY(Expression condition, expressionUntil({}));
            flags.when = std::move(condition);
            continue;
        }
        m_at = begin;
        if (m_text[m_at] != '-')
            return unexpected(flags.options.empty() ? "compiler options that begin with -"
                                                    : "compiler options that begin with -, or when");
        while (m_at < m_text.size() && !isSpace(m_text[m_at]))
            ++m_at;
        flags.options.emplace_back(m_text.substr(begin, m_at - begin));
        flags.places.push_back(placeAt(begin));
    }
    directives.flags.push_back(std::move(flags));
    return {};
}

Result<> DirectiveParser::parseLaunch(Directives& directives)
{
    skipSpace();
    LaunchDirective launch;
    launch.place = placeAt(m_at);
    launch.kernel = std::string(textUntil({"<<<"}));
    if (launch.kernel.empty() || !isNamePart(launch.kernel[0]))
        return unexpected("kernel<<<grid, block>>>(arguments)");
    WARPLOOM_CHECK(expect("<<<"));
    WARPLOOM_TRY(launch.grid, extentUntil({",", ">>>"}));
    WARPLOOM_CHECK(expect(","));
    WARPLOOM_TRY(launch.block, extentUntil({",", ">>>"}));
    if (accept(",")) {
        WARPLOOM_TRY(launch.sharedBytes, expressionUntil({">>>"}));
    }
    WARPLOOM_CHECK(expect(">>>"));
    WARPLOOM_CHECK(parseLaunchArguments(launch));
    WARPLOOM_CHECK(parseLaunchAttributes(launch));
    directives.steps.emplace_back(std::move(launch));
    return {};
}

Result<> DirectiveParser::parseLaunchArguments(LaunchDirective& launch)
{
    WARPLOOM_CHECK(expect("("));
    if (accept(")"))
        return {};
    do {
        WARPLOOM_TRY(Expression argument, expressionUntil({",", ")"}));
        launch.arguments.push_back(std::move(argument));
    } while (accept(","));
    return expect(")");
}

Result<> DirectiveParser::parseLaunchAttributes(LaunchDirective& launch)
{
    for (skipSpace(); m_at < m_text.size(); skipSpace()) {
        const std::size_t begin = m_at;
        const std::string_view name = word();
        if (name == "cooperative") {
            launch.cooperative = true;
        } else if (name == "cluster") {
            WARPLOOM_CHECK(expect("="));
            WARPLOOM_TRY(launch.cluster, extentUntil({" "}));
        } else if (name == "when") {
            WARPLOOM_TRY(Expression condition, expressionUntil({}));
            launch.when = std::move(condition);
        } else {
            m_at = begin;
            return unexpected("cluster=, cooperative, when or the end of the line");
        }
    }
    return {};
}

}  // namespace warploom
