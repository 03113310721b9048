// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/NeighbourSumCode.h"

#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kMostInHalf = 65535;

/// A row of weights and by what it is multiplied, in rows of the window.
struct RowShape {
    std::vector<std::int64_t> across;
    std::vector<std::int64_t> down;
};

/// \p row as a multiple of \p shape.
std::optional<std::int64_t> multipleOf(const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& row)
{
    std::optional<std::int64_t> times;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (shape[i] == 0 && row[i] == 0)
            continue;
        if (shape[i] == 0 || row[i] % shape[i] != 0 || (times && *times != row[i] / shape[i]))
            return std::nullopt;
        times = row[i] / shape[i];
    }
    return times;
}

/// \p row without the factor that all of it has.
std::vector<std::int64_t> primitive(std::vector<std::int64_t> row)
{
    std::int64_t common = 0;
    for (const auto weight : row)
        common = std::gcd(common, weight);
    for (auto& weight : row)
        weight = common == 0 ? 0 : weight / common;
    return row;
}

std::vector<RowShape> rowShapes(const NeighbourSum& found)
{
    std::vector<RowShape> shapes;
    for (std::size_t row = 0; row < found.weights.size(); ++row) {
        const auto& weights = found.weights[row];
        if (std::ranges::all_of(weights, [](auto weight) { return weight == 0; }))
            continue;
        auto known = std::ranges::find_if(
            shapes, [&](const auto& shape) { return multipleOf(shape.across, weights).has_value(); });
        if (known == shapes.end())
            known = shapes.insert(shapes.end(), {primitive(weights), std::vector<std::int64_t>(found.weights.size())});
        known->down[row] = multipleOf(known->across, weights).value_or(0);
    }
    return shapes;
}

std::int64_t powerFrom(std::int64_t least)
{
    std::int64_t power = 1;
    while (power < least)
        power *= 2;
    return power;
}

std::string signedText(std::int64_t amount)
{
    return amount == 0 ? std::string() : fmt::format(" {} {}", amount < 0 ? "-" : "+", std::abs(amount));
}

std::string indentedBy(const std::string& code, int depth)
{
    return reindented(code, std::string(static_cast<std::size_t>(depth) * 4, ' '));
}

}  // namespace

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

std::size_t shapesOf(const NeighbourSum& found) { return rowShapes(found).size(); }

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

bool SumPatchWriter::readBody()
{
    const auto nest = nestRange();
    const auto store = m_source.range(m_found.store);
    if (!nest || !store)
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
    const auto begin = std::min(range.begin, nest->begin);
    const auto text = rewritten(
        m_source.text(), {begin, range.end},
        {{*nest,
          filled("@named@ += @sum@;", {{"named", m_found.sum->getNameAsString()}, {"sum", valueOf(m_names, "sum")}})},
         {*store, filled("@out@.at[@across@]", m_names)}});
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
    return filled("// One element of @kernel@.\n"
                  "static __device__ __forceinline__ void @element@(",
                  m_names)
        + m_parameters + coordinates(true, true) + ")\n{\n"
        + reindented(rewritten(m_source.text(), {body.begin + 1, body.end - 1}, removed), "    ") + "}\n\n";
}

std::string SumPatchWriter::patchText() const
{
    std::string head =
        filled(m_isPacked ? "// A patch of @ROWS@ x @COLUMNS@ elements of @kernel@. Sums along a row are worked "
                            "out once for all rows that they\n"
                            "// are part of, two in a word: of elements n and n + 2, each in 16 bits.\n"
                          : "// A patch of @ROWS@ x @COLUMNS@ elements of @kernel@. Sums along a row are worked "
                            "out once for all rows that they\n"
                            "// are part of.\n",
               m_names);
    if (hasSides())
        head += filled("// @INSIDE@: there are neighbours on both sides.\n", m_names)
            + (hasStep() ? filled("template <int @STEP@, int @SIDE@, bool @INSIDE@>\n", m_names)
                         : filled("template <bool @INSIDE@>\n", m_names));
    head += filled("static __device__ __forceinline__ void @patch@(", m_names) + m_parameters + coordinates(true, false)
        + ")\n{\n";
    auto code =
        filled("struct alignas(sizeof(@type@) * @COLUMNS@) @run@ { @part@ at[@COLUMNS@@perPart@]; };\n", m_names);
    if (hasSides())
        code += filled("struct alignas(sizeof(@type@) * @SIDE@) @side@ { @part@ at[@SIDE@@perPart@]; };\n", m_names);
    code += weightsText();
    const auto [most, least] = m_found.range();
    const auto first = m_isPacked && least != 0 ? fmt::format("{}u * 0x10001u", least) : std::string("0");
    code += filled("const @type@* @plane@ = @array@", m_names) + placeText() + ";\n"
        + filled("@sumType@ @sums@[@ROWS@][@COLUMNS@@perSum@];\n"
                 "#pragma unroll\n"
                 "for (int @down@ = 0; @down@ < @ROWS@; ++@down@) {\n"
                 "    #pragma unroll\n"
                 "    for (int @k@ = 0; @k@ < @COLUMNS@@perSum@; ++@k@)\n"
                 "        @sums@[@down@][@k@] = ",
                 m_names)
        + first + ";\n}\n"
        + filled("#pragma unroll\nfor (int @down@ = 0; @down@ < @ROWS@@more@; ++@down@) {\n", m_names)
        + indentedBy(rowText(), 1) + indentedBy(sumsText(), 1) + "}\n" + resultsText();
    return head + indentedBy(code, 1) + "}\n";
}

std::string SumPatchWriter::placeText() const
{
    if (m_grid.axes().size() != 3)
        return {};
    const auto& axes = m_grid.axes();
    return " + (long long)" + axes[2].name + " * " + bound(1) + " * " + bound(0);
}

std::string SumPatchWriter::weightsText() const
{
    std::string text;
    const auto shapes = rowShapes(m_found);
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        const auto number = i == 0 ? std::string() : std::to_string(i + 1);
        text += fmt::format("constexpr int {}{}[] = {{{}}};\n", fresh(m_kernel.name() + "_across"), number,
                            fmt::join(shapes[i].across, ", "));
        text += fmt::format("constexpr int {}{}[] = {{{}}};\n", fresh(m_kernel.name() + "_down"), number,
                            fmt::join(shapes[i].down, ", "));
    }
    return text;
}

std::string SumPatchWriter::rowText() const
{
    std::string text;
    const bool isZero = m_found.edges[1] == EdgeKind::Zero;
    if (isZero)
        text += filled(
            "const bool @exists@ = @firstRow@ + @down@@low@ >= 0 && @firstRow@ + @down@@low@ <= @lastRow@;\n", m_names);
    text += filled(
        m_found.low[1] < 0
            ? "const @type@* @line@ =\n"
              "    @plane@ + (long long)min(max(@firstRow@ + @down@@low@, @zero@), @lastRow@) * @width@;\n"
            : "const @type@* @line@ = @plane@ + (long long)min(@firstRow@ + @down@@low@, @lastRow@) * @width@;\n",
        m_names);
    text += filled("const @run@ @own@ = *reinterpret_cast<const @run@*>(@line@ + @first@);\n", m_names);
    if (hasSides())
        text += sidesText();
    const auto value = [&](const std::string& loaded) {
        return isZero ? fmt::format("{} ? {} : 0", valueOf(m_names, "exists"), loaded) : loaded;
    };
    const auto copy = [&](const std::string& count, const std::string& to, const std::string& from) {
        return filled("#pragma unroll\nfor (int @k@ = 0; @k@ < ", m_names) + filled(count, m_names)
            + filled("@perPart@; ++@k@)\n    @values@[", m_names) + filled(to, m_names)
            + "] = " + value(filled(from, m_names)) + ";\n";
    };
    text += filled(hasSides() ? "@part@ @values@[(@COLUMNS@ + 2 * @SIDE@)@perPart@];\n"
                              : "@part@ @values@[@COLUMNS@@perPart@];\n",
                   m_names);
    text += copy("@COLUMNS@", hasSides() ? "@SIDE@@perPart@ + @k@" : "@k@", "@own@.at[@k@]");
    if (hasSides())
        text += copy("@SIDE@", "@k@", "@before@.at[@k@]")
            + copy("@SIDE@", "(@SIDE@ + @COLUMNS@)@perPart@ + @k@", "@after@.at[@k@]");
    return text + (m_isPacked ? unpackText() : std::string());
}

/// The elements beside a patch, and what stands for them where there are none.
std::string SumPatchWriter::sidesText() const
{
    return filled("@side@ @before@ = *reinterpret_cast<const @side@*>(\n"
                  "    @line@ + (@INSIDE@ || @first@ != 0 ? @first@ - @SIDE@ : 0));\n"
                  "@side@ @after@ = *reinterpret_cast<const @side@*>(\n"
                  "    @line@ + (@INSIDE@ || @first@ + @COLUMNS@ != @width@ ? @first@ + @COLUMNS@ : @first@));\n"
                  "if (!@INSIDE@) {\n"
                  "    #pragma unroll\n"
                  "    for (int @k@ = 0; @k@ < @SIDE@@perPart@; ++@k@) {\n",
                  m_names)
        + indentedBy(beyondText(), 2) + "    }\n}\n";
}

std::string SumPatchWriter::beyondText() const
{
    if (m_found.edges[0] == EdgeKind::Zero)
        return filled("@before@.at[@k@] = @first@ == 0 ? 0 : @before@.at[@k@];\n"
                      "@after@.at[@k@] = @first@ + @COLUMNS@ == @width@ ? 0 : @after@.at[@k@];\n",
                      m_names);
    if (!m_isPacked)
        return filled("// The first and the last column again.\n"
                      "if (@first@ == 0)\n"
                      "    @before@.at[@k@] = @own@.at[(@k@ + @SIDE@ * (@STEP@ - 1)) % @STEP@];\n"
                      "if (@first@ + @COLUMNS@ == @width@)\n"
                      "    @after@.at[@k@] = @own@.at[@COLUMNS@ - @STEP@ + @k@ % @STEP@];\n",
                      m_names);
    return filled("// The first and the last column again.\n"
                  "unsigned @firstAgain@ = 0;\n"
                  "unsigned @lastAgain@ = 0;\n"
                  "#pragma unroll\n"
                  "for (int @n@ = 0; @n@ < 4; ++@n@) {\n"
                  "    const int @from@ = (4 * @k@ + @n@ + @SIDE@ * (@STEP@ - 1)) % @STEP@;\n"
                  "    const int @last@ = @COLUMNS@ - @STEP@ + (4 * @k@ + @n@) % @STEP@;\n"
                  "    @firstAgain@ |= (@own@.at[@from@ / 4] >> @from@ % 4 * 8 & 0xff) << @n@ * 8;\n"
                  "    @lastAgain@ |= (@own@.at[@last@ / 4] >> @last@ % 4 * 8 & 0xff) << @n@ * 8;\n"
                  "}\n"
                  "@before@.at[@k@] = @first@ == 0 ? @firstAgain@ : @before@.at[@k@];\n"
                  "@after@.at[@k@] = @first@ + @COLUMNS@ == @width@ ? @lastAgain@ : @after@.at[@k@];\n",
                  m_names);
}

std::string SumPatchWriter::unpackText() const
{
    const auto words = hasSides() ? "(@COLUMNS@ + 2 * @SIDE@) / 4" : "@COLUMNS@ / 4";
    auto text =
        filled(std::string("unsigned @pairs@[") + words + " * 4];\n#pragma unroll\nfor (int @k@ = 0; @k@ < " + words
                   + "; ++@k@) {\n"
                     "    @pairs@[4 * @k@] = @values@[@k@] & 0xff00ffu;\n"
                     "    @pairs@[4 * @k@ + 1] = __byte_perm(@values@[@k@], 0, 0x4341);\n"
                     "}\n",
               m_names);
    if (hasSides())
        text +=
            filled(std::string("#pragma unroll\nfor (int @k@ = 1; @k@ < ") + words
                       + "; ++@k@) {\n"
                         "    @pairs@[4 * @k@ - 2] = __funnelshift_r(@pairs@[4 * @k@ - 4], @pairs@[4 * @k@], 16);\n"
                         "    @pairs@[4 * @k@ - 1] = __funnelshift_r(@pairs@[4 * @k@ - 3], @pairs@[4 * @k@ + 1], 16);\n"
                         "}\n",
                   m_names);
    return text;
}

std::string SumPatchWriter::sumsText() const
{
    std::string text = filled("#pragma unroll\nfor (int @k@ = 0; @k@ < @COLUMNS@@perSum@; ++@k@) {\n", m_names);
    const auto place = std::string(m_isPacked ? "@k@ / 2 * 4 + @k@ % 2" : "@k@") + (hasSides() ? " + @SIDE@" : "");
    const auto shapes = rowShapes(m_found);
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        const auto number = i == 0 ? std::string() : std::to_string(i + 1);
        auto names = m_names;
        names.emplace_back("weightsAcross", fresh(m_kernel.name() + "_across") + number);
        names.emplace_back("weightsDown", fresh(m_kernel.name() + "_down") + number);
        names.emplace_back("number", number);
        names.emplace_back("offset", m_found.low[0] == 0 ? valueOf(m_names, "n") : filled("(@n@@left@)", m_names));
        text += filled("    @sumType@ @lineSum@@number@ = 0;\n"
                       "    #pragma unroll\n"
                       "    for (int @n@ = 0; @n@ < @windowColumns@; ++@n@)\n"
                       "        @lineSum@@number@ += @weightsAcross@[@n@] * @pairs@["
                           + place + (hasSides() ? " + @offset@ * @STEP@" : "")
                           + "];\n"
                             "    #pragma unroll\n"
                             "    for (int @n@ = 0; @n@ < @windowRows@; ++@n@)\n"
                             "        if (@down@ >= @n@ && @down@ - @n@ < @ROWS@)\n"
                             "            @sums@[@down@ - @n@][@k@] += @weightsDown@[@n@] * @lineSum@@number@;\n",
                       names);
    }
    return text + "}\n";
}

std::string SumPatchWriter::resultsText() const
{
    const auto [most, least] = m_found.range();
    const auto packed = fmt::format("int(@sums@[@down@][@across@ / 4 * 2 + @across@ % 2] >> @across@ % 4 / 2 * 16 & "
                                    "0xffff){}",
                                    signedText(-least));
    const auto sum = m_isPacked ? packed : std::string("@sums@[@down@][@across@]");
    return filled("struct alignas(sizeof(@outType@) * @COLUMNS@ < 16 ? sizeof(@outType@) * @COLUMNS@ : 16) @out@_t {\n"
                  "    @outType@ at[@COLUMNS@];\n"
                  "};\n"
                  "#pragma unroll\n"
                  "for (int @down@ = 0; @down@ < @ROWS@; ++@down@) {\n"
                  "    const @rowType@ @row@ = @firstRow@ + @down@;\n"
                  "    if (@row@ >= @height@)\n"
                  "        break;\n"
                  "    @out@_t @out@;\n"
                  "    #pragma unroll\n"
                  "    for (int @across@ = 0; @across@ < @COLUMNS@; ++@across@) {\n"
                  "        const @iType@ @i@ = @first@ + @across@;\n"
                  "        const int @sum@ = ",
                  m_names)
        + filled(sum, m_names) + ";\n" + indentedBy(m_body, 2) + "    }\n"
        + filled("    *reinterpret_cast<@out@_t*>(", m_names) + m_found.output->getNameAsString() + placeText()
        + filled(" + (long long)@row@ * @width@ + @first@) = @out@;\n}\n", m_names);
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
    return filled(fmt::format("if (@first@ >= {0} && @first@ <= @width@ - @COLUMNS@ - {0})\n    ", side), m_names)
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
    std::string known;
    for (const auto& [parameter, value] : m_grid.known())
        known += fmt::format("{} == {} && ", parameter->getNameAsString(), value);
    for (const auto step : hasStep() ? m_found.steps : std::vector<std::int64_t>{m_found.steps.front()}) {
        const auto steps =
            hasStep() ? fmt::format("{} == {} && ", m_found.step->getNameAsString(), step) : std::string();
        text += "if (" + known + steps + filled("@width@ % @COLUMNS@ == 0) {\n", m_names) + indentedBy(callText(step), 1)
            + "    return;\n}\n";
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
    return indentedBy(text, 1);
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
    edit.replace(launch.grid,
                 fmt::format("dim3(ceil_div({}, {} * {}), ceil_div({}, {} * {}){})", host(0), m_patch.block[0],
                             m_patch.columns, host(1), m_patch.block[1], m_patch.rows, planes));
    edit.replace(launch.block, fmt::format("dim3({}, {})", m_patch.block[0], m_patch.block[1]));
}

}  // namespace warploom
