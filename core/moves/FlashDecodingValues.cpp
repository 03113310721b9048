// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FlashDecodingCode.h"

namespace warploom {

using namespace clang;

namespace {

const std::vector<std::string> kOwnNames = {
    "load",      "fetch",       "partial",     "queries",    "scores",       "peaks",  "sums",    "shrinks",
    "parts",     "thread",      "lane",        "depth",      "pitch",        "width",  "columns", "groups",
    "tile",      "column",      "split",       "end",        "first",        "taken",  "from",    "to",
    "length",    "splitBegin",  "splitEnd",    "item",       "results",      "begin",  "count",   "products",
    "chunk",     "raw",         "place",       "part",       "own",          "offset", "product", "score",
    "before",    "largest",     "sum",         "weight",     "shrink",       "total",  "mean",    "keyOrigin",
    "keyVector", "valueVector", "valueOrigin", "isKeyWhole", "isValueWhole", "groupOf"};

/// Words for marks that are none themselves.
const std::map<std::string, std::string> kWords = {
    {"load", "load_neighbours"},
    {"fetch", "fetch_ahead"},
    {"partial", "partial"},
    {"keyOrigin", "key_origin"},
    {"keyVector", "kKeyVector"},
    {"valueVector", "kValueVector"},
    {"valueOrigin", "value_origin"},
    {"groups", "kGroups"},
    {"tile", "kTile"},
    {"isKeyWhole", "is_key_whole"},
    {"groupOf", "group"},
    {"isValueWhole", "is_value_whole"},
    {"splitBegin", "split_begin"},
    {"splitEnd", "split_end"},
    {"from", "key_begin"},
    {"to", "key_end"},
};

constexpr const char* kAxisNames = "xyz";

class DecodingWriter {
public:
    DecodingWriter(const MoveContext& context, const KernelScope& kernel, const QueryAttention& found)
        : m_context(context)
        , m_kernel(kernel)
        , m_found(found)
        , m_axes(static_cast<int>(kernel.launches().front()->gridParts.size()))
    {
        for (const ParmVarDecl* parameter : kernel.kernel().parameters())
            m_taken.insert(parameter->getNameAsString());
    }

    CodeValues write()
    {
        nameAll();
        CodeValues values = parts();
        for (const auto& name : kOwnNames)
            values.emplace_back(name, m_names.at(name));
        for (const char* const name : {"t", "p", "d", "h", "i", "e", "row", "rowsOfValues", "valueRow", "rowCount"})
            values.emplace_back(name, m_names.at(name));
        for (const char* const name : {"SPLITS", "HEADS", "LANES", "AHEAD", "THREADS", "PREFETCH"})
            values.emplace_back(name, m_context.directives().freshName(name));
        return m_isKnown ? values : CodeValues{};
    }

private:
    void nameAll()
    {
        // Names of the user's own loops and rows are free: the bodies are replaced as a whole.
        name("t", m_found.keys.name);
        name("d", m_found.store.loops[0].name);
        name("p", "p");
        name("row", "row");
        for (const auto& own : kOwnNames)
            name(own, kWords.count(own) > 0 ? kWords.at(own) : own);
        for (const auto& [mark, word] : CodeValues{{"h", "h"},
                                                   {"i", "i"},
                                                   {"e", "e"},
                                                   {"rowsOfValues", "value_rows"},
                                                   {"valueRow", "value_row"},
                                                   {"rowCount", "row_count"}})
            name(mark, word);
        for (int axis = 0; axis < m_axes; ++axis) {
            if (axis != m_found.axis)
                name(item(axis), item(axis));
            name(extent(axis), extent(axis));
        }
    }

    void name(const std::string& mark, const std::string& word)
    {
        // Loop counters of one letter, and what the kernel calls its own, hide nothing that is in use.
        auto made = word;
        const bool isOwn = word.size() == 1 || mark == "t" || mark == "d";
        if (!isOwn)
            made = m_context.directives().freshName(word);
        for (int number = 2; m_taken.count(made) > 0; ++number)
            made = fmt::format("{}_{}", word, number);
        m_taken.insert(made);
        m_names[mark] = made;
    }
    static std::string item(int axis) { return fmt::format("item_{}", kAxisNames[axis]); }
    static std::string extent(int axis) { return fmt::format("extent_{}", kAxisNames[axis]); }
    [[nodiscard]] std::string rowName(int axis) const { return m_names.at(axis == m_found.axis ? "row" : item(axis)); }

    [[nodiscard]] ValuePrinter printer() const
    {
        auto made = m_found.printer;
        for (int axis = 0; axis < m_axes; ++axis) {
            made.names[BlockReader::builtinSymbol("blockIdx", axis)] = rowName(axis);
            made.names[BlockReader::builtinSymbol("gridDim", axis)] =
                axis == m_found.axis ? m_names.at("rowCount") : m_names.at(extent(axis));
        }
        made.names[m_found.keySymbol] = m_names.at("t");
        made.names[m_found.depthSymbol] = m_names.at("p");
        made.names[m_found.outSymbol] = m_names.at("d");
        // One may be made of another.
        for (std::size_t turn = 0; turn < m_found.named.size(); ++turn)
            for (const auto& [symbol, from] : m_found.named) {
                const auto first = made.print(from.first, from.base != nullptr);
                const auto second = made.print(from.second, false);
                if (first && from.base != nullptr)
                    made.names[symbol] = fmt::format("{}[{}]", from.base->getNameAsString(), *first);
                else if (first && second)
                    made.names[symbol] = fmt::format("{0}(static_cast<{1}>({2}), static_cast<{1}>({3}))", from.function,
                                                     from.type, *first, *second);
            }
        return made;
    }

    std::string known(std::optional<std::string> text)
    {
        m_isKnown = m_isKnown && text;
        return text.value_or("");
    }

    static ValueTree named(const std::string& name) { return operationValue(ValueKind::Parameter, name, {}); }
    /// \p tree with each node that is, or looks like, one of \p nodes under that one's name.
    static ValueTree replaced(const ValueTree& tree, const std::vector<std::pair<ValueTree, std::string>>& nodes)
    {
        return mapped(tree, [&](const ValueTree& node) {
            for (const auto& [known, name] : nodes)
                if (known != nullptr && (node == known || isSame(node, known)))
                    return named(name);
            return node;
        });
    }
    static ValueTree loadedAs(const QueryLine& line, const std::string& name)
    {
        return mapped(line.value, [&](const ValueTree& node) { return node.get() == line.load ? named(name) : node; });
    }

    /// An index without key and element, and what a key adds to it.
    std::string beginOf(const QueryLine& line, const std::string& along)
    {
        return known(printer().print(line.load->index.without(m_found.keySymbol).without(along), true));
    }
    std::string grouped(const IndexForm& form)
    {
        const auto text = known(printer().print(form, true));
        return text.find(' ') == std::string::npos ? text : "(" + text + ")";
    }
    std::string number(const IndexForm& form) { return known(printer().print(form, false)); }
    std::string print(const ValueTree& tree) { return known(printer().print(tree)); }

    CodeValues parts()
    {
        const auto& found = m_found;
        const auto score = replaced(found.score, {{found.product, m_names.at("product")}});
        CodeValues values = {
            {"sharing", sharing()},
            {"isNone", m_found.guards.empty() ? std::string() : isNone() + " || "},
            {"guard", guard()},
            {"joinGuard", joinGuard()},
            {"keyIndex", keyIndex()},
            {"valueIndex", indexIf(loadedAs(found.value, "0"), "@begin@ + @place@ + @i@ * @rowsOfValues@", 24)},
            {"weightIndex", indexIf(plainWeight(), "@begin@ + @place@", 20)},
            {"weightRow", rowIf(plainWeight(), "@h@", 16)},
            {"lowestRow", rowIf(found.largest->operands[0], "@thread@", 12)},
            {"scoreOfProduct", print(score)},
            {"weightOfScore", print(weight())},
            {"shrinkOfBefore", print(scaled(m_names.at("before")))},
            {"lowest", print(found.largest->operands[0])},
            {"store", store()},
            {"query", print(found.query)},
            {"key", print(loadedAs(found.key, "@raw@[@i@][@e@]"))},
            {"value", print(loadedAs(found.value, "@raw@[@i@][@e@]"))},
            {"keyBegin", beginOf(found.key, found.depthSymbol)},
            {"valueBegin", beginOf(found.value, found.outSymbol)},
            {"keyPitchFactor", grouped(found.key.pitch)},
            {"valuePitchFactor", grouped(found.value.pitch)},
            {"keyPitch", grouped(found.key.pitch)},
            {"valuePitch", grouped(found.value.pitch)},
            {"START", number(found.keys.start)},
            {"BOUND", number(found.keys.bound)},
            {"DEPTH", number(found.depth)},
            {"WIDTH", number(found.width)},
            {"keyElement", found.key.element},
            {"valueElement", found.value.element},
            {"keyBase", found.key.load->base->getNameAsString()},
            {"valueBase", found.value.load->base->getNameAsString()},
            {"keyType", found.keys.type},
            {"fixedRows", fixedRows()},
            {"joinRows", joinRows()},
            {"rowPlace", rowPlace()},
            {"splitParameters", splitParameters()}};
        const bool isFlat = m_kernel.launches().front()->blockParts.size() == 1;
        values.emplace_back("joinThreads", isFlat ? "blockDim.x" : "blockDim.x * blockDim.y * blockDim.z");
        values.emplace_back("joinThread",
                            isFlat ? "threadIdx.x"
                                   : "(threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x");
        return values;
    }

    /// The exponential of what \p score is more than the largest.
    [[nodiscard]] ValueTree scaled(const std::string& score) const
    {
        return replaced(m_found.exponential,
                        {{m_found.largest, m_names.at("largest")}, {m_found.scoreInWeight, score}});
    }

    [[nodiscard]] ValueTree plainWeight() const
    {
        const auto plain = scaled(m_names.at("score"));
        return mapped(m_found.weight,
                      [&](const ValueTree& node) { return node == m_found.exponential ? plain : node; });
    }

    /// A key that is hidden weighs as much as others where all are, and nothing as soon as there is a larger score.
    [[nodiscard]] ValueTree weight() const
    {
        auto plain = scaled(m_names.at("score"));
        if (!m_found.isStartFinite) {
            const auto text = printer().print(plain);
            if (!text)
                return nullptr;
            plain = named(fmt::format("({0} == {1} && {1} == {2} ? 1.0f : {3})", m_names.at("score"),
                                      m_names.at("largest"), kLowestScore, *text));
        }
        return mapped(m_found.weight,
                      [&](const ValueTree& node) { return node == m_found.exponential ? plain : node; });
    }

    std::string store()
    {
        auto mean = named(m_names.at("mean"));
        for (const auto& factor : m_found.factors)
            mean = operationValue(ValueKind::Binary, "*", {mean, factor});
        for (const auto& divisor : m_found.divisors)
            mean = operationValue(ValueKind::Binary, "/", {mean, divisor});
        const auto whole =
            mapped(m_found.store.value, [&](const ValueTree& node) { return node == m_found.mean ? mean : node; });
        const auto value =
            replaced(whole, {{m_found.total, m_names.at("total")}, {m_found.largest, m_names.at("largest")}});
        return fmt::format("{}[{}] = {};", m_found.store.base->getNameAsString(),
                           known(printer().print(m_found.store.index, true)), print(value));
    }

    [[nodiscard]] std::string keyIndex() const
    {
        return indexIf(loadedAs(m_found.key, "0"), "@begin@ + min(@groupOf@ + @i@ * @groups@, @count@ - 1)", 20);
    }

    /// Declares the key for \p tree, where that asks for it.
    [[nodiscard]] std::string indexIf(const ValueTree& tree, const std::string& key, int indentation) const
    {
        return dependsOn(tree, m_found.keySymbol)
            ? fmt::format("{:{}}const @keyType@ @t@ = {};\n", "", indentation, key)
            : std::string();
    }

    /// Declares the row for \p tree, where that asks for it.
    [[nodiscard]] std::string rowIf(const ValueTree& tree, const std::string& place, int indentation) const
    {
        return dependsOn(tree, BlockReader::builtinSymbol("blockIdx", m_found.axis))
            ? fmt::format("{:{}}const int @row@ = @first@ + {};\n", "", indentation, place)
            : std::string();
    }

    [[nodiscard]] std::string sharing() const
    {
        if (!m_found.isSharing)
            return {};
        return R"(        // Rows that follow and look at the same places.
        for (@taken@ = 1; @first@ + @taken@ < @end@; ++@taken@) {
            const int @row@ = @first@ + @taken@;
            if (@isNone@@keyBegin@ != @keyOrigin@ || @valueBegin@ != @valueOrigin@
                || @START@ != @from@ || @BOUND@ != @to@)
                break;
        }
)";
    }

    /// Whether a row is none.
    [[nodiscard]] std::string isNone()
    {
        std::string text;
        for (const auto& form : m_found.guards)
            text += fmt::format("{}{} < 0", text.empty() ? "" : " || ", number(form));
        return text;
    }

    [[nodiscard]] std::string guard()
    {
        return m_found.guards.empty() ? std::string()
                                      : fmt::format("        if ({}) {{\n            @taken@ = 1;\n            "
                                                    "continue;\n        }}\n",
                                                    isNone());
    }

    [[nodiscard]] std::string joinGuard()
    {
        return m_found.guards.empty() ? std::string() : fmt::format("    if ({})\n        return;\n", isNone());
    }

    [[nodiscard]] std::string fixedRows() const
    {
        std::string text;
        int at = 1;
        for (int axis = 0; axis < m_axes; ++axis)
            if (axis != m_found.axis)
                text += fmt::format("    const int {} = blockIdx.{};\n", rowName(axis), kAxisNames[at++]);
        return text;
    }

    [[nodiscard]] std::string joinRows() const
    {
        std::string text;
        for (int axis = 0; axis < m_axes; ++axis)
            text += fmt::format("    const int {} = blockIdx.{};\n", rowName(axis), kAxisNames[axis]);
        for (int axis = 0; axis < m_axes; ++axis)
            text += fmt::format("    const int {} = gridDim.{};\n",
                                axis == m_found.axis ? "@rowCount@" : m_names.at(extent(axis)), kAxisNames[axis]);
        return text;
    }

    [[nodiscard]] std::string rowPlace() const
    {
        std::string text = fmt::format("size_t({})", rowName(m_axes - 1));
        for (int axis = m_axes - 2; axis >= 0; --axis)
            text = fmt::format("({} * {} + {})", text,
                               axis == m_found.axis ? m_names.at("rowCount") : m_names.at(extent(axis)), rowName(axis));
        return text;
    }

    [[nodiscard]] std::string splitParameters() const
    {
        std::string text = ", float* @partial@";
        for (int axis = 0; axis < m_axes; ++axis)
            text += fmt::format(", int {}", axis == m_found.axis ? "@rowCount@" : m_names.at(extent(axis)));
        return text;
    }

    const MoveContext& m_context;
    const KernelScope& m_kernel;
    const QueryAttention& m_found;
    int m_axes;
    std::set<std::string> m_taken;
    std::map<std::string, std::string> m_names;
    bool m_isKnown = true;
};

}  // namespace

CodeValues flashDecodingValues(const MoveContext& context, const KernelScope& kernel, const QueryAttention& found)
{
    return DecodingWriter(context, kernel, found).write();
}

}  // namespace warploom
