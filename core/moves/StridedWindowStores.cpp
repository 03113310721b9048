// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/StridedWindowWriter.h"

namespace warploom {

using namespace clang;

namespace {

/// The same of a map: an element for each output.
constexpr const char* kMapLine =
    R"(    __align__(16) @type@ @line@[@OUTPUTS@];
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

constexpr const char* kColumnStore =
    R"(    {
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

}  // namespace

std::int64_t StridedWindowWriter::elementsApart(const WindowLine& line)
{
    const auto width = std::max(1, 16 / line.bytes);
    return (width - line.ahead % width) % width;
}

std::string StridedWindowWriter::slotText(std::size_t number) const
{
    return m_lines[number].first + (m_rows ? "[" + m_rows->number + "]" : "");
}

std::string StridedWindowWriter::keptText(std::size_t number, const std::string& place) const
{
    const auto& line = m_found.lines[number];
    const auto apart = m_found.tap == nullptr ? 0 : elementsApart(line);
    const auto element =
        fmt::format("{}[{}{}]", slotText(number), apart == 0 ? "" : std::to_string(apart) + " + ", place);
    return line.conversion.empty() ? element : line.conversion + "(" + element + ")";
}

std::string StridedWindowWriter::mapLineText(std::size_t number)
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

std::string StridedWindowWriter::placeWords(const WindowLine& line)
{
    const auto base = words(line.place->getBase());
    return fmt::format("{}[{}]", base, words(line.place->getIdx()));
}

std::string StridedWindowWriter::epilogueText() { return m_found.stores.empty() ? plainEpilogue() : storedEpilogue(); }

std::string StridedWindowWriter::plainEpilogue()
{
    std::string text = fmt::format("    #pragma unroll\n    for (int @output@ = 0; @output@ < @OUTPUTS@; ++@output@)\n"
                                   "        if ({}) {{\n",
                                   isIn("@output@"))
        + columnText("@first@ + @output@", m_found.epilogue, "            ") + statesBack("            ");
    for (const auto* statement : m_found.epilogue)
        text += statementWords(statement, "            ");
    return text + "        }\n";
}

std::string StridedWindowWriter::storedEpilogue()
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
        + columnText(columnOf(users), users, "        ") + statesBack("        ") + values + "    }\n" + stores;
}

std::string StridedWindowWriter::storeText(const ColumnStore& store, const std::string& name)
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

}  // namespace warploom
