// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/NeighbourSumCode.h"

#include "moves/CodeLines.h"
#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kMostInHalf = 65535;

std::int64_t powerFrom(std::int64_t least)
{
    std::int64_t power = 1;
    while (power < least)
        power *= 2;
    return power;
}

}  // namespace

std::string signedText(std::int64_t amount)
{
    return amount == 0 ? std::string() : fmt::format(" {} {}", amount < 0 ? "-" : "+", std::abs(amount));
}

std::string indentedBy(const std::string& code, int depth)
{
    return reindented(code, std::string(static_cast<std::size_t>(depth) * 4, ' '));
}

std::string wrappedLines(const std::string& code)
{
    CodeLines lines;
    for (std::size_t begin = 0; begin < code.size();) {
        const auto end = std::min(code.find('\n', begin), code.size());
        lines.add(code.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines.text();
}

bool isPacked(const NeighbourSum& found)
{
    const auto [most, least] = found.range();
    const auto type = innermostElement(found.base->getType());
    return found.bytes() == 1 && type->isUnsignedIntegerType() && most + least <= kMostInHalf;
}

std::int64_t sideOf(const NeighbourSum& found, std::int64_t step)
{
    if (found.reach() == 0)
        return 0;
    return std::max<std::int64_t>(powerFrom(found.reach() * step), isPacked(found) ? 4 : 1);
}

SumPatchWriter::SumPatchWriter(const MoveContext& context, const NeighbourSum& found, const SumPatch& patch)
    : m_context(context)
    , m_source(context.source())
    , m_found(found)
    , m_grid(found.grid)
    , m_kernel(found.grid.kernel())
    , m_patch(patch)
    , m_isPacked(isPacked(found))
{
}

bool SumPatchWriter::write(SourceEdit& edit)
{
    const auto body = m_source.range(m_kernel.kernel().getBody());
    const auto before = offsetBeforeKernel(m_kernel);
    nameParts();
    if (!body || !before || !readParameters() || !readBody())
        return false;
    edit.insert(*before, elementText() + patchText() + "\n");
    edit.replace({body->begin + 1, body->end - 1}, "\n" + kernelText());
    writeLaunch(edit);
    return true;
}

std::string SumPatchWriter::bound(std::size_t number) const
{
    const auto& text = axis(number).boundText;
    return text.find_first_of(" ?:+-*/%") == std::string::npos ? text : "(" + text + ")";
}

bool SumPatchWriter::readParameters()
{
    for (const auto* parameter : m_kernel.kernel().parameters()) {
        const auto range = m_source.range(CharSourceRange::getTokenRange(parameter->getSourceRange()));
        if (!range || parameter->getName().empty())
            return false;
        m_parameters += m_source.text(*range) + ", ";
        m_arguments += parameter->getNameAsString() + ", ";
    }
    return true;
}

void SumPatchWriter::nameParts()
{
    const auto base = m_found.base->getNameAsString();
    const auto output = m_found.output->getNameAsString();
    const auto kernel = m_kernel.name();
    const auto element = typeText(m_kernel, innermostElement(m_found.base->getType()));
    const auto low = m_found.low[1];
    const auto rowType = axis(1).type;
    const auto type = [&](const std::string& number) {
        return rowType == "int" ? number : fmt::format("({})({})", rowType, number);
    };
    m_names = {{"kernel", kernel},
               {"patch", fresh(kernel + "_patch")},
               {"element", fresh(kernel + "_element")},
               {"STEP", hasStep() ? fresh("STEP") : std::to_string(m_found.steps.front())},
               {"SIDE", hasStep() ? fresh("SIDE") : std::to_string(sideOf(m_found, m_found.steps.front()))},
               {"INSIDE", fresh("INSIDE")},
               {"COLUMNS", m_patch.columns},
               {"ROWS", m_patch.rows},
               {"array", base},
               {"type", element},
               {"part", m_isPacked ? "unsigned" : element},
               {"sumType", m_isPacked ? "unsigned" : "int"},
               {"perPart", m_isPacked ? " / 4" : ""},
               {"perSum", m_isPacked ? " / 2" : ""},
               {"run", fresh(base + "_run")},
               {"side", fresh(base + "_side")},
               {"plane", fresh(base + "_plane")},
               {"line", fresh(base + "_row")},
               {"values", fresh(m_isPacked ? base + "_words" : base + "_values")},
               {"pairs", m_isPacked ? fresh(base + "_pairs") : fresh(base + "_values")},
               {"own", fresh("own")},
               {"before", fresh("before")},
               {"after", fresh("after")},
               {"firstAgain", fresh("first_again")},
               {"lastAgain", fresh("last_again")},
               {"from", fresh("from")},
               {"last", fresh("last")},
               {"lineSum", fresh("line_sum")},
               {"sums", fresh(kernel + "_sums")},
               {"sum", fresh(kernel + "_sum")},
               {"out", fresh(output + "_run")},
               {"outRow", fresh(output + "_row")},
               {"outType", typeText(m_kernel, innermostElement(m_found.output->getType()))},
               {"exists", fresh("exists")},
               {"across", fresh("across")},
               {"down", fresh("down")},
               {"k", fresh("k")},
               {"n", fresh("n")},
               {"i", axis(0).name},
               {"row", axis(1).name},
               {"iType", axis(0).type},
               {"rowType", rowType},
               {"first", fresh("first_" + axis(0).name)},
               {"warpFirst", fresh("warp_" + axis(0).name)},
               {"firstRow", fresh("first_" + axis(1).name)},
               {"width", bound(0)},
               {"height", bound(1)},
               {"zero", type("0")},
               {"lastRow", type(bound(1) + " - 1")},
               {"low", signedText(low)},
               {"windowRows", std::to_string(m_found.high[1] - low + 1)},
               {"windowColumns", std::to_string(m_found.high[0] - m_found.low[0] + 1)},
               {"left", signedText(m_found.low[0])},
               {"more", signedText(m_found.high[1] - low)}};
}

std::optional<TextRange> SumPatchWriter::nestRange() const
{
    auto range = m_source.statementRange(m_found.nest);
    if (!range || !llvm::isa_and_nonnull<AttributedStmt>(m_kernel.parent(m_found.nest)))
        return range;
    // With the line of the #pragma before it.
    const auto text = m_source.text();
    const auto line = text.rfind('\n', range->begin);
    const auto above = line == std::string_view::npos || line == 0 ? line : text.rfind('\n', line - 1);
    if (above == std::string_view::npos)
        return std::nullopt;
    const auto hint = text.find_first_not_of(" \t", above + 1);
    if (text.substr(hint, 7) != "#pragma")
        return std::nullopt;
    return TextRange{hint, range->end};
}

std::optional<Replacement> SumPatchWriter::sumReplacement() const
{
    const auto sum = valueOf(m_names, "sum");
    if (m_found.nest != nullptr) {
        const auto range = nestRange();
        return range ? std::optional(Replacement{*range, m_found.sum->getNameAsString() + " += " + sum + ";"})
                     : std::nullopt;
    }
    const auto range = m_source.range(m_found.value);
    const auto type = typeText(m_kernel, m_found.value->getType());
    return range ? std::optional(Replacement{*range, type == "int" ? sum : "(" + type + ")(" + sum + ")"})
                 : std::nullopt;
}

bool SumPatchWriter::readBody()
{
    const auto added = sumReplacement();
    const auto store = m_source.range(m_found.store);
    if (!added || !store)
        return false;
    std::string preamble;
    for (const Stmt* statement : m_grid.guarded().preamble) {
        const auto range = m_source.statementRange(statement);
        if (!range)
            return false;
        const auto* declared = llvm::cast<DeclStmt>(statement)->getSingleDecl();
        const bool isAxis = std::ranges::any_of(
            m_grid.axes(), [&](const auto& one) { return one.var != nullptr && one.var == declared; });
        if (!isAxis)
            preamble += m_source.text(*range) + "\n";
    }
    const auto range = m_grid.guarded().bodyRange;
    // A hint before the first statement is the statement's.
    const auto begin = std::min(range.begin, added->range.begin);
    const auto text =
        rewritten(m_source.text(), {begin, range.end}, {*added, {*store, filled("@out@.at[@across@]", m_names)}});
    m_body = preamble + reindented(indentationAt(m_source.text(), begin) + text, "");
    return true;
}

std::string SumPatchWriter::coordinates(bool isParameter, bool isElement) const
{
    std::string text;
    for (std::size_t number = 0; number < m_grid.axes().size(); ++number) {
        const auto& one = axis(number);
        if (one.var == nullptr)
            continue;
        const auto name = isElement || number == 2 ? one.name : valueOf(m_names, number == 0 ? "first" : "firstRow");
        text += (text.empty() ? "" : ", ") + (isParameter ? one.type + " " + name : name);
    }
    return text;
}

std::string SumPatchWriter::elementText() const
{
    const auto body = *m_source.range(m_kernel.kernel().getBody());
    std::vector<Replacement> removed;
    for (const Stmt* statement : m_kernel.statements()) {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
        const auto* var = declaration == nullptr || !declaration->isSingleDecl()
            ? nullptr
            : llvm::dyn_cast<VarDecl>(declaration->getSingleDecl());
        const bool isIndex =
            var != nullptr && std::ranges::any_of(m_grid.axes(), [&](const auto& one) { return one.var == var; });
        if (const auto range = isIndex ? m_source.statementRange(statement) : std::nullopt) {
            auto whole = *range;
            const auto text = m_source.text();
            const auto next = text.find_first_not_of(" \t", whole.end);
            whole.begin -= std::min(whole.begin, indentationAt(text, whole.begin).size());
            if (next != std::string_view::npos && text[next] == '\n' && whole.begin > 0
                && text[whole.begin - 1] == '\n')
                whole.end = next + 1;
            else
                whole = *range;
            removed.push_back({whole, ""});
        }
    }
    return filled("// One element of @kernel@.\n", m_names)
        + wrappedLines(filled("static __device__ __forceinline__ void @element@(", m_names) + m_parameters
                       + coordinates(true, true) + ")")
        + "{\n" + reindented(rewritten(m_source.text(), {body.begin + 1, body.end - 1}, removed), "    ") + "}\n\n";
}

std::string SumPatchWriter::placeText() const
{
    if (m_grid.axes().size() != 3)
        return {};
    const auto& axes = m_grid.axes();
    return " + (long long)" + axes[2].name + " * " + bound(1) + " * " + bound(0);
}

std::string SumPatchWriter::callText(std::int64_t step) const
{
    const auto arguments = "(" + m_arguments + coordinates(false, false) + ");\n";
    if (!hasSides())
        return filled("@patch@", m_names) + arguments;
    const auto side = sideOf(m_found, step);
    const auto call = [&](const char* inside) {
        return filled("@patch@<", m_names) + (hasStep() ? fmt::format("{}, {}, ", step, side) : std::string()) + inside
            + ">" + arguments;
    };
    return filled(fmt::format("if (@warpFirst@ >= {0} && @warpFirst@ <= @width@ - 32 * @COLUMNS@ - {0})\n    ", side),
                  m_names)
        + call("true") + "else\n    " + call("false");
}

std::string SumPatchWriter::kernelText() const
{
    std::string text = filled("const @iType@ @first@ = (blockIdx.x * blockDim.x + threadIdx.x) * @COLUMNS@;\n"
                              "const @rowType@ @firstRow@ = (blockIdx.y * blockDim.y + threadIdx.y) * @ROWS@;\n",
                              m_names);
    auto outside = filled("@firstRow@ >= @height@ || @first@ >= @width@", m_names);
    if (m_grid.axes().size() == 3 && axis(2).var != nullptr) {
        const bool isLayer = m_grid.guarded().indexOf(2) == nullptr;
        text += fmt::format("const {} {} = {};\n", axis(2).type, axis(2).name,
                            isLayer ? "blockIdx.z" : "blockIdx.z * blockDim.z + threadIdx.z");
        if (!isLayer)
            outside += fmt::format(" || {} >= {}", axis(2).name, bound(2));
    }
    text += "if (" + outside + ")\n    return;\n";
    // Lanes of a warp that go two ways would take the time of both.
    if (hasSides())
        text += filled("const @iType@ @warpFirst@ = (blockIdx.x * blockDim.x + threadIdx.x / 32 * 32) * @COLUMNS@;\n",
                       m_names);
    std::string known;
    for (const auto& [parameter, value] : m_grid.known())
        known += fmt::format("{} == {} && ", parameter->getNameAsString(), value);
    for (const auto step : hasStep() ? m_found.steps : std::vector<std::int64_t>{m_found.steps.front()}) {
        const auto steps =
            hasStep() ? fmt::format("{} == {} && ", m_found.step->getNameAsString(), step) : std::string();
        text += "if (" + known + steps + filled("@width@ % @COLUMNS@ == 0) {\n", m_names)
            + indentedBy(callText(step), 1) + "    return;\n}\n";
    }
    text += filled("// Rows of other lengths" + std::string(hasStep() ? ", columns of other sizes" : "")
                       + ": one element after the other.\n"
                         "#pragma unroll 1\n"
                         "for (int @down@ = 0; @down@ < @ROWS@; ++@down@) {\n"
                         "    #pragma unroll 1\n"
                         "    for (int @across@ = 0; @across@ < @COLUMNS@; ++@across@)\n"
                         "        if (@firstRow@ + @down@ < @height@ && @first@ + @across@ < @width@)\n"
                         "            @element@(",
                   m_names)
        + m_arguments + filled("@first@ + @across@, @firstRow@ + @down@", m_names)
        + (m_grid.axes().size() == 3 && axis(2).var != nullptr ? ", " + axis(2).name : "") + ");\n}\n";
    return wrappedLines(indentedBy(text, 1));
}

void SumPatchWriter::writeLaunch(SourceEdit& edit) const
{
    const auto& launch = *m_kernel.launches().front();
    const auto host = [&](std::size_t number) {
        return expressionText(axis(number).extent, m_context.request().sizes);
    };
    std::string planes;
    if (launch.gridParts.size() == 3)
        planes = ", " + (m_grid.guarded().indexOf(2) != nullptr ? host(2) : m_source.text(launch.gridParts[2]));
    for (const auto* one : m_kernel.launches()) {
        edit.replace(one->grid,
                     fmt::format("dim3(ceil_div({}, {} * {}), ceil_div({}, {} * {}){})", host(0), m_patch.block[0],
                                 m_patch.columns, host(1), m_patch.block[1], m_patch.rows, planes));
        edit.replace(one->block, fmt::format("dim3({}, {})", m_patch.block[0], m_patch.block[1]));
    }
}

}  // namespace warploom
