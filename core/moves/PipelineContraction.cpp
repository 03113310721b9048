// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ContractionCode.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

namespace {

constexpr int kVectorBytes = 16;

constexpr const char* kHelper =
    R"(// Copies BYTES into shared memory while the thread goes on; zeros where is_in is false.
template <int BYTES>
static __device__ __forceinline__ void @copyAsync@(void* to, const void* from, bool is_in)
{
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;"
                 :
                 : "r"(static_cast<unsigned>(__cvta_generic_to_shared(to))), "l"(from), "n"(BYTES), "r"(is_in ? BYTES : 0)
                 : "memory");
}

)";

constexpr const char* kBody = R"(
@preamble@    // A block computes @TILE_M@ x @TILE_N@ elements, a thread @THREAD_M@ x @THREAD_N@ of them in groups of four. Slices of
    // the factors, @TILE_K@ deep, come through a ring of @STAGES@ buffers and are copied while older ones are multiplied.
    constexpr int @threads@ = (@TILE_M@ / @THREAD_M@) * (@TILE_N@ / @THREAD_N@);
    using @LeftTile@ = @leftType@[@TILE_K@][@TILE_M@ + @PAD@];
    using @RightTile@ = @rightType@[@TILE_K@][@TILE_N@ + @PAD@];
    extern __shared__ __align__(16) unsigned char @ring@[];
    @LeftTile@* const @leftTile@ = reinterpret_cast<@LeftTile@*>(@ring@);
    @RightTile@* const @rightTile@ = reinterpret_cast<@RightTile@*>(@leftTile@ + @STAGES@);
    const int @thread@ = threadIdx.x;
    const int @down@ = @thread@ / (@TILE_N@ / @THREAD_N@) * 4;
    const int @across@ = @thread@ % (@TILE_N@ / @THREAD_N@) * 4;
@conditions@    @sumType@ @sums@[@THREAD_M@][@THREAD_N@] = {};

    const auto @load@ = [&](int @stage@, @loopType@ @base@) {
@loadLeft@@loadRight@        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    #pragma unroll
    for (int @stage@ = 0; @stage@ < @STAGES@ - 1; ++@stage@)
        @load@(@stage@, @stage@ * @TILE_K@);
    int @stage@ = 0;
    for (@loopType@ @base@ = 0; @base@ < @depth@; @base@ += @TILE_K@) {
        asm volatile("cp.async.wait_group %0;" ::"n"(@STAGES@ - 2) : "memory");
        __syncthreads();
        @load@(@stage@ == 0 ? @STAGES@ - 1 : @stage@ - 1, @base@ + (@STAGES@ - 1) * @TILE_K@);
        #pragma unroll
        for (int @step@ = 0; @step@ < @TILE_K@; ++@step@) {
            @leftType@ @leftPart@[@THREAD_M@];
            @rightType@ @rightPart@[@THREAD_N@];
            #pragma unroll
            for (int @i@ = 0; @i@ < @THREAD_M@; ++@i@)
                @leftPart@[@i@] = @leftTile@[@stage@][@step@][@i@ / 4 * (@TILE_M@ / @THREAD_M@ * 4) + @down@ + @i@ % 4];
            #pragma unroll
            for (int @j@ = 0; @j@ < @THREAD_N@; ++@j@)
                @rightPart@[@j@] = @rightTile@[@stage@][@step@][@j@ / 4 * (@TILE_N@ / @THREAD_N@ * 4) + @across@ + @j@ % 4];
            #pragma unroll
            for (int @i@ = 0; @i@ < @THREAD_M@; ++@i@)
                #pragma unroll
                for (int @j@ = 0; @j@ < @THREAD_N@; ++@j@)
                    @update@
        }
        @stage@ = @stage@ + 1 == @STAGES@ ? 0 : @stage@ + 1;
    }
    #pragma unroll
    for (int @i@ = 0; @i@ < @THREAD_M@; ++@i@) {
        #pragma unroll
        for (int @j@ = 0; @j@ < @THREAD_N@; ++@j@) {
            const @indexType@ @row@ = blockIdx.y * @TILE_M@ + @i@ / 4 * (@TILE_M@ / @THREAD_M@ * 4) + @down@ + @i@ % 4;
            const @indexType@ @column@ = blockIdx.x * @TILE_N@ + @j@ / 4 * (@TILE_N@ / @THREAD_N@ * 4) + @across@ + @j@ % 4;
            if (@row@ < @rows@ && @column@ < @columns@) {
                @sumType@ @sum@ = @sums@[@i@][@j@];
@epilogue@            }
        }
    }
)";

/// Copies of one side: where an element of the slice lies, and what guards it.
constexpr const char* kLoad = R"(        #pragma unroll
        for (int @i@ = 0; @i@ < @TILE@ * @TILE_K@ / @threads@; ++@i@) {
            const int @item@ = @thread@ + @i@ * @threads@;
            const @indexType@ @index@ = @block@ * @TILE@ + @place@;
            const @loopType@ @p@ = @base@ + @slice@;
            const bool @isIn@ = @index@ < @bound@ && @p@ < @depth@;
            @copyAsync@<@bytes@>(&@tile@[@stage@][@slice@][@place@], @isIn@ ? &@factor@ : @pointer@, @isIn@);
        }
)";

constexpr const char* kWideLoad = R"(        if (@isWide@) {
            #pragma unroll
            for (int @i@ = 0; @i@ < @TILE@ * @TILE_K@ / (@width@ * @threads@); ++@i@) {
                const int @item@ = (@thread@ + @i@ * @threads@) * @width@;
                const @indexType@ @index@ = @block@ * @TILE@ + @place@;
                const @loopType@ @p@ = @base@ + @slice@;
                const bool @isIn@ = @index@ < @bound@ && @p@ < @depth@;
                @copyAsync@<16>(&@tile@[@stage@][@slice@][@place@], @isIn@ ? &@factor@ : @pointer@, @isIn@);
            }
        } else {
@narrow@        }
)";

/// One side of the product, with the marks that differ between the two.
struct Side {
    const ContractionFactor& factor;
    std::string tile, tileExtent, block, index, bound, isWide;
};

std::string indented(const std::string& code)
{
    std::string result = "    ";
    for (std::size_t i = 0; i < code.size(); ++i) {
        result += code[i];
        if (code[i] == '\n' && i + 1 < code.size())
            result += "    ";
    }
    return result;
}

std::string loadText(const Side& side)
{
    const int width = kVectorBytes / side.factor.bytes;
    const bool alongDepth = side.factor.layout == FactorLayout::AlongDepth;
    const CodeValues own = {{"narrow", indented(kLoad)},
                            {"slice", alongDepth ? "@item@ % @TILE_K@" : "@item@ / @TILE@"},
                            {"place", alongDepth ? "@item@ / @TILE_K@" : "@item@ % @TILE@"},
                            {"TILE", side.tileExtent},
                            {"tile", side.tile},
                            {"block", side.block},
                            {"index", side.index},
                            {"bound", side.bound},
                            {"isWide", side.isWide},
                            {"width", std::to_string(width)},
                            {"bytes", std::to_string(side.factor.bytes)},
                            {"factor", side.factor.text},
                            {"pointer", side.factor.base}};
    return filled(side.isWide.empty() ? kLoad : kWideLoad, own);
}

/// A contraction whose factors arrive while it computes.
class PipelineContraction : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"pipeline-contraction", "Copy a contraction's factors ahead of their use",
                "one thread an element of a matrix product of 4- or 8-byte elements; asynchronous copies (sm_80)",
                "the multiply-adds of one slice hide the loads of the next"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto found = kernel.kernel().isDependentContext() ? std::nullopt : contraction(kernel);
            if (found && hasCopies(found->left) && hasCopies(found->right))
                if (auto made = pipelined(context, kernel, *found))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    static bool hasCopies(const ContractionFactor& factor) { return factor.bytes == 4 || factor.bytes == 8; }

    /// Wide copies need neighbours of the slice to be neighbours in memory.
    static std::optional<std::string> wide(const ContractionFactor& factor, const std::string& bound)
    {
        if (factor.layout != FactorLayout::AlongOutput)
            return std::nullopt;
        return wideCondition(factor, bound, kVectorBytes / factor.bytes);
    }

    static void addNames(const DirectiveEditor& directives, CodeValues& values)
    {
        for (const char* name : {"TILE_M", "TILE_N", "TILE_K", "THREAD_M", "THREAD_N", "PAD", "STAGES", "MIN_BLOCKS"})
            values.emplace_back(name, directives.freshName(name));
        for (const auto& [mark, base] : CodeValues{{"threads", "kThreads"},
                                                   {"LeftTile", "LeftTile"},
                                                   {"RightTile", "RightTile"},
                                                   {"ring", "ring"},
                                                   {"down", "down"},
                                                   {"across", "across"},
                                                   {"load", "load"},
                                                   {"stage", "stage"},
                                                   {"isIn", "is_in"},
                                                   {"copyAsync", "copyAsync"}})
            values.emplace_back(mark, directives.freshName(base));
    }

    /// The body of the kernel; \p values holds everything that both sides share.
    static std::string bodyText(const MoveContext& context, const Contraction& found, CodeValues values)
    {
        const auto leftWide = wide(found.left, found.rows);
        const auto rightWide = wide(found.right, found.columns);
        const auto leftName = leftWide ? context.directives().freshName("is_left_wide") : "";
        const auto rightName = rightWide ? context.directives().freshName("is_right_wide") : "";
        std::string conditions;
        for (const auto& [name, condition] : {std::pair(leftName, leftWide), std::pair(rightName, rightWide)})
            if (condition)
                conditions += fmt::format("    const bool {} = {};\n", name, *condition);
        CodeValues all = {
            {"conditions", conditions},
            {"loadLeft", loadText({found.left, "@leftTile@", "@TILE_M@", "blockIdx.y", "@row@", "@rows@", leftName})},
            {"loadRight",
             loadText({found.right, "@rightTile@", "@TILE_N@", "blockIdx.x", "@column@", "@columns@", rightName})}};
        all.insert(all.end(), values.begin(), values.end());
        return filled(kBody, all);
    }

    static void addTunables(SourceEdit& edit, const DirectiveEditor& directives, const Contraction& found,
                            const CodeValues& values)
    {
        const auto tune = [&](const char* name, const std::vector<std::int64_t>& choices) {
            directives.addTune(edit, valueOf(values, name), choices);
        };
        tune("TILE_M", {128, 64, 256, 32});
        tune("TILE_N", {128, 64, 256, 32});
        tune("TILE_K", {16, 8, 32});
        tune("THREAD_M", {8, 4, 16});
        tune("THREAD_N", {8, 4, 16});
        tune("PAD", {4, 0, 8});
        tune("STAGES", {2, 3, 4});
        tune("MIN_BLOCKS", {2, 1, 3});
        const auto require = [&](const char* condition, const CodeValues& more = {}) {
            CodeValues all = more;
            all.insert(all.end(), values.begin(), values.end());
            directives.addRequire(edit, filled(condition, all));
        };
        const CodeValues threads = {{"T", "((@TILE_M@ / @THREAD_M@) * (@TILE_N@ / @THREAD_N@))"}};
        require("@T@ >= 32 && @T@ * @MIN_BLOCKS@ <= 1024", threads);
        // Every thread copies as much as every other.
        const auto requireWhole = [&](const std::string& tile, const ContractionFactor& factor,
                                      const std::string& bound) {
            const int width = wide(factor, bound) ? kVectorBytes / factor.bytes : 1;
            require(
                (tile + (width > 1 ? fmt::format(" * @TILE_K@ % ({} * @T@) == 0", width) : " * @TILE_K@ % @T@ == 0"))
                    .c_str(),
                threads);
        };
        requireWhole("@TILE_M@", found.left, found.rows);
        requireWhole("@TILE_N@", found.right, found.columns);
    }

    [[nodiscard]] std::optional<MoveProposal> pipelined(const MoveContext& context, const KernelScope& kernel,
                                                        const Contraction& found) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        const auto before = offsetBeforeKernel(kernel);
        if (!body || !before)
            return std::nullopt;
        auto values = contractionValues(context, found, "                ");
        addNames(context.directives(), values);
        const auto part = [&](const char* array, const char* index) {
            return fmt::format("{}[{}]", valueOf(values, array), valueOf(values, index));
        };
        values.emplace_back("update",
                            contractionUpdate(context, kernel, found, part("leftPart", "i"), part("rightPart", "j"),
                                              part("sums", "i") + fmt::format("[{}]", valueOf(values, "j"))));
        SourceEdit edit(context.source().text());
        const auto threads = filled("(@TILE_M@ / @THREAD_M@) * (@TILE_N@ / @THREAD_N@)", values);
        const auto shared =
            filled(fmt::format("@STAGES@ * @TILE_K@ * ((@TILE_M@ + @PAD@) * {} + (@TILE_N@ + @PAD@) * {})",
                               found.left.bytes, found.right.bytes),
                   values);
        if (!editContractionLaunches(edit, kernel, found, valueOf(values, "TILE_N"), valueOf(values, "TILE_M"), threads,
                                     shared))
            return std::nullopt;
        edit.insert(*before, filled(kHelper, values));
        addLaunchBounds(edit, kernel, threads, valueOf(values, "MIN_BLOCKS"));
        edit.replace({body->begin + 1, body->end - 1}, bodyText(context, found, values));
        addTunables(edit, context.directives(), found, values);
        return proposal(context, edit, body->begin, fmt::format("copy the factors of {} ahead", kernel.name()),
                        fmt::format("every multiply-add of {} takes 2 loads: with 8 x 8 elements a thread 4 wide loads "
                                    "from shared memory serve 64 of them, and asynchronous copies hide what fills it, "
                                    "~8×",
                                    kernel.name()),
                        8.0);
    }
};

}  // namespace

std::unique_ptr<Move> makePipelineContraction() { return std::make_unique<PipelineContraction>(); }

}  // namespace warploom
