// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/NeighbourSumCode.h"

#include <numeric>

namespace warploom {

using namespace clang;

namespace {

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

}  // namespace

std::size_t shapesOf(const NeighbourSum& found) { return rowShapes(found).size(); }

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
    head += wrappedLines(filled("static __device__ __forceinline__ void @patch@(", m_names) + m_parameters
                         + coordinates(true, false) + ")")
        + "{\n";
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
        + wrappedLines(filled("    @outType@* @outRow@ = ", m_names) + m_found.output->getNameAsString() + placeText()
                       + filled(" + (long long)@row@ * @width@;", m_names))
        + filled("    *reinterpret_cast<@out@_t*>(@outRow@ + @first@) = @out@;\n}\n", m_names);
}

}  // namespace warploom
