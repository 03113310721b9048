// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ContractionCode.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

using namespace clang;

namespace {

constexpr const char* kTiled = R"(
@preamble@    __shared__ @leftType@ @leftTile@[@TILE@][@TILE@];
    __shared__ @rightType@ @rightTile@[@TILE@][@TILE@];
    const @indexType@ @column@ = @blockAcross@ * @TILE@ + threadIdx.x;
    const @indexType@ @row@ = @blockDown@ * @TILE@ + threadIdx.y;

    @sumType@ @sum@ = 0;
    for (@loopType@ @base@ = 0; @base@ < @depth@; @base@ += @TILE@) {
        {
            const @loopType@ @p@ = @base@ + threadIdx.x;
            @leftTile@[threadIdx.y][threadIdx.x] = @row@ < @rows@ && @p@ < @depth@ ? @left@ : @leftType@(0);
        }
        {
            const @loopType@ @p@ = @base@ + threadIdx.y;
            @rightTile@[threadIdx.y][threadIdx.x] = @p@ < @depth@ && @column@ < @columns@ ? @right@ : @rightType@(0);
        }
        __syncthreads();
        for (int @step@ = 0; @step@ < @TILE@; ++@step@)
            @update@
        __syncthreads();
    }
    if (@row@ < @rows@ && @column@ < @columns@) {
@epilogue@    }
)";

constexpr const char* kRegisters = R"(
@preamble@    __shared__ @leftType@ @leftTile@[@TILE_K@][@TILE_M@ + @PAD@];
    __shared__ @rightType@ @rightTile@[@TILE_K@][@TILE_N@];
    const int @thread@ = threadIdx.y * blockDim.x + threadIdx.x;
    @sumType@ @sums@[@THREAD_M@][@THREAD_N@] = {};

    for (@loopType@ @base@ = 0; @base@ < @depth@; @base@ += @TILE_K@) {
        for (int @item@ = @thread@; @item@ < @TILE_M@ * @TILE_K@; @item@ += blockDim.x * blockDim.y) {
            const @indexType@ @row@ = @blockDown@ * @TILE_M@ + @item@ / @TILE_K@;
            const @loopType@ @p@ = @base@ + @item@ % @TILE_K@;
            @leftTile@[@item@ % @TILE_K@][@item@ / @TILE_K@] = @row@ < @rows@ && @p@ < @depth@ ? @left@ : @leftType@(0);
        }
        for (int @item@ = @thread@; @item@ < @TILE_K@ * @TILE_N@; @item@ += blockDim.x * blockDim.y) {
            const @indexType@ @column@ = @blockAcross@ * @TILE_N@ + @item@ % @TILE_N@;
            const @loopType@ @p@ = @base@ + @item@ / @TILE_N@;
            @rightTile@[@item@ / @TILE_N@][@item@ % @TILE_N@] = @p@ < @depth@ && @column@ < @columns@ ? @right@ : @rightType@(0);
        }
        __syncthreads();
        #pragma unroll
        for (int @step@ = 0; @step@ < @TILE_K@; ++@step@) {
            @leftType@ @leftPart@[@THREAD_M@];
            @rightType@ @rightPart@[@THREAD_N@];
            #pragma unroll
            for (int @i@ = 0; @i@ < @THREAD_M@; ++@i@)
                @leftPart@[@i@] = @leftTile@[@step@][threadIdx.y * @THREAD_M@ + @i@];
            #pragma unroll
            for (int @j@ = 0; @j@ < @THREAD_N@; ++@j@)
                @rightPart@[@j@] = @rightTile@[@step@][threadIdx.x + @j@ * (@TILE_N@ / @THREAD_N@)];
            #pragma unroll
            for (int @i@ = 0; @i@ < @THREAD_M@; ++@i@)
                #pragma unroll
                for (int @j@ = 0; @j@ < @THREAD_N@; ++@j@)
                    @update@
        }
        __syncthreads();
    }
    #pragma unroll
    for (int @i@ = 0; @i@ < @THREAD_M@; ++@i@) {
        #pragma unroll
        for (int @j@ = 0; @j@ < @THREAD_N@; ++@j@) {
            const @indexType@ @row@ = @blockDown@ * @TILE_M@ + threadIdx.y * @THREAD_M@ + @i@;
            const @indexType@ @column@ = @blockAcross@ * @TILE_N@ + threadIdx.x + @j@ * (@TILE_N@ / @THREAD_N@);
            if (@row@ < @rows@ && @column@ < @columns@) {
                @sumType@ @sum@ = @sums@[@i@][@j@];
@epilogue@            }
        }
    }
)";

class TileContraction : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"tile-contraction", "Stage a contraction's factors in shared memory",
                "one thread an element of a matrix product: a loop that sums left(row, p) * right(p, column)",
                "each loaded element serves a whole tile instead of one thread"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto found = kernel.kernel().isDependentContext() ? std::nullopt : contraction(kernel);
            if (!found)
                continue;
            if (auto made = inShared(context, kernel, *found))
                proposals.push_back(std::move(*made));
            if (auto made = inRegisters(context, kernel, *found))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    [[nodiscard]] std::optional<MoveProposal> inShared(const MoveContext& context, const KernelScope& kernel,
                                                       const Contraction& found) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        auto values = contractionValues(context, found, "        ");
        const auto tile = context.directives().freshName("TILE");
        values.emplace_back("TILE", tile);
        values.emplace_back(
            "update",
            contractionUpdate(context, kernel, found,
                              fmt::format("{}[threadIdx.y][{}]", valueOf(values, "leftTile"), valueOf(values, "step")),
                              fmt::format("{}[{}][threadIdx.x]", valueOf(values, "rightTile"), valueOf(values, "step")),
                              {}));
        SourceEdit edit(context.source().text());
        if (!body || !editContractionLaunches(edit, kernel, found, tile, tile, fmt::format("dim3({0}, {0})", tile)))
            return std::nullopt;
        edit.replace({body->begin + 1, body->end - 1}, filled(kTiled, values));
        context.directives().addTune(edit, tile, {16, 32, 8});
        return proposal(
            context, edit, body->begin, fmt::format("tile the factors of {}", kernel.name()),
            fmt::format(
                "every multiply-add of {} takes 2 loads from global memory: with 16 × 16 tiles in shared memory "
                "it takes 1/8, ~1.5×",
                kernel.name()),
            1.5);
    }

    [[nodiscard]] std::optional<MoveProposal> inRegisters(const MoveContext& context, const KernelScope& kernel,
                                                          const Contraction& found) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        const auto& directives = context.directives();
        auto values = contractionValues(context, found, "                ");
        for (const char* name : {"TILE_M", "TILE_N", "TILE_K", "THREAD_M", "THREAD_N", "PAD"})
            values.emplace_back(name, directives.freshName(name));
        const auto [m, n, k] =
            std::tuple(valueOf(values, "TILE_M"), valueOf(values, "TILE_N"), valueOf(values, "TILE_K"));
        const auto [tm, tn] = std::pair(valueOf(values, "THREAD_M"), valueOf(values, "THREAD_N"));
        const auto pad = valueOf(values, "PAD");
        values.emplace_back("update",
                            contractionUpdate(context, kernel, found,
                                              fmt::format("{}[{}]", valueOf(values, "leftPart"), valueOf(values, "i")),
                                              fmt::format("{}[{}]", valueOf(values, "rightPart"), valueOf(values, "j")),
                                              fmt::format("{}[{}][{}]", valueOf(values, "sums"), valueOf(values, "i"),
                                                          valueOf(values, "j"))));
        SourceEdit edit(context.source().text());
        if (!body
            || !editContractionLaunches(edit, kernel, found, n, m, fmt::format("dim3({} / {}, {} / {})", n, tn, m, tm)))
            return std::nullopt;
        edit.replace({body->begin + 1, body->end - 1}, filled(kRegisters, values));
        directives.addTune(edit, m, {64, 32, 128});
        directives.addTune(edit, n, {64, 32, 128});
        directives.addTune(edit, k, {16, 8, 32});
        directives.addTune(edit, tm, {4, 2, 8});
        directives.addTune(edit, tn, {4, 2, 8});
        directives.addTune(edit, pad, {4, 0, 1});
        directives.addRequire(edit, fmt::format("({} / {}) * ({} / {}) <= 1024", n, tn, m, tm));
        directives.addRequire(edit,
                              fmt::format("({} + {} + {}) * {} * {} <= 49152", m, pad, n, k, bytesOf(kernel, found)));
        return proposal(
            context, edit, body->begin, fmt::format("tile the factors of {} down to registers", kernel.name()),
            fmt::format(
                "every multiply-add of {} takes 2 loads: with 64 × 64 tiles a block and 4 × 4 elements a thread, "
                "8 shared loads serve 16 of them, and global loads fall to 1/32, ~5×",
                kernel.name()),
            5.0);
    }

    static std::int64_t bytesOf(const KernelScope& kernel, const Contraction& found)
    {
        return kernel.source().context().getTypeSizeInChars(found.sum->getType()).getQuantity();
    }
};

}  // namespace

std::unique_ptr<Move> makeTileContraction() { return std::make_unique<TileContraction>(); }

}  // namespace warploom
