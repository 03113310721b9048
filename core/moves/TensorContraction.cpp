// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveCatalogue.h"
#include "moves/TensorCode.h"

namespace warploom {

namespace {

constexpr const char* kTensorMultiply =
    R"(// Where an element lies in a tile with lines of WIDTH: pieces of 16 bytes change places, so that those below each other in
// eight lines are in different banks.
template <int WIDTH>
static __device__ __forceinline__ int @placeInTile@(int line, int element)
{
    constexpr int kPieces = WIDTH < @PANEL@ ? WIDTH / @PIECE@ : 8;
    return line * WIDTH + ((element / @PIECE@) ^ (line / (8 / kPieces) % kPieces)) * @PIECE@ + element % @PIECE@;
}

// By the whole warp: 16 x 8 sums += 16 x @STEP@ of the left times @STEP@ x 8 of the right.
static __device__ __forceinline__ void @multiplyAdd@(@SumOfProducts@ (&sums)[4], const unsigned (&left)[4], unsigned right_low,
                                                   unsigned right_high)
{
    asm("mma.sync.aligned.m16n8k@STEP@.row.col.@ptxSum@.@factorTypes@.@ptxSum@ "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+@constraint@"(sums[0]), "+@constraint@"(sums[1]), "+@constraint@"(sums[2]), "+@constraint@"(sums[3])
        : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "r"(right_low), "r"(right_high));
}

)";

constexpr const char* kLoadMatrices =
    R"(// Four matrices of 8 x 8 into the registers of a warp: lane i gives the place of row i % 8 of matrix i / 8.
static __device__ __forceinline__ void @loadMatrices@(unsigned (&parts)[4], const void* row)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(parts[0]), "=r"(parts[1]), "=r"(parts[2]), "=r"(parts[3])
                 : "r"(@sharedAddress@(row))
                 : "memory");
}

)";

constexpr const char* kLoadTransposed =
    R"(// Four matrices of 8 x 8, each transposed, into the registers of a warp: lane i gives the place of row i % 8 of matrix i / 8.
static __device__ __forceinline__ void @loadTransposed@(unsigned (&parts)[4], const void* row)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(parts[0]), "=r"(parts[1]), "=r"(parts[2]), "=r"(parts[3])
                 : "r"(@sharedAddress@(row))
                 : "memory");
}

)";

constexpr const char* kTensorBody = R"(
@preamble@    // A block computes @TILE_M@ x @TILE_N@ elements on the tensor cores, each of its @WARPS_M@ x @WARPS_N@ warps a part
    // of them in fragments of 16 x 8. Slices of the factors, @TILE_K@ deep, come through a ring of @STAGES@ buffers. The
    // fragments of a step are read while those of the step before are multiplied.
@aboutSums@    constexpr int @kThreads@ = @WARPS_M@ * @WARPS_N@ * 32;
    constexpr int @tall@ = @TILE_M@ / @WARPS_M@ / 16;
    constexpr int @broad@ = @TILE_N@ / @WARPS_N@ / 16;
    using @LeftTile@ = @leftType@[@TILE_M@ * @TILE_K@];
    using @RightTile@ = @rightType@[@TILE_N@ * @TILE_K@];
    extern __shared__ __align__(128) unsigned char @ring@[];
@rings@    const int @thread@ = threadIdx.x;
    const int @lane@ = @thread@ % 32;
    const int @down@ = @thread@ / 32 / @WARPS_N@ * (@TILE_M@ / @WARPS_M@);
    const int @across@ = @thread@ / 32 % @WARPS_N@ * (@TILE_N@ / @WARPS_N@);
@raster@@alignment@@sumsOfAll@@leftParts@@rightParts@@addresses@
    const auto @load@ = [&](int @stage@, @loopType@ @base@) {
@copies@        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    const auto @read@ = [&](int @buffer@, int @stage@, int @step@) {
@readFactors@    };
    const auto @multiply@ = [&](int @buffer@) {
        #pragma unroll
        for (int @i@ = 0; @i@ < @tall@; ++@i@)
            #pragma unroll
            for (int @j@ = 0; @j@ < @broad@; ++@j@) {
@partsOfRight@@multiplyAdds@            }
    };
    if (@isWide@) {
        #pragma unroll
        for (int @stage@ = 0; @stage@ < @STAGES@ - 1; ++@stage@)
            @load@(@stage@, @stage@ * @TILE_K@);
        asm volatile("cp.async.wait_group %0;" ::"n"(@STAGES@ - 2) : "memory");
        __syncthreads();
        @read@(0, 0, 0);
        int @stage@ = 0;
        for (@loopType@ @base@ = 0; @base@ < @depth@; @base@ += @TILE_K@) {
            @load@(@stage@ == 0 ? @STAGES@ - 1 : @stage@ - 1, @base@ + (@STAGES@ - 1) * @TILE_K@);
            #pragma unroll
            for (int @step@ = 0; @step@ < @TILE_K@; @step@ += @STEP@) {
                // The next step is the first of the next slice, once all threads have theirs of it there.
                if (@step@ + @STEP@ == @TILE_K@) {
                    asm volatile("cp.async.wait_group %0;" ::"n"(@STAGES@ - 2) : "memory");
                    __syncthreads();
                    @stage@ = @stage@ + 1 == @STAGES@ ? 0 : @stage@ + 1;
                }
                @read@(@step@ / @STEP@ % 2 ^ 1, @stage@, (@step@ + @STEP@) % @TILE_K@);
                @multiply@(@step@ / @STEP@ % 2);
            }
        }
        asm volatile("cp.async.wait_all;" ::: "memory");
    } else {
        for (@loopType@ @base@ = 0; @base@ < @depth@; @base@ += @TILE_K@) {
            __syncthreads();
@narrowLoads@            __syncthreads();
            #pragma unroll
            for (int @step@ = 0; @step@ < @TILE_K@; @step@ += @STEP@) {
                @read@(0, 0, @step@);
                @multiply@(0);
            }
        }
    }
@storeSums@)";

/// A fragment of 16 x 16 of the left: matrices in the order top, bottom of the first half of p, then of the second.
constexpr const char* kReadLeftAlongDepth =
    R"(@loadMatrices@(@part@[@buffer@][@i@], &@tile@[@stage@][@placeInTile@<@TILE_K@>(
                @down@ + @i@ * 16 + @lane@ % 16, @step@ + @lane@ / 16 * @PIECE@)]);)";
constexpr const char* kReadLeftAlongRow =
    R"(@loadTransposed@(@part@[@buffer@][@i@], &@tile@[@stage@][@placeInTile@<@TILE_M@>(
                @step@ + @lane@ / 16 * 8 + @lane@ % 8, @down@ + @i@ * 16 + @lane@ / 8 % 2 * 8)]);)";
/// Two fragments of 16 x 8 of the right: first and second half of p of the one, then of the other.
constexpr const char* kReadRightAlongDepth =
    R"(@loadMatrices@(@part@[@buffer@][@j@], &@tile@[@stage@][@placeInTile@<@TILE_K@>(
                @across@ + @j@ * 16 + @lane@ / 16 * 8 + @lane@ % 8, @step@ + @lane@ / 8 % 2 * @PIECE@)]);)";
constexpr const char* kReadRightAlongColumn =
    R"(@loadTransposed@(@part@[@buffer@][@j@], &@tile@[@stage@][@placeInTile@<@TILE_N@>(
                @step@ + @lane@ % 16, @across@ + @j@ * 16 + @lane@ / 16 * 8)]);)";

/// Of one factor.
constexpr const char* kReadLeftParts = R"(        #pragma unroll
        for (int @i@ = 0; @i@ < @tall@; ++@i@)
            @readOne@
)";
constexpr const char* kReadRightParts = R"(        #pragma unroll
        for (int @j@ = 0; @j@ < @broad@; ++@j@)
            @readOne@
)";

/// Two fragments of one sum.
constexpr const char* kMultiplyAdds =
    R"(                @multiplyAdd@(@sumsOf@[@i@][2 * @j@], @leftPartOf@[@buffer@][@i@], @rightOf@[0], @rightOf@[1]);
                @multiplyAdd@(@sumsOf@[@i@][2 * @j@ + 1], @leftPartOf@[@buffer@][@i@], @rightOf@[2], @rightOf@[3]);
)";

/// Bytes that a block of an H100 or H200 can have.
constexpr std::int64_t kMostRing = 232448;

/// A contraction of 16-bit floats that are summed in float, or of bytes that are summed in int.
class TensorContraction : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"tensor-contraction", "Contract on the tensor cores",
                "one thread an element of a matrix product of half or bfloat16 factors that is summed in float, or of "
                "bytes along the depth that is summed in int (sm_80)",
                "a warp's instruction multiplies 16 x 16 by 16 x 8 elements"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto found = kernel.kernel().isDependentContext() ? std::nullopt : jointContraction(kernel);
            const auto format = found ? tensorFormat(*found) : std::nullopt;
            if (format)
                if (auto made = onTensorCores(context, kernel, *found, *format))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    static FactorTile tileOf(const ContractionFactor& factor, const std::string& extent, const TensorFormat& format)
    {
        const auto tile = [&](const std::string& lines, const std::string& elements) {
            return FactorTile{lines,         elements,        "[@placeInTile@<" + elements + ">(@LINE@, @ALONG@)]",
                              "@copyAsync@", format.copied(), "@copyPairs@"};
        };
        return factor.layout == FactorLayout::AlongDepth ? tile(extent, "@TILE_K@") : tile("@TILE_K@", extent);
    }

    static CodeValues valuesFor(const MoveContext& context, const KernelScope& kernel, const Contraction& found,
                                const TensorFormat& format)
    {
        CodeValues values = {
            {"sumsOfAll", forEachSum(found, "    @SumOfProducts@ @sumsOf@[@tall@][@broad@ * 2][4] = {};\n")},
            {"leftParts", forEachFactor(found, true, "    unsigned @part@[2][@tall@][4];\n")},
            {"rightParts", forEachFactor(found, false, "    unsigned @part@[2][@broad@][4];\n")},
            {"readFactors", readText(found)},
            {"sumOfFragment", "@sumsOf@[@i@][@j@ / 4][@j@ % 4]"},
            {"rowsApart", "16"},
            {"COLUMNS", "@TILE_N@ / @WARPS_N@"}};
        addMultiplyAdds(context.directives(), found, values);
        const auto& directives = context.directives();
        for (const char* name : {"TILE_M", "TILE_N", "TILE_K", "WARPS_M", "WARPS_N", "STAGES", "GROUP", "MIN_BLOCKS"})
            values.emplace_back(name, directives.freshName(name));
        for (const auto& [mark, base] : CodeValues{{"tall", "kTall"},
                                                   {"broad", "kBroad"},
                                                   {"read", "read"},
                                                   {"buffer", "buffer"},
                                                   {"loadMatrices", "loadMatrices"},
                                                   {"loadTransposed", "loadTransposed"}})
            values.emplace_back(mark, directives.freshName(base));
        return tensorValues(
            context, kernel, found,
            [&](FactorNumber which) {
                return tileOf(found.factor(which), which.isLeft ? "@TILE_M@" : "@TILE_N@", format);
            },
            values, format);
    }

    /// How each factor's fragments come out of its tile.
    static std::string readText(const Contraction& found)
    {
        std::string text;
        for (const auto which : found.factors()) {
            const bool isAlong = found.factor(which).layout == FactorLayout::AlongDepth;
            const auto* one = which.isLeft ? (isAlong ? kReadLeftAlongDepth : kReadLeftAlongRow)
                                           : (isAlong ? kReadRightAlongDepth : kReadRightAlongColumn);
            const std::string side = which.isLeft ? "left" : "right";
            text += filled(which.isLeft ? kReadLeftParts : kReadRightParts,
                           {{"readOne", one},
                            {"part", "@" + numberedMark(side + "Part", which.number) + "@"},
                            {"tile", "@" + numberedMark(side + "Tile", which.number) + "@"}});
        }
        return text;
    }

    /// What is done with the fragments at one place, for each product.
    static void addMultiplyAdds(const DirectiveEditor& directives, const Contraction& found, CodeValues& values)
    {
        const auto partOf = [](std::size_t right) { return "@" + numberedMark("part", right) + "@"; };
        std::string parts;
        for (std::size_t i = 0; i < found.rights.size(); ++i)
            parts += fmt::format("                const unsigned (&{})[4] = @{}@[@buffer@][@j@];\n", partOf(i),
                                 numberedMark("rightPart", i));
        std::string multiplyAdds;
        for (std::size_t i = 0; i < found.terms.size(); ++i)
            multiplyAdds += filled(kMultiplyAdds,
                                   {{"sumsOf", "@" + numberedMark("sums", found.terms[i].sumNumber) + "@"},
                                    {"leftPartOf", "@" + numberedMark("leftPart", found.terms[i].left) + "@"},
                                    {"rightOf", partOf(found.terms[i].right)}});
        values.emplace_back("partsOfRight", parts);
        values.emplace_back("multiplyAdds", multiplyAdds);
        for (std::size_t i = 0; i < found.rights.size(); ++i)
            values.emplace_back(numberedMark("part", i),
                                directives.freshName("part" + suffixOf(found, FactorNumber{false, i})));
    }

    static std::string helpersFor(const Contraction& found, const TensorFormat& format, const CodeValues& values)
    {
        const auto uses = [&](FactorLayout layout) {
            const auto factors = found.factors();
            return std::ranges::any_of(factors,
                                       [&](FactorNumber which) { return found.factor(which).layout == layout; });
        };
        std::string helpers = kTensorHelpers + tensorPairHelper(format) + kTensorMultiply;
        if (uses(FactorLayout::AlongDepth))
            helpers += kLoadMatrices;
        if (uses(FactorLayout::AlongOutput))
            helpers += kLoadTransposed;
        return filled(helpers, values);
    }

    using Choices = std::vector<std::int64_t>;

    /// Of tiles, the default first: several sums share the registers, and so do fragments of several factors.
    static Choices widthsFor(const Contraction& found)
    {
        const auto most = std::max(found.sums.size(), found.rights.size());
        if (most > 2)
            return {64, 128};
        return most == 2 ? Choices{128, 64, 256} : Choices{256, 128, 64};
    }

    static void addTunables(SourceEdit& edit, const DirectiveEditor& directives, const Contraction& found,
                            const TensorFormat& format, const CodeValues& values)
    {
        const auto tune = [&](const char* name, const std::vector<std::int64_t>& choices) {
            directives.addTune(edit, valueOf(values, name), choices);
        };
        tune("TILE_M", {128, 64, 256});
        const auto widths = widthsFor(found);
        tune("TILE_N", widths);
        tune("TILE_K", Choices{8 * format.copied(), 4 * format.copied()});
        tune("WARPS_M", {2, 1, 4});
        tune("WARPS_N", {4, 2, 1});
        // Slices of many factors leave room for two of each.
        const auto lines = static_cast<std::int64_t>(found.lefts.size()) * 128
            + static_cast<std::int64_t>(found.rights.size()) * widths.front();
        tune("STAGES", 3 * lines * 64 * 2 <= kMostRing ? Choices{3, 4, 2, 5} : Choices{2, 3, 4, 5});
        tune("GROUP", {8, 16, 4, 1});
        tune("MIN_BLOCKS", {1, 2});
        const auto require = [&](const std::string& condition) {
            directives.addRequire(edit, filled(condition, values));
        };
        require("@TILE_M@ % (@WARPS_M@ * 16) == 0 && @TILE_N@ % (@WARPS_N@ * 16) == 0 && @TILE_K@ % "
                + std::to_string(2 * format.step()) + " == 0");
        const auto copies = "@TILE_K@ % (@WARPS_M@ * @WARPS_N@ * " + std::to_string(32 * format.copied()) + ") == 0";
        require("@TILE_M@ * " + copies);
        require("@TILE_N@ * " + copies);
        // Sums take half of the registers at most, of a thread and of the multiprocessor.
        require(timesSums(found, "@TILE_M@ * @TILE_N@") + " <= 4096 * min(@WARPS_M@ * @WARPS_N@, 8 / @MIN_BLOCKS@)");
    }

    [[nodiscard]] std::optional<MoveProposal> onTensorCores(const MoveContext& context, const KernelScope& kernel,
                                                            const Contraction& found, const TensorFormat& format) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        const auto before = offsetBeforeKernel(kernel);
        if (!body || !before)
            return std::nullopt;
        const auto values = valuesFor(context, kernel, found, format);
        SourceEdit edit(context.source().text());
        const auto threads = filled("@WARPS_M@ * @WARPS_N@ * 32", values);
        const auto shared = filled("max(@STAGES@ * (" + tileExtents(found) + ") * @TILE_K@" + format.timesBytes() + ", "
                                       + timesSums(found, "@WARPS_M@ * (@TILE_N@ + @WARPS_N@ * 8) * 64)"),
                                   values);
        if (!editContractionLaunches(edit, kernel, found, valueOf(values, "TILE_N"), valueOf(values, "TILE_M"), threads,
                                     shared))
            return std::nullopt;
        edit.insert(*before, helpersFor(found, format, values));
        addLaunchBounds(edit, kernel, threads, valueOf(values, "MIN_BLOCKS"));
        edit.replace({body->begin + 1, body->end - 1}, filled(kTensorBody, values));
        addTunables(edit, context.directives(), found, format, values);
        return proposal(context, edit, body->begin, fmt::format("compute {} on the tensor cores", kernel.name()),
                        fmt::format("the multiply-adds of {} go through the {} units one by one: a warp of the tensor "
                                    "cores does {} in an instruction, and asynchronous copies keep them fed, ~50×",
                                    kernel.name(), format.isInteger() ? "integer" : "f32", 128 * format.step()),
                        50.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeTensorContraction() { return std::make_unique<TensorContraction>(); }

}  // namespace warploom
