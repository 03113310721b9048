// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <bit>

#include "moves/ContractionCode.h"
#include "moves/HostWords.h"
#include "moves/MoveCatalogue.h"
#include "moves/PlainLaunch.h"
#include "moves/Reduction.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

/// Of the tiles that blocks of contractions take, and the multiprocessors that wait for them.
constexpr std::int64_t kTileExtent = 128;
constexpr std::int64_t kProcessors = 132;
/// What a strip has at least, so that its sums are worth the way through memory; and the slices' depth it is a multiple
/// of.
constexpr std::int64_t kShortestStrip = 512;
constexpr const char* kSlice = "64";

constexpr const char* kStripsKernel = R"(
{
    @columnType@ @column@ = @columnIndex@;
    @indexType@ @row@ = @rowIndex@;
    if (@row@ >= @rows@ || @column@ >= @columns@)
        return;
@advances@    @partial@ += size_t(blockIdx.z) * (@rows@) * (@columns@);

    @sumType@ @sum@ = 0;
    for (@loopType@ @p@ = 0; @p@ < min(@length@, @inLoopType@(@depth@) - @inLoopType@(blockIdx.z) * @length@); ++@p@)@updates@    @partial@[size_t(@row@) * (@columns@) + @column@] = @sum@;
}

)";

constexpr const char* kAdding = R"(for (int @strip@ = 0; @strip@ < @strips@; ++@strip@)
@indentation@    @sum@ += @partial@[(size_t(@strip@) * (@rows@) + @row@) * (@columns@) + @column@];)";

constexpr const char* kDirectives =
    R"(// warploom: let @LENGTH@ = ceil_div(ceil_div(max(@depthArgument@, 1), @STRIPS@), @slice@) * @slice@
// warploom: let @COUNT@ = ceil_div(max(@depthArgument@, 1), @LENGTH@)
// warploom: scratch @partial@ @scratchType@[@COUNT@ * (@rowsArgument@) * (@columnsArgument@)]
// warploom: launch @kernel@<<<dim3(@across@, @down@, @COUNT@), @block@>>>(@arguments@, @partial@, @LENGTH@)
)";

/// "f32" of float; empty for what sums of strips are not kept in.
std::string scratchTypeOf(const std::string& type)
{
    static const std::map<std::string, std::string> kTypes = {
        {"float", "f32"}, {"double", "f64"}, {"int", "i32"}, {"unsigned int", "u32"}, {"long long", "i64"}};
    const auto found = kTypes.find(type);
    return found == kTypes.end() ? "" : found->second;
}

/// How far a factor's pointer has to go for a strip's first p; empty where that has no words.
std::string advanceFor(const ContractionFactor& factor)
{
    if (!factor.isAffine || factor.hasLayer || !factor.shift.empty())
        return {};
    if (factor.layout == FactorLayout::AlongDepth)
        return "size_t(blockIdx.z) * @length@";
    const bool isNamed = factor.pitch && !factor.lineStep.empty();
    return factor.layout == FactorLayout::AlongOutput && isNamed ? "size_t(blockIdx.z) * @length@ * " + factor.lineStep
                                                                 : "";
}

/// A contraction with few outputs and long sums.
class SplitContraction : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"split-contraction", "Contract in strips of the depth",
                "one thread an element of a matrix product that is deep but has few tiles where it is timed",
                "a layer of the grid takes each strip; a second launch adds the strips and does the rest"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const bool isPlain = !kernel.kernel().isDependentContext()
                && kernel.kernel().getDescribedFunctionTemplate() == nullptr && kernel.launches().size() == 1
                && isPlainLaunch(context.source(), *kernel.launches().front()) && !declaresShared(kernel);
            const auto found = isPlain ? jointContraction(kernel) : std::nullopt;
            // What is cut off at each step depends on where a strip begins.
            const auto strips =
                found && found->sums.size() == 1 && reductionOf(kernel, found->term().sum, found->loop.statement)
                ? stripsFor(context, kernel, *found)
                : 0;
            if (strips < 2)
                continue;
            if (auto made = inStrips(context, kernel, *found, strips))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// How many strips fill the multiprocessors twice, at the timed size that needs fewest; 0 where one does without.
    static std::int64_t stripsFor(const MoveContext& context, const KernelScope& kernel, const Contraction& found)
    {
        const auto rows = kernel.form(found.rowBound());
        const auto columns = kernel.form(found.columnBound());
        const auto depth = kernel.form(found.loop.bound);
        std::int64_t strips = 0;
        for (const auto& values : timedArguments(context, kernel)) {
            const auto valueOf = [&](const auto& form) { return form ? valueWith(*form, values).value_or(0) : 0; };
            const auto tilesOf = [](std::int64_t extent) { return (extent + kTileExtent - 1) / kTileExtent; };
            const auto down = tilesOf(valueOf(rows));
            const auto across = tilesOf(valueOf(columns));
            if (down < 1 || across < 1 || down > kProcessors || across > kProcessors)
                return 0;
            const auto most = std::min(2 * kProcessors / (down * across), valueOf(depth) / kShortestStrip);
            if (most < 2)
                return 0;
            const auto fitting = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(most)));
            strips = strips == 0 ? fitting : std::min(strips, fitting);
        }
        return strips;
    }

    static CodeValues names(const DirectiveEditor& directives, const KernelScope& kernel)
    {
        CodeValues values;
        for (const auto& [mark, base] : CodeValues{{"STRIPS", "STRIPS"},
                                                   {"LENGTH", "STRIP_LENGTH"},
                                                   {"COUNT", "STRIP_COUNT"},
                                                   {"partial", "partial"},
                                                   {"length", "strip_length"},
                                                   {"strip", "strip"},
                                                   {"strips", "strips"},
                                                   {"kernel", kernel.name() + "_strips"}})
            values.emplace_back(mark, directives.freshName(base));
        return values;
    }

    /// Statements that move the factors' pointers to the strip; nothing where one cannot be moved.
    static std::optional<std::string> advances(const KernelScope& kernel, const Contraction& found)
    {
        const auto isMovable = [&](const std::string& base) {
            return std::ranges::any_of(kernel.kernel().parameters(), [&](const auto* parameter) {
                return parameter->getName() == base && !parameter->getType().isConstQualified();
            });
        };
        std::map<std::string, std::string> amounts;
        std::string text;
        for (const auto which : found.factors()) {
            const auto& factor = found.factor(which);
            const auto amount = advanceFor(factor);
            const auto [known, isNew] = amounts.emplace(factor.base, amount);
            if (amount.empty() || !isMovable(factor.base) || known->second != amount)
                return std::nullopt;
            if (isNew)
                text += "    " + factor.base + " += " + amount + ";\n";
        }
        return text;
    }

    /// What the launch passes for the bounds, and how it is made; nothing where it has another shape.
    static bool addLaunch(const KernelScope& kernel, const Contraction& found, CodeValues& values)
    {
        const auto& source = kernel.source();
        const auto& launch = *kernel.launches().front();
        if (launch.gridParts.size() != 2 || launch.shared || launch.arguments.empty())
            return false;
        values.emplace_back("rowsArgument", kernel.argumentOf(launch, found.rowBound()));
        values.emplace_back("columnsArgument", kernel.argumentOf(launch, found.columnBound()));
        const auto depth = kernel.argumentOf(launch, found.loop.bound);
        values.emplace_back("depthArgument",
                            depth.empty() ? inLaunchWords(kernel, launch, found.loop.bound).value_or("") : depth);
        const bool isKnown = std::ranges::none_of(values, [](const auto& value) { return value.second.empty(); });
        values.emplace_back("across", source.text(launch.gridParts[0]));
        values.emplace_back("down", source.text(launch.gridParts[1]));
        values.emplace_back("block", source.text(launch.block));
        values.emplace_back("arguments", source.text({launch.arguments.front().begin, launch.arguments.back().end}));
        return isKnown;
    }

    /// All that the templates name; nothing where one of it has no words.
    static std::optional<CodeValues> valuesFor(const MoveContext& context, const KernelScope& kernel,
                                               const Contraction& found)
    {
        auto values = names(context.directives(), kernel);
        const auto moves = advances(kernel, found);
        const auto& column = found.columnIndex();
        const auto& row = found.rowIndex();
        values.emplace_back("scratchType", scratchTypeOf(found.term().sumType));
        values.emplace_back("slice", kSlice);
        const bool isOneWord = found.loopType.find(' ') == std::string::npos;
        values.emplace_back("inLoopType", isOneWord ? found.loopType : "static_cast<" + found.loopType + ">");
        if (!moves || found.preamble.size() != 0 || !addLaunch(kernel, found, values))
            return std::nullopt;
        values.emplace_back("advances", filled(*moves, values));
        values.emplace_back("columnIndex", context.source().text(column.initialiser));
        values.emplace_back("rowIndex", context.source().text(row.initialiser));
        values.emplace_back(
            "columnType",
            column.var->getType().getUnqualifiedType().getAsString(context.source().context().getPrintingPolicy()));
        std::string updates;
        for (const auto& term : found.terms)
            updates += "        " + context.source().text(term.update) + "\n";
        values.emplace_back("updates", found.terms.size() == 1 ? "\n" + updates : " {\n" + updates + "    }\n");
        const auto user = contractionValues(context, found, "    ");
        values.insert(values.end(), user.begin(), user.end());
        return values;
    }

    /// The user's own head with another name and two parameters more, and a body that sums a strip.
    static std::optional<std::string> stripsText(const KernelScope& kernel, TextRange parameters,
                                                 const CodeValues& values)
    {
        const auto& source = kernel.source();
        const auto begin = offsetBeforeKernel(kernel);
        const auto name = source.offset(kernel.kernel().getLocation());
        if (!begin || !name)
            return std::nullopt;
        const auto head = source.text({*begin, *name});
        // A block of extern "C" holds more than this kernel.
        if (head.find('{') != std::string::npos)
            return std::nullopt;
        return "// Sums one of the strips that " + kernel.name() + " adds: each layer of the grid takes one.\n" + head
            + valueOf(values, "kernel") + "(" + source.text(parameters)
            + filled(std::string(", @sumType@* @partial@, @loopType@ @length@)") + kStripsKernel, values);
    }

    [[nodiscard]] std::optional<MoveProposal> inStrips(const MoveContext& context, const KernelScope& kernel,
                                                       const Contraction& found, std::int64_t strips) const
    {
        const auto& source = context.source();
        const auto& launch = *kernel.launches().front();
        const auto values = valuesFor(context, kernel, found);
        const auto first = kernel.kernel().getNumParams() == 0 ? nullptr : kernel.kernel().getParamDecl(0);
        const auto last = first == nullptr ? nullptr : kernel.kernel().parameters().back();
        const auto parameters = first == nullptr
            ? std::nullopt
            : source.range(CharSourceRange::getTokenRange(first->getBeginLoc(), last->getEndLoc()));
        const auto loop = source.statementRange(found.loop.statement);
        const auto text = values && parameters ? stripsText(kernel, *parameters, *values) : std::nullopt;
        const auto before = offsetBeforeKernel(kernel);
        if (!text || !loop || !before)
            return std::nullopt;
        SourceEdit edit(source.text());
        edit.insert(*before, *text);
        edit.insert(parameters->end, filled(", const @sumType@* @partial@, int @strips@", *values));
        auto adding = *values;
        adding.emplace_back("indentation", indentationAt(source.text(), loop->begin));
        edit.replace(*loop, filled(kAdding, adding));
        edit.insert(lineAround(source, launch.line.begin).begin, filled(kDirectives, *values));
        edit.insert(launch.arguments.back().end, filled(", @partial@, @COUNT@", *values));
        context.directives().addTune(edit, valueOf(*values, "STRIPS"), powersAround(strips, 2, 128));
        return proposal(context, edit, loop->begin, fmt::format("contract in strips in {}", kernel.name()),
                        fmt::format("{} has too few tiles of {} x {} for {} multiprocessors where it is timed: {} "
                                    "strips of its depth are as many times the blocks, ~{:.1f}×",
                                    kernel.name(), kTileExtent, kTileExtent, kProcessors, strips, gainOf(strips)),
                        gainOf(strips));
    }

    static double gainOf(std::int64_t strips) { return std::min(4.0, 1.0 + static_cast<double>(strips) / 4); }
};

}  // namespace

std::unique_ptr<Move> makeSplitContraction() { return std::make_unique<SplitContraction>(); }

}  // namespace warploom
