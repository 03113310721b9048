// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ConvolutionCode.h"

#include "moves/CodeTemplate.h"
#include "moves/ConvolutionWriter.h"
#include "moves/HostWords.h"
#include "moves/PlainLaunch.h"
#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

constexpr const char* kProduct = R"(
    const int @pixel@ = blockIdx.@along@ * blockDim.@along@ + threadIdx.@along@;
    const int @output@ = blockIdx.@across@ * blockDim.@across@ + threadIdx.@across@;
    if (@pixel@ >= @pixels@ || @output@ >= @outputs@)
        return;

    float @sum@ = 0;
    for (int @p@ = 0; @p@ < @depth@; ++@p@)
        @sum@ += @filter@ * @image@;
@epilogue@)";

constexpr int kProductBlock = 16;

class ConvolutionCode {
public:
    ConvolutionCode(const MoveContext& context, const KernelScope& kernel, const ConvolutionPlan& plan)
        : m_context(context)
        , m_kernel(kernel)
        , m_plan(plan)
        , m_convolution(plan.convolution())
        , m_launch(*onlyLaunch(kernel))
        , m_words(kernel, m_convolution.digits)
        , m_edit(context.source().text())
    {
        const auto fresh = [&](const char* base) { return context.directives().freshName(base); };
        m_image = fresh("image");
        m_filter = fresh("filter");
        m_pixel = fresh("pixel");
        m_output = fresh("output");
        for (std::size_t axis = 0; axis < m_convolution.axes.size(); ++axis)
            m_places.push_back(m_convolution.axes.size() == 1
                                   ? m_pixel
                                   : fresh(kPlaces[kPlaces.size() - m_convolution.axes.size() + axis]));
        m_hasOutputsAlong = m_convolution.output < m_convolution.axes.back().digit;
    }

    std::optional<std::string> make()
    {
        const auto block = m_context.directives().freshName("WRITE_BLOCK");
        ConvolutionWriter writer(m_context, m_kernel, m_plan, block);
        const auto image = writer.image(m_image);
        const auto filter = writer.filter(m_filter);
        const auto before = offsetBeforeKernel(m_kernel);
        const auto body = m_context.source().range(m_kernel.kernel().getBody());
        const auto product = productText();
        if (!image || !filter || !before || !body || !product || !addParameters())
            return std::nullopt;
        addHeader();
        m_edit.insert(*before, image->definition + filter->definition);
        m_edit.replace({body->begin + 1, body->end - 1}, *product);
        const auto scratch = [&](const std::string& array, const IndexForm& elements) {
            return fmt::format("// warploom: scratch {} {}[max(1, {})]\n", array, m_plan.type().scratch,
                               sizeText(elements));
        };
        m_edit.insert(lineAround(m_context.source(), m_launch.line.begin).begin,
                      scratch(m_image, m_plan.imageElements()) + scratch(m_filter, m_plan.filterElements())
                          + image->launch + filter->launch);
        m_context.directives().addTune(m_edit, block, {256, 128, 512});
        return m_edit.apply();
    }

private:
    static constexpr std::array<const char*, 3> kPlaces = {"plane", "row", "column"};

    /// Before everything but comments.
    void addHeader()
    {
        const auto text = m_context.source().text();
        const auto& header = m_plan.type().header;
        if (header.empty() || text.find("<" + header + ">") != std::string_view::npos)
            return;
        std::size_t at = 0;
        while (at < text.size()) {
            const auto first = text.find_first_not_of(" \t\r\n", at);
            if (first == std::string_view::npos || text.substr(first, 2) != "//")
                break;
            const auto end = text.find('\n', first);
            at = end == std::string_view::npos ? text.size() : end + 1;
        }
        m_edit.insert(at, fmt::format("#include <{}>\n", header));
    }

    [[nodiscard]] std::string loaded(const std::string& array, const std::string& place) const
    {
        const auto& widened = m_plan.type().widened;
        const auto element = fmt::format("{}[{}]", array, place);
        return widened.empty() ? element : fmt::format("{}({})", widened, element);
    }

    std::optional<std::string> productText()
    {
        const auto p = m_context.directives().freshName("p");
        const auto epilogue = epilogueText();
        if (!epilogue)
            return std::nullopt;
        const auto depth = m_words.word(m_plan.depth(), "depth");
        auto step = m_words.word(*m_convolution.digits.onHost(m_convolution.axes.back().step), "image_step");
        step = step == "1" ? "" : " * " + step;
        const auto row = m_convolution.layer ? fmt::format("(size_t(blockIdx.z) * {} + {}{})",
                                                           m_words.word(m_plan.plane(), "image_plane"), m_pixel, step)
                                             : fmt::format("size_t({}){}", m_pixel, step);
        return filled(kProduct,
                      {{"epilogue", *epilogue},
                       {"along", m_hasOutputsAlong ? "y" : "x"},
                       {"across", m_hasOutputsAlong ? "x" : "y"},
                       {"pixel", m_pixel},
                       {"output", m_output},
                       {"pixels", m_words.word(m_plan.rows(), "pixels")},
                       {"outputs", m_words.word(m_plan.outputs(), "outputs")},
                       {"depth", depth},
                       {"p", p},
                       {"sum", m_convolution.sum->getNameAsString()},
                       {"filter", loaded(m_filter, fmt::format("size_t({}) * {} + {}", m_output, depth, p))},
                       {"image",
                        loaded(m_image,
                               fmt::format("{} * {} + {}", row, m_words.word(m_plan.stored(), "image_channels"),
                                           m_plan.alongDepth(p, m_words)))}});
    }

    /// \p number in the digits of the product's threads, as 64 bits.
    std::string numberText(const ThreadNumber& number)
    {
        std::string text;
        for (auto at = number.digits.size(); at-- > 0;) {
            const auto digit = number.digits[at];
            if (text.empty())
                text = "(long long)(" + digitText(digit) + ")";
            else
                text = fmt::format("({}) * {} + {}", text, m_words.word(m_convolution.digit(digit).extent, "extent"),
                                   digitText(digit));
        }
        return "(" + text + ")";
    }

    [[nodiscard]] std::string digitText(std::size_t digit) const
    {
        if (digit == m_convolution.output)
            return m_output;
        for (std::size_t axis = 0; axis < m_convolution.axes.size(); ++axis)
            if (m_convolution.axes[axis].digit == digit)
                return m_places[axis];
        return "int(blockIdx.z)";
    }

    /// Where a row of several axes is, and whether an output stands there.
    std::pair<std::string, std::string> placesText()
    {
        std::string declared;
        std::string condition;
        const auto axes = m_places.size();
        for (std::size_t axis = 0; axis < axes && axes > 1; ++axis) {
            const auto unsignedWord = [&](const IndexForm& size) {
                return fmt::format("unsigned({})", m_words.word(size, "image_line"));
            };
            const auto within = axis + 1 == axes ? std::string() : " / " + unsignedWord(m_plan.plane(axis + 1));
            const auto line = axis == 0 ? std::string() : " % " + unsignedWord(m_plan.line(axis));
            declared += fmt::format("    const int {} = unsigned({}){}{};\n", m_places[axis], m_pixel, within, line);
            if (m_plan.hasGaps(axis))
                condition +=
                    fmt::format("{}{} < {}", condition.empty() ? "" : " && ", m_places[axis],
                                m_words.word(m_convolution.digit(m_convolution.axes[axis].digit).extent, "extent"));
        }
        return {declared, condition};
    }

    std::optional<std::string> epilogueText()
    {
        NamedForms names(m_kernel, m_convolution.digits);
        for (std::size_t digit = 0; digit < m_convolution.digits.digits().size(); ++digit)
            names.name(m_convolution.form(digit), digitText(digit));
        for (const auto& number : m_convolution.digits.numbers())
            if (number.digits.size() > 1)
                names.name(m_convolution.digits.canonical(number.form), numberText(number));
        const auto& body = m_convolution.guarded.body;
        const auto nest = std::ranges::find(body, m_convolution.nest);
        std::vector<const Stmt*> before(m_convolution.guarded.preamble);
        before.insert(before.end(), body.begin(), nest);
        std::set<const Stmt*> needed;
        std::string rest;
        for (auto at = std::next(nest); at != body.end(); ++at) {
            const auto use = names.use(**at);
            const auto range = m_context.source().statementRange(*at);
            const auto words = range ? names.text(**at, *range) : std::nullopt;
            if (!use.isClosed || !words || m_kernel.containsReturn(*at) || !changesOnlyOwn(use, nest))
                return std::nullopt;
            needed.insert(use.statements.begin(), use.statements.end());
            rest += indentationAt(m_context.source().text(), range->begin) + *words + "\n";
        }
        std::string declared;
        for (const Stmt* statement : before) {
            const auto words = needed.count(statement) > 0 ? names.text(*statement) : std::string();
            if (!words)
                return std::nullopt;
            declared += words->empty() ? "" : "    " + *words + "\n";
        }
        const auto [places, condition] = placesText();
        if (condition.empty())
            return places + reindented(declared, "    ") + reindented(rest, "    ");
        return fmt::format("{}    if ({}) {{\n{}{}    }}\n", places, condition, reindented(declared, "        "),
                           reindented(rest, "        "));
    }

    /// Whether what \p use has of variables that change is the sum, or declared after \p nest.
    [[nodiscard]] bool changesOnlyOwn(const NamedUse& use, std::vector<const Stmt*>::const_iterator nest) const
    {
        return std::ranges::all_of(use.counters, [&](const VarDecl* var) {
            return var == m_convolution.sum || (*nest)->getEndLoc() < var->getBeginLoc();
        });
    }

    bool addParameters()
    {
        const auto* last = m_kernel.kernel().parameters().back();
        const auto range = m_kernel.source().range(last->getSourceRange());
        if (!range)
            return false;
        std::string declared;
        std::string passed;
        for (const auto& array : {m_image, m_filter}) {
            declared += fmt::format(", const {}* __restrict__ {}", m_plan.type().element, array);
            passed += ", " + array;
        }
        for (const auto& own : m_words.own()) {
            declared += ", " + own.declaration();
            passed += ", " + own.argument();
        }
        m_edit.insert(range->end, declared);
        m_edit.insert(m_launch.arguments.back().end, passed);
        const auto layers = m_plan.layers();
        auto across = sizeText(m_plan.rows());
        auto down = sizeText(m_plan.outputs());
        if (m_hasOutputsAlong)
            std::swap(across, down);
        m_edit.replace(m_launch.grid,
                       fmt::format("dim3(ceil_div({0}, {2}), ceil_div({1}, {2}){3})", across, down, kProductBlock,
                                   layers ? ", " + sizeText(*layers) : ""));
        m_edit.replace(m_launch.block, fmt::format("dim3({0}, {0})", kProductBlock));
        return true;
    }

    const MoveContext& m_context;
    const KernelScope& m_kernel;
    const ConvolutionPlan& m_plan;
    const ChannelConvolution& m_convolution;
    const LaunchLine& m_launch;
    SizeWords m_words;
    SourceEdit m_edit;
    std::string m_image, m_filter, m_pixel, m_output;
    std::vector<std::string> m_places;  ///< of each axis
    bool m_hasOutputsAlong = false;  ///< whether neighbours in memory are outputs of one place
};

}  // namespace

std::optional<std::string> withWrittenImage(const MoveContext& context, const KernelScope& kernel,
                                            const ConvolutionPlan& plan)
{
    return ConvolutionCode(context, kernel, plan).make();
}

}  // namespace warploom
