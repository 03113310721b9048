// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/StridedWindowCode.h"

#include "moves/HostWords.h"
#include "moves/PlainLaunch.h"
#include "moves/WindowRows.h"

namespace warploom {

using namespace clang;

namespace {

/// Loops around the window's rows that are unrolled, so that rows are loaded at once.
constexpr std::int64_t kLongestRowLoop = 8;

constexpr const char* kStoreHelper =
    R"(// Copies BYTES between places on such a boundary, 16 at most, in as few words as there are.
template <int BYTES>
static __device__ __forceinline__ void @copyWide@(void* to, const void* from)
{
    if constexpr (BYTES % 16 == 0) {
        #pragma unroll
        for (int i = 0; i < BYTES / 16; ++i)
            static_cast<uint4*>(to)[i] = static_cast<const uint4*>(from)[i];
    } else if constexpr (BYTES == 8) {
        *static_cast<uint2*>(to) = *static_cast<const uint2*>(from);
    } else if constexpr (BYTES == 4) {
        *static_cast<unsigned*>(to) = *static_cast<const unsigned*>(from);
    } else {
        #pragma unroll
        for (int i = 0; i < BYTES; ++i)
            static_cast<char*>(to)[i] = static_cast<const char*>(from)[i];
    }
}

)";

constexpr const char* kLinearWindowHead = R"(    // A thread computes @OUTPUTS@ neighbours of a row.
    const @columnType@ @groups@ = (@columns@ + @OUTPUTS@ - 1) / @OUTPUTS@;
    const @indexType@ @item@ = @place@;
    const @indexType@ @row@ = @item@ / @groups@;
    const @columnType@ @first@ = (@item@ - @row@ * @groups@) * @OUTPUTS@;
    const @indexType@ @rest@ = @bound@ - @row@ * @columns@;
    const @columnType@ @there@ = @rest@ < @columns@ ? @rest@ : @columns@;
    if (@first@ >= @there@)
        return;
)";

constexpr const char* kPlaneWindowHead = R"(    // A thread computes @OUTPUTS@ neighbours of a row.
    const @indexType@ @first@ = (@place@) * @OUTPUTS@;
@otherIndices@    if (@leaves@)
        return;
)";

/// What a row of the window holds for all outputs: a vector at a time where it can be.
/// What a row of the window holds for all outputs: a vector at a time where it can be.
constexpr const char* kWindowLine = R"(    {
        const auto @isThere@ = [&](int @at@) {
            const int @output@ = @at@ < @taps@ ? 0 : (@at@ - @taps@) / @stride@ + 1;
@declaredTap@@conditionColumn@            return @isIn@@conditions@;
        };
        const auto @placeOf@ = [&](int @at@) {
            const int @output@ = @at@ < @taps@ ? 0 : (@at@ - @taps@) / @stride@ + 1;
@declaredTap@@placeColumn@            return &@element@;
        };
        constexpr int @begin@ = @ahead@;
        constexpr int @words@ = @length@ > @begin@ ? (@length@ - @begin@) / @width@ : 0;
        constexpr int @end@ = @begin@ + @words@ * @width@;
        if (@words@ > 0 && @isThere@(@begin@) && @isThere@(@end@ - 1)
            && reinterpret_cast<size_t>(@placeOf@(@begin@)) % 16 == 0) {
            #pragma unroll
            for (int @i@ = 0; @i@ < @words@; ++@i@)
                *reinterpret_cast<uint4*>(&@slot@[@apart@@begin@ + @i@ * @width@]) =
                    reinterpret_cast<const uint4*>(@placeOf@(@begin@))[@i@];
        } else {
            #pragma unroll
            for (int @at@ = @begin@; @at@ < @end@; ++@at@)
                if (@isThere@(@at@))
                    @slot@[@apart@@at@] = *@placeOf@(@at@);
        }
        #pragma unroll
        for (int @at@ = 0; @at@ < @length@; ++@at@)
            if ((@at@ < @begin@ || @at@ >= @end@) && @isThere@(@at@))
                @slot@[@apart@@at@] = *@placeOf@(@at@);
    }
)";

/// Where rows are kept: vectors of them on a boundary.
constexpr const char* kWindowRows = R"(    constexpr int @length@ = (@OUTPUTS@ - 1) * @stride@ + @taps@;
    __align__(16) @type@ @line@@rows@[@extent@];
)";

/// The same of a map: an element for each output.
constexpr const char* kMapLine = R"(    __align__(16) @type@ @line@[@OUTPUTS@];
    {
        const auto @placeOf@ = [&](int @output@) {
@placeColumn@            return &@element@;
        };
        constexpr int @words@ = @OUTPUTS@ * @bytes@ < 16 ? @OUTPUTS@ * @bytes@ : 16;
        if (@isLastIn@ && reinterpret_cast<size_t>(@placeOf@(0)) % @words@ == 0) {
            @copyWide@<@OUTPUTS@ * @bytes@>(@line@, @placeOf@(0));
        } else {
            #pragma unroll
            for (int @output@ = 0; @output@ < @OUTPUTS@; ++@output@)
                if (@isIn@)
                    @line@[@output@] = *@placeOf@(@output@);
        }
    }
)";

constexpr const char* kColumnStore = R"(    {
        const auto @placeOf@ = [&](int @output@) -> @element@& {
@declared@            return @place@;
        };
        constexpr int @words@ = @OUTPUTS@ * @bytes@ < 16 ? @OUTPUTS@ * @bytes@ : 16;
        if (@isLastIn@ && reinterpret_cast<size_t>(&@placeOf@(0)) % @words@ == 0) {
            @copyWide@<@OUTPUTS@ * @bytes@>(&@placeOf@(0), @stored@);
        } else {
            #pragma unroll
            for (int @output@ = 0; @output@ < @OUTPUTS@; ++@output@)
                if (@isIn@)
                    @placeOf@(@output@) = @stored@[@output@];
        }
    }
)";

class StridedWriter {
public:
    StridedWriter(const MoveContext& context, const KernelScope& kernel, const StridedWindows& found,
                  const std::string& outputs)
        : m_kernel(kernel)
        , m_source(context.source())
        , m_found(found)
    {
        const auto& directives = context.directives();
        m_names = {{"OUTPUTS", outputs}};
        for (const auto& [mark, base] : CodeValues{{"output", "output"},
                                                   {"groups", "groups"},
                                                   {"item", "item"},
                                                   {"row", "row"},
                                                   {"first", "first"},
                                                   {"rest", "rest"},
                                                   {"there", "there"},
                                                   {"at", "at"},
                                                   {"isThere", "isThere"},
                                                   {"placeOf", "placeOf"},
                                                   {"begin", "begin"},
                                                   {"end", "end"},
                                                   {"words", "words"},
                                                   {"word", "word"},
                                                   {"i", "i"},
                                                   {"j", "j"},
                                                   {"copyWide", "copyWide"}})
            m_names.emplace_back(mark, directives.freshName(base));
        m_column = found.isLinear ? directives.freshName("column") : found.index->getNameAsString();
        for (std::size_t i = 0; i < found.lines.size(); ++i)
            m_lines.emplace_back(directives.freshName("line" + numbered(i)),
                                 directives.freshName("kLength" + numbered(i)));
        for (const auto* state : found.states)
            m_states[state] = directives.freshName(state->getNameAsString() + "_of");
        for (std::size_t i = 0; i < found.stores.size(); ++i)
            m_stored.push_back(directives.freshName("stored" + numbered(i)));
    }

    bool write(SourceEdit& edit)
    {
        const auto body = m_source.range(m_kernel.kernel().getBody());
        const auto before = offsetBeforeKernel(m_kernel);
        const auto text = "\n" + kernelText();
        if (!body || !before || !m_isWhole || !editLaunches(edit))
            return false;
        if (!m_found.stores.empty() || m_found.tap == nullptr)
            edit.insert(*before, filled(kStoreHelper, m_names));
        edit.replace({body->begin + 1, body->end - 1}, filled(text, m_names));
        return m_isWhole;
    }

private:
    static std::string numbered(std::size_t number) { return number == 0 ? "" : "_" + std::to_string(number + 1); }

    [[nodiscard]] std::string typeText(QualType type) const
    {
        return type.getUnqualifiedType().getAsString(m_source.context().getPrintingPolicy());
    }

    /// Of what a row has as many of.
    [[nodiscard]] QualType columnType() const
    {
        const auto type = m_found.columns->getType();
        return m_found.isLinear && type->isSignedIntegerType() ? type : m_found.index->getType();
    }

    [[nodiscard]] std::string indexType() const { return typeText(m_found.index->getType()); }

    /// The user's own words, with rows and columns by their names and \p changes made.
    std::string words(std::optional<TextRange> range, std::vector<Replacement> changes = {})
    {
        m_isWhole = m_isWhole && range.has_value();
        if (!range)
            return {};
        for (const auto& [use, type] : m_found.columnUses) {
            const bool isSame = m_source.context().hasSameUnqualifiedType(type, columnType());
            changes.push_back({use, isSame ? m_column : fmt::format("static_cast<{}>({})", typeText(type), m_column)});
        }
        for (const auto& [use, text] : m_found.rowUses)
            changes.push_back({use, text});
        // Of a map all that is loaded is there when it is used.
        const bool keepsLoads = !m_found.loops.empty() || m_saysPlaces;
        for (std::size_t i = 0; i < m_found.lines.size() && !keepsLoads; ++i)
            for (const Expr* load : m_found.lines[i].loads)
                if (const auto use = m_source.range(load))
                    changes.push_back({*use, keptText(i, "@output@")});
        // What stands within something that is replaced goes with it.
        std::vector<Replacement> own;
        for (const auto& one : changes)
            if (std::ranges::none_of(changes, [&](const Replacement& other) {
                    return other.range != one.range && other.range.contains(one.range);
                }))
                own.push_back(one);
        return rewritten(m_source.text(), *range, own);
    }

    std::string words(const Expr* expression, std::vector<Replacement> changes = {})
    {
        return words(m_source.range(expression), std::move(changes));
    }

    std::string statementWords(const Stmt* statement, const std::string& indentation,
                               std::vector<Replacement> changes = {})
    {
        const auto range = m_source.statementRange(statement);
        const auto text = words(range, std::move(changes));
        return range ? reindented(indentationAt(m_source.text(), range->begin) + text, indentation) : std::string();
    }

    std::vector<Replacement> renamed(const VarDecl* var, const Stmt* within, const std::string& text)
    {
        const auto changes = m_kernel.renaming(var, within, text);
        m_isWhole = m_isWhole && changes.has_value();
        return changes.value_or(std::vector<Replacement>());
    }

    static const VarDecl* variableOf(const DeclStmt* statement)
    {
        return llvm::cast<VarDecl>(statement->getSingleDecl());
    }

    [[nodiscard]] bool isState(const VarDecl* var) const { return m_states.count(var) > 0; }

    /// Variables that \p statements are worked out from, through the initialisers of moving ones.
    [[nodiscard]] std::set<const VarDecl*> needsOf(const std::vector<const Stmt*>& statements) const
    {
        std::set<const VarDecl*> needed;
        std::vector<const Stmt*> open = statements;
        while (!open.empty()) {
            const auto* statement = open.back();
            open.pop_back();
            walk(statement, [&](const Stmt* node) {
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
                if (var != nullptr && needed.insert(var).second && var->isLocalVarDecl() && var->hasInit()
                    && !isState(var))
                    open.push_back(var->getInit());
                return true;
            });
        }
        return needed;
    }

    /// Declares the column, and what \p users need of it.
    std::string columnText(const std::string& value, const std::vector<const Stmt*>& users,
                           const std::string& indentation, bool withStates = false)
    {
        auto all = users;
        if (withStates)
            for (const auto* state : m_found.states)
                all.push_back(state->getInit());
        const auto needed = needsOf(all);
        const auto head = fmt::format("{}const {} {} = {};\n", indentation, typeText(columnType()), m_column, value);
        std::string text;
        for (const auto* statement : m_found.declarations) {
            const auto* var = variableOf(statement);
            if (isState(var) ? withStates : m_found.moving.count(var) > 0 && needed.count(var) > 0 && !isIndex(var))
                text += statementWords(statement, indentation);
        }
        const auto index = m_found.index->getNameAsString();
        m_saysPlaces = true;
        bool isNamed = mentions(text, index);
        for (const Stmt* user : users)
            isNamed = isNamed || mentions(words(m_source.range(user)), index);
        m_saysPlaces = false;
        if (!m_found.isLinear || !isNamed)
            return head + text;
        return head
            + fmt::format("{}const {} {} = @row@ * {} + {};\n", indentation, indexType(), index, columns(), m_column)
            + text;
    }

    [[nodiscard]] bool isIndex(const VarDecl* var) const
    {
        return std::ranges::any_of(m_found.guarded.indices, [&](const ThreadIndex& index) { return index.var == var; });
    }

    std::string columns() { return operand(m_found.columns); }
    std::string operand(const Expr* expression) { return operandText(m_kernel, expression); }

    /// Whether the output of number \p output is one of the row's, and there.
    std::string isIn(const std::string& output)
    {
        return fmt::format("@first@ + {} < {}", output, m_found.isLinear ? "@there@" : columns());
    }

    std::string kernelText()
    {
        if (!m_found.loops.empty())
            return headText() + statesText() + nestText() + epilogueText();
        auto text = headText();
        for (std::size_t i = 0; i < m_found.lines.size(); ++i)
            text += mapLineText(i);
        return text + epilogueText();
    }

    /// Declarations of what all columns share; what the rows' numbers are worked out from first.
    std::string headText()
    {
        const auto early = needsOf({m_found.columns, m_found.bound(), m_found.guarded.guard->getCond()});
        std::string first, rest;
        for (const auto* statement : m_found.declarations) {
            const auto* var = variableOf(statement);
            if (isIndex(var) || isState(var) || m_found.moving.count(var) > 0)
                continue;
            (early.count(var) > 0 ? first : rest) += statementWords(statement, "    ");
        }
        const auto* own = m_found.guarded.indexOf(0);
        CodeValues values = {{"indexType", indexType()},
                             {"columnType", typeText(columnType())},
                             {"columns", columns()},
                             {"bound", operand(m_found.bound())},
                             {"place", m_source.text(own->initialiser)}};
        std::string others;
        for (const auto& index : m_found.guarded.indices)
            if (index.var != own->var)
                others += fmt::format("    const {} {} = {};\n", typeText(index.var->getType()),
                                      index.var->getNameAsString(), m_source.text(index.initialiser));
        values.emplace_back("otherIndices", others);
        if (!m_found.isLinear) {
            const auto* condition = m_found.guarded.guard->getCond();
            const auto text = words(condition, renamed(m_found.index, condition, "@first@"));
            values.emplace_back("leaves", m_found.guarded.returnsEarly ? text : "!(" + text + ")");
        }
        return first + filled(m_found.isLinear ? kLinearWindowHead : kPlaneWindowHead, values) + rest;
    }

    std::string statesText()
    {
        std::string text;
        std::string kept;
        for (const auto* state : m_found.states) {
            text += fmt::format("    {} {}[@OUTPUTS@];\n", typeText(state->getType()), m_states[state]);
            kept += fmt::format("        {}[@output@] = {};\n", m_states[state], state->getNameAsString());
        }
        return text + "    #pragma unroll\n    for (int @output@ = 0; @output@ < @OUTPUTS@; ++@output@) {\n"
            + columnText(fmt::format("{} ? @first@ + @output@ : @first@", isIn("@output@")), {}, "        ", true)
            + kept + "    }\n";
    }

    /// The loops as they are, but for what the innermost does: once to load all rows, which are few, and once to work
    /// on them; else row by row.
    std::string nestText()
    {
        if (m_found.tap == nullptr)
            return columnsText();
        m_rows = windowRows(m_kernel, m_found.loops);
        if (!m_rows)
            return nestWith([&](const std::string& indentation) {
                std::string text;
                for (std::size_t i = 0; i < m_found.lines.size(); ++i)
                    text += reindented(rowsText(i) + lineText(m_found.lines[i], i), indentation + "    ");
                return indentation + "{\n" + text + workText(indentation + "    ") + indentation + "}\n";
            });
        std::string text;
        for (std::size_t i = 0; i < m_found.lines.size(); ++i)
            text += rowsText(i);
        text += nestWith([&](const std::string& indentation) {
            std::string lines;
            for (std::size_t i = 0; i < m_found.lines.size(); ++i)
                lines += reindented(lineText(m_found.lines[i], i), indentation);
            return m_found.lines.size() == 1 ? lines : indentation + "{\n" + lines + indentation + "}\n";
        });
        return text + nestWith([&](const std::string& indentation) { return workText(indentation); });
    }

    /// Loops over rows, whose round first takes the row's elements for all outputs.
    std::string columnsText()
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
        round += fmt::format(
                     "{0}    #pragma unroll\n{0}    for (int @output@ = 0; @output@ < @OUTPUTS@; ++@output@) {{\n", own)
            + columnText("@first@ + @output@", users, inner);
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

    std::string nestWith(const std::function<std::string(const std::string&)>& inner)
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
                changes.push_back(
                    {{at->begin, at->begin}, "#pragma unroll\n" + indentationAt(m_source.text(), at->begin)});
        }
        return reindented(first + words(*range, changes), "    ");
    }

    static std::string unled(const std::string& text, const std::string& indentation)
    {
        auto made = text.substr(indentation.size());
        while (!made.empty() && made.back() == '\n')
            made.pop_back();
        return made;
    }

    /// Elements before the first, for vectors to be on their boundaries.
    static std::int64_t elementsApart(const WindowLine& line)
    {
        const auto width = std::max(1, 16 / line.bytes);
        return (width - line.ahead % width) % width;
    }

    std::string slotText(std::size_t number) const
    {
        return m_lines[number].first + (m_rows ? "[" + m_rows->number + "]" : "");
    }

    /// What is kept of the element at \p place of a row, as the loads had it.
    std::string keptText(std::size_t number, const std::string& place) const
    {
        const auto& line = m_found.lines[number];
        const auto apart = m_found.tap == nullptr ? 0 : elementsApart(line);
        const auto element =
            fmt::format("{}[{}{}]", slotText(number), apart == 0 ? "" : std::to_string(apart) + " + ", place);
        return line.conversion.empty() ? element : line.conversion + "(" + element + ")";
    }

    std::string rowsText(std::size_t number)
    {
        const auto& line = m_found.lines[number];
        const auto width = std::max(1, 16 / line.bytes);
        const auto apart = elementsApart(line);
        const auto length = apart == 0 ? m_lines[number].second : fmt::format("{} + {}", apart, m_lines[number].second);
        return filled(
            kWindowRows,
            {{"line", m_lines[number].first},
             {"length", m_lines[number].second},
             {"type", line.element},
             {"stride", std::to_string(m_found.stride)},
             {"taps", std::to_string(m_found.taps)},
             {"rows", m_rows ? fmt::format("[{}]", m_rows->count) : ""},
             {"extent", m_rows ? fmt::format("({} + {}) / {} * {}", length, width - 1, width, width) : length}});
    }

    /// All outputs' work on one row of the window.
    std::string workText(const std::string& indentation)
    {
        const auto& loop = *m_found.loops.back();
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
        const auto inner = indentation + "    ";
        return fmt::format("{0}#pragma unroll\n{0}for (int @output@ = 0; @output@ < @OUTPUTS@; ++@output@) {{\n",
                           indentation)
            + columnText("@first@ + @output@", {&loop}, inner) + inner + "#pragma unroll\n"
            + statementWords(&loop, inner, changes) + indentation + "}\n";
    }

    [[nodiscard]] std::string plusFirstTap() const
    {
        return m_found.firstTap == 0
            ? ""
            : fmt::format(" {} {}", m_found.firstTap > 0 ? "+" : "-", std::abs(m_found.firstTap));
    }
    [[nodiscard]] std::string minusFirstTap() const
    {
        return m_found.firstTap == 0
            ? ""
            : fmt::format(" {} {}", m_found.firstTap > 0 ? "-" : "+", std::abs(m_found.firstTap));
    }

    /// The column of an element of the row, with what \p users need of it and of the tap.
    std::string placeText(const std::vector<const Stmt*>& users)
    {
        const auto needed = needsOf(users);
        auto all = users;
        std::string own;
        for (const auto* local : m_found.locals)
            if (needed.count(variableOf(local)) > 0)
                own += statementWords(local, "            ");
        return columnText("@first@ + @output@", all, "            ") + own;
    }

    std::string lineText(const WindowLine& line, std::size_t number)
    {
        std::string conditions;
        std::vector<const Stmt*> tested;
        for (const auto* condition : m_found.conditions) {
            conditions += " && " + termOf(words(condition));
            tested.push_back(condition);
        }
        const int width = std::max(1, 16 / line.bytes);
        return filled(kWindowLine,
                      {{"conditionColumn", placeText(tested)},
                       {"placeColumn", placeText({line.place})},
                       {"isIn", isIn("@output@")},
                       {"conditions", conditions},
                       {"declaredTap", tapText()},
                       {"element", placeWords(line)},
                       {"slot", slotText(number)},
                       {"apart", elementsApart(line) == 0 ? "" : std::to_string(elementsApart(line)) + " + "},
                       {"length", m_lines[number].second},
                       {"ahead", std::to_string(line.ahead)},
                       {"width", std::to_string(width)},
                       {"stride", std::to_string(m_found.stride)},
                       {"taps", std::to_string(m_found.taps)}});
    }

    std::string mapLineText(std::size_t number)
    {
        const auto& line = m_found.lines[number];
        return filled(kMapLine,
                      {{"placeColumn", placeText({line.place})},
                       {"element", placeWords(line)},
                       {"line", m_lines[number].first},
                       {"type", line.element},
                       {"bytes", std::to_string(line.bytes)},
                       {"isLastIn", isIn("(@OUTPUTS@ - 1)")},
                       {"isIn", isIn("@output@")}});
    }

    std::string tapText()
    {
        return m_found.tap == nullptr
            ? std::string()
            : fmt::format("            const {} {} = @at@ - @output@ * {}{};\n", typeText(m_found.tap->getType()),
                          m_found.tap->getNameAsString(), m_found.stride, plusFirstTap());
    }

    /// Where an element of the row lies, not what is kept of it.
    std::string placeWords(const WindowLine& line)
    {
        const auto base = words(line.place->getBase());
        return fmt::format("{}[{}]", base, words(line.place->getIdx()));
    }

    static std::string termOf(const std::string& condition) { return "(" + condition + ")"; }

    std::string epilogueText() { return m_found.stores.empty() ? plainEpilogue() : storedEpilogue(); }

    std::string statesBack(const std::string& indentation)
    {
        std::string text;
        for (const auto* state : m_found.states)
            text += fmt::format("{}{} {} = {}[@output@];\n", indentation, typeText(state->getType()),
                                state->getNameAsString(), m_states[state]);
        return text;
    }

    std::string plainEpilogue()
    {
        std::string text =
            fmt::format("    #pragma unroll\n    for (int @output@ = 0; @output@ < @OUTPUTS@; ++@output@)\n"
                        "        if ({}) {{\n",
                        isIn("@output@"))
            + columnText("@first@ + @output@", m_found.epilogue, "            ") + statesBack("            ");
        for (const auto* statement : m_found.epilogue)
            text += statementWords(statement, "            ");
        return text + "        }\n";
    }

    /// What is stored is gathered first, then stored at once.
    std::string storedEpilogue()
    {
        std::string text, values, stores;
        std::vector<const Stmt*> users;
        std::size_t number = 0;
        for (const auto* statement : m_found.epilogue) {
            if (llvm::isa<DeclStmt>(statement)) {
                users.push_back(statement);
                values += statementWords(statement, "        ");
                continue;
            }
            const auto& store = m_found.stores[number];
            const auto& name = m_stored[number++];
            users.push_back(store.value);
            text += fmt::format("    __align__(16) {} {}[@OUTPUTS@];\n", store.element, name);
            values += fmt::format("        {}[@output@] = {};\n", name, words(store.value));
            stores += storeText(store, name);
        }
        return text + "    #pragma unroll\n    for (int @output@ = 0; @output@ < @OUTPUTS@; ++@output@) {\n"
            + columnText("@first@ + @output@", users, "        ") + statesBack("        ") + values + "    }\n"
            + stores;
    }

    std::string storeText(const ColumnStore& store, const std::string& name)
    {
        const auto* place = store.place;
        const auto needed = needsOf({place});
        auto declared = columnText("@first@ + @output@", {place}, "            ");
        for (const auto* statement : m_found.epilogue) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            if (declaration != nullptr && needed.count(variableOf(declaration)) > 0)
                declared += statementWords(statement, "            ");
        }
        return filled(kColumnStore,
                      {{"declared", declared},
                       {"element", store.element},
                       {"place", words(place)},
                       {"isLastIn", isIn("(@OUTPUTS@ - 1)")},
                       {"isIn", isIn("@output@")},
                       {"bytes", std::to_string(store.bytes)},
                       {"stored", name}});
    }

    bool editLaunches(SourceEdit& edit)
    {
        const auto launches = m_kernel.launches();
        for (const auto* launch : launches) {
            if (!m_found.isLinear) {
                const auto part = launch->gridParts.front();
                edit.replace(part, fmt::format("ceil_div({}, {})", m_source.text(part), valueOf(m_names, "OUTPUTS")));
                continue;
            }
            const auto all = inLaunchWords(m_kernel, *launch, m_found.bound());
            const auto columnsThere = inLaunchWords(m_kernel, *launch, m_found.columns);
            if (!all || !columnsThere || launch->gridParts.size() != 1 || launch->blockParts.size() != 1)
                return false;
            const auto divisor = isPlainWord(*columnsThere) ? *columnsThere : fmt::format("max({}, 1)", *columnsThere);
            edit.replace(launch->grid,
                         gridExtent(fmt::format("ceil_div({}, {}) * ceil_div({}, {})", *all, divisor, *columnsThere,
                                                valueOf(m_names, "OUTPUTS")),
                                    m_source.text(launch->block)));
        }
        return !launches.empty();
    }

    const KernelScope& m_kernel;
    const ParsedSource& m_source;
    const StridedWindows& m_found;
    CodeValues m_names;
    std::string m_column;
    std::vector<std::pair<std::string, std::string>> m_lines;
    std::map<const VarDecl*, std::string> m_states;
    std::vector<std::string> m_stored;
    bool m_saysPlaces = false;  ///< that are loaded from, instead of what was loaded
    std::optional<WindowRows> m_rows;  ///< that are kept at once
    bool m_isWhole = true;
};

}  // namespace

bool writeStridedWindows(const MoveContext& context, const KernelScope& kernel, const StridedWindows& found,
                         const std::string& outputs, SourceEdit& edit)
{
    return StridedWriter(context, kernel, found, outputs).write(edit);
}

}  // namespace warploom
