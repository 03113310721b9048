// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainLaunch.h"
#include "moves/StridedWindowWriter.h"

namespace warploom {

using namespace clang;

namespace {

constexpr int kBytesOfVector = 16;

/// Loops around the window's rows that are unrolled, so that rows are loaded at once.
constexpr std::int64_t kLongestRowLoop = 8;

/// What a row of the window holds for all outputs: a vector at a time where it can be.
constexpr const char* kWindowLine =
    R"(    {
@tested@        const auto @placeOf@ = [&](int @at@) {
            const int @output@ = @at@ < @taps@ ? 0 : (@at@ - @taps@) / @stride@ + 1;
@declaredTap@@placeColumn@            return &@element@;
        };
        constexpr int @begin@ = @ahead@;
        constexpr int @words@ = @length@ > @begin@ ? (@length@ - @begin@) / @width@ : 0;
        constexpr int @end@ = @begin@ + @words@ * @width@;
        if (@words@ > 0@testedEnds@
            && reinterpret_cast<size_t>(@placeOf@(@begin@)) % 16 == 0) {
            #pragma unroll
            for (int @i@ = 0; @i@ < @words@; ++@i@)
                *reinterpret_cast<uint4*>(&@slot@[@apart@@begin@ + @i@ * @width@]) =
                    reinterpret_cast<const uint4*>(@placeOf@(@begin@))[@i@];
        } else {
            #pragma unroll
            for (int @at@ = @begin@; @at@ < @end@; ++@at@)
                @testedOne@@slot@[@apart@@at@] = *@placeOf@(@at@);
        }
        #pragma unroll
        for (int @at@ = 0; @at@ < @length@; ++@at@)
            if (@outside@)
                @slot@[@apart@@at@] = *@placeOf@(@at@);
    }
)";

/// Whether an element of the row is there.
constexpr const char* kWindowTest =
    R"(        const auto @isThere@ = [&](int @at@) {
            const int @output@ = @at@ < @taps@ ? 0 : (@at@ - @taps@) / @stride@ + 1;
@declaredTap@@conditionColumn@            return @tests@;
        };
)";

/// Where rows are kept: vectors of them on a boundary.
constexpr const char* kWindowRows =
    R"(    constexpr int @length@ = (@OUTPUTS@ - 1) * @stride@ + @taps@;
    __align__(16) @type@ @line@@rows@[@extent@];
)";

/// Whether all of the thread's windows lie within their row: the first element and the last do.
constexpr const char* kInner =
    R"(    const auto @isWithin@ = [&](int @at@) {
        const int @output@ = @at@ < @taps@ ? 0 : (@at@ - @taps@) / @stride@ + 1;
@declared@        return @tests@;
    };
    const bool @isInner@ = @isLastIn@ && @isWithin@(0) && @isWithin@((@OUTPUTS@ - 1) * @stride@ + @taps@ - 1);
)";

CodeValues with(CodeValues values, const CodeValues& more)
{
    values.insert(values.end(), more.begin(), more.end());
    return values;
}

}  // namespace

std::string StridedWindowWriter::nestText()
{
    if (m_found.tap == nullptr)
        return columnsText();
    m_rows = windowRows(m_kernel, m_found.loops);
    std::string text;
    for (std::size_t i = 0; i < m_found.lines.size() && m_rows; ++i)
        text += rowsText(i);
    if (!hasInner())
        return text + windowText();
    text += innerText();
    m_isInner = true;
    text += "    if (@isInner@) {\n" + reindented(windowText(), "        ");
    m_isInner = false;
    return text + "    } else {\n" + reindented(windowText(), "        ") + "    }\n";
}

std::string StridedWindowWriter::windowText()
{
    if (!m_rows)
        return nestWith([&](const std::string& indentation) {
            std::string text;
            for (std::size_t i = 0; i < m_found.lines.size(); ++i)
                text += reindented(rowsText(i) + lineText(m_found.lines[i], i), indentation + "    ");
            return indentation + "{\n" + text + workText(indentation + "    ") + indentation + "}\n";
        });
    const auto loads = nestWith([&](const std::string& indentation) {
        std::string lines;
        for (std::size_t i = 0; i < m_found.lines.size(); ++i)
            lines += reindented(lineText(m_found.lines[i], i), indentation);
        return m_found.lines.size() == 1 ? lines : indentation + "{\n" + lines + indentation + "}\n";
    });
    return loads + nestWith([&](const std::string& indentation) { return workText(indentation); });
}

bool StridedWindowWriter::hasInner() const
{
    if (m_found.ends.empty() || m_found.tap == nullptr || !m_source.range(m_found.guard))
        return false;
    const auto isLocal = [&](const VarDecl* var) {
        return var == m_found.tap
            || std::ranges::any_of(m_found.locals, [&](const DeclStmt* local) { return variableOf(local) == var; });
    };
    return std::ranges::all_of(needsOf({m_found.ends.begin(), m_found.ends.end()}), [&](const VarDecl* var) {
        return !isDeclaredWithin(var, m_found.nest()) || isLocal(var);
    });
}

std::string StridedWindowWriter::innerText()
{
    std::vector<const Stmt*> tested;
    for (const auto* condition : m_found.conditions)
        if (m_found.ends.count(condition) > 0)
            tested.push_back(condition);
    return filled(kInner,
                  {{"declared", reindented(tapText() + placeText(tested), "        ")},
                   {"tests", testsText(tested)},
                   {"isLastIn", isIn("(@OUTPUTS@ - 1)")},
                   {"stride", std::to_string(m_found.stride)},
                   {"taps", std::to_string(m_found.taps)}});
}

std::vector<const Stmt*> StridedWindowWriter::testedConditions() const
{
    std::vector<const Stmt*> tested;
    for (const auto* condition : m_found.conditions)
        if (!m_isInner || m_found.ends.count(condition) == 0)
            tested.push_back(condition);
    return tested;
}

std::string StridedWindowWriter::testsText(const std::vector<const Stmt*>& tested)
{
    std::string text;
    for (const auto* condition : tested)
        text += fmt::format("{}({})", text.empty() ? "" : " && ", words(llvm::cast<Expr>(condition)));
    return text;
}

std::string StridedWindowWriter::columnsText()
{
    const auto* nest = m_found.nest();
    const auto range = m_source.statementRange(nest);
    const auto first = m_source.statementRange(m_found.round.front());
    const auto last = m_source.statementRange(m_found.round.back());
    const auto innermost = m_source.statementRange(m_found.loops.back());
    m_isWhole = m_isWhole && range && first && last && innermost;
    if (!m_isWhole)
        return {};
    const auto& text = m_source.text();
    const auto own = indentationAt(text, first->begin);
    // One statement may follow its loop or its condition without braces.
    std::string round = "{\n";
    for (std::size_t i = 0; i < m_found.lines.size(); ++i)
        round += reindented(mapLineText(i), own + "    ");
    std::vector<Replacement> changes;
    for (std::size_t i = 0; i < m_found.lines.size(); ++i)
        for (const Expr* load : m_found.lines[i].loads)
            if (const auto at = m_source.range(load))
                changes.push_back({*at, keptText(i, "@output@")});
    std::vector<const Stmt*> users = m_found.round;
    for (const auto* state : m_found.states)
        for (const auto* statement : m_found.round) {
            const auto uses = renamed(state, statement, m_states[state] + "[@output@]");
            changes.insert(changes.end(), uses.begin(), uses.end());
        }
    const auto inner = own + "        ";
    round +=
        fmt::format("{0}    #pragma unroll\n{0}    for (int @output@ = 0; @output@ < @OUTPUTS@; ++@output@) {{\n", own)
        + columnText(columnOf(users), users, inner);
    for (const auto* statement : m_found.round)
        round += statementWords(statement, inner, changes);
    round += own + "    }\n" + own + "}";
    const auto begin = indentationAt(text, innermost->begin);
    return reindented(indentationAt(text, range->begin)
                          + words(*range,
                                  {{{first->begin, last->end}, round},
                                   {{innermost->begin, innermost->begin}, "#pragma unroll 4\n" + begin}}),
                      "    ");
}

std::string StridedWindowWriter::nestWith(const std::function<std::string(const std::string&)>& inner)
{
    const auto* nest = m_found.nest();
    const auto range = m_source.statementRange(nest);
    const auto innermost = m_source.statementRange(m_found.loops.back());
    m_isWhole = m_isWhole && range && innermost;
    if (!m_isWhole)
        return {};
    const auto first = indentationAt(m_source.text(), range->begin);
    const auto own = indentationAt(m_source.text(), innermost->begin);
    std::vector<Replacement> changes = {{*innermost, unled(inner(own), own)}};
    for (const auto* loop : m_found.loops) {
        const auto at = m_source.statementRange(loop);
        const auto known = knownLoop(m_kernel, *loop);
        if (loop != m_found.loops.back() && at && known && known->rounds <= kLongestRowLoop)
            changes.push_back({{at->begin, at->begin}, "#pragma unroll\n" + indentationAt(m_source.text(), at->begin)});
    }
    return reindented(first + words(*range, changes), "    ");
}

std::string StridedWindowWriter::unled(const std::string& text, const std::string& indentation)
{
    auto made = text.substr(indentation.size());
    while (!made.empty() && made.back() == '\n')
        made.pop_back();
    return made;
}

std::string StridedWindowWriter::workText(const std::string& indentation)
{
    const auto& loop = *m_found.loops.back();
    const auto inner = indentation + "    ";
    std::vector<Replacement> changes;
    for (std::size_t i = 0; i < m_found.lines.size(); ++i)
        for (const Expr* load : m_found.lines[i].loads)
            if (const auto range = m_source.range(load))
                changes.push_back({*range,
                                   keptText(i,
                                            fmt::format("@output@ * {} + {}{}", m_found.stride,
                                                        m_found.tap->getNameAsString(), minusFirstTap()))});
    for (const auto* state : m_found.states) {
        const auto own = renamed(state, &loop, m_states[state] + "[@output@]");
        changes.insert(changes.end(), own.begin(), own.end());
    }
    const auto whole = m_isInner ? m_source.range(m_found.guard) : std::nullopt;
    const auto then = m_isInner ? m_source.range(m_found.guard->getThen()) : std::nullopt;
    m_isWhole = m_isWhole && (!m_isInner || (whole && then));
    if (whole && then) {
        const auto left = testsText(testedConditions());
        changes.push_back(
            {{whole->begin, then->begin}, left.empty() ? "" : fmt::format("if ({})\n{}", left, inner + "        ")});
    }
    return fmt::format("{0}#pragma unroll\n{0}for (int @output@ = 0; @output@ < @OUTPUTS@; ++@output@) {{\n",
                       indentation)
        + columnText(columnOf({&loop}), {&loop}, inner) + inner + "#pragma unroll\n"
        + statementWords(&loop, inner, changes) + indentation + "}\n";
}

std::string StridedWindowWriter::rowsText(std::size_t number)
{
    const auto& line = m_found.lines[number];
    const auto width = std::max(1, 16 / line.bytes);
    const auto apart = elementsApart(line);
    const auto length = apart == 0 ? m_lines[number].second : fmt::format("{} + {}", apart, m_lines[number].second);
    return filled(kWindowRows,
                  {{"line", m_lines[number].first},
                   {"length", m_lines[number].second},
                   {"type", line.element},
                   {"stride", std::to_string(m_found.stride)},
                   {"taps", std::to_string(m_found.taps)},
                   {"rows", m_rows ? fmt::format("[{}]", m_rows->count) : ""},
                   {"extent", m_rows ? fmt::format("({} + {}) / {} * {}", length, width - 1, width, width) : length}});
}

std::string StridedWindowWriter::lineText(const WindowLine& line, std::size_t number)
{
    const auto tested = testedConditions();
    const auto conditions = testsText(tested);
    // Where all windows lie within their row, all outputs are there too.
    const auto there = m_isInner ? std::string() : isIn("@output@");
    const auto tests = fmt::format("{}{}{}", there, there.empty() || conditions.empty() ? "" : " && ", conditions);
    const int width = std::max(1, kBytesOfVector / line.bytes);
    CodeValues values = {
        {"stride", std::to_string(m_found.stride)}, {"taps", std::to_string(m_found.taps)}, {"declaredTap", tapText()}};
    const auto test = filled(kWindowTest, with(values, {{"conditionColumn", placeText(tested)}, {"tests", tests}}));
    const bool isTested = !tests.empty();
    return filled(
        kWindowLine,
        with(std::move(values),
             {{"tested", isTested ? test : ""},
              {"testedEnds", isTested ? " && @isThere@(@begin@) && @isThere@(@end@ - 1)" : ""},
              {"testedOne", isTested ? "if (@isThere@(@at@))\n                    " : ""},
              {"outside",
               isTested ? "(@at@ < @begin@ || @at@ >= @end@) && @isThere@(@at@)" : "@at@ < @begin@ || @at@ >= @end@"},
              {"placeColumn", placeText({line.place})},
              {"element", placeWords(line)},
              {"slot", slotText(number)},
              {"apart", elementsApart(line) == 0 ? "" : std::to_string(elementsApart(line)) + " + "},
              {"length", m_lines[number].second},
              {"ahead", std::to_string(line.ahead)},
              {"width", std::to_string(width)}}));
}

std::string StridedWindowWriter::placeText(const std::vector<const Stmt*>& users)
{
    const auto needed = needsOf(users);
    auto all = users;
    std::string own;
    for (const auto* local : m_found.locals)
        if (needed.count(variableOf(local)) > 0)
            own += statementWords(local, "            ");
    return columnText("@first@ + @output@", all, "            ") + own;
}

std::string StridedWindowWriter::tapText()
{
    return m_found.tap == nullptr
        ? std::string()
        : fmt::format("            const {} {} = @at@ - @output@ * {}{};\n", typeText(m_found.tap->getType()),
                      m_found.tap->getNameAsString(), m_found.stride, plusFirstTap());
}

std::string StridedWindowWriter::plusFirstTap() const
{
    return m_found.firstTap == 0 ? ""
                                 : fmt::format(" {} {}", m_found.firstTap > 0 ? "+" : "-", std::abs(m_found.firstTap));
}

std::string StridedWindowWriter::minusFirstTap() const
{
    return m_found.firstTap == 0 ? ""
                                 : fmt::format(" {} {}", m_found.firstTap > 0 ? "-" : "+", std::abs(m_found.firstTap));
}

}  // namespace warploom
