// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/AttentionCode.h"
#include "moves/ContractionCode.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

namespace {

constexpr const char* kAttentionTilesBody = R"(
    // A block works through @QUERIES@ rows, @KEYS@ keys at a time, which lie in shared memory. Maximum, sum and result of a
    // row go on from one tile to the next and shrink where a larger score turns up: each score is computed once. 16
    // neighbouring threads share @ROWS@ rows.
    constexpr int @kDepth@ = @DEPTH@;
    constexpr int @kWidth@ = @WIDTH@;
    constexpr int @threads@ = @QUERIES@ / @ROWS@ * 16;
    constexpr int @columns@ = @KEYS@ / 16;  // keys a thread
    constexpr int @parts@ = @kWidth@ / 16;  // elements of a result a thread, of which as many are neighbours:
    constexpr int @near@ = @parts@ % 4 == 0 ? 4 : @parts@ % 2 == 0 ? 2 : 1;
    extern __shared__ __align__(16) @type@ @tiles@[];
    auto* const @queryTile@ = reinterpret_cast<@type@(*)[@kDepth@ + 4]>(@tiles@);
    auto* const @keyTile@ = reinterpret_cast<@type@(*)[@kDepth@ + 4]>(@queryTile@ + @QUERIES@);
    auto* const @valueTile@ = reinterpret_cast<@type@(*)[@kWidth@]>(@keyTile@ + @KEYS@);
    auto* const @weightTile@ = reinterpret_cast<@type@(*)[@KEYS@ + 4]>(@valueTile@ + @KEYS@);
    const int @thread@ = threadIdx.x;
    const int @down@ = @thread@ / 16 * @ROWS@;
    const int @across@ = @thread@ % 16;
    const @rowType@ @first@ = blockIdx.x * @QUERIES@;
@limits@    @type@ @results@[@ROWS@][@parts@] = {};
    @type@ @sums@[@ROWS@] = {};
    @type@ @largest@[@ROWS@];
    #pragma unroll
    for (int @i@ = 0; @i@ < @ROWS@; ++@i@)
        @largest@[@i@] = -3.0e38f;

    for (int @item@ = @thread@; @item@ < @QUERIES@ * @kDepth@; @item@ += @threads@) {
        const int @place@ = @item@ / @kDepth@;
        const int @p@ = @item@ % @kDepth@;
        const @rowType@ @row@ = @first@ + @place@;
        @queryTile@[@place@][@p@] = @row@ < @rows@ ? @type@(@query@) : @type@(0);
    }
    for (@keyType@ @begin@ = 0; @begin@ < @keys@; @begin@ += @KEYS@) {
        __syncthreads();  // what the last tile held has been read
        for (int @item@ = @thread@; @item@ < @KEYS@ * @kDepth@; @item@ += @threads@) {
            const int @place@ = @item@ / @kDepth@;
            const int @p@ = @item@ % @kDepth@;
            const @keyType@ @j@ = @begin@ + @place@;
            @keyTile@[@place@][@p@] = @j@ < @keys@ ? @type@(@key@) : @type@(0);
        }
        for (int @item@ = @thread@; @item@ < @KEYS@ * @kWidth@; @item@ += @threads@) {
            const int @place@ = @item@ / @kWidth@;
            const int @d@ = @item@ % @kWidth@;
            const @keyType@ @j@ = @begin@ + @place@;
            @valueTile@[@place@][@d@] = @j@ < @keys@ ? @type@(@value@) : @type@(0);
        }
        __syncthreads();

        @type@ @scores@[@ROWS@][@columns@] = {};
        #pragma unroll 4
        for (int @p@ = 0; @p@ < @kDepth@; @p@ += 4) {
            @type@ @queryPart@[@ROWS@][4];
            @type@ @keyPart@[@columns@][4];
            #pragma unroll
            for (int @e@ = 0; @e@ < 4; ++@e@) {
                #pragma unroll
                for (int @i@ = 0; @i@ < @ROWS@; ++@i@)
                    @queryPart@[@i@][@e@] = @queryTile@[@down@ + @i@][@p@ + @e@];
                #pragma unroll
                for (int @c@ = 0; @c@ < @columns@; ++@c@)
                    @keyPart@[@c@][@e@] = @keyTile@[@across@ + @c@ * 16][@p@ + @e@];
            }
            #pragma unroll
            for (int @e@ = 0; @e@ < 4; ++@e@)
                #pragma unroll
                for (int @i@ = 0; @i@ < @ROWS@; ++@i@)
                    #pragma unroll
                    for (int @c@ = 0; @c@ < @columns@; ++@c@)
                        @scores@[@i@][@c@] += @queryPart@[@i@][@e@] * @keyPart@[@c@][@e@];
        }

        #pragma unroll
        for (int @i@ = 0; @i@ < @ROWS@; ++@i@) {
            @type@ @highest@ = @largest@[@i@];
            #pragma unroll
            for (int @c@ = 0; @c@ < @columns@; ++@c@) {
                const @keyType@ @j@ = @begin@ + @across@ + @c@ * 16;
                @scores@[@i@][@c@] = @scores@[@i@][@c@]@scaling@;
                if (@isSeen@)
                    @highest@ = @largestOf@(@highest@, @scores@[@i@][@c@]);
            }
            #pragma unroll
            for (int @offset@ = 8; @offset@ > 0; @offset@ /= 2)
                @highest@ = @largestOf@(@highest@, __shfl_xor_sync(0xffffffffu, @highest@, @offset@));
            const @type@ @shrink@ = @exp@(@largest@[@i@] - @highest@);
            @largest@[@i@] = @highest@;
            @sums@[@i@] *= @shrink@;
            #pragma unroll
            for (int @c@ = 0; @c@ < @columns@; ++@c@) {
                const @keyType@ @j@ = @begin@ + @across@ + @c@ * 16;
                const @type@ @weight@ = @isSeen@ ? @exp@(@scores@[@i@][@c@] - @highest@) : @type@(0);
                @sums@[@i@] += @weight@;
                @weightTile@[@down@ + @i@][@across@ + @c@ * 16] = @weight@;
            }
            #pragma unroll
            for (int @c@ = 0; @c@ < @parts@; ++@c@)
                @results@[@i@][@c@] *= @shrink@;
        }
        __syncwarp();  // who shares rows is in the same warp

        #pragma unroll 2
        for (int @p@ = 0; @p@ < @KEYS@; @p@ += 4) {
            @type@ @weightPart@[@ROWS@][4];
            #pragma unroll
            for (int @i@ = 0; @i@ < @ROWS@; ++@i@)
                #pragma unroll
                for (int @e@ = 0; @e@ < 4; ++@e@)
                    @weightPart@[@i@][@e@] = @weightTile@[@down@ + @i@][@p@ + @e@];
            #pragma unroll
            for (int @e@ = 0; @e@ < 4; ++@e@) {
                @type@ @valuePart@[@parts@];
                #pragma unroll
                for (int @c@ = 0; @c@ < @parts@; ++@c@)
                    @valuePart@[@c@] = @valueTile@[@p@ + @e@][@c@ / @near@ * (16 * @near@) + @across@ * @near@ + @c@ % @near@];
                #pragma unroll
                for (int @i@ = 0; @i@ < @ROWS@; ++@i@)
                    #pragma unroll
                    for (int @c@ = 0; @c@ < @parts@; ++@c@)
                        @results@[@i@][@c@] += @weightPart@[@i@][@e@] * @valuePart@[@c@];
            }
        }
    }

    #pragma unroll
    for (int @i@ = 0; @i@ < @ROWS@; ++@i@) {
        #pragma unroll
        for (int @offset@ = 8; @offset@ > 0; @offset@ /= 2)
            @sums@[@i@] += __shfl_xor_sync(0xffffffffu, @sums@[@i@], @offset@);
        const @rowType@ @row@ = @first@ + @down@ + @i@;
        if (@row@ < @rows@) {
            #pragma unroll
            for (int @c@ = 0; @c@ < @parts@; ++@c@) {
                const int @d@ = @c@ / @near@ * (16 * @near@) + @across@ * @near@ + @c@ % @near@;
                const @type@ @result@ = @results@[@i@][@c@] / @sums@[@i@];
@epilogue@            }
        }
    }
)";

/// Attention in the arithmetic that it is written in, tile by tile.
class AttentionTiles : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"attention-tiles", "Work through attention in tiles of keys",
                "one thread a row: softmax over products with keys, times the keys' values",
                "every score is computed once, and keys and values are loaded once for a block of rows"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels())
            if (const auto found = attention(kernel))
                if (auto made = tiled(context, kernel, *found))
                    proposals.push_back(std::move(*made));
        return proposals;
    }

private:
    static void addNames(const DirectiveEditor& directives, CodeValues& values)
    {
        for (const auto& [mark, base] : CodeValues{{"columns", "kColumns"},
                                                   {"parts", "kParts"},
                                                   {"near", "kNear"},
                                                   {"tiles", "tiles"},
                                                   {"queryTile", "query_tile"},
                                                   {"keyTile", "key_tile"},
                                                   {"valueTile", "value_tile"},
                                                   {"weightTile", "weight_tile"},
                                                   {"down", "down"},
                                                   {"across", "across"},
                                                   {"place", "place"},
                                                   {"queryPart", "query_part"},
                                                   {"keyPart", "key_part"},
                                                   {"valuePart", "value_part"},
                                                   {"weightPart", "weight_part"}})
            values.emplace_back(mark, directives.freshName(base));
    }

    static void addTunables(SourceEdit& edit, const DirectiveEditor& directives, const CodeValues& values)
    {
        directives.addTune(edit, valueOf(values, "QUERIES"), {64, 128, 32});
        directives.addTune(edit, valueOf(values, "KEYS"), {64, 32, 128});
        directives.addTune(edit, valueOf(values, "ROWS"), {4, 8, 2});
        directives.addTune(edit, valueOf(values, "MIN_BLOCKS"), {2, 1, 3});
        directives.addRequire(edit, filled("@QUERIES@ / @ROWS@ * 16 * @MIN_BLOCKS@ <= 1024", values));
    }

    [[nodiscard]] std::optional<MoveProposal> tiled(const MoveContext& context, const KernelScope& kernel,
                                                    const Attention& found) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        auto values = attentionValues(context, found, "                ", "@first@ + @down@ + @i@");
        if (!body || values.empty())
            return std::nullopt;
        addNames(context.directives(), values);
        SourceEdit edit(context.source().text());
        const auto threads = filled("@QUERIES@ / @ROWS@ * 16", values);
        const auto shared =
            filled(fmt::format("{} * ((@QUERIES@ + @KEYS@) * {} + @KEYS@ * {} + @QUERIES@ * (@KEYS@ + 4))",
                               found.type == "double" ? 8 : 4, found.depth + 4, found.width),
                   values);
        if (!editAttentionLaunches(edit, kernel, found, valueOf(values, "QUERIES"), threads, shared))
            return std::nullopt;
        addLaunchBounds(edit, kernel, threads, valueOf(values, "MIN_BLOCKS"));
        edit.replace({body->begin + 1, body->end - 1}, filled(kAttentionTilesBody, values));
        addTunables(edit, context.directives(), values);
        return proposal(context, edit, body->begin, fmt::format("tiles of keys in {}", kernel.name()),
                        fmt::format("every thread of {} computes each product with a key in every pass and loads all "
                                    "keys and values itself: tiles of 64 x 64 compute them once, and load them once "
                                    "for 64 rows, ~10×",
                                    kernel.name()),
                        10.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeAttentionTiles() { return std::make_unique<AttentionTiles>(); }

}  // namespace warploom
