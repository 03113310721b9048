// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/ranges.h>

#include "moves/CodeTemplate.h"
#include "moves/ContractionCode.h"
#include "moves/MoveCatalogue.h"
#include "moves/PairForm.h"

namespace warploom {

using namespace clang;

namespace {

/// Samples of more vectors than this are left to the user's own code: shared memory holds no more.
constexpr int kMostVectors = 64;
constexpr int kSharedBytes = 227 * 1024;

constexpr const char* kPairHelper =
    R"(// Copies 16 bytes into shared memory while the thread goes on.
static __device__ __forceinline__ void @copyAsync@(void* to, const void* from)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;"
                 :
                 : "r"(static_cast<unsigned>(__cvta_generic_to_shared(to))), "l"(from)
                 : "memory");
}

)";

constexpr const char* kPairBody = R"(
    const int @vectors@ = @count@;
    if (@vectors@ > @MOST@) {
        for (@indexType@ @at@ = static_cast<@indexType@>(blockIdx.x) * blockDim.x + threadIdx.x; @at@ < @results@;
             @at@ += static_cast<@indexType@>(gridDim.x) * blockDim.x) {
@body@        }
        return;
    }

    // A warp computes all pairs of one sample, whose vectors come to shared memory @CHUNK@ elements at a time.
    // @SPLIT@ threads share a tile of @TILE@ x @TILE@ pairs, each adds up a part of their elements: four elements of
    // 2 * @TILE@ vectors serve @TILE@ * @TILE@ pairs. Vectors of a tile are as far apart as there are tiles:
    // those of neighbouring tiles then lie in different banks.
    constexpr int @pitch@ = @CHUNK@ + 4;
    struct __align__(16) @Four@ {
        @type@ at[4];
    };
    extern __shared__ __align__(16) @type@ @shared@[];
    const int @lane@ = threadIdx.x % 32;
    const int @tiles@ = (@vectors@ + @TILE@ - 1) / @TILE@;
    @type@* const @slice@ =
        @shared@ + threadIdx.x / 32 * (@vectors@ * @pitch@ + (@vectors@ * (@vectors@ + 1) / 2 + 3) / 4 * 4);
    @type@* const @products@ = @slice@ + @vectors@ * @pitch@;
    const @indexType@ @sample@ = static_cast<@indexType@>(blockIdx.x) * @WARPS@ + threadIdx.x / 32;
    if (@sample@ * @pairs@ >= @results@)
        return;

    const int @items@ = @tiles@ * (@tiles@ + 1) / 2 * @SPLIT@;
    for (int @first@ = 0; @first@ < @items@; @first@ += 32) {
        // Surplus threads repeat what the last ones do.
        int @tileRow@ = 0;
        int @tileColumn@ = min(@first@ + @lane@, @items@ - 1) / @SPLIT@;
        while (@tileColumn@ >= @tiles@) {
            ++@tileRow@;
            @tileColumn@ -= @tiles@ - @tileRow@;
        }
        const int @part@ = @lane@ % @SPLIT@;
        @type@ @sums@[@TILE@][@TILE@] = {};
        for (@depthType@ @begin@ = 0; @begin@ < @depth@; @begin@ += @CHUNK@) {
            const int @length@ = min(@CHUNK@, int(@depth@ - @begin@));
            __syncwarp();  // what was there has been read
            if (@first@ == 0 || @depth@ > @CHUNK@) {
@load@            }
            __syncwarp();
            #pragma unroll 2
            for (int @p@ = @part@ * 4; @p@ < @length@; @p@ += @SPLIT@ * 4) {
                @Four@ @left@[@TILE@];
                @Four@ @right@[@TILE@];
                #pragma unroll
                for (int @i@ = 0; @i@ < @TILE@; ++@i@) {
                    @left@[@i@] = *reinterpret_cast<const @Four@*>(
                        &@slice@[min(@tileRow@ + @i@ * @tiles@, @vectors@ - 1) * @pitch@ + @p@]);
                    @right@[@i@] = *reinterpret_cast<const @Four@*>(
                        &@slice@[min(@tileColumn@ + @i@ * @tiles@, @vectors@ - 1) * @pitch@ + @p@]);
                }
                #pragma unroll
                for (int @e@ = 0; @e@ < 4; ++@e@)
                    #pragma unroll
                    for (int @i@ = 0; @i@ < @TILE@; ++@i@)
                        #pragma unroll
                        for (int @j@ = 0; @j@ < @TILE@; ++@j@)
                            @sums@[@i@][@j@] += @left@[@i@].at[@e@] * @right@[@j@].at[@e@];
            }
        }
        #pragma unroll
        for (int @i@ = 0; @i@ < @TILE@; ++@i@) {
            #pragma unroll
            for (int @j@ = 0; @j@ < @TILE@; ++@j@) {
                #pragma unroll
                for (int @offset@ = @SPLIT@ / 2; @offset@ > 0; @offset@ /= 2)
                    @sums@[@i@][@j@] += __shfl_xor_sync(0xffffffffu, @sums@[@i@][@j@], @offset@);
                const int @lower@ = min(@tileRow@ + @i@ * @tiles@, @tileColumn@ + @j@ * @tiles@);
                const int @upper@ = max(@tileRow@ + @i@ * @tiles@, @tileColumn@ + @j@ * @tiles@);
                if (@part@ == 0 && @first@ + @lane@ < @items@ && @upper@ < @vectors@ && @isPair@
                    && (@tileRow@ != @tileColumn@ || @i@ <= @j@))
                    @products@[@lower@ * @rowLength@ - @lower@ * (@lower@ - 1) / 2 + @upper@ - @lower@@less@] =
                        @sums@[@i@][@j@];
            }
        }
    }
    __syncwarp();
    for (int @p@ = @lane@; @p@ < @pairs@; @p@ += 32) {
        const @indexType@ @at@ = @sample@ * @pairs@ + @p@;
        if (@at@ < @results@) {
            const @type@ @sum@ = @products@[@p@];
@epilogue@        }
    }
)";

constexpr const char* kPairLoad = R"(for (int @item@ = @lane@; @item@ < @vectors@ * @CHUNK@; @item@ += 32) {
    const int @vector@ = @item@ / @CHUNK@;
    const int @p@ = @item@ % @CHUNK@;
    const @depthType@ @d@ = @begin@ + @p@;
    if (@p@ < (@length@ + 3) / 4 * 4)
        @slice@[@vector@ * @pitch@ + @p@] = @d@ < @depth@ ? @type@(@value@) : @type@(0);
}
)";

/// 16 bytes at once where vectors begin on their boundary.
constexpr const char* kPairWideLoad = R"(if (@isWide@) {
    #pragma unroll 4
    for (int @item@ = @lane@; @item@ < @vectors@ * (@CHUNK@ / @width@); @item@ += 32) {
        const int @vector@ = @item@ / (@CHUNK@ / @width@);
        const int @p@ = @item@ % (@CHUNK@ / @width@) * @width@;
        const @depthType@ @d@ = @begin@ + @p@;
        if (@p@ < @length@)
            @copyAsync@(&@slice@[@vector@ * @pitch@ + @p@], &@value@);
    }
    asm volatile("cp.async.wait_all;" ::: "memory");
} else {
@narrow@}
)";

/// Products of all pairs of a sample's vectors, in register tiles.
class PairTiles : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"pair-tiles", "Compute products of pairs in tiles",
                "one thread a product of two of a sample's vectors, for all pairs in the order of a triangle's rows",
                "vectors come from memory once, and from shared memory once for several pairs"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels())
            if (const auto found = hasLinearLaunches(kernel) ? pairProducts(kernel) : std::nullopt;
                found && isRepeatable(kernel, *found))
                if (auto made = tiled(context, kernel, *found))
                    proposals.push_back(std::move(*made));
        return proposals;
    }

private:
    /// Whether a loop can hold the body.
    static bool isRepeatable(const KernelScope& kernel, const PairProducts& found)
    {
        return found.guarded.preamble.empty() && found.guarded.returnsEarly
            && std::ranges::none_of(found.guarded.body, [&](const Stmt* one) { return kernel.containsReturn(one); });
    }

    /// What the launch passes for the kernel's parameters, by their symbol.
    static std::map<std::string, std::string> arguments(const MoveContext& context, const KernelScope& kernel,
                                                        const LaunchLine& launch)
    {
        std::map<std::string, std::string> names;
        for (unsigned i = 0; i < kernel.kernel().getNumParams(); ++i)
            names[ValueReader::symbolFor(kernel.kernel().getParamDecl(i)->getNameAsString())] =
                context.directives().text(launch.arguments[i]);
        return names;
    }

    static void addNames(const DirectiveEditor& directives, CodeValues& values)
    {
        for (const char* name : {"TILE", "SPLIT", "WARPS", "CHUNK"})
            values.emplace_back(name, directives.freshName(name));
        for (const auto& [mark, base] : CodeValues{{"vectors", "vectors"},
                                                   {"vector", "vector"},
                                                   {"pitch", "kPitch"},
                                                   {"Four", "Four"},
                                                   {"shared", "shared"},
                                                   {"lane", "lane"},
                                                   {"tiles", "tiles"},
                                                   {"slice", "slice"},
                                                   {"products", "products"},
                                                   {"items", "items"},
                                                   {"item", "item"},
                                                   {"first", "first"},
                                                   {"tileRow", "tile_row"},
                                                   {"tileColumn", "tile_column"},
                                                   {"part", "part"},
                                                   {"sums", "sums"},
                                                   {"begin", "begin"},
                                                   {"length", "length"},
                                                   {"p", "place"},
                                                   {"left", "left"},
                                                   {"right", "right"},
                                                   {"offset", "offset"},
                                                   {"lower", "lower"},
                                                   {"upper", "upper"},
                                                   {"copyAsync", "copyAsync"},
                                                   {"i", "row_at"},
                                                   {"j", "column_at"},
                                                   {"e", "element"}})
            values.emplace_back(mark, directives.freshName(base));
    }

    /// Copying as it is, 16 bytes at once, where nothing is converted.
    static std::string loadText(const PairProducts& found)
    {
        const bool isCopied = found.isDense && found.element == found.type && found.load->kind == ValueKind::Load;
        if (!isCopied)
            return reindented(kPairLoad, "                ");
        return reindented(
            filled(kPairWideLoad,
                   {{"narrow", reindented(kPairLoad, "    ")}, {"width", std::to_string(16 / found.elementBytes)}}),
            "                ");
    }

    /// A condition that says each of \p extents once.
    static std::string multiplesOfFour(const std::vector<std::string>& extents)
    {
        std::vector<std::string> parts;
        for (const auto& extent : extents)
            if (auto part = termText(extent) + " % 4 == 0"; std::ranges::find(parts, part) == parts.end())
                parts.push_back(std::move(part));
        return fmt::format("{}", fmt::join(parts, " && "));
    }

    /// The parts that the user wrote; empty where one cannot be written.
    static CodeValues ownParts(const MoveContext& context, const KernelScope& kernel, const PairProducts& found)
    {
        const auto& directives = context.directives();
        const auto& source = context.source();
        auto printer = found.printer;
        const auto vector = directives.freshName("vector");
        const auto depth = directives.freshName("depth_at");
        const auto sum = directives.freshName("product");
        printer.names = {{found.sampleSymbol, directives.freshName("sample")},
                         {found.rowSymbol, vector},
                         {found.depthSymbol, depth}};
        const auto count = printer.print(found.length + IndexForm::constant(found.apart), false);
        const auto value = printer.print(found.load);
        const auto limit = printer.print(found.depth, false);
        const auto length = printer.print(found.length, false);
        const auto memoryPitch = printer.print(found.pitch, false);
        const auto stride = printer.print(found.stride, true);
        const auto results = printer.print(found.results, false);
        // What is stored may know the sample, but neither of the pair.
        printer.names = {{found.sampleSymbol, printer.names[found.sampleSymbol]}};
        const auto named = operationValue(ValueKind::Parameter, sum, {});
        const auto stored = printer.print(
            mapped(found.store.value, [&](const ValueTree& node) { return node == found.sum ? named : node; }));
        if (!count || !value || !limit || !length || !memoryPitch || !stride || !results || !stored)
            return {};
        const auto* index = found.guarded.indices[0].var;
        const auto at = index->getNameAsString();
        const auto indent = indentationAt(source.text(), found.guarded.bodyRange.begin);
        const auto typeText = [&](QualType type) {
            return type.getUnqualifiedType().getAsString(source.context().getPrintingPolicy());
        };
        return {{"body", reindented(indent + source.text(found.guarded.bodyRange), "            ")},
                {"epilogue",
                 reindented(fmt::format("{}[{}] = {};\n", found.store.base->getNameAsString(), at, *stored),
                            "            ")},
                {"load", loadText(found)},
                {"value", *value},
                {"count", *count},
                {"depth", limit->find(' ') == std::string::npos ? *limit : "(" + *limit + ")"},
                {"rowLength", length->find(' ') == std::string::npos ? *length : "(" + *length + ")"},
                {"isWide", multiplesOfFour({*limit, *memoryPitch, *stride})},
                {"results", *results},
                {"pairs", found.pairs->getNameAsString()},
                {"at", at},
                {"sample", printer.names[found.sampleSymbol]},
                {"d", depth},
                {"sum", sum},
                {"indexType", typeText(index->getType())},
                {"depthType", "int"},
                {"type", found.type},
                {"isPair", found.apart == 0 ? "@lower@ <= @upper@" : "@lower@ < @upper@"},
                {"less", found.apart == 0 ? "" : " - 1"},
                {"MOST", std::to_string(kMostVectors)},
                {"kernel", kernel.name()}};
    }

    static void addTunables(SourceEdit& edit, const DirectiveEditor& directives, const PairProducts& found,
                            const CodeValues& values)
    {
        directives.addTune(edit, valueOf(values, "TILE"), {6, 4, 9, 7, 5, 3});
        directives.addTune(edit, valueOf(values, "SPLIT"), {2, 1, 4});
        directives.addTune(edit, valueOf(values, "WARPS"), {4, 2, 1, 8});
        directives.addTune(edit, valueOf(values, "CHUNK"), {128, 64, 32});
        directives.addRequire(edit,
                              filled(fmt::format("@WARPS@ * ({} * (@CHUNK@ + 4) + {}) * {} <= {}", kMostVectors,
                                                 kMostVectors * (kMostVectors + 1) / 2, found.typeBytes, kSharedBytes),
                                     values));
    }

    /// A warp a sample; false where the launch says too little.
    static bool editLaunches(SourceEdit& edit, const MoveContext& context, const KernelScope& kernel,
                             const PairProducts& found, const CodeValues& values)
    {
        for (const auto* launch : kernel.launches()) {
            auto printer = found.printer;
            printer.names = arguments(context, kernel, *launch);
            const auto results = printer.print(found.results, false);
            const auto pairs = printer.names[ValueReader::symbolFor(found.pairs->getNameAsString())];
            const auto count = printer.print(found.length + IndexForm::constant(found.apart), false);
            if (!results || !count || launch->shared)
                return false;
            const auto vectors = fmt::format("min({}, {})", *count, kMostVectors);
            edit.replace(launch->grid,
                         filled(fmt::format("ceil_div(ceil_div({}, {}), @WARPS@)", *results, pairs), values));
            edit.replace(launch->block,
                         filled(fmt::format("@WARPS@ * 32, @WARPS@ * ({0} * (@CHUNK@ + 4) + ({0} * ({0} + 1) / 2 + 3) "
                                            "/ 4 * 4) * {1}",
                                            vectors, found.typeBytes),
                                values));
        }
        return true;
    }

    [[nodiscard]] std::optional<MoveProposal> tiled(const MoveContext& context, const KernelScope& kernel,
                                                    const PairProducts& found) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        const auto before = offsetBeforeKernel(kernel);
        auto values = ownParts(context, kernel, found);
        if (!body || !before || values.empty())
            return std::nullopt;
        addNames(context.directives(), values);
        SourceEdit edit(context.source().text());
        if (!editLaunches(edit, context, kernel, found, values))
            return std::nullopt;
        if (valueOf(values, "load").find("@copyAsync@") != std::string::npos)
            edit.insert(*before, filled(kPairHelper, values));
        addLaunchBounds(edit, kernel, filled("@WARPS@ * 32", values), "1");
        edit.replace({body->begin + 1, body->end - 1}, filled(kPairBody, values));
        addTunables(edit, context.directives(), found, values);
        return proposal(context, edit, body->begin, fmt::format("tiles of pairs in {}", kernel.name()),
                        fmt::format("every multiply-add of {} takes 2 loads, from up to 32 places a warp: vectors in "
                                    "shared memory and tiles of 6 x 6 pairs in registers make it 1 wide load for 12 "
                                    "of them, and each vector is read once, ~8×",
                                    kernel.name()),
                        8.0);
    }
};

}  // namespace

std::unique_ptr<Move> makePairTiles() { return std::make_unique<PairTiles>(); }

}  // namespace warploom
