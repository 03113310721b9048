// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveCatalogue.h"
#include "moves/TensorCode.h"

namespace warploom {

using namespace clang;

namespace {

/// Elements of a copy of 16 bytes.
constexpr int kFloatCopy = 4;
/// From this on, factors may be rounded to the 11 bits that TF32 has.
constexpr double kRoundedTolerance = 1e-3;
/// What products of split factors may be off by: that of the low parts is left out, as are their last bits.
constexpr double kSplitError = 0x1p-20;

constexpr const char* kSplitHelpers =
    R"(// Where an element lies in a tile with lines of WIDTH: pieces of 16 bytes change places, so that those that lanes read
// together are in different banks. These are PHASES lines, each four from the next, or as many times four.
template <int WIDTH, int PHASES>
static __device__ __forceinline__ int @placeInTile@(int line, int element)
{
    return line * WIDTH + (element ^ (line / 4 % PHASES * (32 / PHASES)));
}

// A value as the sum of two of 11 bits each, which is what tensor cores take: the nearest to it, and what that leaves.
static __device__ __forceinline__ void @splitValue@(float value, unsigned& high, unsigned& low)
{
    high = @rounded@ & 0xffffe000u;
    low = __float_as_uint(value - __uint_as_float(high)) & 0xffffe000u;
}

// By the whole warp: 16 x 8 sums += 16 x 8 of the left times 8 x 8 of the right.
static __device__ __forceinline__ void @multiplyAdd@(float (&sums)[4], const unsigned (&left)[4],
                                                   const unsigned (&right)[2])
{
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "r"(right[0]), "r"(right[1]));
}

)";

constexpr const char* kSplitBody = R"(
@preamble@    // A block computes @TILE_M@ x @TILE_N@ elements on the tensor cores, each of its @WARPS_M@ x @WARPS_N@ warps a part
    // of them in fragments of 16 x 8: of each 32 rows and each 32 columns a lane has four neighbours. Slices of the
    // factors, @TILE_K@ deep, come through a ring of @STAGES@ buffers. Tensor cores cut sums off where float rounds
    // them: they add up @kDeep@ products of an element, then float takes over, and what its rounding leaves is carried on.
    constexpr int @kThreads@ = @WARPS_M@ * @WARPS_N@ * 32;
    constexpr int @tall@ = @TILE_M@ / @WARPS_M@ / 16;
    constexpr int @broad@ = @TILE_N@ / @WARPS_N@ / 32;
    constexpr int @kDeep@ = 64;
    using @LeftTile@ = float[@TILE_M@ * @TILE_K@];
    using @RightTile@ = float[@TILE_N@ * @TILE_K@];
    extern __shared__ __align__(128) unsigned char @ring@[];
    @LeftTile@* const @leftTile@ = reinterpret_cast<@LeftTile@*>(@ring@);
    @RightTile@* const @rightTile@ = reinterpret_cast<@RightTile@*>(@leftTile@ + @STAGES@);
    const int @thread@ = threadIdx.x;
    const int @lane@ = @thread@ % 32;
    const int @down@ = @thread@ / 32 / @WARPS_N@ * (@TILE_M@ / @WARPS_M@);
    const int @across@ = @thread@ / 32 % @WARPS_N@ * (@TILE_N@ / @WARPS_N@);
@raster@@alignment@    float @sums@[@tall@][@broad@ * 4][4] = {};
    float @parts@[@tall@][@broad@ * 4][4] = {};
@addresses@
    const auto @load@ = [&](int @stage@, @loopType@ @base@) {
@copies@        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    const int @leftPlace@ = @leftPlaceValue@;
    const int @rightPlace@ = @rightPlaceValue@;
    const auto @multiply@ = [&](int @stage@) {
        // One step at a time: the parts of two would not fit into the registers.
        #pragma unroll 1
        for (int @step@ = 0; @step@ < @TILE_K@; @step@ += 16) {
            float @leftPart@[@tall@ * 2][4];
            #pragma unroll
            for (int @i@ = 0; @i@ < @tall@ * 2; ++@i@)
                reinterpret_cast<float4&>(@leftPart@[@i@]) = reinterpret_cast<const float4&>(
                    @leftTile@[@stage@][@leftFour@]);
            unsigned @leftHigh@[@tall@][2][4], @leftLow@[@tall@][2][4];
            #pragma unroll
            for (int @item@ = 0; @item@ < @tall@ * 8; ++@item@) {
                const int @i@ = @item@ / 8, @half@ = @item@ / 4 % 2, @q@ = @item@ % 4;
                @splitValue@(@leftElement@, @leftHigh@[@i@][@half@][@q@], @leftLow@[@i@][@half@][@q@]);
            }
            #pragma unroll
            for (int @j@ = 0; @j@ < @broad@ * 4; ++@j@) {
                float @rightPart@[4][4];
                #pragma unroll
                for (int @i@ = 0; @i@ < 4; ++@i@)
                    reinterpret_cast<float4&>(@rightPart@[@i@]) = reinterpret_cast<const float4&>(
                        @rightTile@[@stage@][@rightFour@]);
                unsigned @rightHigh@[2][2], @rightLow@[2][2];
                #pragma unroll
                for (int @q@ = 0; @q@ < 4; ++@q@)
                    @splitValue@(@rightElement@, @rightHigh@[@q@ / 2][@q@ % 2], @rightLow@[@q@ / 2][@q@ % 2]);
@small@                #pragma unroll
                for (int @item@ = 0; @item@ < @tall@ * 2; ++@item@)
                    @multiplyAdd@(@parts@[@item@ % @tall@][@j@], @leftHigh@[@item@ % @tall@][@item@ / @tall@], @rightHigh@[@item@ / @tall@]);
            }
        }
    };
    // As Kahan adds: the next products begin from what did not fit into the sum.
    const auto @takeOver@ = [&] {
        #pragma unroll
        for (int @item@ = 0; @item@ < @tall@ * @broad@ * 16; ++@item@) {
            float& @sum@ = @sums@[@item@ / (@broad@ * 16)][@item@ / 4 % (@broad@ * 4)][@item@ % 4];
            float& @part@ = @parts@[@item@ / (@broad@ * 16)][@item@ / 4 % (@broad@ * 4)][@item@ % 4];
            const float @total@ = __fadd_rn(@sum@, @part@);
            @part@ = __fsub_rn(@part@, __fsub_rn(@total@, @sum@));
            @sum@ = @total@;
        }
    };
    if (@isWide@) {
        #pragma unroll
        for (int @stage@ = 0; @stage@ < @STAGES@ - 1; ++@stage@)
            @load@(@stage@, @stage@ * @TILE_K@);
    }
    int @stage@ = 0;
    for (@loopType@ @base@ = 0; @base@ < @depth@; @base@ += @TILE_K@) {
        if (@isWide@) {
            asm volatile("cp.async.wait_group %0;" ::"n"(@STAGES@ - 2) : "memory");
            __syncthreads();
            @load@(@stage@ == 0 ? @STAGES@ - 1 : @stage@ - 1, @base@ + (@STAGES@ - 1) * @TILE_K@);
        } else {
            __syncthreads();
@narrowLoads@            __syncthreads();
        }
        @multiply@(@stage@);
        if (@base@ / @TILE_K@ % (@kDeep@ / @TILE_K@) == @kDeep@ / @TILE_K@ - 1)
            @takeOver@();
        if (@isWide@)
            @stage@ = @stage@ + 1 == @STAGES@ ? 0 : @stage@ + 1;
    }
    @takeOver@();
    asm volatile("cp.async.wait_all;" ::: "memory");
    // Through shared memory, eight rows of each warp at a time, so that neighbouring lanes store neighbouring columns.
    constexpr int @kColumns@ = @TILE_N@ / @WARPS_N@;
    using @Lines@ = float[8][@kColumns@ + 8];
    @Lines@& @lines@ = reinterpret_cast<@Lines@*>(@ring@)[@thread@ / 32];
    __syncthreads();
    #pragma unroll
    for (int @i@ = 0; @i@ < @tall@ * 2; ++@i@) {
        __syncwarp();
        #pragma unroll
        for (int @j@ = 0; @j@ < @kColumns@ / 4; ++@j@)
            @lines@[@lane@ / 4][@j@ / 8 * 32 + @lane@ % 4 * 8 + @j@ % 8] =
                @sums@[@i@ / 2][@j@ / 8 * 4 + @j@ % 4][@i@ % 2 * 2 + @j@ / 4 % 2];
        __syncwarp();
        #pragma unroll 4
        for (int @item@ = @lane@; @item@ < 8 * @kColumns@; @item@ += 32) {
            const @indexType@ @row@ = @firstRow@ + @down@ + @i@ / 4 * 32 + @item@ / @kColumns@ * 4 + @i@ % 4;
            const @indexType@ @column@ = @firstColumn@ + @across@ + @item@ % @kColumns@;
            if (@row@ < @rows@ && @column@ < @columns@) {
                float @sum@ = @lines@[@item@ / @kColumns@][@item@ % @kColumns@];
                // An infinity has no second part, nor has a value that is rounded to one: added up as before.
                if ((__float_as_uint(@sum@) & 0x7f800000u) == 0x7f800000u) {
                    @sum@ = 0;
                    #pragma unroll 1
@plainLoop@                }
@epilogue@            }
        }
    }
)";

constexpr const char* kSmallProducts = R"(                #pragma unroll
                for (int @item@ = 0; @item@ < @tall@ * 2; ++@item@)
                    @multiplyAdd@(@parts@[@item@ % @tall@][@j@], @leftLow@[@item@ % @tall@][@item@ / @tall@], @rightHigh@[@item@ / @tall@]);
                #pragma unroll
                for (int @item@ = 0; @item@ < @tall@ * 2; ++@item@)
                    @multiplyAdd@(@parts@[@item@ % @tall@][@j@], @leftHigh@[@item@ % @tall@][@item@ / @tall@], @rightLow@[@item@ / @tall@]);
)";

/// One side's pieces of the text: where its lane reads, and which element it finds there.
struct SplitSide {
    FactorTile tile;
    CodeValues values;
};

SplitSide splitSide(const ContractionFactor& factor, bool isLeft)
{
    const bool isAlongDepth = factor.layout == FactorLayout::AlongDepth;
    const std::string side = isLeft ? "left" : "right";
    const std::string extent = isLeft ? "@TILE_M@" : "@TILE_N@";
    const std::string own = (isLeft ? std::string("@down@") : std::string("@across@")) + " + @lane@ / 4 * 4";
    const std::string place = isAlongDepth ? "@placeInTile@<@TILE_K@, 2>" : "@placeInTile@<" + extent + ", 4>";
    const std::string part = "@" + side + "Part@";
    // A group of 32 rows or columns is four lines of four of the lane's: of a row's neighbours in p, or the reverse.
    const std::string group = isLeft ? "@i@ / 4" : "@j@ / 4";
    const std::string line = isAlongDepth
        ? "(@" + side + "Place@ ^ @step@) + (" + group + " * 32 + @i@ % 4) * @TILE_K@"
        : "@" + side + "Place@ + (@step@ + @i@ % 4) * " + extent + " + " + group + " * 32";
    const std::string element = isLeft
        ? (isAlongDepth ? part + "[@i@ * 2 + @q@ % 2][@half@ * 2 + @q@ / 2]"
                        : part + "[@i@ / 2 * 4 + @half@ * 2 + @q@ / 2][@i@ % 2 * 2 + @q@ % 2]")
        : (isAlongDepth ? part + "[@j@ % 4][@q@]" : part + "[@q@][@j@ % 4]");
    FactorTile tile{isAlongDepth ? extent : "@TILE_K@", isAlongDepth ? "@TILE_K@" : extent,
                    "[" + place + "(@LINE@, @ALONG@)]", "@copyAsync@", kFloatCopy};
    return {tile,
            {{side + "Four", line},
             {side + "Element", element},
             {side + "PlaceValue",
              place + (isAlongDepth ? "(" + own + ", @lane@ % 4 * 4)" : "(@lane@ % 4 * 4, " + own + ")")}}};
}

/// A contraction of floats whose factors are split for the tensor cores.
class TensorSplit : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {
            "tensor-split", "Contract floats on the tensor cores",
            "one thread an element of a matrix product of floats that is summed in float (sm_80)",
            "factors split into two parts of TF32 make three products on the tensor cores as precise as one of float"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto found = kernel.kernel().isDependentContext() ? std::nullopt : contraction(kernel);
            if (found && admitsSplit(context) && fits(kernel, *found))
                if (auto made = onTensorCores(context, kernel, *found))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    static bool isFloat(QualType type) { return type->isSpecificBuiltinType(BuiltinType::Float); }

    static bool isFloatFactor(const KernelScope& kernel, const ContractionFactor& factor)
    {
        const auto parameters = kernel.kernel().parameters();
        return factor.isPlain && factor.layout != FactorLayout::Scattered
            && std::ranges::any_of(parameters, [&](const ParmVarDecl* parameter) {
                   return parameter->getNameAsString() == factor.base
                       && isFloat(innermostElement(parameter->getType()));
               });
    }

    static bool fits(const KernelScope& kernel, const Contraction& found)
    {
        return isFloat(found.term().sum->getType()) && !found.term().sum->getType().isVolatileQualified()
            && isFloatFactor(kernel, found.left()) && isFloatFactor(kernel, found.right()) && !kernel.hasAliases();
    }

    /// Split products are as good as float's, but not the very same: no good where nearly nothing may be off.
    static bool admitsSplit(const MoveContext& context)
    {
        const auto& request = context.request();
        return request.atol > 0 || request.rtol == 0 || request.rtol >= kSplitError;
    }

    static bool mayRound(const MoveContext& context) { return context.request().rtol >= kRoundedTolerance; }

    /// The user's own loop, for sums that have to be made as they were.
    static std::string plainLoop(const MoveContext& context, const Contraction& found)
    {
        const auto range = context.source().statementRange(found.loop.statement);
        return range ? reindented(indentationAt(context.source().text(), range->begin) + context.source().text(*range),
                                  "                    ")
                     : std::string();
    }

    static CodeValues valuesFor(const MoveContext& context, const KernelScope& kernel, const Contraction& found)
    {
        const auto left = splitSide(found.left(), true);
        const auto right = splitSide(found.right(), false);
        const std::string small = kSmallProducts;
        // Where there may be no low part to tell that a value is no number, the high one has to.
        const std::string rounded = "(__float_as_uint(value) + 0x1000u)";
        CodeValues values = {{"plainLoop", plainLoop(context, found)},
                             {"narrowUnroll", "1"},
                             {"rounded",
                              mayRound(context) ? "(value != value ? __float_as_uint(value) : __float_as_uint(value) "
                                                  "+ 0x1000u)"
                                                : rounded},
                             {"small",
                              mayRound(context)
                                  ? "                if constexpr (@PRODUCTS@ == 3) {\n" + small + "                }\n"
                                  : small}};
        values.insert(values.end(), left.values.begin(), left.values.end());
        values.insert(values.end(), right.values.begin(), right.values.end());
        const auto& directives = context.directives();
        for (const char* name :
             {"TILE_M", "TILE_N", "TILE_K", "WARPS_M", "WARPS_N", "STAGES", "GROUP", "MIN_BLOCKS", "PRODUCTS"})
            values.emplace_back(name, directives.freshName(name));
        for (const auto& [mark, base] : CodeValues{{"tall", "kTall"},
                                                   {"broad", "kBroad"},
                                                   {"leftPlace", "left_place"},
                                                   {"rightPlace", "right_place"},
                                                   {"leftHigh", "left_high"},
                                                   {"leftLow", "left_low"},
                                                   {"rightHigh", "right_high"},
                                                   {"rightLow", "right_low"},
                                                   {"parts", "parts"},
                                                   {"part", "part"},
                                                   {"total", "total"},
                                                   {"takeOver", "takeOver"},
                                                   {"kDeep", "kDeep"},
                                                   {"half", "half_step"},
                                                   {"q", "q"},
                                                   {"splitValue", "splitValue"}})
            values.emplace_back(mark, directives.freshName(base));
        return tensorValues(
            context, kernel, found, [&](FactorNumber which) { return which.isLeft ? left.tile : right.tile; }, values,
            TensorFormat{"tf32", "tf32", "f32", 4});
    }

    static void addTunables(SourceEdit& edit, const MoveContext& context, const Contraction& found,
                            const CodeValues& values)
    {
        const auto tune = [&](const char* name, const std::vector<std::int64_t>& choices) {
            context.directives().addTune(edit, valueOf(values, name), choices);
        };
        tune("TILE_M", {128, 64, 256});
        tune("TILE_N", {128, 256, 64});
        tune("TILE_K", {32, 64});
        tune("WARPS_M", {4, 2, 1});
        tune("WARPS_N", {2, 4, 1});
        tune("STAGES", {3, 2, 4});
        tune("GROUP", {8, 4, 16, 1});
        tune("MIN_BLOCKS", {1, 2, 3});
        if (mayRound(context))
            tune("PRODUCTS", {1, 3});
        const auto require = [&](const std::string& condition) {
            context.directives().addRequire(edit, filled(condition, values));
        };
        require("@TILE_M@ % (@WARPS_M@ * 32) == 0 && @TILE_N@ % (@WARPS_N@ * 32) == 0 && @TILE_K@ % 32 == 0");
        // Every thread copies as much as every other, from whole lines further on.
        for (const auto* side : {&found.left(), &found.right()}) {
            const std::string extent = side == &found.left() ? "@TILE_M@" : "@TILE_N@";
            require(extent + " * @TILE_K@ % (@WARPS_M@ * @WARPS_N@ * 128) == 0");
            if (side->layout == FactorLayout::AlongOutput)
                require("@WARPS_M@ * @WARPS_N@ * 128 % " + extent + " == 0");
        }
        require("(@STAGES@ * (@TILE_M@ + @TILE_N@) * @TILE_K@ * 4 + 1024) * @MIN_BLOCKS@ <= 233472");
        // Sums and what goes into them take half of the registers at most, of a thread and of the multiprocessor.
        require("@TILE_M@ * @TILE_N@ <= 2048 * min(@WARPS_M@ * @WARPS_N@, 8 / @MIN_BLOCKS@)");
    }

    [[nodiscard]] std::optional<MoveProposal> onTensorCores(const MoveContext& context, const KernelScope& kernel,
                                                            const Contraction& found) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        const auto before = offsetBeforeKernel(kernel);
        if (!body || !before || plainLoop(context, found).empty())
            return std::nullopt;
        const auto values = valuesFor(context, kernel, found);
        SourceEdit edit(context.source().text());
        const auto threads = filled("@WARPS_M@ * @WARPS_N@ * 32", values);
        const auto shared = filled("max(@STAGES@ * (@TILE_M@ + @TILE_N@) * @TILE_K@ * 4, "
                                   "@WARPS_M@ * (@TILE_N@ + @WARPS_N@ * 8) * 32)",
                                   values);
        if (!editContractionLaunches(edit, kernel, found, valueOf(values, "TILE_N"), valueOf(values, "TILE_M"), threads,
                                     shared))
            return std::nullopt;
        edit.insert(*before, filled(std::string(kTensorHelpers) + kSplitHelpers, values));
        addLaunchBounds(edit, kernel, threads, valueOf(values, "MIN_BLOCKS"));
        edit.replace({body->begin + 1, body->end - 1}, filled(kSplitBody, values));
        addTunables(edit, context, found, values);
        return proposal(
            context, edit, body->begin, fmt::format("split {}'s floats for the tensor cores", kernel.name()),
            fmt::format("every multiply-add of {} takes 2 loads and a turn of the f32 units: each value as the sum of "
                        "two of 11 bits makes it 3 on the tensor cores, which do 1024 in an instruction and are 5 to 8 "
                        "times as fast; errors stay those of float, ~12×",
                        kernel.name()),
            12.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeTensorSplit() { return std::make_unique<TensorSplit>(); }

}  // namespace warploom
