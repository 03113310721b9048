// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <bit>

#include "moves/ContractionCode.h"
#include "moves/GridKernel.h"
#include "moves/MoveCatalogue.h"
#include "moves/NestedFold.h"
#include "moves/TileLoopCode.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

constexpr const char* kTileLoopBody = R"(
    // @TILE@ iterations' elements at a time go through shared memory; each of them serves @ITEMS@ @item@ a thread.
@structure@    __shared__ @Element@ @tile@[@TILE@];
@firstItem@@uniforms@@arrays@@parts@)";

constexpr const char* kTileLoopPart = R"(    for (@counterType@ @base@ = @start@; @base@ < @bound@; @base@ += @TILE@) {
        const int @count@ = @boundTerm@ - @base@ < @TILE@ ? @boundTerm@ - @base@ : @TILE@;
        for (int @at@ = threadIdx.x; @at@ < @count@; @at@ += @BLOCK@) {
            const @counterType@ @counter@ = @base@ + @at@;
@copies@        }
        __syncthreads();
        #pragma unroll @UNROLL@
        for (int @at@ = 0; @at@ < @count@; ++@at@) {
@counterLine@            const @Element@& @element@ = @tile@[@at@];
            #pragma unroll
            for (int @number@ = 0; @number@ < @ITEMS@; ++@number@) {
@place@@round@            }
        }
        __syncthreads();
    }
)";

/// Loops that are known to be shorter are not worth a barrier.
constexpr std::int64_t kShortestTiled = 64;
constexpr std::int64_t kTileLoopBytes = 49152;  ///< of shared memory that a kernel can declare

class TileLoop : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {
            "tile-loop", "Stage what all threads read in shared memory",
            "one thread an item that goes through elements which are the same for all of them: all pairs, nearest "
            "of many, sums over all",
            "a block copies a tile of them at a time, several items of a thread share each that is loaded, and what "
            "is worked out stays in the order it was in"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            // Types are written as one instance has them.
            if (kernel.kernel().isDependentContext() || kernel.kernel().isTemplateInstantiation())
                continue;
            BroadcastReader reader(context, kernel);
            const auto found = reader.read();
            if (!found)
                continue;
            if (auto made = tiled(context, kernel, reader, *found))
                proposals.push_back(std::move(*made));
            if (auto made = nested(context, kernel, reader, *found))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// The loop of \p statement where all that its iterations load anew is the same for all threads.
    static std::optional<BroadcastLoop> wholeLoop(const MoveContext& context, const KernelScope& kernel,
                                                  const BroadcastReader& reader, const Stmt* statement)
    {
        auto loop = reader.loop(statement);
        if (!loop)
            return std::nullopt;
        const auto start = kernel.form(loop->counted.start);
        const auto bound = kernel.form(loop->counted.bound);
        if (start && bound && isShort(context, kernel, *bound - *start))
            return std::nullopt;
        const auto symbol = kernel.symbolOf(loop->counted.var);
        const bool isWhole =
            std::ranges::all_of(kernel.accesses(loop->counted.statement->getBody()), [&](const Access& access) {
                return !llvm::isa<ParmVarDecl>(access.base) || isStaged(*loop, access)
                    || (access.index && !access.index->dependsOn(symbol));
            });
        return isWhole ? loop : std::nullopt;
    }

    /// Whether loops of \p length turns are not worth a barrier, where they are timed.
    static bool isShort(const MoveContext& context, const KernelScope& kernel, const IndexForm& length)
    {
        const auto isFew = [&](const ParameterValues& values) {
            const auto turns = valueWith(length, values);
            return turns && *turns < kShortestTiled;
        };
        return length.constantValue().value_or(kShortestTiled) < kShortestTiled
            || std::ranges::any_of(timedArguments(context, kernel), isFew);
    }

    static bool isStaged(const BroadcastLoop& loop, const Access& access)
    {
        return std::ranges::any_of(loop.elements, [&](const BroadcastElement& one) {
            return std::ranges::find(one.loads, loadOf(access)) != one.loads.end();
        });
    }

    [[nodiscard]] std::optional<MoveProposal> tiled(const MoveContext& context, const KernelScope& kernel,
                                                    const BroadcastReader& reader, const BroadcastKernel& found) const
    {
        // What is stored stands behind the last such loop.
        const auto parts = itemParts(kernel, found, [&](const Stmt* statement) {
            return wholeLoop(context, kernel, reader, statement).has_value();
        });
        const auto loop = parts ? wholeLoop(context, kernel, reader, parts->loop) : std::nullopt;
        const auto body = context.source().range(kernel.kernel().getBody());
        if (!loop || !body)
            return std::nullopt;
        SourceEdit edit(context.source().text());
        auto values = itemValues(context, kernel, found, edit);
        const auto text = codeOf(context, kernel, found, *parts, *loop, values);
        if (!text)
            return std::nullopt;
        edit.replace({body->begin + 1, body->end - 1}, *text);
        const auto& directives = context.directives();
        directives.addTune(edit, valueOf(values, "TILE"), {256, 128, 512});
        directives.addTune(edit, valueOf(values, "ITEMS"), itemCounts(context, kernel, found, {2, 1, 4}));
        directives.addTune(edit, valueOf(values, "UNROLL"), {4, 8, 2, 1});
        directives.addRequire(
            edit, fmt::format("{} * {} <= {}", valueOf(values, "TILE"), layoutOf(kernel, *loop).bytes, kTileLoopBytes));
        return proposal(
            context, edit, body->begin,
            fmt::format("tile the loop over {} of {}", valueOf(values, "counter"), kernel.name()),
            fmt::format("every iteration of {} takes {} loads through L1 that are the same for all threads: "
                        "from a tile in shared memory it is 1 wide load for several items, ~2×",
                        kernel.name(), loop->elements.size()),
            2.0);
    }

    /// How an iteration's elements lie beside each other.
    struct Layout {
        std::string structure;  ///< its definition; empty: the one element's own type
        std::string type;
        std::vector<std::string> fields;
        std::int64_t bytes = 0;
    };

    static Layout layoutOf(const KernelScope& kernel, const BroadcastLoop& loop)
    {
        const auto& ast = kernel.source().context();
        const auto& directives = kernel.source().directives();
        Layout layout;
        std::string lines;
        for (const auto& one : loop.elements) {
            const auto type = one.load->getType().getUnqualifiedType();
            auto field = one.base->getNameAsString();
            for (int number = 2; std::ranges::find(layout.fields, field) != layout.fields.end(); ++number)
                field = fmt::format("{}_{}", one.base->getName().str(), number);
            const auto align = ast.getTypeAlignInChars(type).getQuantity();
            layout.bytes = (layout.bytes + align - 1) / align * align + ast.getTypeSizeInChars(type).getQuantity();
            lines += fmt::format("        {} {};\n", typeText(kernel, type), field);
            layout.fields.push_back(std::move(field));
        }
        const bool isWord = layout.bytes <= 16 && std::has_single_bit(static_cast<std::uint64_t>(layout.bytes));
        if (loop.elements.size() == 1 && isWord) {
            layout.type = typeText(kernel, loop.elements[0].load->getType().getUnqualifiedType());
            layout.fields = {""};
            return layout;
        }
        const std::int64_t word = layout.bytes > 8 ? 16 : layout.bytes > 4 ? 8 : 4;
        layout.bytes = (layout.bytes + word - 1) / word * word;
        layout.type = directives.freshName("Element");
        layout.structure = fmt::format("    struct __align__({}) {} {{\n{}    }};\n", word, layout.type, lines);
        return layout;
    }

    static std::optional<std::string> codeOf(const MoveContext& context, const KernelScope& kernel,
                                             const BroadcastKernel& found, const ItemParts& parts,
                                             const BroadcastLoop& loop, CodeValues& values)
    {
        ItemText text(kernel, found, valueOf(values, "number"), valueOf(values, "ITEMS"));
        if (!text.divide({parts.before, {parts.loop}, parts.after}))
            return std::nullopt;
        const auto layout = layoutOf(kernel, loop);
        addLoopNames(context, kernel, loop.counted, values);
        values.emplace_back("Element", layout.type);
        values.emplace_back("structure", layout.structure);
        values.emplace_back("tile", context.directives().freshName("tile"));
        values.emplace_back("element", context.directives().freshName("element"));
        std::vector<Replacement> changes;
        std::string copies;
        for (std::size_t i = 0; i < loop.elements.size(); ++i) {
            const auto field = layout.fields[i].empty() ? std::string() : "." + layout.fields[i];
            copies +=
                fmt::format("            @tile@[@at@]{} = {};\n", field, context.source().text(loop.elements[i].load));
            for (const Expr* load : loop.elements[i].loads)
                changes.push_back({*context.source().range(load), valueOf(values, "element") + field});
        }
        const auto round = roundText(kernel, text, loop.counted, std::move(changes));
        const auto before = itemRun(text, parts.before, found, values);
        const auto after = lastRun(text, parts.after, found, values);
        if (!round || !before || !after)
            return std::nullopt;
        const auto& counter = valueOf(values, "counter");
        values.emplace_back("copies", copies);
        values.emplace_back("round", reindented(*round, "                "));
        values.emplace_back("place",
                            mentions(*round, found.item->getName()) ? reindented(itemPlace(), "                ")
                                                                    : std::string());
        values.emplace_back("counterLine",
                            mentions(*round, counter) ? "            const @counterType@ @counter@ = @base@ + @at@;\n"
                                                      : std::string());
        values.emplace_back("uniforms", reindented(text.uniforms(), "    "));
        values.emplace_back("arrays", reindented(text.declarations(), "    "));
        values.emplace_back("parts", *before + kTileLoopPart + *after);
        return completed(kTileLoopBody, values);
    }

    [[nodiscard]] std::optional<MoveProposal> nested(const MoveContext& context, const KernelScope& kernel,
                                                     const BroadcastReader& reader, const BroadcastKernel& found) const
    {
        const auto fold = nestedFold(kernel, reader, found);
        const auto body = context.source().range(kernel.kernel().getBody());
        if (!fold || !body)
            return std::nullopt;
        SourceEdit edit(context.source().text());
        const auto made = writeNestedFold(context, kernel, found, *fold, edit);
        if (!made)
            return std::nullopt;
        edit.replace({body->begin + 1, body->end - 1}, *made);
        return proposal(context, edit, body->begin,
                        fmt::format("tiles of {} and of what they are held against in {}",
                                    found.item->getNameAsString(), kernel.name()),
                        fmt::format("every step of the inner loop of {} takes 2 loads, one of them from as many places "
                                    "as a warp has threads: with both in tiles in shared memory, and many of the one "
                                    "against several of the other in registers, loads fall to a tenth, ~8×",
                                    kernel.name()),
                        8.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeTileLoop() { return std::make_unique<TileLoop>(); }

}  // namespace warploom
