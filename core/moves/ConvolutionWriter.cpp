// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ConvolutionWriter.h"

#include "moves/CodeTemplate.h"
#include "moves/GridKernel.h"
#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

constexpr int kMostImageBlocks = 65535;

constexpr const char* kSideWriter = R"(// @about@
@linkage@__global__ void @name@(@parameters@)
{
@body@}

)";

/// A thread has a place, and one vector of channels after the other.
constexpr const char* kImageBody = R"(    const int @place@ = blockIdx.x * blockDim.x + threadIdx.x;
    if (@place@ >= @plane@)
        return;
@before@@positions@    for (int @first@ = blockIdx.y * @LANES@; @first@ < @written@; @first@ += gridDim.y * @LANES@) {
        __align__(16) @element@ @lanes@[@LANES@];
@lowLanes@        #pragma unroll
        for (int @lane@ = 0; @lane@ < @LANES@; ++@lane@) {
            const @type@ @channel@ = @first@ + @lane@;
            // Beyond the channels, and where the kernel adds nothing.
            float @value@ = 0.0f;
            if (@channel@ < @channels@) {
@within@            }
            @lanes@[@lane@] = @narrowedValue@;
@lowValue@        }
        *reinterpret_cast<uint4*>(&@array@[@target@]) = *reinterpret_cast<const uint4*>(@lanes@);
@lowStore@    }
)";

/// What the first part of a value leaves of it, behind all of those.
constexpr const char* kLowLanes = "        __align__(16) @element@ @low@[@LANES@];\n";
constexpr const char* kLowValue = "            @low@[@lane@] = @lowPart@(@value@);\n";
constexpr const char* kLowStore =
    "        *reinterpret_cast<uint4*>(&@array@[@target@ + @written@]) = *reinterpret_cast<const uint4*>(@low@);\n";

/// A thread has a tap of a channel.
constexpr const char* kFilterBody = R"(    const int @place@ = blockIdx.x * blockDim.x + threadIdx.x;
    if (@place@ >= @depth@)
        return;
    const int @output@ = blockIdx.y;
@counters@@before@    float @value@ = 0.0f;
    if (@channel@ < @channels@) {
@within@    }
    @array@[size_t(@output@) * @depth@ + @place@] = @narrowedValue@;
)";

std::string narrowed(const WrittenType& type, const std::string& value)
{
    return type.narrowed.empty() ? value : fmt::format("{}({})", type.narrowed, value);
}

}  // namespace

ConvolutionWriter::ConvolutionWriter(const MoveContext& context, const KernelScope& kernel, const ConvolutionPlan& plan,
                                     std::string block)
    : m_context(context)
    , m_kernel(kernel)
    , m_plan(plan)
    , m_convolution(plan.convolution())
    , m_block(std::move(block))
{
}

std::optional<std::string> ConvolutionWriter::productText(const NamedForms& names, const FactorParts& parts) const
{
    std::string multiplied;
    std::string divided;
    for (const auto& part : parts) {
        const auto* inner = part.expression->IgnoreParenImpCasts();
        const auto words = names.text(*inner);
        const auto value = words ? floatText(*part.expression, *words) : std::string();
        if (value.empty())
            return std::nullopt;
        if (part.divides)
            divided += " / " + value;
        else
            multiplied += (multiplied.empty() ? "" : " * ") + value;
    }
    return (multiplied.empty() ? "1.0f" : multiplied) + divided;
}

std::optional<ConvolutionWriter::Taken> ConvolutionWriter::taken(const NamedForms& names,
                                                                 const std::vector<const Expr*>& values,
                                                                 const FactorParts& parts, bool hasConditions,
                                                                 const std::string& indentation) const
{
    Taken made;
    std::set<const Stmt*> needed;
    for (const Expr* value : values) {
        auto use = names.use(*value);
        if (!use.isClosed)
            return std::nullopt;
        made.parameters.merge(use.parameters);
        needed.insert(use.statements.begin(), use.statements.end());
    }
    // Those on the path come where they stand.
    std::vector<const Stmt*> outside(m_convolution.guarded.preamble);
    outside.insert(outside.end(), m_convolution.guarded.body.begin(), m_convolution.guarded.body.end());
    for (const Stmt* statement : outside) {
        const auto words = needed.count(statement) > 0 ? names.text(*statement) : std::string();
        if (!words)
            return std::nullopt;
        made.before += words->empty() ? "" : "    " + *words + "\n";
    }
    auto inner = indentation;
    std::string closing;
    for (const Stmt* step : m_convolution.path) {
        const auto condition = std::ranges::find(m_convolution.conditions, step);
        const bool isCondition = condition != m_convolution.conditions.end();
        if (isCondition ? !hasConditions : needed.count(step) == 0)
            continue;
        const auto words = isCondition ? names.text(*(*condition)->getCond()) : names.text(*step);
        if (!words)
            return std::nullopt;
        made.within += isCondition ? fmt::format("{}if ({}) {{\n", inner, *words) : reindented(*words, inner);
        if (!isCondition)
            continue;
        closing.insert(0, inner + "}\n");
        inner += "    ";
    }
    const auto product = productText(names, parts);
    if (!product)
        return std::nullopt;
    made.within += fmt::format("{}@value@ = {};\n", inner, *product) + closing;
    return made;
}

/// What the kernel calls it, if it does.
std::string ConvolutionWriter::positionName(std::size_t axis) const
{
    const auto* position = m_convolution.axes[axis].position;
    const auto* var = position == nullptr || !m_convolution.hasPositions ? nullptr : plainVariable(position);
    return var != nullptr ? var->getNameAsString() : m_context.directives().freshName(fmt::format("position_{}", axis));
}

/// What the loop over the taps of \p axis begins with.
void ConvolutionWriter::addStart(const ConvolutionAxis& axis, std::set<const ParmVarDecl*>& parameters) const
{
    const auto* start = axis.tap ? m_convolution.loops[*axis.tap].start : nullptr;
    if (start != nullptr)
        parameters.merge(NamedForms(m_kernel, m_convolution.digits).use(*start).parameters);
}

/// The position of the first place along an axis, as what is added to the others.
std::optional<std::string> ConvolutionWriter::positionText(std::size_t axis, std::string& before,
                                                           std::set<const ParmVarDecl*>& parameters) const
{
    const auto& own = m_convolution.axes[axis];
    if (own.position == nullptr || !m_convolution.hasPositions)
        return std::string();
    const Expr* position = own.position;
    for (const auto* var = plainVariable(position); var != nullptr && isSettledLocal(m_kernel, var);
         var = plainVariable(position))
        position = var->getInit()->IgnoreParenImpCasts();
    NamedForms first(m_kernel, m_convolution.digits);
    first.name(m_convolution.form(own.digit), "0");
    first.name(IndexForm::symbol(m_kernel.symbolOf(m_convolution.loops[*own.tap].var)),
               m_convolution.startText(m_kernel, *own.tap));
    addStart(own, parameters);
    auto use = first.use(*position);
    if (!use.isClosed || !use.counters.empty())
        return std::nullopt;
    parameters.merge(use.parameters);
    for (const auto* statement : use.statements) {
        const auto words = first.text(*statement);
        if (!words)
            return std::nullopt;
        if (before.find("    " + *words + "\n") == std::string::npos)
            before += "    " + *words + "\n";
    }
    const auto words = first.text(*position);
    return words ? std::optional(*words + " + ") : std::nullopt;
}

WrittenSide ConvolutionWriter::side(const std::string& what, const std::string& about, const std::string& array,
                                    const std::string& body, const std::set<const ParmVarDecl*>& parameters,
                                    const SizeWords& words, const std::string& grid) const
{
    const auto name = m_context.directives().freshName(fmt::format("{}_{}", m_kernel.name(), what));
    const auto& launch = *onlyLaunch(m_kernel);
    std::vector<std::string> declared;
    std::vector<std::string> passed;
    for (unsigned i = 0; i < m_kernel.kernel().getNumParams(); ++i) {
        const auto* parameter = m_kernel.kernel().getParamDecl(i);
        const auto range = m_kernel.source().range(parameter->getSourceRange());
        if (!range || (parameters.count(parameter) == 0 && words.used().count(parameter) == 0))
            continue;
        declared.push_back(m_kernel.source().text(*range));
        passed.push_back(m_kernel.source().text(launch.arguments[i]));
    }
    declared.push_back(fmt::format("{}* __restrict__ {}", m_plan.type().element, array));
    passed.push_back(array);
    for (const auto& own : words.own()) {
        declared.push_back(own.declaration());
        passed.push_back(own.argument());
    }
    return {filled(kSideWriter,
                   {{"about", about},
                    {"linkage", m_kernel.kernel().isExternC() ? "extern \"C\" " : ""},
                    {"name", name},
                    {"parameters", fmt::format("{}", fmt::join(declared, ", "))},
                    {"body", body}}),
            fmt::format("// warploom: launch {}<<<{}, {}>>>({})\n", name, grid, m_block, fmt::join(passed, ", "))};
}

/// Declares where the thread's place lies along each axis.
std::optional<std::string> ConvolutionWriter::positionsText(const std::vector<std::string>& places,
                                                            const std::string& place, Taken& code,
                                                            SizeWords& words) const
{
    for (const auto& axis : m_convolution.axes)
        addStart(axis, code.parameters);
    std::string positions;
    for (std::size_t axis = 0; axis < m_convolution.axes.size(); ++axis) {
        const auto first = positionText(axis, code.before, code.parameters);
        if (!first)
            return std::nullopt;
        const auto within = axis + 1 == m_convolution.axes.size()
            ? std::string()
            : fmt::format(" / {}", words.word(m_plan.plane(axis + 1), "image_line"));
        const auto below =
            axis == 0 ? std::string() : fmt::format(" % {}", words.word(m_plan.line(axis), "image_line"));
        positions += fmt::format("    const int {} = {}{}{}{};\n", places[axis], *first, place, within, below);
    }
    return positions;
}

std::optional<WrittenSide> ConvolutionWriter::image(const std::string& array)
{
    SizeWords words(m_kernel, m_convolution.digits);
    const auto& directives = m_context.directives();
    const auto* channel = m_convolution.loops[m_convolution.channels].var;
    const auto place = directives.freshName("place");
    NamedForms names(m_kernel, m_convolution.digits);
    std::vector<std::string> places;
    for (std::size_t axis = 0; axis < m_convolution.axes.size(); ++axis)
        places.push_back(positionName(axis));
    m_convolution.nameImage(m_kernel, places, names);
    auto code = taken(names, m_convolution.imageExpressions(), m_convolution.image, true, std::string(16, ' '));
    if (!code)
        return std::nullopt;
    const auto positions = positionsText(places, place, *code, words);
    if (!positions)
        return std::nullopt;
    const auto plane = words.word(m_plan.plane(), "image_plane");
    const auto stored = words.word(m_plan.stored(), "image_channels");
    const bool hasParts = m_plan.type().parts > 1;
    const auto written = hasParts ? words.word(m_plan.written(), "written_channels") : stored;
    const auto lowPart = directives.freshName("lowPart");
    const auto line = m_convolution.layer ? fmt::format("(size_t(blockIdx.z) * {} + {})", plane, place)
                                          : fmt::format("size_t({})", place);
    const auto first = directives.freshName("first");
    const auto body = filled(kImageBody,
                             {{"before", code->before},
                              {"positions", *positions},
                              {"within", code->within},
                              {"narrowedValue", narrowed(m_plan.type(), "@value@")},
                              {"lowLanes", hasParts ? kLowLanes : ""},
                              {"lowValue", hasParts ? kLowValue : ""},
                              {"lowStore", hasParts ? kLowStore : ""},
                              {"low", directives.freshName("low")},
                              {"lowPart", lowPart},
                              {"target", fmt::format("{} * {} + {}", line, stored, first)},
                              {"place", place},
                              {"plane", plane},
                              {"written", written},
                              {"first", first},
                              {"LANES", std::to_string(m_plan.lanes())},
                              {"element", m_plan.type().element},
                              {"lanes", directives.freshName("lanes")},
                              {"lane", directives.freshName("lane")},
                              {"type", typeText(m_kernel, channel->getType())},
                              {"channel", channel->getNameAsString()},
                              {"channels", words.word(m_plan.channels(), "channels")},
                              {"value", directives.freshName("value")},
                              {"array", array}});
    const auto layers = m_plan.layers();
    auto made =
        side("image",
             fmt::format("The image of {}, channels side by side: as far as it is looked at, with what is made of "
                         "it and zero where nothing is added.",
                         m_kernel.name()),
             array, body, code->parameters, words,
             fmt::format("dim3(ceil_div({}, {}), min(ceil_div({}, {}), {}){})", sizeText(m_plan.plane()), m_block,
                         sizeText(m_plan.written()), m_plan.lanes(), kMostImageBlocks,
                         layers ? ", " + sizeText(*layers) : ""));
    made.definition.insert(0, lowPartFunction(m_plan.type(), lowPart));
    return made;
}

std::optional<WrittenSide> ConvolutionWriter::filter(const std::string& array)
{
    SizeWords words(m_kernel, m_convolution.digits);
    const auto& directives = m_context.directives();
    const auto place = directives.freshName("place");
    const auto output = directives.freshName("output");
    NamedForms names(m_kernel, m_convolution.digits);
    names.name(m_convolution.form(m_convolution.output), output);
    for (const auto& choice : m_convolution.choices)
        names.make(choice.var, choice.statements);
    std::vector<const Expr*> values;
    for (const auto& part : m_convolution.filter)
        values.push_back(part.expression);
    auto code = taken(names, values, m_convolution.filter, false, std::string(8, ' '));
    if (!code)
        return std::nullopt;
    const auto counter = [&](std::size_t number, const std::string& value) {
        const auto* var = m_convolution.loops[number].var;
        return fmt::format("    const {} {} = {};\n", typeText(m_kernel, var->getType()), var->getNameAsString(),
                           value);
    };
    const auto stored = words.word(m_plan.stored(), "image_channels");
    const auto part = m_plan.type().parts == 1 ? "" : " % " + words.word(m_plan.written(), "written_channels");
    auto counters = counter(m_convolution.channels, fmt::format("{} % {}{}", place, stored, part));
    auto rest = fmt::format("{} / {}", place, stored);
    for (auto axis = m_convolution.axes.size(); axis-- > 0;) {
        const auto& own = m_convolution.axes[axis];
        if (!own.tap)
            continue;
        const auto taps = words.word(m_convolution.taps(own), "taps");
        const auto start = m_convolution.startText(m_kernel, *own.tap);
        counters += counter(*own.tap, (start == "0" ? "" : start + " + ") + fmt::format("{} % {}", rest, taps));
        addStart(own, code->parameters);
        rest += " / " + taps;
    }
    const auto* channel = m_convolution.loops[m_convolution.channels].var;
    const auto body = filled(kFilterBody,
                             {{"counters", counters},
                              {"before", code->before},
                              {"within", code->within},
                              {"narrowedValue", narrowed(m_plan.type(), "@value@")},
                              {"place", place},
                              {"output", output},
                              {"depth", words.word(m_plan.depth(), "depth")},
                              {"channel", channel->getNameAsString()},
                              {"channels", words.word(m_plan.channels(), "channels")},
                              {"value", directives.freshName("value")},
                              {"array", array}});
    return side(
        "filter",
        fmt::format("The filter of {}, channels of a tap side by side{}.", m_kernel.name(),
                    part.empty() ? "" : ", once for each part of the image"),
        array, body, code->parameters, words,
        fmt::format("dim3(ceil_div({}, {}), {})", sizeText(m_plan.depth()), m_block, sizeText(m_plan.outputs())));
}

}  // namespace warploom
