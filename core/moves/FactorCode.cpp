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
constexpr std::int64_t kMostUnrolled = 32;

constexpr const char* kWriter =
    R"(// Works out what @kernel@ multiplies for each @own@ and each product of its sums, once for all that take it.
// Neighbours in @neighbours@ lie side by side.
@linkage@__global__ void @writer@(
@parameters@)
{
@body@}

)";

constexpr const char* kThread = R"(    const @type@ @name@ = @index@;
    if (@name@ >= @bound@)
        return;
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

/// A factor as the kernel shall see it, and the array it is written to; no name where it stays what it was.
struct FactorWords {
    const NestFactor* factor = nullptr;
    std::string loaded;
    std::string name;
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
        bool isWritten = false;
        for (const std::size_t side : {0, 1})
            for (const auto& factor : m_nest.factors[side]) {
                m_words[side].push_back(wordsFor(factor, side, keepsLoads));
                if (m_words[side].back().loaded.empty())
                    return std::nullopt;
                isWritten = isWritten || !m_words[side].back().name.empty();
            }
        if (!isWritten || !addHeader() || !addWriter(0) || !addWriter(1) || !addParameters() || !rewriteLoops())
            return std::nullopt;
        m_context.directives().addTune(m_edit, m_block, {256, 128, 512});
        return m_edit.apply();
    }

private:
    [[nodiscard]] const VarDecl* own(std::size_t side) const
    {
        return m_nest.guarded.indexOf(static_cast<int>(side))->var;
    }
    [[nodiscard]] std::string bound(std::size_t side) const
    {
        return operandText(m_kernel, m_nest.guarded.bounds.at(own(side)));
    }
    [[nodiscard]] bool hasLayers() const { return m_launch.gridParts.size() == 3; }

    FactorWords wordsFor(const NestFactor& factor, std::size_t side, bool keepsLoads)
    {
        if (const auto kept = keepsLoads ? keptText(factor) : std::string(); !kept.empty())
            return {&factor, kept, ""};
        const auto base = "factor_" + own(side)->getNameAsString();
        auto name = m_context.directives().freshName(base);
        for (int number = 2; m_names.count(name) > 0; ++number)
            name = m_context.directives().freshName(fmt::format("{}_{}", base, number));
        m_names.insert(name);
        const auto element = fmt::format("{}[{}]", name, elementPlace(side, m_place.name()));
        return {&factor, m_type.widened.empty() ? element : fmt::format("{}({})", m_type.widened, element), name};
    }

    /// A factor that stays what it is, by the one counter; empty where it cannot.
    [[nodiscard]] std::string keptText(const NestFactor& factor) const
    {
        std::string text;
        for (std::size_t number = 0; number < factor.parts.size(); ++number) {
            const auto& part = *factor.parts[number].front().expression;
            const auto kept = isLoadOf(m_kernel, factor, m_type.element) ? m_place.atPlace(part, number) : std::nullopt;
            const auto own = kept ? valueText(part, *kept) : std::string();
            if (own.empty() || (number > 0 && own != text))
                return {};
            text = own;
        }
        return text;
    }

    /// Where the element of the present layer and index, and of \p place, lies.
    [[nodiscard]] std::string elementPlace(std::size_t side, const std::string& place) const
    {
        const auto index = own(side)->getNameAsString();
        if (liesAlongDepth(side)) {
            const auto line = hasLayers() ? fmt::format("(size_t(blockIdx.z) * {} + {})", bound(side), index)
                                          : fmt::format("size_t({})", index);
            return fmt::format("{} * {} + {}", line, m_place.depth(), place);
        }
        if (hasLayers())
            return fmt::format("(size_t(blockIdx.z) * {} + {}) * {} + {}", m_place.depth(), place, bound(side), index);
        return fmt::format("{} * {} + {}", m_place.wide(place), bound(side), index);
    }

    /// Whether what the factors of a side are made of has neighbours in p side by side, rather than in the index.
    [[nodiscard]] bool liesAlongDepth(std::size_t side) const
    {
        const auto thread = threadSymbol(static_cast<int>(side));
        const auto counter = m_kernel.symbolOf(m_nest.outermost().loop.var);
        std::int64_t along = 0;
        for (const auto& factor : m_nest.factors[side])
            for (const auto& load : factor.loads) {
                if (!load.index || !load.index->dependsOn(thread) || !load.index->dependsOn(counter))
                    continue;
                // What moves on with every round is more than what is the same for a group of them.
                const auto bytes =
                    m_kernel.source().context().getTypeSizeInChars(innermostElement(load.base->getType()));
                const auto weight = bytes.getQuantity() * (load.index->coefficient(counter) ? 8 : 1);
                const auto step = load.index->coefficient(thread);
                along += step && step->isOne() ? -weight : weight;
            }
        return along > 0;
    }

    /// \p text of \p part, as a float.
    [[nodiscard]] std::string valueText(const Expr& part, const std::string& text) const
    {
        const Expr* inner = part.IgnoreParenImpCasts();
        if (text.empty())
            return {};
        const auto* call = llvm::dyn_cast<CXXMemberCallExpr>(inner);
        const bool isConverted = call != nullptr && llvm::isa_and_nonnull<CXXConversionDecl>(call->getMethodDecl());
        if (isConverted || !inner->getType()->isSpecificBuiltinType(BuiltinType::Float))
            return fmt::format("static_cast<float>({})", text);
        return llvm::isa<BinaryOperator, ConditionalOperator>(inner) ? "(" + text + ")" : text;
    }

    /// The product of \p parts as a float; empty where it has no words.
    [[nodiscard]] std::string productText(const FactorParts& parts) const
    {
        std::vector<std::string> multiplied;
        std::string divided;
        for (const auto& part : parts) {
            const auto* inner = part.expression->IgnoreParenImpCasts();
            const auto text = valueText(*part.expression, m_kernel.source().text(inner));
            if (text.empty())
                return {};
            if (part.divides)
                divided += " / " + text;
            else
                multiplied.push_back(text);
        }
        return (multiplied.empty() ? "1.0f" : fmt::format("{}", fmt::join(multiplied, " * "))) + divided;
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
            if (!words.name.empty())
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
        addWithin(m_nest.guarded.bounds.at(own(side)));
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
        const auto name = m_context.directives().freshName(
            fmt::format("{}_factor_{}", m_kernel.name(), own(side)->getNameAsString()));
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
        for (const auto& words : m_words[side])
            if (!words.name.empty()) {
                parameters.push_back(fmt::format("{}* __restrict__ {}", m_type.element, words.name));
                arguments.push_back(words.name);
            }
        const auto body = writerBody(side, needed);
        if (!before || body.empty() || !addLaunch(side, name, fmt::format("{}", fmt::join(arguments, ", "))))
            return false;
        const bool isAlong = liesAlongDepth(side);
        m_edit.insert(*before,
                      filled(kWriter,
                             {{"body", body},
                              {"kernel", m_kernel.name()},
                              {"own", own(side)->getNameAsString()},
                              {"neighbours", isAlong ? "the sum" : own(side)->getNameAsString()},
                              {"linkage", m_kernel.kernel().isExternC() ? "extern \"C\" " : ""},
                              {"writer", name},
                              {"parameters", listed(parameters)}}));
        return true;
    }

    bool addLaunch(std::size_t side, const std::string& name, const std::string& arguments)
    {
        const auto index = inLaunchWords(m_kernel, m_launch, m_nest.guarded.bounds.at(own(side)));
        const auto rounds = m_place.roundsInLaunch();
        const auto depth = m_place.depthInLaunch();
        if (!index || !rounds || !depth)
            return false;
        const auto layers = hasLayers() ? m_kernel.source().text(m_launch.gridParts[2]) : std::string();
        const bool isAlong = liesAlongDepth(side);
        std::string lines;
        for (const auto& words : m_words[side])
            if (!words.name.empty())
                lines += fmt::format("// warploom: scratch {} {}[max(1, {} * {}{})]\n", words.name, m_type.scratch,
                                     *depth, *index, layers.empty() ? "" : " * (" + layers + ")");
        lines +=
            fmt::format("// warploom: launch {}<<<dim3(max(1, ceil_div({}, {})), max(1, min({}, {})){}), {}>>>({})\n",
                        name, isAlong ? *rounds : *index, m_block, isAlong ? *index : *rounds, kMostBlocks,
                        layers.empty() ? "" : ", " + layers, m_block, arguments);
        m_edit.insert(lineAround(m_context.source(), m_launch.line.begin).begin, lines);
        return true;
    }

    /// The statements of \p declarations that \p needed has the variables of.
    [[nodiscard]] std::string declarationsText(const std::vector<const DeclStmt*>& declarations,
                                               const std::set<const VarDecl*>& needed, const std::string& indentation)
    {
        std::string text;
        for (const auto* declaration : declarations)
            if (needed.count(llvm::cast<VarDecl>(declaration->getSingleDecl())) > 0)
                text += statementText(declaration, indentation);
        return text;
    }

    [[nodiscard]] std::string statementText(const Stmt* statement, const std::string& indentation)
    {
        const auto range = m_kernel.source().statementRange(statement);
        m_hasWords = m_hasWords && range.has_value();
        if (!range)
            return {};
        return reindented(indentationAt(m_kernel.source().text(), range->begin) + m_kernel.source().text(*range),
                          indentation);
    }

    std::string writerBody(std::size_t side, const std::set<const VarDecl*>& needed)
    {
        const auto& outermost = m_nest.outermost();
        const auto step = outermost.step == 1 ? std::string() : fmt::format(" * {}", outermost.step);
        const auto* counter = outermost.loop.var;
        const auto loopBound = m_place.endOf(outermost);
        const bool isAlong = liesAlongDepth(side);
        const std::string thread = "blockIdx.x * blockDim.x + threadIdx.x";
        const auto* first = isAlong ? counter : own(side);
        const auto* second = isAlong ? own(side) : counter;
        const auto factor = isAlong ? std::string() : step;
        std::string advances;
        for (const Stmt* advance : m_nest.advances)
            if (needed.count(plainVariable(llvm::cast<BinaryOperator>(advance)->getLHS())) > 0)
                advances += statementText(advance, "    ");
        const std::string before = declarationsText(m_nest.declarations, needed, isAlong ? "        " : "    ");
        const auto head = filled(kThread,
                                 {{"type", typeOf(m_kernel, first)},
                                  {"name", first->getNameAsString()},
                                  {"index", isAlong && !step.empty() ? "(" + thread + ")" + step : thread},
                                  {"bound", isAlong ? loopBound : bound(side)}});
        const auto loop =
            fmt::format("    for ({0} {1} = blockIdx.y{2}; {1} < {3}; {1} += gridDim.y{2}) {{\n",
                        typeOf(m_kernel, second), second->getNameAsString(), factor, isAlong ? bound(side) : loopBound);
        const auto round = roundText(side, needed);
        if (!m_hasWords || round.empty())
            return {};
        return head + advances + (isAlong ? loop + before : before + loop) + round + "    }\n";
    }

    /// What is done in a round of the outermost loop.
    std::string roundText(std::size_t side, const std::set<const VarDecl*>& needed)
    {
        std::string indentation = "        ";
        auto text = declarationsText(m_nest.outermost().declarations, needed, indentation);
        std::string ends;
        for (std::size_t at = 1; at < m_nest.loops.size(); ++at) {
            const auto& inner = m_nest.loops[at];
            const auto rounds = m_kernel.form(inner.loop.bound)->constantValue();
            if (rounds && *rounds <= kMostUnrolled)
                text += indentation + "#pragma unroll\n";
            text +=
                fmt::format("{0}for ({1} {2} = 0; {2} < {3}; ++{2}) {{\n", indentation,
                            typeOf(m_kernel, inner.loop.var), inner.loop.var->getNameAsString(), m_place.endOf(inner));
            ends = indentation + "}\n" + ends;
            indentation += "    ";
            text += declarationsText(inner.declarations, needed, indentation);
        }
        for (const auto& words : m_words[side]) {
            if (words.name.empty())
                continue;
            for (std::size_t number = 0; number < words.factor->parts.size(); ++number) {
                const auto value = productText(words.factor->parts[number]);
                if (value.empty())
                    return {};
                text += fmt::format("{}{}[{}] = {};\n", indentation, words.name,
                                    elementPlace(side, m_place.written(number)),
                                    m_type.narrowed.empty() ? value : fmt::format("{}({})", m_type.narrowed, value));
            }
        }
        return text + ends;
    }

    bool addParameters()
    {
        const auto* last = m_kernel.kernel().parameters().back();
        const auto range = m_kernel.source().range(last->getSourceRange());
        if (!range)
            return false;
        for (const auto& side : m_words)
            for (const auto& words : side)
                if (!words.name.empty()) {
                    m_edit.insert(range->end, fmt::format(", const {}* __restrict__ {}", m_type.element, words.name));
                    m_edit.insert(m_launch.arguments.back().end, ", " + words.name);
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
            updates += fmt::format("{}    {} += {} * {};\n", indentation, sum.sum->getNameAsString(),
                                   m_words[0][sum.factors[0]].loaded, m_words[1][sum.factors[1]].loaded);
        const bool isOne = m_nest.sums.size() == 1;
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
                return words.name.empty() && words.factor->variables.count(var) > 0;
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
    static const WrittenType type = {"f16", "__half", "cuda_fp16.h", "__float2half", "__half2float"};
    return type;
}

const WrittenType& bfloatType()
{
    static const WrittenType type = {"bf16", "__nv_bfloat16", "cuda_bf16.h", "__float2bfloat16", "__bfloat162float"};
    return type;
}

const WrittenType& floatType()
{
    static const WrittenType type = {"f32", "float", "", "", ""};
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
