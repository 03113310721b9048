// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "variant/Directives.h"

#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "variant/DirectiveParser.h"

namespace warploom {

namespace {

constexpr std::string_view kMarker = "warploom:";

/// The text after "// warploom:" and its 1-based column, or nothing for an ordinary line.
std::optional<std::pair<std::string_view, int>> directiveOfLine(std::string_view line)
{
    std::size_t at = line.find_first_not_of(" \t");
    if (at == std::string_view::npos || line.substr(at, 2) != "//")
        return std::nullopt;
    at = line.find_first_not_of(" \t", at + 2);
    if (at == std::string_view::npos || !line.substr(at).starts_with(kMarker))
        return std::nullopt;
    at += kMarker.size();
    std::string_view rest = line.substr(at);
    // A comment after the directive explains it to people.
    rest = rest.substr(0, rest.find("//"));
    return std::pair{rest, static_cast<int>(at) + 1};
}

/// `--option=NAME` with the value of the tunable that NAME is.
std::string withTunable(const std::string& option, const Configuration& configuration)
{
    const auto equals = option.rfind('=');
    const auto chosen =
        equals == std::string::npos ? configuration.end() : configuration.find(option.substr(equals + 1));
    return chosen == configuration.end() ? option : fmt::format("{}={}", option.substr(0, equals), chosen->second);
}

Result<> checkNamesOnce(const Directives& directives)
{
    std::set<std::string> names;
    const auto claim = [&names](const std::string& name, const SourcePlace& place) -> Result<> {
        if (names.insert(name).second)
            return {};
        return fail(
            Error{ErrorCode::InvalidInput, "name used twice", place, "a name of its own", fmt::format("'{}'", name)});
    };
    for (const auto& tunable : directives.tunables)
        WARPLOOM_CHECK(claim(tunable.name, tunable.place));
    for (const auto& let : directives.lets)
        WARPLOOM_CHECK(claim(let.name, let.place));
    for (const auto& scratch : directives.scratches)
        WARPLOOM_CHECK(claim(scratch.name, scratch.place));
    return {};
}

}  // namespace

Configuration Directives::defaultConfiguration() const
{
    Configuration configuration;
    for (const TuneDirective& tunable : tunables)
        configuration[tunable.name] = tunable.values.front();
    return configuration;
}

std::uint64_t Directives::configurationCount() const
{
    std::uint64_t count = 1;
    for (const TuneDirective& tunable : tunables) {
        if (__builtin_mul_overflow(count, tunable.values.size(), &count))
            return std::numeric_limits<std::uint64_t>::max();
    }
    return count;
}

Result<ChosenFlags> Directives::compilerFlags(const Configuration& configuration) const
{
    const ExpressionScope scope(configuration.begin(), configuration.end());
    ChosenFlags compiler;
    for (const FlagsDirective& line : flags) {
        if (line.when) {
            WARPLOOM_TRY(const std::int64_t holds, line.when->evaluate(scope));
            if (holds == 0)
                continue;
        }
        for (const std::string& option : line.options)
            compiler.options.push_back(withTunable(option, configuration));
        compiler.places.insert(compiler.places.end(), line.places.begin(), line.places.end());
    }
    return compiler;
}

std::vector<std::string> Directives::constantSymbols() const
{
    std::vector<std::string> symbols;
    for (const StepDirective& step : steps) {
        const auto* constant = std::get_if<ConstantDirective>(&step);
        if (constant != nullptr && std::find(symbols.begin(), symbols.end(), constant->symbol) == symbols.end())
            symbols.push_back(constant->symbol);
    }
    return symbols;
}

Result<Directives> parseDirectives(const std::string& source, const std::string& fileName)
{
    Directives directives;
    int lineNumber = 0;
    std::size_t begin = 0;
    while (begin <= source.size()) {
        const std::size_t end = std::min(source.find('\n', begin), source.size());
        const std::string_view line = std::string_view(source).substr(begin, end - begin);
        ++lineNumber;
        if (const auto directive = directiveOfLine(line)) {
            DirectiveParser parser(directive->first, {fileName, lineNumber, directive->second});
            WARPLOOM_CHECK(parser.parseInto(directives));
        }
        begin = end + 1;
    }
    WARPLOOM_CHECK(checkNamesOnce(directives));
    return directives;
}

}  // namespace warploom
