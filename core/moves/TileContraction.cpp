// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ContractionChoice.h"
#include "moves/ContractionCode.h"
#include "moves/ContractionRelations.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

using namespace clang;

namespace {

constexpr const char* kTiled = R"(
@preamble@@skipped@@chosenDepth@@aboutSums@@tiles@    const @indexType@ @column@ = @blockAcross@ * @TILE@ + threadIdx.x;
    const @indexType@ @row@ = @blockDown@ * @TILE@ + threadIdx.y;

@sumsOfAll@    for (@loopType@ @base@ = 0; @base@ < @end@; @base@ += @TILE@) {
        {
            const @loopType@ @p@ = @base@ + threadIdx.x;
@loadLefts@        }
        {
            const @loopType@ @p@ = @base@ + threadIdx.y;
@loadRights@        }
        __syncthreads();
        for (int @step@ = 0; @step@ < @TILE@@inDepth@; ++@step@)@updates@        __syncthreads();
    }
    if (@row@ < @rows@ && @column@ < @columns@) {
@epilogue@    }
)";

/// Its parts: one of each for a factor, or for a sum.
constexpr const char* kSquareTile = "    __shared__ @type@ @tile@[@TILE@][@TILE@];\n";
constexpr const char* kSquareLeft =
    R"(            @tile@[threadIdx.y][threadIdx.x] = @row@ < @rows@ && @p@ < @depth@ ? @factor@ : @zero@;
)";
constexpr const char* kSquareRight =
    R"(            @tile@[threadIdx.y][threadIdx.x] = @p@ < @depth@ && @column@ < @columns@ ? @factor@ : @zero@;
)";

constexpr const char* kRegisters = R"(
@preamble@@skipped@@chosenDepth@@aboutSums@@leftTiles@@rightTiles@    const int @thread@ = threadIdx.y * blockDim.x + threadIdx.x;
@sumsOfAll@
    for (@loopType@ @base@ = 0; @base@ < @end@; @base@ += @TILE_K@) {
        for (int @item@ = @thread@; @item@ < @TILE_M@ * @TILE_K@; @item@ += blockDim.x * blockDim.y) {
            const @indexType@ @row@ = @blockDown@ * @TILE_M@ + @item@ / @TILE_K@;
            const @loopType@ @p@ = @base@ + @item@ % @TILE_K@;
@loadLefts@        }
        for (int @item@ = @thread@; @item@ < @TILE_K@ * @TILE_N@; @item@ += blockDim.x * blockDim.y) {
            const @indexType@ @column@ = @blockAcross@ * @TILE_N@ + @item@ % @TILE_N@;
            const @loopType@ @p@ = @base@ + @item@ / @TILE_N@;
@loadRights@        }
        __syncthreads();
        #pragma unroll
        for (int @step@ = 0; @step@ < @TILE_K@@inDepth@; ++@step@) {
@leftParts@@rightParts@@readLefts@@readRights@            #pragma unroll
            for (int @i@ = 0; @i@ < @THREAD_M@; ++@i@)
                #pragma unroll
                for (int @j@ = 0; @j@ < @THREAD_N@; ++@j@)@updates@        }
        __syncthreads();
    }
    #pragma unroll
    for (int @i@ = 0; @i@ < @THREAD_M@; ++@i@) {
        #pragma unroll
        for (int @j@ = 0; @j@ < @THREAD_N@; ++@j@) {
            const @indexType@ @row@ = @blockDown@ * @TILE_M@ + threadIdx.y * @THREAD_M@ + @i@;
            const @indexType@ @column@ = @blockAcross@ * @TILE_N@ + threadIdx.x + @j@ * (@TILE_N@ / @THREAD_N@);
            if (@row@ < @rows@ && @column@ < @columns@) {
@sumsOfElement@@epilogue@            }
        }
    }
)";

constexpr const char* kLeftTile = "    __shared__ @type@ @tile@[@TILE_K@][@TILE_M@ + @PAD@];\n";
constexpr const char* kRightTile = "    __shared__ @type@ @tile@[@TILE_K@][@TILE_N@];\n";
constexpr const char* kLoadLeft =
    R"(            @tile@[@item@ % @TILE_K@][@item@ / @TILE_K@] = @row@ < @rows@ && @p@ < @depth@ ? @factor@ : @zero@;
)";
constexpr const char* kLoadRight =
    R"(            @tile@[@item@ / @TILE_N@][@item@ % @TILE_N@] = @p@ < @depth@ && @column@ < @columns@ ? @factor@ : @zero@;
)";
constexpr const char* kReadLeft = R"(            #pragma unroll
            for (int @i@ = 0; @i@ < @THREAD_M@; ++@i@)
                @part@[@i@] = @tile@[@step@][threadIdx.y * @THREAD_M@ + @i@];
)";
constexpr const char* kReadRight = R"(            #pragma unroll
            for (int @j@ = 0; @j@ < @THREAD_N@; ++@j@)
                @part@[@j@] = @tile@[@step@][threadIdx.x + @j@ * (@TILE_N@ / @THREAD_N@)];
)";

/// Bytes that a block can have without being asked for when it is launched.
constexpr std::int64_t kStaticShared = 49152;

class TileContraction : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"tile-contraction", "Stage a contraction's factors in shared memory",
                "one thread an element of a matrix product: a loop that sums left(row, p) * right(p, column), or makes "
                "anything else of the two",
                "each loaded element serves a whole tile instead of one thread"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext())
                continue;
            auto found = jointContraction(kernel, true);
            if (!found)
                found = workedContraction(kernel);
            if (!found)
                found = foldedPairs(kernel, true);
            if (!found || !loadsAnywhere(context, kernel, *found))
                continue;
            if (auto made = inShared(context, kernel, *found))
                proposals.push_back(std::move(*made));
            if (auto made = inRegisters(context, kernel, *found))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// What steps have to ask where those behind the depth would change something.
    static std::string inDepth(const Contraction& found)
    {
        return found.isIdleOnZeros ? "" : " && @base@ + @step@ < @depth@";
    }

    [[nodiscard]] std::optional<MoveProposal> inShared(const MoveContext& context, const KernelScope& kernel,
                                                       const Contraction& found) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        const auto chosen =
            chosenDepth(context, kernel, found, "@blockDown@ * @TILE@", "@blockAcross@ * @TILE@", "@TILE@", "@TILE@");
        CodeValues values = {
            {"skipped", skippedTiles(found, "@blockDown@ * @TILE@", "@blockAcross@ * @TILE@", "@TILE@", "@TILE@")},
            {"chosenDepth", chosen.lines},
            {"end", chosen.end},
            {"aboutSums", sumsComment(found)},
            {"tiles", forEachFactor(found, true, kSquareTile) + forEachFactor(found, false, kSquareTile)},
            {"sumsOfAll", forEachSum(found, "    @sumTypeOf@ @sumOf@ = @startOf@;\n")},
            {"loadLefts", forEachFactor(found, true, kSquareLeft)},
            {"loadRights", forEachFactor(found, false, kSquareRight)},
            {"inDepth", inDepth(found)},
            {"updates",
             updatesBody(context, kernel, found,
                         {"@leftTileOf@[threadIdx.y][@step@]", "@rightTileOf@[@step@][threadIdx.x]", {}}, "        ")}};
        const auto user = contractionValues(context, found, "        ");
        values.insert(values.end(), user.begin(), user.end());
        const auto tile = context.directives().freshName("TILE");
        values.emplace_back("TILE", tile);
        SourceEdit edit(context.source().text());
        if (!body || !editContractionLaunches(edit, kernel, found, tile, tile, fmt::format("dim3({0}, {0})", tile)))
            return std::nullopt;
        edit.replace({body->begin + 1, body->end - 1}, filled(kTiled, values));
        const auto factors = static_cast<std::int64_t>(found.factors().size());
        context.directives().addTune(edit, tile,
                                     factors * 32 * 32 * bytesOf(kernel, found) <= kStaticShared
                                         ? std::vector<std::int64_t>{16, 32, 8}
                                         : std::vector<std::int64_t>{16, 8});
        return proposal(
            context, edit, body->begin, fmt::format("tile the factors of {}", kernel.name()),
            fmt::format("every {} of {} takes 2 loads from global memory: with 16 × 16 tiles in shared memory "
                        "it takes 1/8, ~1.5×",
                        found.isProduct ? "multiply-add" : "step", kernel.name()),
            1.5);
    }

    [[nodiscard]] std::optional<MoveProposal> inRegisters(const MoveContext& context, const KernelScope& kernel,
                                                          const Contraction& found) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        const auto& directives = context.directives();
        const auto chosen = chosenDepth(context, kernel, found, "@blockDown@ * @TILE_M@", "@blockAcross@ * @TILE_N@",
                                        "@TILE_M@", "@TILE_N@");
        CodeValues values = {
            {"skipped",
             skippedTiles(found, "@blockDown@ * @TILE_M@", "@blockAcross@ * @TILE_N@", "@TILE_M@", "@TILE_N@")},
            {"chosenDepth", chosen.lines},
            {"end", chosen.end},
            {"aboutSums", sumsComment(found)},
            {"leftTiles", forEachFactor(found, true, kLeftTile)},
            {"rightTiles", forEachFactor(found, false, kRightTile)},
            {"sumsOfAll", startsText(found)},
            {"loadLefts", forEachFactor(found, true, kLoadLeft)},
            {"loadRights", forEachFactor(found, false, kLoadRight)},
            {"leftParts", forEachFactor(found, true, "            @type@ @part@[@THREAD_M@];\n")},
            {"rightParts", forEachFactor(found, false, "            @type@ @part@[@THREAD_N@];\n")},
            {"readLefts", forEachFactor(found, true, kReadLeft)},
            {"readRights", forEachFactor(found, false, kReadRight)},
            {"inDepth", inDepth(found)},
            {"updates",
             updatesBody(context, kernel, found, {"@leftPartOf@[@i@]", "@rightPartOf@[@j@]", "@sumsOf@[@i@][@j@]"},
                         "                ")},
            {"sumsOfElement", forEachSum(found, "                @sumTypeOf@ @sumOf@ = @sumsOf@[@i@][@j@];\n")}};
        const auto user = contractionValues(context, found, "                ");
        values.insert(values.end(), user.begin(), user.end());
        for (const char* name : {"TILE_M", "TILE_N", "TILE_K", "THREAD_M", "THREAD_N", "PAD"})
            values.emplace_back(name, directives.freshName(name));
        const auto [m, n, k] =
            std::tuple(valueOf(values, "TILE_M"), valueOf(values, "TILE_N"), valueOf(values, "TILE_K"));
        const auto [tm, tn] = std::pair(valueOf(values, "THREAD_M"), valueOf(values, "THREAD_N"));
        const auto pad = valueOf(values, "PAD");
        SourceEdit edit(context.source().text());
        if (!body
            || !editContractionLaunches(edit, kernel, found, n, m, fmt::format("dim3({} / {}, {} / {})", n, tn, m, tm)))
            return std::nullopt;
        edit.replace({body->begin + 1, body->end - 1}, filled(kRegisters, values));
        directives.addTune(edit, m, {64, 32, 128});
        directives.addTune(edit, n, {64, 32, 128});
        const auto lines = static_cast<std::int64_t>(found.lefts.size()) * (64 + 4)
            + static_cast<std::int64_t>(found.rights.size()) * 64;
        directives.addTune(edit, k,
                           lines * 16 * bytesOf(kernel, found) <= kStaticShared ? std::vector<std::int64_t>{16, 8, 32}
                                                                                : std::vector<std::int64_t>{8, 16, 32});
        directives.addTune(edit, tm, {4, 2, 8});
        directives.addTune(edit, tn, {4, 2, 8});
        directives.addTune(edit, pad, {4, 0, 1});
        directives.addRequire(edit, fmt::format("({} / {}) * ({} / {}) <= 1024", n, tn, m, tm));
        addRegisterRequires(directives, found, values, edit, bytesOf(kernel, found));
        return proposal(
            context, edit, body->begin, fmt::format("tile the factors of {} down to registers", kernel.name()),
            fmt::format("every {} of {} takes 2 loads: with 64 × 64 tiles a block and 4 × 4 elements a thread, "
                        "8 shared loads serve 16 of them, and global loads fall to 1/32, ~5×",
                        found.isProduct ? "multiply-add" : "step", kernel.name()),
            5.0);
    }

    static void addRegisterRequires(const DirectiveEditor& directives, const Contraction& found,
                                    const CodeValues& values, SourceEdit& edit, std::int64_t bytes)
    {
        const std::string padded = "@TILE_M@ + @PAD@";
        const auto lefts = found.lefts.size() == 1 ? padded : times(found.lefts.size(), "(" + padded + ")");
        directives.addRequire(edit,
                              filled(fmt::format("({} + {}) * @TILE_K@ * {} <= 49152", lefts,
                                                 times(found.rights.size(), "@TILE_N@"), bytes),
                                     values));
        // All sums of a thread stay in registers.
        if (found.sums.size() > 1)
            directives.addRequire(edit, filled(timesSums(found, "@THREAD_M@ * @THREAD_N@ <= 128"), values));
    }

    /// Of the largest of what sums and factors are.
    static std::int64_t bytesOf(const KernelScope& kernel, const Contraction& found)
    {
        std::int64_t bytes = 0;
        for (const auto& term : found.terms)
            bytes = std::max<std::int64_t>(
                bytes, kernel.source().context().getTypeSizeInChars(term.sum->getType()).getQuantity());
        for (const auto which : found.factors())
            bytes = std::max<std::int64_t>(bytes, found.factor(which).bytes);
        return bytes;
    }
};

}  // namespace

std::unique_ptr<Move> makeTileContraction() { return std::make_unique<TileContraction>(); }

}  // namespace warploom
