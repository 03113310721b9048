// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/AttentionCode.h"

namespace warploom {

using namespace clang;

const char* const kWeightHelpers = R"(// Two floats as neighbours of 16 bits, the first one below.
static __device__ __forceinline__ unsigned @packed@(float low, float high)
{
    unsigned pair;
    asm("cvt.rn.@ptxType@x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
}

// 2 to the power of x in one instruction; 0 where that is below what floats hold in full.
static __device__ __forceinline__ float @power@(float x)
{
    float result;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
}

)";

namespace {

/// Writes the parts of one attention; \p m_isKnown says whether all could be written.
class AttentionWriter {
public:
    AttentionWriter(const MoveContext& context, const Attention& found)
        : m_context(context)
        , m_found(found)
        , m_printer(found.printer)
    {
        const auto* row = found.guarded.indices[0].var;
        for (const ParmVarDecl* parameter : llvm::cast<FunctionDecl>(row->getDeclContext())->parameters())
            m_taken.insert(parameter->getNameAsString());
        m_row = name(row->getNameAsString(), "row");
        m_key = name(found.keys.name, "j");
        m_depth = name(found.depthName, "p");
        m_taken.erase(m_depth);
        m_out = name(found.store.loops[0].name, "d");
        m_rowType = typeText(row->getType());
    }

    CodeValues write(const std::string& indentation, const std::string& seenRow)
    {
        m_printer.names = {{m_found.rowSymbol, m_row},
                           {m_found.keySymbol, m_key},
                           {m_found.depthSymbol, m_depth},
                           {m_found.store.loops[0].symbol, m_out}};
        CodeValues values = {{"epilogue", reindented(epilogue(), indentation)},
                             {"query", print(m_found.query.value)},
                             {"key", print(m_found.key.value)},
                             {"value", print(m_found.value.value)},
                             {"queryPlace", place(m_found.query)},
                             {"keyPlace", place(m_found.key)},
                             {"valuePlace", place(m_found.value)},
                             {"keyBase", m_found.key.load->base->getNameAsString()},
                             {"valueBase", m_found.value.load->base->getNameAsString()},
                             {"limits", limits()},
                             {"isSeen", isUniform() ? "@j@ < @keys@" : "@j@ < @keysOf@(" + seenRow + ")"},
                             {"firstLimit", isUniform() ? "@keys@" : "@keysOf@(@firstRow@)"},
                             {"scale", scale()},
                             {"scaling", scaling()},
                             {"rows", print(m_found.rows)}};
        for (const auto& [mark, text] : CodeValues{{"row", m_row},
                                                   {"rowType", m_rowType},
                                                   {"j", m_key},
                                                   {"keyType", m_found.keys.type},
                                                   {"p", m_depth},
                                                   {"d", m_out},
                                                   {"type", m_found.type},
                                                   {"exp", m_found.exponential},
                                                   {"largestOf", m_found.type == "float" ? "fmaxf" : "fmax"},
                                                   {"element", m_found.query.element},
                                                   {"DEPTH", std::to_string(m_found.depth)},
                                                   {"WIDTH", std::to_string(m_found.width)},
                                                   {"result", m_result}})
            values.emplace_back(mark, text);
        addNames(values);
        return m_isKnown ? values : CodeValues{};
    }

private:
    static std::string typeText(QualType type) { return type.getUnqualifiedType().getAsString(); }

    std::string name(const std::string& own, const std::string& other)
    {
        const auto result = m_taken.count(own) > 0 ? m_context.directives().freshName(other + "_at") : own;
        m_taken.insert(result);
        return result;
    }

    std::string known(std::optional<std::string> text)
    {
        m_isKnown = m_isKnown && text;
        return text.value_or("");
    }
    std::string print(const ValueTree& tree) { return known(m_printer.print(tree)); }
    std::string print(const IndexForm& form) { return known(m_printer.print(form, false)); }

    /// The load itself, without conversions.
    std::string place(const AttentionMatrix& matrix)
    {
        const auto index = known(m_printer.print(matrix.load->index, true));
        return fmt::format("{}[{}]", matrix.load->base->getNameAsString(), index);
    }

    std::string epilogue()
    {
        const auto named = operationValue(ValueKind::Parameter, m_result, {});
        const auto value =
            mapped(m_found.store.value, [&](const ValueTree& node) { return node == m_found.result ? named : node; });
        const auto index = known(m_printer.print(m_found.store.index, true));
        return fmt::format("{}[{}] = {};\n", m_found.store.base->getNameAsString(), index, print(value));
    }

    [[nodiscard]] bool isUniform() const
    {
        return std::ranges::none_of(m_found.limits,
                                    [&](const auto& limit) { return limit.dependsOn(m_found.rowSymbol); });
    }

    /// How many keys there are for all rows of the block, or for each.
    std::string limits()
    {
        std::string smallest;
        for (const auto& limit : m_found.limits) {
            const auto one = print(limit);
            smallest = smallest.empty() ? fmt::format("static_cast<@keyType@>({})", one)
                                        : fmt::format("min({}, static_cast<@keyType@>({}))", smallest, one);
        }
        if (isUniform() && m_found.limits.size() == 1)
            return fmt::format("    const @keyType@ @keys@ = {};\n", print(m_found.limits[0]));
        if (isUniform())
            return fmt::format("    const @keyType@ @keys@ = {};\n", smallest);
        return fmt::format("    // A row sees the first keys only: so many.\n"
                           "    const auto @keysOf@ = [&](@rowType@ @row@) {{ return {}; }};\n"
                           "    const @keyType@ @keys@ = @keysOf@(min(static_cast<@rowType@>(@first@ + "
                           "@QUERIES@), static_cast<@rowType@>(@rows@)) - 1);\n",
                           smallest);
    }

    /// " * a / b", after a product.
    std::string scaling()
    {
        std::string text;
        for (const auto& factor : m_found.scales)
            text += " * " + print(factor);
        for (const auto& divisor : m_found.divisors)
            text += " / " + print(divisor);
        return text;
    }

    std::string scale()
    {
        const auto text = scaling();
        return text.rfind(" * ", 0) == 0 ? text.substr(3) : "1.0f" + text;
    }

    void addNames(CodeValues& values) const
    {
        const auto& directives = m_context.directives();
        for (const char* name : {"QUERIES", "KEYS", "ROWS", "WARPS", "STAGES", "AHEAD", "MIN_BLOCKS"})
            values.emplace_back(name, directives.freshName(name));
        for (const auto& [mark, base] : CodeValues{{"keys", "key_count"},
                                                   {"keysOf", "keys_of"},
                                                   {"first", "first"},
                                                   {"firstRow", "first_row"},
                                                   {"kDepth", "kDepth"},
                                                   {"kWidth", "kWidth"},
                                                   {"threads", "kThreads"},
                                                   {"begin", "tile_begin"},
                                                   {"thread", "thread"},
                                                   {"lane", "lane"},
                                                   {"item", "item"},
                                                   {"scores", "scores"},
                                                   {"results", "results"},
                                                   {"largest", "peaks"},
                                                   {"sums", "sums"},
                                                   {"highest", "highest"},
                                                   {"shrink", "shrink"},
                                                   {"weight", "share"},
                                                   {"offset", "offset"},
                                                   {"i", "i"},
                                                   {"c", "c"},
                                                   {"e", "e"}})
            values.emplace_back(mark, fresh(base));
    }

    /// Words of the body are free: it is replaced as a whole.
    [[nodiscard]] std::string fresh(const std::string& base) const
    {
        const bool isFree = m_taken.count(base) == 0 && base != m_out && base != m_depth;
        return isFree && base.size() == 1 ? base : m_context.directives().freshName(base);
    }

    const MoveContext& m_context;
    const Attention& m_found;
    ValuePrinter m_printer;
    std::set<std::string> m_taken;
    std::string m_row, m_key, m_depth, m_out, m_rowType;
    std::string m_result = m_context.directives().freshName("mean");
    bool m_isKnown = true;
};

}  // namespace

CodeValues attentionValues(const MoveContext& context, const Attention& found, const std::string& indentation,
                           const std::string& seenRow)
{
    return AttentionWriter(context, found).write(indentation, seenRow);
}

bool editAttentionLaunches(SourceEdit& edit, const KernelScope& kernel, const Attention& found, const std::string& down,
                           const std::string& block, const std::string& shared)
{
    const auto& directives = kernel.source().directives();
    const auto launches = kernel.launches();
    for (const auto* launch : launches) {
        const auto rows = kernel.argumentOf(*launch, found.guarded.bounds.at(found.guarded.indices[0].var));
        if (rows.empty() || launch->blockParts.size() != 1 || launch->shared)
            return false;
        auto grid = fmt::format("ceil_div({}, {})", rows, down);
        for (std::size_t i = 1; i < launch->gridParts.size(); ++i)
            grid += ", " + directives.text(launch->gridParts[i]);
        edit.replace(launch->grid, launch->gridParts.size() > 1 ? "dim3(" + grid + ")" : grid);
        edit.replace(launch->block, block + ", " + shared);
    }
    return !launches.empty();
}

}  // namespace warploom
