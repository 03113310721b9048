// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FactorCode.h"

#include "moves/CodeTemplate.h"
#include "moves/Contraction.h"
#include "moves/FactorPlace.h"
#include "moves/HostWords.h"
#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

/// Of the second dimension of a grid.
constexpr const char* kMostBlocks = "65535";

constexpr const char* kWriter =
    R"(// Works out what @kernel@ multiplies for each @own@ and each product of its sums, once for all that take it.
// Neighbours in @neighbours@ lie side by side.
@linkage@__global__ void @writer@(
@parameters@)
{
@body@}

)";

std::string typeOf(const KernelScope& kernel, const VarDecl* var)
{
    return var->getType().getUnqualifiedType().getAsString(kernel.source().context().getPrintingPolicy());
}

/// Separated by commas, in lines that end where the project's do.
std::string listed(const std::vector<std::string>& parts)
{
    constexpr std::size_t kLineLength = 120;
    std::string text = "    ";
    std::size_t length = text.size();
    for (std::size_t at = 0; at < parts.size(); ++at) {
        if (at > 0 && length + parts[at].size() + 3 > kLineLength) {
            text += ",\n    ";
            length = 4;
        } else if (at > 0) {
            text += ", ";
            length += 2;
        }
        text += parts[at];
        length += parts[at].size();
    }
    return text;
}

/// A factor as the kernel shall see it, and the arrays that its parts are written to; none where it stays what it was.
struct FactorWords {
    const NestFactor* factor = nullptr;
    std::vector<std::string> loaded;
    std::vector<std::string> names;
};

class FactorCode {
public:
    FactorCode(const MoveContext& context, const KernelScope& kernel, const FactorNest& nest, const WrittenType& type)
        : m_context(context)
        , m_kernel(kernel)
        , m_nest(nest)
        , m_type(type)
        , m_launch(*onlyLaunch(kernel))
        , m_place(kernel, nest, m_launch)
        , m_edit(context.source().text())
    {
    }

    std::optional<std::string> make(bool keepsLoads)
    {
        m_block = m_context.directives().freshName("WRITE_BLOCK");
        std::array<bool, 2> isWritten = {};
        for (const std::size_t side : {0, 1})
            for (const auto& factor : m_nest.factors[side]) {
                m_words[side].push_back(wordsFor(factor, side, keepsLoads));
                isWritten[side] = isWritten[side] || !m_words[side].back().names.empty();
            }
        // Parts of both sides would be more products than one of floats is worth.
        if ((!isWritten[0] && !isWritten[1]) || (m_type.parts > 1 && isWritten[0] && isWritten[1]) || !addHeader()
            || !addWriter(0) || !addWriter(1) || !addParameters() || !rewriteLoops())
            return std::nullopt;
        m_context.directives().addTune(m_edit, m_block, {256, 128, 512});
        return m_edit.apply();
    }

private:
    FactorWords wordsFor(const NestFactor& factor, std::size_t side, bool keepsLoads)
    {
        if (const auto kept = keepsLoads ? keptText(factor) : std::string(); !kept.empty())
            return {&factor, {kept}, {}};
        FactorWords words{&factor, {}, {}};
        const auto index = m_place.own(side)->getNameAsString();
        for (std::size_t part = 0; part < m_type.parts; ++part) {
            const auto base = "factor_" + index + (part == 0 ? "" : "_low");
            auto name = m_context.directives().freshName(base);
            for (int number = 2; m_names.count(name) > 0; ++number)
                name = m_context.directives().freshName(fmt::format("{}_{}", base, number));
            m_names.insert(name);
            const auto element = fmt::format("{}[{}]", name, m_place.element(side, m_place.name(), index));
            words.names.push_back(name);
            words.loaded.push_back(m_type.widened.empty() ? element : fmt::format("{}({})", m_type.widened, element));
        }
        return words;
    }

    /// A factor that stays what it is, by the one counter; empty where it cannot.
    [[nodiscard]] std::string keptText(const NestFactor& factor) const
    {
        std::string text;
        for (std::size_t number = 0; number < factor.parts.size(); ++number) {
            const auto& part = *factor.parts[number].front().expression;
            const auto kept = isLoadOf(m_kernel, factor, m_type.element) ? m_place.atPlace(part, number) : std::nullopt;
            const auto own = kept ? floatText(part, *kept) : std::string();
            if (own.empty() || (number > 0 && own != text))
                return {};
            text = own;
        }
        return text;
    }

    bool addHeader()
    {
        const auto text = m_context.source().text();
        if (m_type.header.empty() || text.find("<" + m_type.header + ">") != std::string_view::npos)
            return true;
        // Before everything but comments.
        std::size_t at = 0;
        while (at < text.size()) {
            const auto first = text.find_first_not_of(" \t\r\n", at);
            if (first == std::string_view::npos || text.substr(first, 2) != "//")
                break;
            const auto end = text.find('\n', first);
            at = end == std::string_view::npos ? text.size() : end + 1;
        }
        m_edit.insert(at, fmt::format("#include <{}>\n", m_type.header));
        return true;
    }

    /// The variables that a side's written factors are worked out from; empty where none is written.
    [[nodiscard]] std::set<const VarDecl*> neededBy(std::size_t side) const
    {
        std::set<const VarDecl*> needed;
        for (const auto& words : m_words[side])
            if (!words.names.empty())
                needed.insert(words.factor->variables.begin(), words.factor->variables.end());
        if (needed.empty())
            return needed;
        const auto addWithin = [&](const Stmt* statement) {
            walk(statement, [&](const Stmt* node) {
                if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
                    if (const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl()))
                        needed.insert(var);
                return true;
            });
        };
        addWithin(m_nest.guarded.bounds.at(m_place.own(side)));
        // Places along the depth are told apart by how deep it is, as layers are by how many lines they have.
        for (const auto& loop : m_nest.loops)
            addWithin(loop.loop.bound);
        for (const Stmt* advance : m_nest.advances)
            if (needed.count(plainVariable(llvm::cast<BinaryOperator>(advance)->getLHS())) > 0)
                addWithin(advance);
        return needed;
    }

    bool addWriter(std::size_t side)
    {
        const auto needed = neededBy(side);
        if (needed.empty())
            return true;
        const auto before = offsetBeforeKernel(m_kernel);
        const auto index = m_place.own(side)->getNameAsString();
        const auto name = m_context.directives().freshName(fmt::format("{}_factor_{}", m_kernel.name(), index));
        std::vector<std::string> parameters;
        std::vector<std::string> arguments;
        for (unsigned i = 0; i < m_kernel.kernel().getNumParams(); ++i) {
            const auto* parameter = m_kernel.kernel().getParamDecl(i);
            if (needed.count(parameter) == 0)
                continue;
            const auto range = m_kernel.source().range(parameter->getSourceRange());
            if (!range)
                return false;
            parameters.push_back(m_kernel.source().text(*range));
            arguments.push_back(m_kernel.source().text(m_launch.arguments[i]));
        }
        std::vector<FactorArrays> arrays;
        for (const auto& words : m_words[side]) {
            for (const auto& array : words.names) {
                parameters.push_back(fmt::format("{}* __restrict__ {}", m_type.element, array));
                arguments.push_back(array);
            }
            if (!words.names.empty())
                arrays.push_back({words.factor, words.names});
        }
        FactorWriter writer(m_context, m_kernel, m_nest, m_place, side, m_type, std::move(arrays), needed);
        const auto body = writer.body();
        if (!before || body.empty()
            || !addLaunch(side, name, writer.lanes(), fmt::format("{}", fmt::join(arguments, ", "))))
            return false;
        m_edit.insert(*before,
                      writer.helpers()
                          + filled(kWriter,
                                   {{"body", body},
                                    {"kernel", m_kernel.name()},
                                    {"own", index},
                                    {"neighbours", m_place.liesAlongDepth(side) ? "the sum" : index},
                                    {"linkage", m_kernel.kernel().isExternC() ? "extern \"C\" " : ""},
                                    {"writer", name},
                                    {"parameters", listed(parameters)}}));
        return true;
    }

    bool addLaunch(std::size_t side, const std::string& name, std::int64_t lanes, const std::string& arguments)
    {
        const auto index = inLaunchWords(m_kernel, m_launch, m_nest.guarded.bounds.at(m_place.own(side)));
        const auto rounds = m_place.roundsInLaunch();
        const auto depth = m_place.depthInLaunch();
        if (!index || !rounds || !depth)
            return false;
        const auto layers = m_place.hasLayers() ? m_kernel.source().text(m_launch.gridParts[2]) : std::string();
        const bool isAlong = m_place.liesAlongDepth(side);
        std::string lines;
        for (const auto& words : m_words[side])
            for (const auto& array : words.names)
                lines += fmt::format("// warploom: scratch {} {}[max(1, {} * {}{})]\n", array, m_type.scratch, *depth,
                                     *index, layers.empty() ? "" : " * (" + layers + ")");
        lines += fmt::format(
            "// warploom: launch {}<<<dim3(max(1, ceil_div({}, {})), max(1, min({}, {})){}), {}>>>({})\n", name,
            isAlong ? *rounds : *index, lanes == 1 ? m_block : fmt::format("{} * {}", m_block, lanes),
            isAlong ? *index : *rounds, kMostBlocks, layers.empty() ? "" : ", " + layers, m_block, arguments);
        m_edit.insert(lineAround(m_context.source(), m_launch.line.begin).begin, lines);
        return true;
    }

    bool addParameters()
    {
        const auto* last = m_kernel.kernel().parameters().back();
        const auto range = m_kernel.source().range(last->getSourceRange());
        if (!range)
            return false;
        for (const auto& side : m_words)
            for (const auto& words : side)
                for (const auto& array : words.names) {
                    m_edit.insert(range->end, fmt::format(", const {}* __restrict__ {}", m_type.element, array));
                    m_edit.insert(m_launch.arguments.back().end, ", " + array);
                }
        return true;
    }

    bool rewriteLoops()
    {
        const auto& source = m_kernel.source();
        const auto range = source.statementRange(m_nest.statement());
        if (!range)
            return false;
        const auto indentation = indentationAt(source.text(), range->begin);
        std::string updates;
        for (const auto& sum : m_nest.sums)
            for (const auto& first : m_words[0][sum.factors[0]].loaded)
                for (const auto& second : m_words[1][sum.factors[1]].loaded)
                    updates +=
                        fmt::format("{}    {} += {} * {};\n", indentation, sum.sum->getNameAsString(), first, second);
        const bool isOne = std::ranges::count(updates, '\n') == 1;
        auto text =
            fmt::format("for ({0} {1} = 0; {1} < {2}; ++{1}){3}\n{4}{5}", typeOf(m_kernel, m_nest.outermost().loop.var),
                        m_place.name(), m_place.end(), isOne ? "" : " {", updates, isOne ? "" : indentation + "}");
        if (isOne)
            text.pop_back();
        text += movedDeclarations(indentation);
        m_edit.replace(*range, text);
        return m_hasWords;
    }

    /// Takes declarations that the loop needs no more away; those that something after it names go behind it.
    std::string movedDeclarations(const std::string& indentation)
    {
        std::string moved;
        for (const auto* declaration : m_nest.declarations) {
            const auto* var = llvm::cast<VarDecl>(declaration->getSingleDecl());
            if (isKept(var))
                continue;
            const auto range = m_kernel.source().statementRange(declaration);
            m_hasWords = m_hasWords && range.has_value();
            if (!range)
                return {};
            if (isUsedLater(var))
                moved += "\n" + indentation + m_kernel.source().text(*range);
            m_edit.removeWithLine(*range);
        }
        return moved;
    }

    /// Whether loads that stay are worked out from \p var.
    [[nodiscard]] bool isKept(const VarDecl* var) const
    {
        return std::ranges::any_of(m_words, [&](const auto& side) {
            return std::ranges::any_of(side, [&](const FactorWords& words) {
                return words.names.empty() && words.factor->variables.count(var) > 0;
            });
        });
    }

    /// By statements behind the loops, or by declarations that are.
    [[nodiscard]] bool isUsedLater(const VarDecl* var) const
    {
        const auto all = m_kernel.references(var, m_kernel.kernel().getBody());
        return m_kernel.references(var, m_nest.statement()).size() < all.size();
    }

    const MoveContext& m_context;
    const KernelScope& m_kernel;
    const FactorNest& m_nest;
    const WrittenType& m_type;
    const LaunchLine& m_launch;
    FactorPlace m_place;
    SourceEdit m_edit;
    std::string m_block;
    std::array<std::vector<FactorWords>, 2> m_words;
    std::set<std::string> m_names;
    bool m_hasWords = true;
};

}  // namespace

const WrittenType& halfType()
{
    static const WrittenType type = {"f16", "__half", "cuda_fp16.h", "__float2half", "__half2float", 2};
    return type;
}

const WrittenType& bfloatType()
{
    static const WrittenType type = {"bf16", "__nv_bfloat16", "cuda_bf16.h", "__float2bfloat16", "__bfloat162float", 2};
    return type;
}

const WrittenType& halfPartsType()
{
    static const WrittenType type = [] {
        auto parts = halfType();
        parts.parts = 2;
        parts.about = "Together they\n// have 22 bits of it, which is all of a half times a small integer. A half's "
                      "smallest step is "
                      "2^-24: what lies\n// below 2^-2 may be off by half of that. Beyond 65504 the first is an "
                      "infinity, as a half "
                      "alone would be.";
        return parts;
    }();
    return type;
}

const WrittenType& bfloatPartsType()
{
    static const WrittenType type = [] {
        auto parts = bfloatType();
        parts.parts = 2;
        parts.about = "Together they\n// have 16 bits of it, and reach as far as it does.";
        return parts;
    }();
    return type;
}

const WrittenType& floatType()
{
    static const WrittenType type = {"f32", "float", "", "", "", 4};
    return type;
}

bool isLoadOf(const KernelScope& kernel, const NestFactor& factor, const std::string& element)
{
    const auto isOne = [&](const FactorParts& parts) {
        const bool isPlain = parts.size() == 1 && !parts.front().divides;
        const auto* load = isPlain ? loadedBy(parts.front().expression) : nullptr;
        const auto found = std::ranges::find_if(
            factor.loads, [&](const Access& access) { return load != nullptr && access.expression == load; });
        if (found == factor.loads.end() || !llvm::isa<ArraySubscriptExpr>(load))
            return false;
        const auto type = innermostElement(found->base->getType()).getCanonicalType().getUnqualifiedType();
        return element == type.getAsString(kernel.source().context().getPrintingPolicy());
    };
    return factor.loads.size() == factor.parts.size() && std::ranges::all_of(factor.parts, isOne);
}

std::optional<std::string> withWrittenFactors(const MoveContext& context, const KernelScope& kernel,
                                              const FactorNest& nest, const WrittenType& type, bool keepsLoads)
{
    return FactorCode(context, kernel, nest, type).make(keepsLoads);
}

}  // namespace warploom
