// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveCatalogue.h"
#include "moves/TensorCode.h"
#include "moves/WarpgroupCode.h"

#include <fmt/format.h>

namespace warploom {

namespace {

constexpr const char* kMultiplyAdd =
    R"(// By four warps: 64 x @width@ sums += 64 x @STEP@ of the left times @STEP@ x @width@ of the right, both in shared memory.
[[maybe_unused]] static __device__ __forceinline__ void @multiplyAdd@(@SumOfProducts@ (&sums)[@count@], unsigned long long left,
                                                   unsigned long long right)
{
    asm volatile("{\n.reg .pred adds;\nsetp.ne.b32 adds, %@adds@, 0;\n"
                 "wgmma.mma_async.sync.aligned.m64n@width@k@STEP@.@ptxSum@.@factorTypes@ {"
@operands@                 "}, %@first@, %@second@, adds@signsAndTurns@;\n}"
                 : @sumList@
                 : "l"(left), "l"(right), "r"(1));
}

)";

constexpr const char* kWarpgroupBody = R"(
@preamble@    // A block computes @TILE_M@ x @TILE_N@ elements on the tensor cores, each of its @WARPGROUPS@ groups of four warps @tall@ times
    // 64 rows of them. Slices of the factors, @DEPTH@ deep, come through a ring of @STAGES@ buffers: one is multiplied, the one
    // before it may still be, and the others are on their way.
@aboutSums@    constexpr int @kThreads@ = @WARPGROUPS@ * 128;
    constexpr int @tall@ = @TILE_M@ / @WARPGROUPS@ / 64;
    constexpr int @TILE_K@ = @DEPTH@;
    using @LeftTile@ = @leftType@[@TILE_M@ * @TILE_K@];
    using @RightTile@ = @rightType@[@TILE_N@ * @TILE_K@];
    extern __shared__ __align__(1024) unsigned char @ring@[];
@rings@    const int @thread@ = threadIdx.x;
    const int @lane@ = @thread@ % 32;
    const int @part@ = @thread@ / 128 * (@TILE_M@ / @WARPGROUPS@);
    const int @down@ = @part@ + @thread@ / 32 % 4 * 16;
    constexpr int @across@ = 0;
@raster@@alignment@@sumsOfAll@@addresses@
    const auto @load@ = [&](int @stage@, @loopType@ @base@) {
@copies@        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    // Begins to; what was copied has to be seen by the tensor cores, which read shared memory past the threads' way.
    const auto @multiply@ = [&](int @stage@) {
        asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
        __syncthreads();
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
        #pragma unroll
        for (int @step@ = 0; @step@ < @TILE_K@; @step@ += @STEP@)
            #pragma unroll
            for (int @i@ = 0; @i@ < @tall@; ++@i@)@multiplyAdds@        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    };
    if (@isWide@) {
        #pragma unroll
        for (int @stage@ = 0; @stage@ < @STAGES@ - 2; ++@stage@)
            @load@(@stage@, @stage@ * @TILE_K@);
        int @stage@ = 0;
        for (@loopType@ @base@ = 0; @base@ < @depth@; @base@ += @TILE_K@) {
            asm volatile("cp.async.wait_group %0;" ::"n"(@STAGES@ - 3) : "memory");
            @multiply@(@stage@);
            // All threads have waited for the slice before the last, so that its buffer is free.
            @load@((@stage@ + @STAGES@ - 2) % @STAGES@, @base@ + (@STAGES@ - 2) * @TILE_K@);
            asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
            @stage@ = @stage@ + 1 == @STAGES@ ? 0 : @stage@ + 1;
        }
    } else {
        for (@loopType@ @base@ = 0; @base@ < @depth@; @base@ += @TILE_K@) {
            __syncthreads();
@narrowLoads@            @multiply@(0);
            asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
        }
    }
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
    asm volatile("cp.async.wait_all;" ::: "memory");
@storeSums@)";

/// The instruction for as many columns.
std::string multiplyAddText(int width, const TensorFormat& format)
{
    const int count = width / 2;
    return filled(kMultiplyAdd,
                  {{"width", std::to_string(width)},
                   {"count", std::to_string(count)},
                   {"operands", warpgroupOperands(count)},
                   {"sumList", warpgroupSums(count, format.isInteger() ? 'r' : 'f')},
                   // Of integers there is no other sign, and no other way to lie, than the plain one.
                   {"signsAndTurns", format.isInteger() ? "" : ", 1, 1, @turnsLeft@, @turnsRight@"},
                   {"first", std::to_string(count)},
                   {"second", std::to_string(count + 1)},
                   {"adds", std::to_string(count + 2)}});
}

/// What the one architecture that has the instructions has of shared memory, in all blocks of a multiprocessor.
constexpr std::int64_t kMostSharedBytes = 233472;
constexpr std::int64_t kTileRows = 128;
/// Of a block with two warpgroups: half of their registers.
constexpr std::int64_t kMostSumElements = 32768;
constexpr std::int64_t kLeastStages = 3;

/// A contraction of 16-bit floats, or of bytes, by instructions of four warps at once, which Hopper alone has.
class WgmmaContraction : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"wgmma-contraction", "Contract by warpgroups on the tensor cores",
                "one thread an element of a matrix product of half or bfloat16 factors that is summed in float, or of "
                "bytes "
                "along the depth that is summed in int (sm_90a)",
                "four warps multiply 64 x 16 by 16 x 256 elements out of shared memory while they go on"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto found = kernel.kernel().isDependentContext() ? std::nullopt : jointContraction(kernel);
            const auto format = found ? tensorFormat(*found) : std::nullopt;
            if (format && haveOneLayout(found->lefts) && haveOneLayout(found->rights)
                && ringBytes(*found, kLeastStages) <= kMostSharedBytes)
                if (auto made = byWarpgroups(context, kernel, *found, *format))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// One instruction serves all of a side's factors.
    static bool haveOneLayout(const std::vector<ContractionFactor>& factors)
    {
        return std::ranges::all_of(factors,
                                   [&](const auto& factor) { return factor.layout == factors.front().layout; });
    }

    static FactorTile tileOf(const ContractionFactor& factor, const std::string& extent, const TensorFormat& format)
    {
        const auto tile = [&](const std::string& lines, const std::string& elements) {
            return FactorTile{lines,         elements,        "[@placeInTile@<" + lines + ">(@LINE@, @ALONG@)]",
                              "@copyAsync@", format.copied(), "@copyPairs@"};
        };
        return factor.layout == FactorLayout::AlongDepth ? tile(extent, "@TILE_K@") : tile("@TILE_K@", extent);
    }

    static CodeValues valuesFor(const MoveContext& context, const KernelScope& kernel, const Contraction& found,
                                const TensorFormat& format)
    {
        const bool isLeftAlong = found.left().layout == FactorLayout::AlongDepth;
        const bool isRightAlong = found.right().layout == FactorLayout::AlongDepth;
        // Along the depth a line is a panel; along the output a panel holds 64 lines.
        CodeValues values = {
            {"sumsOfAll", forEachSum(found, "    @SumOfProducts@ @sumsOf@[@tall@][@TILE_N@ / 2] = {};\n")},
            {"multiplyAdds",
             loopBody(found,
                      "@multiplyAdd@(@sumsOf@[@i@], @descriptorOf@(&@leftTileOf@[@stage@][@leftStart@], @leftPanel@),\n"
                      "                            @descriptorOf@(&@rightTileOf@[@stage@][@rightStart@], "
                      "@rightPanel@));",
                      "            ")},
            {"leftStart",
             isLeftAlong ? "(@part@ + @i@ * 64) * @TILE_K@ + @step@" : "(@part@ + @i@ * 64) * @TILE_K@ + @step@ * 64"},
            {"rightStart", isRightAlong ? "@step@" : "@step@ * 64"},
            {"leftPanel", isLeftAlong ? "16" : "@TILE_K@ * 128"},
            {"rightPanel", isRightAlong ? "16" : "@TILE_K@ * 128"},
            {"turnsLeft", isLeftAlong ? "0" : "1"},
            {"turnsRight", isRightAlong ? "0" : "1"},
            {"sumOfFragment", "@sumsOf@[@i@][@j@]"},
            {"rowsApart", "64"},
            {"DEPTH", std::to_string(128 / format.bytes)},
            {"COLUMNS", "@TILE_N@"}};
        const auto& directives = context.directives();
        for (const char* name : {"TILE_M", "TILE_N", "WARPGROUPS", "STAGES", "GROUP", "MIN_BLOCKS"})
            values.emplace_back(name, directives.freshName(name));
        for (const auto& [mark, base] :
             CodeValues{{"TILE_K", "kDepth"}, {"tall", "kTall"}, {"part", "part"}, {"descriptorOf", "descriptorOf"}})
            values.emplace_back(mark, directives.freshName(base));
        return tensorValues(
            context, kernel, found,
            [&](FactorNumber which) {
                return tileOf(found.factor(which), which.isLeft ? "@TILE_M@" : "@TILE_N@", format);
            },
            values, format);
    }

    /// Widths of tiles that an instruction has, the default first: several sums share the registers, several factors
    /// the shared memory.
    static std::vector<std::int64_t> widths(const Contraction& found)
    {
        const auto sums = static_cast<std::int64_t>(found.sums.size());
        const auto fits = [&](std::int64_t width) {
            return sums * kTileRows * width <= kMostSumElements
                && ringBytes(found, kLeastStages, width) <= kMostSharedBytes;
        };
        if (fits(256))
            return {256, 128};
        return fits(128) ? std::vector<std::int64_t>{128, 256} : std::vector<std::int64_t>{64, 128};
    }

    /// Of shared memory, with the default tiles and so many slices of them.
    static std::int64_t ringBytes(const Contraction& found, std::int64_t stages)
    {
        return ringBytes(found, stages, widths(found).front());
    }

    static std::int64_t ringBytes(const Contraction& found, std::int64_t stages, std::int64_t width)
    {
        const auto lefts = static_cast<std::int64_t>(found.lefts.size());
        const auto rights = static_cast<std::int64_t>(found.rights.size());
        return stages * (lefts * kTileRows + rights * width) * 128 + 1024;
    }

    static void addTunables(SourceEdit& edit, const DirectiveEditor& directives, const Contraction& found,
                            const CodeValues& values)
    {
        const auto tune = [&](const char* name, const std::vector<std::int64_t>& choices) {
            directives.addTune(edit, valueOf(values, name), choices);
        };
        tune("TILE_M", {kTileRows, 256, 64});
        tune("TILE_N", widths(found));
        tune("WARPGROUPS", {2, 1, 4});
        tune("STAGES",
             ringBytes(found, 4) <= kMostSharedBytes ? std::vector<std::int64_t>{4, 3, 5, 6}
                                                     : std::vector<std::int64_t>{3, 4, 5, 6});
        tune("GROUP", {8, 16, 4, 1});
        tune("MIN_BLOCKS", {1, 2});
        const auto require = [&](const std::string& condition) {
            directives.addRequire(edit, filled(condition, values));
        };
        require("@TILE_M@ % (@WARPGROUPS@ * 64) == 0 && @STAGES@ >= 3");
        require("(@STAGES@ * (" + tileExtents(found)
                + ") * 128 + 1024) * @MIN_BLOCKS@ <= " + std::to_string(kMostSharedBytes));
        // Sums take half of the registers at most, of a thread and of the multiprocessor.
        require(timesSums(found, "@TILE_M@ * @TILE_N@") + " <= 16384 * min(@WARPGROUPS@, 2 / @MIN_BLOCKS@)");
    }

    [[nodiscard]] std::optional<MoveProposal> byWarpgroups(const MoveContext& context, const KernelScope& kernel,
                                                           const Contraction& found, const TensorFormat& format) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        const auto before = offsetBeforeKernel(kernel);
        if (!body || !before)
            return std::nullopt;
        const auto values = valuesFor(context, kernel, found, format);
        SourceEdit edit(context.source().text());
        const auto threads = filled("@WARPGROUPS@ * 128", values);
        const auto shared = filled("max(@STAGES@ * (" + tileExtents(found) + ") * 128, "
                                       + timesSums(found, "@WARPGROUPS@ * (@TILE_N@ + 8) * 256)"),
                                   values);
        if (!editContractionLaunches(edit, kernel, found, valueOf(values, "TILE_N"), valueOf(values, "TILE_M"), threads,
                                     shared))
            return std::nullopt;
        auto helpers = kTensorHelpers + tensorPairHelper(format) + kWarpgroupTiles;
        auto columns = widths(found);
        std::ranges::sort(columns, std::greater{});
        for (const auto width : columns)
            helpers += multiplyAddText(static_cast<int>(width), format);
        edit.insert(*before, filled(helpers, values));
        addLaunchBounds(edit, kernel, threads, valueOf(values, "MIN_BLOCKS"));
        edit.replace({body->begin + 1, body->end - 1}, filled(kWarpgroupBody, values));
        addTunables(edit, context.directives(), found, values);
        return proposal(context, edit, body->begin, fmt::format("compute {} by warpgroups", kernel.name()),
                        fmt::format("the multiply-adds of {} go through the {} units one by one: four warps begin {} "
                                    "with an instruction that reads both factors from shared memory, ~100×",
                                    kernel.name(), format.isInteger() ? "integer" : "f32", 64 * 256 * format.step()),
                        100.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeWgmmaContraction() { return std::make_unique<WgmmaContraction>(); }

}  // namespace warploom
