// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ContractionCode.h"
#include "moves/MoveCatalogue.h"
#include "moves/TensorCode.h"

namespace warploom {

namespace {

/// Elements of a copy of 16 bytes: what the move is about has 2 bytes.
constexpr int kWidth = 8;

constexpr const char* kBody = R"(
@preamble@    // A block computes @TILE_M@ x @TILE_N@ elements on the tensor cores, each of its @WARPS_M@ x @WARPS_N@ warps a part
    // of them in fragments of 16 x 8. Slices of the factors, @TILE_K@ deep, come through a ring of @STAGES@ buffers, whose
    // lines are 16 bytes longer than needed: eight of them then lie in different banks.
    constexpr int @threads@ = @WARPS_M@ * @WARPS_N@ * 32;
    constexpr int @tall@ = @TILE_M@ / @WARPS_M@ / 16;
    constexpr int @broad@ = @TILE_N@ / @WARPS_N@ / 16;
    using @LeftTile@ = @leftType@[@leftLines@][@leftPitch@];
    using @RightTile@ = @rightType@[@rightLines@][@rightPitch@];
    extern __shared__ __align__(16) unsigned char @ring@[];
    @LeftTile@* const @leftTile@ = reinterpret_cast<@LeftTile@*>(@ring@);
    @RightTile@* const @rightTile@ = reinterpret_cast<@RightTile@*>(@leftTile@ + @STAGES@);
    const int @thread@ = threadIdx.x;
    const int @lane@ = @thread@ % 32;
    const int @down@ = @thread@ / 32 / @WARPS_N@ * (@TILE_M@ / @WARPS_M@);
    const int @across@ = @thread@ / 32 % @WARPS_N@ * (@TILE_N@ / @WARPS_N@);
    const bool @isLeftWide@ = @leftCondition@;
    const bool @isRightWide@ = @rightCondition@;
    float @sums@[@tall@][@broad@ * 2][4] = {};

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
        for (int @step@ = 0; @step@ < @TILE_K@; @step@ += 16) {
            unsigned @leftPart@[@tall@][4];
            unsigned @rightPart@[@broad@][4];
            #pragma unroll
            for (int @i@ = 0; @i@ < @tall@; ++@i@)
                @readLeft@
            #pragma unroll
            for (int @j@ = 0; @j@ < @broad@; ++@j@)
                @readRight@
            #pragma unroll
            for (int @i@ = 0; @i@ < @tall@; ++@i@)
                #pragma unroll
                for (int @j@ = 0; @j@ < @broad@; ++@j@) {
                    @multiplyAdd@(@sums@[@i@][2 * @j@], @leftPart@[@i@], @rightPart@[@j@][0], @rightPart@[@j@][1]);
                    @multiplyAdd@(@sums@[@i@][2 * @j@ + 1], @leftPart@[@i@], @rightPart@[@j@][2], @rightPart@[@j@][3]);
                }
        }
        @stage@ = @stage@ + 1 == @STAGES@ ? 0 : @stage@ + 1;
    }
    #pragma unroll
    for (int @i@ = 0; @i@ < @tall@ * 2; ++@i@) {
        #pragma unroll
        for (int @j@ = 0; @j@ < @broad@ * 4; ++@j@) {
            const @indexType@ @row@ = blockIdx.y * @TILE_M@ + @down@ + @i@ * 8 + @lane@ / 4;
            const @indexType@ @column@ = blockIdx.x * @TILE_N@ + @across@ + @j@ / 2 * 8 + @lane@ % 4 * 2 + @j@ % 2;
            if (@row@ < @rows@ && @column@ < @columns@) {
                float @sum@ = @sums@[@i@ / 2][@j@ / 2][@i@ % 2 * 2 + @j@ % 2];
@epilogue@            }
        }
    }
)";

/// One side's part of load(): vectors where lines begin on their boundary, else element by element.
constexpr const char* kLoad = R"(        if (@isWide@) {
            #pragma unroll
            for (int @i@ = 0; @i@ < @TILE@ * @TILE_K@ / (8 * @threads@); ++@i@) {
                const int @item@ = (@thread@ + @i@ * @threads@) * 8;
                const @indexType@ @index@ = @block@ * @TILE@ + @place@;
                const @loopType@ @p@ = @base@ + @slice@;
                const bool @isIn@ = @index@ < @bound@ && @p@ < @depth@;
                @copyAsync@(&@tile@[@stage@]@element@, @isIn@ ? &@factor@ : @pointer@, @isIn@);
            }
        } else {
            for (int @item@ = @thread@; @item@ < @TILE@ * @TILE_K@; @item@ += @threads@) {
                const @indexType@ @index@ = @block@ * @TILE@ + @place@;
                const @loopType@ @p@ = @base@ + @slice@;
                @tile@[@stage@]@element@ = @index@ < @bound@ && @p@ < @depth@ ? @factor@ : @type@(0.0f);
            }
        }
)";

std::string loadText(const ContractionFactor& factor, bool isLeft)
{
    const bool alongDepth = factor.layout == FactorLayout::AlongDepth;
    return filled(kLoad,
                  {{"element", alongDepth ? "[@place@][@slice@]" : "[@slice@][@place@]"},
                   {"slice", alongDepth ? "@item@ % @TILE_K@" : "@item@ / @TILE@"},
                   {"place", alongDepth ? "@item@ / @TILE_K@" : "@item@ % @TILE@"},
                   {"TILE", isLeft ? "@TILE_M@" : "@TILE_N@"},
                   {"tile", isLeft ? "@leftTile@" : "@rightTile@"},
                   {"block", isLeft ? "blockIdx.y" : "blockIdx.x"},
                   {"index", isLeft ? "@row@" : "@column@"},
                   {"bound", isLeft ? "@rows@" : "@columns@"},
                   {"isWide", isLeft ? "@isLeftWide@" : "@isRightWide@"},
                   {"type", factor.element},
                   {"factor", factor.text},
                   {"pointer", factor.base}});
}

/// A fragment of 16 x 16 of the left: matrices in the order top, bottom of the first half of p, then of the second.
constexpr const char* kReadLeftAlongDepth =
    "@loadMatrices@(@leftPart@[@i@], &@leftTile@[@stage@][@down@ + @i@ * 16 + @lane@ % 16][@step@ + @lane@ / 16 * 8]);";
constexpr const char* kReadLeftAlongRow =
    "@loadTransposed@(@leftPart@[@i@],\n                               &@leftTile@[@stage@][@step@ + @lane@ / 16 * 8 + "
    "@lane@ % 8][@down@ + @i@ * 16 + @lane@ / 8 % 2 * 8]);";
/// Two fragments of 16 x 8 of the right: first and second half of p of the one, then of the other.
constexpr const char* kReadRightAlongDepth = "@loadMatrices@(@rightPart@[@j@],\n                             "
                                             "&@rightTile@[@stage@][@across@ + @j@ * 16 + @lane@ / "
                                             "16 * 8 + @lane@ % 8][@step@ + @lane@ / 8 % 2 * 8]);";
constexpr const char* kReadRightAlongColumn = "@loadTransposed@(@rightPart@[@j@], &@rightTile@[@stage@][@step@ + "
                                              "@lane@ % 16][@across@ + @j@ * 16 + @lane@ / 16 * "
                                              "8]);";

/// A contraction of 16-bit floats that are summed in float.
class TensorContraction : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"tensor-contraction", "Contract on the tensor cores",
                "one thread an element of a matrix product of half or bfloat16 factors that is summed in float (sm_80)",
                "a warp's instruction multiplies 16 x 16 by 16 x 8 elements"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto found = kernel.kernel().isDependentContext() ? std::nullopt : contraction(kernel);
            if (found && fits(*found))
                if (auto made = onTensorCores(context, kernel, *found))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    static bool fits(const Contraction& found)
    {
        const auto type = tensorType(found.left.element);
        return found.left.isPlain && found.right.isPlain && !type.empty() && type == tensorType(found.right.element)
            && found.sumType == "float" && found.left.layout != FactorLayout::Scattered
            && found.right.layout != FactorLayout::Scattered;
    }

    static void addSides(const Contraction& found, CodeValues& values)
    {
        const auto add = [&](const ContractionFactor& factor, bool isLeft) {
            const bool alongDepth = factor.layout == FactorLayout::AlongDepth;
            const std::string side = isLeft ? "left" : "right";
            const std::string extent = isLeft ? "@TILE_M@" : "@TILE_N@";
            values.emplace_back(isLeft ? "loadLeft" : "loadRight", loadText(factor, isLeft));
            values.emplace_back(side + "Lines", alongDepth ? extent : "@TILE_K@");
            values.emplace_back(side + "Pitch", (alongDepth ? "@TILE_K@" : extent) + " + 8");
            const auto& bound = alongDepth ? found.depth : isLeft ? found.rows : found.columns;
            values.emplace_back(side + "Condition", wideCondition(factor, bound, kWidth).value_or("false"));
        };
        add(found.left, true);
        add(found.right, false);
        values.emplace_back("readLeft",
                            found.left.layout == FactorLayout::AlongDepth ? kReadLeftAlongDepth : kReadLeftAlongRow);
        values.emplace_back(
            "readRight", found.right.layout == FactorLayout::AlongDepth ? kReadRightAlongDepth : kReadRightAlongColumn);
    }

    static void addNames(const DirectiveEditor& directives, CodeValues& values)
    {
        for (const char* name : {"TILE_M", "TILE_N", "TILE_K", "WARPS_M", "WARPS_N", "STAGES", "MIN_BLOCKS"})
            values.emplace_back(name, directives.freshName(name));
        for (const auto& [mark, base] : CodeValues{{"threads", "kThreads"},
                                                   {"tall", "kTall"},
                                                   {"broad", "kBroad"},
                                                   {"LeftTile", "LeftTile"},
                                                   {"RightTile", "RightTile"},
                                                   {"ring", "ring"},
                                                   {"lane", "lane"},
                                                   {"down", "down"},
                                                   {"across", "across"},
                                                   {"load", "load"},
                                                   {"stage", "stage"},
                                                   {"isIn", "is_in"},
                                                   {"isLeftWide", "is_left_wide"},
                                                   {"isRightWide", "is_right_wide"}})
            values.emplace_back(mark, directives.freshName(base));
        addTensorNames(directives, values);
    }

    static void addTunables(SourceEdit& edit, const DirectiveEditor& directives, const CodeValues& values)
    {
        const auto tune = [&](const char* name, const std::vector<std::int64_t>& choices) {
            directives.addTune(edit, valueOf(values, name), choices);
        };
        tune("TILE_M", {128, 64, 256});
        tune("TILE_N", {128, 64, 256});
        tune("TILE_K", {32, 64, 16});
        tune("WARPS_M", {2, 1, 4});
        tune("WARPS_N", {2, 1, 4});
        tune("STAGES", {4, 3, 2, 5});
        tune("MIN_BLOCKS", {1, 2});
        const auto require = [&](const char* condition) { directives.addRequire(edit, filled(condition, values)); };
        require("@TILE_M@ % (@WARPS_M@ * 16) == 0 && @TILE_N@ % (@WARPS_N@ * 16) == 0");
        require("@TILE_M@ * @TILE_K@ % (@WARPS_M@ * @WARPS_N@ * 256) == 0");
        require("@TILE_N@ * @TILE_K@ % (@WARPS_M@ * @WARPS_N@ * 256) == 0");
    }

    [[nodiscard]] std::optional<MoveProposal> onTensorCores(const MoveContext& context, const KernelScope& kernel,
                                                            const Contraction& found) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        const auto before = offsetBeforeKernel(kernel);
        if (!body || !before)
            return std::nullopt;
        CodeValues values;
        addSides(found, values);
        const auto own = contractionValues(context, found, "                ");
        values.insert(values.end(), own.begin(), own.end());
        values.emplace_back("ptxType", tensorType(found.left.element));
        addNames(context.directives(), values);
        SourceEdit edit(context.source().text());
        const auto threads = filled("@WARPS_M@ * @WARPS_N@ * 32", values);
        const auto shared =
            filled("@STAGES@ * ((@leftLines@) * (@leftPitch@) + (@rightLines@) * (@rightPitch@)) * 2", values);
        if (!editContractionLaunches(edit, kernel, found, valueOf(values, "TILE_N"), valueOf(values, "TILE_M"), threads,
                                     shared))
            return std::nullopt;
        edit.insert(*before, filled(kTensorHelpers, values));
        addLaunchBounds(edit, kernel, threads, valueOf(values, "MIN_BLOCKS"));
        edit.replace({body->begin + 1, body->end - 1}, filled(kBody, values));
        addTunables(edit, context.directives(), values);
        return proposal(context, edit, body->begin, fmt::format("compute {} on the tensor cores", kernel.name()),
                        fmt::format("the multiply-adds of {} go through the f32 units one by one: a warp of the tensor "
                                    "cores does 2048 in an instruction, and asynchronous copies keep them fed, ~50×",
                                    kernel.name()),
                        50.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeTensorContraction() { return std::make_unique<TensorContraction>(); }

}  // namespace warploom
