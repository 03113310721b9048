// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FlashDecodingCode.h"
#include "moves/GuardedKernel.h"
#include "moves/HostWords.h"
#include "moves/MoveCatalogue.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kMostHeads = 8;
constexpr std::int64_t kBlocksEach = 8;  // for every multiprocessor
constexpr std::int64_t kMostSplits = 16;
constexpr int kUnknownProcessors = 132;

/// Attention of one query a block, as kernels of the generation phase have it.
class FlashDecoding : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"flash-decoding", "Split keys, shared by heads",
                "a block a query of attention: scores of all keys in shared memory, softmax, weighted sum of values",
                "keys and values read once for all queries that share them, 16 bytes a lane, by as many blocks as the "
                "card takes"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto found = queryAttention(kernel);
            if (!found)
                continue;
            if (auto made = split(context, kernel, *found))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// A form in the words of the launch.
    static std::optional<std::string> words(const KernelScope& kernel, const QueryAttention& found,
                                            const IndexForm& form)
    {
        const auto& launch = *kernel.launches().front();
        const auto& source = kernel.source();
        ValuePrinter printer = found.printer;
        const auto grouped = [](const std::string& text) { return isPlainWord(text) ? text : "(" + text + ")"; };
        for (unsigned i = 0; i < kernel.kernel().getNumParams(); ++i)
            printer.names[ValueReader::symbolFor(kernel.kernel().getParamDecl(i)->getNameAsString())] =
                grouped(source.text(launch.arguments[i]));
        for (std::size_t axis = 0; axis < launch.gridParts.size(); ++axis)
            printer.names[BlockReader::builtinSymbol("gridDim", static_cast<int>(axis))] =
                grouped(source.text(launch.gridParts[axis]));
        const bool isOfBlock = form.dependsOn("blockIdx") || form.dependsOn("load ") || form.dependsOn("~");
        return isOfBlock ? std::nullopt : printer.print(form, false);
    }

    /// Values of \p text at the sizes that are timed.
    static std::vector<std::int64_t> timed(const MoveContext& context, const std::string& text)
    {
        // A line of its own, which the editor can read.
        const std::string line = "// warploom: let VALUE = " + text + "\n";
        const DirectiveEditor editor(line);
        std::vector<std::int64_t> values;
        for (const auto& scope : timedScopes(context.request()))
            if (const auto value =
                    editor.lets().empty() ? std::nullopt : editor.value(editor.lets().front().expression, scope))
                values.push_back(*value);
        return values;
    }

    static std::int64_t powerWithin(std::int64_t value, std::int64_t most)
    {
        std::int64_t power = 1;
        while (power * 2 <= std::min(value, most))
            power *= 2;
        return power;
    }

    /// How many rows a block takes together by default.
    static std::int64_t headsFor(const MoveContext& context, const KernelScope& kernel, const QueryAttention& found)
    {
        if (!found.isSharing)
            return 1;
        const auto text = found.group.isZero() ? std::nullopt : words(kernel, found, found.group);
        const auto groups = text ? timed(context, *text) : std::vector<std::int64_t>();
        const auto least = groups.empty() ? 4 : *std::ranges::min_element(groups);
        return std::max<std::int64_t>(1, powerWithin(least, kMostHeads));
    }

    static std::int64_t splitsFor(const MoveContext& context, const KernelScope& kernel, std::int64_t heads)
    {
        std::string rows;
        for (const auto& part : kernel.launches().front()->gridParts)
            rows += fmt::format("{}({})", rows.empty() ? "" : " * ", context.source().text(part));
        const auto counts = timed(context, rows);
        if (counts.empty())
            return 4;
        const auto processors =
            context.request().multiprocessors > 0 ? context.request().multiprocessors : kUnknownProcessors;
        const auto blocks = std::max<std::int64_t>(1, *std::ranges::min_element(counts) / heads);
        const auto wanted = (processors * kBlocksEach + blocks - 1) / blocks;
        const auto power = powerWithin(wanted, kMostSplits);
        return power < wanted && power < kMostSplits ? power * 2 : power;
    }

    struct Ranges {
        TextRange definition, body, parameters;
        std::size_t name = 0;
    };

    static std::optional<Ranges> rangesOf(const KernelScope& kernel)
    {
        const auto& source = kernel.source();
        const auto& function = kernel.kernel();
        const auto begin = offsetBeforeKernel(kernel);
        const auto body = source.range(function.getBody());
        if (!begin || !body || function.getNumParams() == 0)
            return std::nullopt;
        const auto first = source.range(CharSourceRange::getTokenRange(function.getParamDecl(0)->getSourceRange()));
        const auto last = source.range(
            CharSourceRange::getTokenRange(function.getParamDecl(function.getNumParams() - 1)->getSourceRange()));
        const auto name = source.offset(function.getLocation());
        // A block of extern "C" holds more than this kernel.
        if (!first || !last || !name
            || source.text().substr(*begin, body->begin - *begin).find('{') != std::string_view::npos)
            return std::nullopt;
        return Ranges{{*begin, body->end}, *body, {first->begin, last->end}, *name};
    }

    [[nodiscard]] std::optional<MoveProposal> split(const MoveContext& context, const KernelScope& kernel,
                                                    const QueryAttention& found) const
    {
        const auto& launch = *kernel.launches().front();
        const auto ranges = rangesOf(kernel);
        const auto depth = words(kernel, found, found.depth);
        const auto width = words(kernel, found, found.width);
        auto values = flashDecodingValues(context, kernel, found);
        if (!ranges || !depth || !width || values.empty() || !isPlainLaunch(context.source(), launch)
            || launch.arguments.size() != kernel.kernel().getNumParams())
            return std::nullopt;
        values.emplace_back("splitKernel", context.directives().freshName(kernel.name() + "_splits"));
        SourceEdit edit(context.source().text());
        editLaunch(edit, context, kernel, found, values, *depth, *width);
        edit.insert(
            ranges->definition.begin,
            filled(kLoadNeighbours, values)
                + filled(fmt::format("__global__ void __launch_bounds__(@THREADS@) @splitKernel@({}{})\n{{{}}}\n\n",
                                     context.source().text(ranges->parameters), valueOf(values, "splitParameters"),
                                     kSplitKeysBody),
                         values));
        edit.insert(ranges->parameters.end, filled(", const float* @partial@", values));
        edit.replace({ranges->body.begin + 1, ranges->body.end - 1}, filled(kJoinSplitsBody, values));
        addTunables(edit, context, kernel, found, values);
        return proposal(context, edit, ranges->body.begin, fmt::format("splits of the keys in {}", kernel.name()),
                        fmt::format("threads of {} each walk along a key by themselves, uncoalesced, and a block a "
                                    "query reads keys that others read too: lanes that load 16 bytes side by side, "
                                    "for all queries that share a key, read it once at the memory's speed, ~10×",
                                    kernel.name()),
                        10.0);
    }

    static void addTunables(SourceEdit& edit, const MoveContext& context, const KernelScope& kernel,
                            const QueryAttention& found, const CodeValues& values)
    {
        const auto& directives = context.directives();
        const auto heads = headsFor(context, kernel, found);
        directives.addTune(edit, valueOf(values, "HEADS"),
                           found.isSharing ? powersAround(heads, 1, kMostHeads) : std::vector<std::int64_t>{1});
        directives.addTune(edit, valueOf(values, "SPLITS"),
                           powersAround(splitsFor(context, kernel, heads), 1, kMostSplits));
        directives.addTune(edit, valueOf(values, "LANES"), {4, 8, 2, 16});
        directives.addTune(edit, valueOf(values, "AHEAD"), {4, 2, 8});
        directives.addTune(edit, valueOf(values, "THREADS"), {128, 256, 64});
        directives.addTune(edit, valueOf(values, "PREFETCH"), {1, 0});
    }

    static void editLaunch(SourceEdit& edit, const MoveContext& context, const KernelScope& kernel,
                           const QueryAttention& found, const CodeValues& values, const std::string& depth,
                           const std::string& width)
    {
        const auto& source = context.source();
        const auto& launch = *kernel.launches().front();
        std::string rows;
        std::string grid;
        std::string extents;
        for (std::size_t axis = 0; axis < launch.gridParts.size(); ++axis) {
            const auto part = source.text(launch.gridParts[axis]);
            rows += fmt::format(" * ({})", part);
            extents += ", " + part;
            if (static_cast<int>(axis) != found.axis)
                grid += ", " + part;
        }
        const auto own = source.text(launch.gridParts[static_cast<std::size_t>(found.axis)]);
        const auto whole = fmt::format("ceil_div({}, @HEADS@) * @SPLITS@{}", own, grid);
        const TextRange arguments{launch.arguments.front().begin, launch.arguments.back().end};
        edit.insert(
            launch.line.begin,
            filled(fmt::format("// warploom: require ceil_div({0}, {1}) <= @THREADS@\n"
                               "// warploom: scratch @partial@ f32[@SPLITS@{2} * ({0} + 2)]\n"
                               "// warploom: launch @splitKernel@<<<{3}, @THREADS@, 4 * @HEADS@ * ceil_div({4}, "
                               "{5}) * {5}>>>({6}, @partial@{7})\n",
                               width, 16 / found.value.bytes, rows,
                               launch.gridParts.size() > 1 ? "dim3(" + whole + ")" : whole, depth, 16 / found.key.bytes,
                               source.text(arguments), extents),
                   values));
        edit.insert(arguments.end, ", " + valueOf(values, "partial"));
        if (launch.shared)
            edit.remove({launch.block.end, launch.shared->end});
    }
};

}  // namespace

std::unique_ptr<Move> makeFlashDecoding() { return std::make_unique<FlashDecoding>(); }

}  // namespace warploom
