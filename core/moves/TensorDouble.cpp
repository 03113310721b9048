// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveCatalogue.h"
#include "moves/TensorCode.h"

namespace warploom {

namespace {

/// More factors than these leave no room for the slices of all of them.
constexpr std::size_t kMostDoubleFactors = 6;
/// Tensor cores add an element's products up in an order of their own: no good where next to nothing may be off.
constexpr double kDoubleSumError = 0x1p-48;

constexpr const char* kDoubleHelpers =
    R"(// Where an element lies in a tile with lines of WIDTH: pieces of 16 bytes change places, so that those that eight lanes
// read together, from LINES lines, are in different banks.
template <int WIDTH, int LINES>
static __device__ __forceinline__ int @placeInTile@(int line, int element)
{
    return line * WIDTH + (element ^ (line / 2 % LINES * (16 / LINES)));
}

// Two neighbours at once.
static __device__ __forceinline__ void @readPair@(double& first, double& second, const double* from)
{
    const double2 pair = *reinterpret_cast<const double2*>(from);
    first = pair.x;
    second = pair.y;
}

// By the whole warp: 16 x 8 sums += 16 x 8 of the left times 8 x 8 of the right.
static __device__ __forceinline__ void @multiplyAdd@(double (&sums)[4], const double (&left)[4], double right_low,
                                                   double right_high)
{
    asm("mma.sync.aligned.m16n8k8.row.col.f64.f64.f64.f64 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+d"(sums[0]), "+d"(sums[1]), "+d"(sums[2]), "+d"(sums[3])
        : "d"(left[0]), "d"(left[1]), "d"(left[2]), "d"(left[3]), "d"(right_low), "d"(right_high));
}

)";

constexpr const char* kDoubleBody = R"(
@preamble@    // A block computes @TILE_M@ x @TILE_N@ elements on the tensor cores, each of its @WARPS_M@ x @WARPS_N@ warps a part
    // of them in fragments of 16 x 8. Slices of the factors, @TILE_K@ deep, come through a ring of @STAGES@ buffers. In
    // which order a fragment has its rows, columns and products is free: a lane takes those that are neighbours.
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
@raster@@alignment@@sumsOfAll@@addresses@
    const auto @load@ = [&](int @stage@, @loopType@ @base@) {
@copies@        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    const auto @multiply@ = [&](int @stage@) {
        #pragma unroll
        for (int @step@ = 0; @step@ < @TILE_K@; @step@ += 8) {
@parts@@readFactors@            #pragma unroll
            for (int @i@ = 0; @i@ < @tall@; ++@i@)
                #pragma unroll
                for (int @j@ = 0; @j@ < @broad@; ++@j@) {
@multiplyAdds@                }
        }
    };
@contract@@storeSums@)";

constexpr const char* kDoubleCopied = R"(    #pragma unroll
    for (int @stage@ = 0; @stage@ < @STAGES@ - 1; ++@stage@)
        @load@(@stage@, @stage@ * @TILE_K@);
    int @stage@ = 0;
    for (@loopType@ @base@ = 0; @base@ < @depth@; @base@ += @TILE_K@) {
        asm volatile("cp.async.wait_group %0;" ::"n"(@STAGES@ - 2) : "memory");
        __syncthreads();
        @load@(@stage@ == 0 ? @STAGES@ - 1 : @stage@ - 1, @base@ + (@STAGES@ - 1) * @TILE_K@);
        @multiply@(@stage@);
        @stage@ = @stage@ + 1 == @STAGES@ ? 0 : @stage@ + 1;
    }
    asm volatile("cp.async.wait_all;" ::: "memory");
)";

constexpr const char* kDoubleNarrow = R"(    } else {
        for (@loopType@ @base@ = 0; @base@ < @depth@; @base@ += @TILE_K@) {
            __syncthreads();
@narrowLoads@            __syncthreads();
            @multiply@(0);
        }
    }
)";

/// Of one factor: a lane has rows 2 r and 2 r + 1 of 16, or such columns, and the products 2 p and 2 p + 1 of 8.
constexpr const char* kDoubleParts = R"(            double @part@[@COUNT@][4];
)";
constexpr const char* kDoubleReads = R"(            #pragma unroll
            for (int @item@ = 0; @item@ < @COUNT@ * 2; ++@item@)
                @readPair@(@part@[@item@ / 2][@FIRST@], @part@[@item@ / 2][@SECOND@],
                    &@tile@[@stage@][@PLACE@]);
)";

/// Two fragments of one sum.
constexpr const char* kDoubleMultiplyAdds =
    R"(                    @multiplyAdd@(@sumsOf@[@i@][2 * @j@], @leftPartOf@[@i@], @rightPartOf@[@j@][0], @rightPartOf@[@j@][1]);
                    @multiplyAdd@(@sumsOf@[@i@][2 * @j@ + 1], @leftPartOf@[@i@], @rightPartOf@[@j@][2], @rightPartOf@[@j@][3]);
)";

const TensorFormat& doubleFormat()
{
    static const TensorFormat format{"f64", "f64", "f64", 8};
    return format;
}

/// A contraction of doubles that are summed in double.
class TensorDouble : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"tensor-double", "Contract doubles on the tensor cores",
                "one thread an element of a matrix product of doubles that is summed in double (sm_90)",
                "tensor cores do twice as many multiply-adds of doubles as the f64 units, and need a fraction of the "
                "instructions"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto found = kernel.kernel().isDependentContext() ? std::nullopt : jointContraction(kernel);
            if (found && admitsOrder(context) && fits(*found))
                if (auto made = onTensorCores(context, kernel, *found))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    static bool admitsOrder(const MoveContext& context)
    {
        const auto& request = context.request();
        return request.atol > 0 || request.rtol == 0 || request.rtol >= kDoubleSumError;
    }

    static bool fits(const Contraction& found)
    {
        const auto factors = found.factors();
        return factors.size() <= kMostDoubleFactors
            && std::ranges::all_of(found.terms,
                                   [](const auto& term) {
                                       return term.plainSumType == "double"
                                           && !term.sum->getType().isVolatileQualified();
                                   })
            && std::ranges::all_of(factors, [&](FactorNumber which) {
                   const auto& factor = found.factor(which);
                   return factor.isPlain && factor.plainElement == "double" && factor.layout != FactorLayout::Scattered
                       && (factor.isAffine || (factor.hasRuns && factor.pitch.has_value()));
               });
    }

    static std::string extentOf(FactorNumber which) { return which.isLeft ? "@TILE_M@" : "@TILE_N@"; }

    /// Eight lanes read two lines along the depth, or four across it.
    static std::string placeText(const ContractionFactor& factor, FactorNumber which)
    {
        return factor.layout == FactorLayout::AlongDepth ? "@placeInTile@<@TILE_K@, 2>"
                                                         : "@placeInTile@<" + extentOf(which) + ", 4>";
    }

    static FactorTile tileOf(const Contraction& found, FactorNumber which)
    {
        const auto& factor = found.factor(which);
        const bool isAlong = factor.layout == FactorLayout::AlongDepth;
        return {isAlong ? extentOf(which) : "@TILE_K@",
                isAlong ? "@TILE_K@" : extentOf(which),
                "[" + placeText(factor, which) + "(@LINE@, @ALONG@)]",
                "@copyAsync@",
                doubleFormat().copied(),
                "@copyPairs@"};
    }

    /// \p text for each factor: "part" is what its fragments are kept in, "COUNT" how many groups of 16 there are.
    static std::string forEach(const Contraction& found, const char* text)
    {
        std::string all;
        for (const auto which : found.factors()) {
            const auto& factor = found.factor(which);
            const bool isAlong = factor.layout == FactorLayout::AlongDepth;
            const std::string side = which.isLeft ? "left" : "right";
            const std::string own =
                std::string(which.isLeft ? "@down@" : "@across@") + " + @item@ / 2 * 16 + @lane@ / 4 * 2";
            const std::string place = isAlong ? own + " + @item@ % 2, @step@ + @lane@ % 4 * 2"
                                              : "@step@ + @lane@ % 4 * 2 + @item@ % 2, " + own;
            // The left's fragment has both rows of the first p, then of the second; the right's both p of a column.
            const bool isTogether = which.isLeft != isAlong;
            all += filled(text,
                          {{"FIRST", isTogether ? "@item@ % 2 * 2" : "@item@ % 2"},
                           {"SECOND", isTogether ? "@item@ % 2 * 2 + 1" : "@item@ % 2 + 2"},
                           {"PLACE", placeText(factor, which) + "(\n                        " + place + ")"},
                           {"COUNT", which.isLeft ? "@tall@" : "@broad@"},
                           {"part", "@" + numberedMark(side + "Part", which.number) + "@"},
                           {"tile", "@" + numberedMark(side + "Tile", which.number) + "@"}});
        }
        return all;
    }

    static std::string contractText(const Contraction& found)
    {
        if (copiedCondition(found, doubleFormat()).empty())
            return kDoubleCopied;
        return "    if (@isWide@) {\n" + reindented(kDoubleCopied, "        ") + kDoubleNarrow;
    }

    static CodeValues valuesFor(const MoveContext& context, const KernelScope& kernel, const Contraction& found)
    {
        CodeValues values = {{"sumsOfAll", forEachSum(found, "    double @sumsOf@[@tall@][@broad@ * 2][4] = {};\n")},
                             {"parts", forEach(found, kDoubleParts)},
                             {"readFactors", forEach(found, kDoubleReads)},
                             {"multiplyAdds", forEachTerm(found, kDoubleMultiplyAdds)},
                             {"sumOfFragment", "@sumsOf@[@i@][@j@ / 4][@j@ % 4]"},
                             {"rowOfSum", "@lane@ / 4 * 2 + @j@ / 2 % 2"},
                             {"columnOfSum", "@j@ / 8 * 16 + @lane@ % 4 * 4 + @j@ % 2 * 2 + @j@ / 4 % 2"},
                             {"rowsApart", "16"},
                             {"COLUMNS", "@TILE_N@ / @WARPS_N@"}};
        const auto& directives = context.directives();
        for (const char* name : {"TILE_M", "TILE_N", "TILE_K", "WARPS_M", "WARPS_N", "STAGES", "GROUP", "MIN_BLOCKS"})
            values.emplace_back(name, directives.freshName(name));
        for (const auto& [mark, base] : CodeValues{
                 {"tall", "kTall"}, {"broad", "kBroad"}, {"readPair", "readPair"}, {"copyPairs", "copyElements"}})
            values.emplace_back(mark, directives.freshName(base));
        return tensorValues(
            context, kernel, found, [&](FactorNumber which) { return tileOf(found, which); }, values, doubleFormat());
    }

    using Choices = std::vector<std::int64_t>;

    static void addTunables(SourceEdit& edit, const DirectiveEditor& directives, const Contraction& found,
                            const CodeValues& values)
    {
        const auto tune = [&](const char* name, const Choices& choices) {
            directives.addTune(edit, valueOf(values, name), choices);
        };
        // Several sums share the registers, and slices of several factors the shared memory.
        const auto most = std::max(found.sums.size(), found.factors().size() - 1);
        tune("TILE_M", most > 2 ? Choices{64, 128, 32} : Choices{128, 64, 256, 32});
        tune("TILE_N", most > 1 ? Choices{64, 128, 32} : Choices{128, 64, 256, 32});
        tune("TILE_K", {16, 32});
        tune("WARPS_M", {2, 1, 4});
        tune("WARPS_N", {4, 2, 1});
        tune("STAGES", {3, 4, 2, 5});
        tune("GROUP", {8, 16, 4, 1});
        tune("MIN_BLOCKS", {1, 2, 3});
        const auto require = [&](const std::string& condition) {
            directives.addRequire(edit, filled(condition, values));
        };
        require("@TILE_M@ % (@WARPS_M@ * 16) == 0 && @TILE_N@ % (@WARPS_N@ * 16) == 0 && @TILE_K@ % 16 == 0");
        // Every thread copies as much as every other, from whole lines further on.
        std::set<std::string> known;
        for (const auto which : found.factors()) {
            const bool isAlong = found.factor(which).layout == FactorLayout::AlongDepth;
            for (const auto& condition :
                 {extentOf(which) + " * @TILE_K@ % (@WARPS_M@ * @WARPS_N@ * 64) == 0",
                  "@WARPS_M@ * @WARPS_N@ * 64 % " + (isAlong ? "@TILE_K@" : extentOf(which)) + " == 0"})
                if (known.insert(condition).second)
                    require(condition);
        }
        require("(" + sharedText(found) + " + 1024) * @MIN_BLOCKS@ <= 233472");
        // Sums and the fragments of a step stay in registers: two for each double.
        require("(" + timesSums(found, "@TILE_M@ * @TILE_N@") + " + " + times(found.lefts.size(), "@TILE_M@")
                + " * @WARPS_N@ * 8 + " + times(found.rights.size(), "@TILE_N@")
                + " * @WARPS_M@ * 8) / (@WARPS_M@ * @WARPS_N@ * 16) + 44 <= min(255, 2048 / (@WARPS_M@ * @WARPS_N@ * "
                  "@MIN_BLOCKS@))");
    }

    static std::string sharedText(const Contraction& found)
    {
        return "max(@STAGES@ * (" + tileExtents(found) + ") * @TILE_K@ * 8, "
            + timesSums(found, "@WARPS_M@ * (@TILE_N@ + @WARPS_N@ * 8) * 128") + ")";
    }

    [[nodiscard]] std::optional<MoveProposal> onTensorCores(const MoveContext& context, const KernelScope& kernel,
                                                            const Contraction& found) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        const auto before = offsetBeforeKernel(kernel);
        if (!body || !before)
            return std::nullopt;
        const auto values = valuesFor(context, kernel, found);
        SourceEdit edit(context.source().text());
        const auto threads = filled("@WARPS_M@ * @WARPS_N@ * 32", values);
        if (!editContractionLaunches(edit, kernel, found, valueOf(values, "TILE_N"), valueOf(values, "TILE_M"), threads,
                                     filled(sharedText(found), values)))
            return std::nullopt;
        edit.insert(*before,
                    filled(std::string(kTensorHelpers) + tensorPairHelper(doubleFormat()) + kDoubleHelpers, values));
        addLaunchBounds(edit, kernel, threads, valueOf(values, "MIN_BLOCKS"));
        edit.replace({body->begin + 1, body->end - 1},
                     filled(filled(kDoubleBody, {{"contract", contractText(found)}}), values));
        addTunables(edit, context.directives(), found, values);
        return proposal(context, edit, body->begin,
                        fmt::format("compute {}'s doubles on the tensor cores", kernel.name()),
                        fmt::format("every multiply-add of {} takes 2 loads and a turn of the f64 units: a warp of the "
                                    "tensor cores does 1024 in an instruction, twice as fast as those at their best, "
                                    "and asynchronous copies keep them fed, ~12×",
                                    kernel.name()),
                        12.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeTensorDouble() { return std::make_unique<TensorDouble>(); }

}  // namespace warploom
