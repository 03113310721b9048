// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/DirectiveEditor.h"

#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace warploom {

namespace {

constexpr std::string_view kMarker = "warploom:";
constexpr std::string_view kBlanks = " \t\r";

}  // namespace

DirectiveEditor::DirectiveEditor(std::string_view source)
    : m_source(source)
{
    for (std::size_t at = 0; at < source.size();) {
        const auto end = std::min(source.find('\n', at), source.size());
        readLine({at, end});
        addCode(source.substr(at, end - at));
        at = end + 1;
    }
}

void DirectiveEditor::addCode(std::string_view line)
{
    auto comment = line.find("//");
    const bool isDirective = comment != std::string_view::npos && line.find(kMarker, comment) != std::string_view::npos;
    const bool mayBeText = comment != std::string_view::npos && line.find('"') < comment;
    if (isDirective || mayBeText)
        comment = std::string_view::npos;
    m_code += line.substr(0, comment);
    m_code += '\n';
}

void DirectiveEditor::readLine(TextRange line)
{
    const auto bodyOf = [&](TextRange range, std::string_view word) -> std::optional<TextRange> {
        range = trimmed(range);
        if (m_source.substr(range.begin, range.size()).substr(0, word.size()) != word)
            return std::nullopt;
        return TextRange{range.begin + word.size(), range.end};
    };
    const auto comment = bodyOf(line, "//");
    auto body = comment ? bodyOf(*comment, kMarker) : std::nullopt;
    if (!body)
        return;
    const auto note = m_source.substr(body->begin, body->size()).find("//");
    if (note != std::string_view::npos)
        body->end = body->begin + note;
    if (!m_firstDirective)
        m_firstDirective = line.begin;
    if (const auto tune = bodyOf(*body, "tune "))
        readTune(*tune, line);
    else if (const auto let = bodyOf(*body, "let "))
        readLet(*let, line);
    else if (const auto flags = bodyOf(*body, "flags "))
        m_flags.push_back(trimmed(*flags));
    else if (const auto scratch = bodyOf(*body, "scratch "))
        readScratch(*scratch);
    else if (const auto launch = bodyOf(*body, "launch "))
        readLaunch(*launch, line);
}

void DirectiveEditor::readTune(TextRange body, TextRange line)
{
    const auto equals = m_source.substr(0, body.end).find('=', body.begin);
    if (equals == std::string_view::npos)
        return;
    TuneLine tune{text(trimmed({body.begin, equals})), {}, line};
    for (auto at = equals + 1; at < body.end;) {
        at = m_source.find_first_not_of(kBlanks, at);
        std::int64_t value = 0;
        const auto [stop, error] =
            std::from_chars(m_source.data() + std::min(at, body.end), m_source.data() + body.end, value);
        if (error != std::errc{})
            break;
        tune.values.push_back(value);
        at = static_cast<std::size_t>(stop - m_source.data());
    }
    if (tune.values.empty())
        return;
    m_defaults[tune.name] = tune.values.front();
    m_afterTunes = std::min(line.end + 1, m_source.size());
    m_tunes.push_back(std::move(tune));
}

void DirectiveEditor::readLet(TextRange body, TextRange line)
{
    const auto equals = m_source.substr(0, body.end).find('=', body.begin);
    if (equals != std::string_view::npos)
        m_lets.push_back({text(trimmed({body.begin, equals})), trimmed({equals + 1, body.end}), line});
}

void DirectiveEditor::readScratch(TextRange body)
{
    const auto head = m_source.substr(0, body.end);
    body = trimmed(body);
    const auto blank = head.find_first_of(kBlanks, body.begin);
    const auto open = head.find('[', body.begin);
    const auto close = head.rfind(']');
    if (blank == std::string_view::npos || open == std::string_view::npos || close == std::string_view::npos
        || blank > open || close < open)
        return;
    m_scratches.push_back({text({body.begin, blank}), text(trimmed({blank, open})), splitAtCommas({open + 1, close})});
}

void DirectiveEditor::readLaunch(TextRange body, TextRange line)
{
    const auto head = m_source.substr(0, body.end);
    const auto open = head.find("<<<", body.begin);
    const auto close = open == std::string_view::npos ? open : head.find(">>>", open);
    const auto left = close == std::string_view::npos ? close : head.find('(', close);
    if (left == std::string_view::npos)
        return;
    auto right = left;
    for (int depth = 0; right < body.end; ++right) {
        depth += m_source[right] == '(' ? 1 : m_source[right] == ')' ? -1 : 0;
        if (depth == 0)
            break;
    }
    const auto configuration = splitAtCommas({open + 3, close});
    if (right == body.end || configuration.size() < 2 || configuration.size() > 4)
        return;
    LaunchLine launch;
    launch.kernel = text(trimmed({body.begin, std::min(open, head.find('<', body.begin))}));
    launch.line = line;
    launch.grid = configuration[0];
    launch.block = configuration[1];
    launch.gridParts = dimensions(launch.grid);
    launch.blockParts = dimensions(launch.block);
    if (configuration.size() > 2)
        launch.shared = configuration[2];
    launch.arguments = splitAtCommas({left + 1, right});
    m_launches.push_back(std::move(launch));
}

TextRange DirectiveEditor::trimmed(TextRange range) const
{
    while (range.begin < range.end && kBlanks.find(m_source[range.begin]) != std::string_view::npos)
        ++range.begin;
    while (range.begin < range.end && kBlanks.find(m_source[range.end - 1]) != std::string_view::npos)
        --range.end;
    return range;
}

std::vector<TextRange> DirectiveEditor::splitAtCommas(TextRange range) const
{
    std::vector<TextRange> parts;
    int depth = 0;
    auto begin = range.begin;
    for (auto at = range.begin; at < range.end; ++at) {
        const char c = m_source[at];
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (c == ',' && depth == 0) {
            parts.push_back(trimmed({begin, at}));
            begin = at + 1;
        }
    }
    const auto last = trimmed({begin, range.end});
    if (last.size() > 0 || !parts.empty())
        parts.push_back(last);
    return parts;
}

std::vector<TextRange> DirectiveEditor::dimensions(TextRange range) const
{
    const auto whole = m_source.substr(range.begin, range.size());
    const auto open = whole.find('(');
    if (whole.substr(0, 4) != "dim3" || open == std::string_view::npos || whole.back() != ')')
        return {range};
    return splitAtCommas({range.begin + open + 1, range.end - 1});
}

std::vector<const LaunchLine*> DirectiveEditor::launchesOf(std::string_view kernel) const
{
    std::vector<const LaunchLine*> found;
    for (const auto& launch : m_launches)
        if (launch.kernel == kernel)
            found.push_back(&launch);
    return found;
}

const TuneLine* DirectiveEditor::findTune(std::string_view name) const
{
    for (const auto& tune : m_tunes)
        if (tune.name == name)
            return &tune;
    return nullptr;
}

std::optional<std::int64_t> DirectiveEditor::value(TextRange range) const { return value(range, {}); }

std::optional<std::int64_t> DirectiveEditor::value(TextRange range, const ExpressionScope& sizes) const
{
    auto scope = m_defaults;
    scope.insert(sizes.begin(), sizes.end());
    const auto valueIn = [&](TextRange place) -> std::optional<std::int64_t> {
        const auto expression = Expression::parse(m_source.substr(place.begin, place.size()));
        if (!expression)
            return std::nullopt;
        const auto result = expression->evaluate(scope);
        return result ? std::optional(*result) : std::nullopt;
    };
    for (const auto& let : m_lets)
        if (const auto result = valueIn(let.expression))
            scope[let.name] = *result;
    return valueIn(range);
}

std::optional<std::vector<std::int64_t>> DirectiveEditor::blockShape(const LaunchLine& launch) const
{
    std::vector<std::int64_t> shape;
    for (const auto& part : launch.blockParts) {
        const auto extent = value(part);
        if (!extent || *extent < 1 || *extent > 1024)
            return std::nullopt;
        shape.push_back(*extent);
    }
    shape.resize(3, 1);
    return shape;
}

std::string DirectiveEditor::freshName(const std::string& base) const
{
    std::string name = base;
    for (int number = 2; mentions(m_code, name); ++number)
        name = fmt::format("{}_{}", base, number);
    return name;
}

bool DirectiveEditor::isUsed(std::string_view name, TextRange line) const
{
    const DirectiveEditor before(m_source.substr(0, line.begin));
    const DirectiveEditor behind(m_source.substr(line.end));
    return mentions(before.m_code, name) || mentions(behind.m_code, name);
}

std::size_t DirectiveEditor::insertionOffset() const { return m_afterTunes.value_or(m_firstDirective.value_or(0)); }

void DirectiveEditor::addTune(SourceEdit& edit, const std::string& name, const std::vector<std::int64_t>& values) const
{
    edit.insert(insertionOffset(), fmt::format("// warploom: tune {} = {}\n", name, fmt::join(values, " ")));
}

void DirectiveEditor::addRequire(SourceEdit& edit, const std::string& condition) const
{
    edit.insert(insertionOffset(), fmt::format("// warploom: require {}\n", condition));
}

void DirectiveEditor::addFlags(SourceEdit& edit, const std::string& options) const
{
    edit.insert(insertionOffset(), fmt::format("// warploom: flags {}\n", options));
}

}  // namespace warploom
