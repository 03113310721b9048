// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/AttentionCode.h"
#include "moves/ContractionCode.h"
#include "moves/FragmentCode.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

namespace {

constexpr const char* kAttentionTensorBody = R"(
    // A block works through @QUERIES@ rows on the tensor cores, @KEYS@ keys at a time. Each of its @WARPS@ warps keeps its rows'
    // queries and results in registers, as fragments of 16 rows; keys and values come through a ring of @STAGES@
    // buffers, whose lines are 16 bytes longer than needed: eight of them then lie in different banks. Maximum, sum
    // and result of a row go on from tile to tile and shrink where a far larger score turns up. Scores become weights
    // where they are: what a thread holds of two fragments of 16 x 8 sums is what it needs of 16 x 16 factors. With
    // @AHEAD@ the tensor cores compute the next tile's scores while this one's exponentials are taken.
    constexpr int @kDepth@ = @DEPTH@;
    constexpr int @kWidth@ = @WIDTH@;
    constexpr int @threads@ = @WARPS@ * 32;
    constexpr int @tall@ = @QUERIES@ / @WARPS@ / 16;
    using @KeyTile@ = @element@[@KEYS@][@kDepth@ + 8];
    using @ValueTile@ = @element@[@KEYS@][@kWidth@ + 8];
    extern __shared__ __align__(16) unsigned char @ring@[];
    @KeyTile@* const @keyTile@ = reinterpret_cast<@KeyTile@*>(@ring@);
    @ValueTile@* const @valueTile@ = reinterpret_cast<@ValueTile@*>(@keyTile@ + @STAGES@);
    const int @thread@ = threadIdx.x;
    const int @lane@ = @thread@ % 32;
    const @rowType@ @first@ = blockIdx.x * @QUERIES@;
    const @rowType@ @firstRow@ = @first@ + @thread@ / 32 * (@tall@ * 16);  // of the warp
@limits@    // exp(x) is 2 to the power of x / log(2). What scores are scaled with is made positive by the queries' signs, so
    // that the largest score has the largest weight, and is never 0, so that no key stays none.
    const float @signedScale@ = @scale@@perLog@;
    const unsigned @signs@ = @signedScale@ < 0 ? 0x80008000u : 0u;
    const float @factor@ = fmaxf(fabsf(@signedScale@), 1.0e-30f);

    const auto @load@ = [&](int @stage@, @keyType@ @begin@) {
        #pragma unroll
        for (int @item@ = @thread@; @item@ < @KEYS@ * (@kDepth@ / 8); @item@ += @threads@) {
            const int @place@ = @item@ / (@kDepth@ / 8);
            const int @p@ = @item@ % (@kDepth@ / 8) * 8;
            const @keyType@ @j@ = @begin@ + @place@;
            @copyAsync@(&@keyTile@[@stage@][@place@][@p@], @j@ < @keys@ ? &@keyPlace@ : @keyBase@, @j@ < @keys@);
        }
        #pragma unroll
        for (int @item@ = @thread@; @item@ < @KEYS@ * (@kWidth@ / 8); @item@ += @threads@) {
            const int @place@ = @item@ / (@kWidth@ / 8);
            const int @d@ = @item@ % (@kWidth@ / 8) * 8;
            const @keyType@ @j@ = @begin@ + @place@;
            @copyAsync@(&@valueTile@[@stage@][@place@][@d@], @j@ < @keys@ ? &@valuePlace@ : @valueBase@, @j@ < @keys@);
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    #pragma unroll
    for (int @stage@ = 0; @stage@ < @STAGES@ - 1; ++@stage@)
        @load@(@stage@, @stage@ * @KEYS@);

    unsigned @queryPart@[@tall@][@kDepth@ / 16][4];
    #pragma unroll
    for (int @i@ = 0; @i@ < @tall@; ++@i@)
        #pragma unroll
        for (int @c@ = 0; @c@ < @kDepth@ / 16; ++@c@)
            #pragma unroll
            for (int @e@ = 0; @e@ < 4; ++@e@) {
                const @rowType@ @row@ = @firstRow@ + @i@ * 16 + @e@ % 2 * 8 + @lane@ / 4;
                const int @p@ = @c@ * 16 + @e@ / 2 * 8 + @lane@ % 4 * 2;
                @queryPart@[@i@][@c@][@e@] = @row@ < @rows@ ? *reinterpret_cast<const unsigned*>(&@queryPlace@) ^ @signs@ : 0u;
            }
    float @results@[@tall@][@kWidth@ / 8][4] = {};
    float @sums@[@tall@ * 2] = {};
    float @largest@[@tall@ * 2];
    #pragma unroll
    for (int @i@ = 0; @i@ < @tall@ * 2; ++@i@)
        @largest@[@i@] = -3.0e38f;

    const auto @multiply@ = [&](int @stage@, float (&@scores@)[@tall@][@KEYS@ / 8][4]) {
        #pragma unroll
        for (int @c@ = 0; @c@ < @kDepth@ / 16; ++@c@)
            #pragma unroll
            for (int @n@ = 0; @n@ < @KEYS@ / 16; ++@n@) {
                unsigned @part@[4];
                @loadMatrices@(@part@, &@keyTile@[@stage@][@n@ * 16 + @lane@ / 16 * 8 + @lane@ % 8][@c@ * 16 + @lane@ / 8 % 2 * 8]);
                #pragma unroll
                for (int @i@ = 0; @i@ < @tall@; ++@i@) {
                    @multiplyAdd@(@scores@[@i@][2 * @n@], @queryPart@[@i@][@c@], @part@[0], @part@[1]);
                    @multiplyAdd@(@scores@[@i@][2 * @n@ + 1], @queryPart@[@i@][@c@], @part@[2], @part@[3]);
                }
            }
    };
    float @ahead@[@tall@][@KEYS@ / 8][4] = {};  // the next tile's, where @AHEAD@ is 1
    if constexpr (@AHEAD@ != 0) {
        asm volatile("cp.async.wait_group %0;" ::"n"(@STAGES@ - 2) : "memory");
        __syncthreads();
        @multiply@(0, @ahead@);
    }

    int @stage@ = 0;
    for (@keyType@ @begin@ = 0; @begin@ < @keys@; @begin@ += @KEYS@) {
        asm volatile("cp.async.wait_group %0;" ::"n"(@STAGES@ - 2 - @AHEAD@) : "memory");
        __syncthreads();
        @load@(@stage@ == 0 ? @STAGES@ - 1 : @stage@ - 1, @begin@ + (@STAGES@ - 1) * @KEYS@);

        float @scores@[@tall@][@KEYS@ / 8][4] = {};
        if constexpr (@AHEAD@ == 0) {
            @multiply@(@stage@, @scores@);
        } else {
            #pragma unroll
            for (int @i@ = 0; @i@ < @tall@ * (@KEYS@ / 8) * 4; ++@i@)
                @scores@[@i@ / (@KEYS@ / 2)][@i@ / 4 % (@KEYS@ / 8)][@i@ % 4] = @ahead@[@i@ / (@KEYS@ / 2)][@i@ / 4 % (@KEYS@ / 8)][@i@ % 4];
        }
        if (@begin@ + @KEYS@ > @firstLimit@) {
            #pragma unroll
            for (int @i@ = 0; @i@ < @tall@; ++@i@)
                #pragma unroll
                for (int @n@ = 0; @n@ < @KEYS@ / 8; ++@n@)
                    #pragma unroll
                    for (int @e@ = 0; @e@ < 4; ++@e@) {
                        const @keyType@ @j@ = @begin@ + @n@ * 8 + @lane@ % 4 * 2 + @e@ % 2;
                        @scores@[@i@][@n@][@e@] = @isSeen@ ? @scores@[@i@][@n@][@e@] : __int_as_float(0xff800000);
                    }
        }
        if constexpr (@AHEAD@ != 0) {
            #pragma unroll
            for (int @i@ = 0; @i@ < @tall@ * (@KEYS@ / 8) * 4; ++@i@)
                @ahead@[@i@ / (@KEYS@ / 2)][@i@ / 4 % (@KEYS@ / 8)][@i@ % 4] = 0;
            @multiply@(@stage@ + 1 == @STAGES@ ? 0 : @stage@ + 1, @ahead@);
        }

        // Rows @i@ / 2 * 16 + @i@ % 2 * 8 + lane / 4, each in four neighbouring lanes. Weights may grow to 256 before what
        // they are relative to goes up: results need not shrink with each larger score.
        float @shrink@[@tall@ * 2];
        bool @shrinks@ = false;
        #pragma unroll
        for (int @i@ = 0; @i@ < @tall@ * 2; ++@i@) {
            float @highest@ = @largest@[@i@];
            #pragma unroll
            for (int @n@ = 0; @n@ < @KEYS@ / 8; ++@n@)
                @highest@ = fmaxf(@highest@, fmaxf(@scores@[@i@ / 2][@n@][@i@ % 2 * 2], @scores@[@i@ / 2][@n@][@i@ % 2 * 2 + 1]));
            @highest@ = fmaxf(@highest@, __shfl_xor_sync(0xffffffffu, @highest@, 1));
            @highest@ = fmaxf(@highest@, __shfl_xor_sync(0xffffffffu, @highest@, 2));
            const bool @isHigher@ = (@highest@ - @largest@[@i@]) * @factor@ > 8.0f;
            @highest@ = @isHigher@ ? @highest@ : @largest@[@i@];
            const float @shift@ = -@highest@ * @factor@;
            @shrink@[@i@] = @isHigher@ ? @power@(fmaf(@largest@[@i@], @factor@, @shift@)) : 1.0f;
            @shrinks@ = @shrinks@ || @isHigher@;
            @largest@[@i@] = @highest@;
            @sums@[@i@] *= @shrink@[@i@];
            #pragma unroll
            for (int @n@ = 0; @n@ < @KEYS@ / 8; ++@n@)
                #pragma unroll
                for (int @e@ = 0; @e@ < 2; ++@e@) {
                    float& @weight@ = @scores@[@i@ / 2][@n@][@i@ % 2 * 2 + @e@];
                    @weight@ = @power@(fmaf(@weight@, @factor@, @shift@));
                    @sums@[@i@] += @weight@;
                }
        }
        if (__any_sync(0xffffffffu, @shrinks@)) {
            #pragma unroll
            for (int @i@ = 0; @i@ < @tall@ * 2; ++@i@)
                #pragma unroll
                for (int @n@ = 0; @n@ < @kWidth@ / 4; ++@n@)
                    @results@[@i@ / 2][@n@ / 2][@i@ % 2 * 2 + @n@ % 2] *= @shrink@[@i@];
        }

        #pragma unroll
        for (int @c@ = 0; @c@ < @KEYS@ / 16; ++@c@) {
            unsigned @weightPart@[@tall@][4];
            #pragma unroll
            for (int @i@ = 0; @i@ < @tall@; ++@i@)
                #pragma unroll
                for (int @e@ = 0; @e@ < 4; ++@e@)
                    @weightPart@[@i@][@e@] = @packed@(@scores@[@i@][2 * @c@ + @e@ / 2][@e@ % 2 * 2],
                                                   @scores@[@i@][2 * @c@ + @e@ / 2][@e@ % 2 * 2 + 1]);
            #pragma unroll
            for (int @n@ = 0; @n@ < @kWidth@ / 16; ++@n@) {
                unsigned @part@[4];
                @loadTransposed@(@part@, &@valueTile@[@stage@][@c@ * 16 + @lane@ % 16][@n@ * 16 + @lane@ / 16 * 8]);
                #pragma unroll
                for (int @i@ = 0; @i@ < @tall@; ++@i@) {
                    @multiplyAdd@(@results@[@i@][2 * @n@], @weightPart@[@i@], @part@[0], @part@[1]);
                    @multiplyAdd@(@results@[@i@][2 * @n@ + 1], @weightPart@[@i@], @part@[2], @part@[3]);
                }
            }
        }
        @stage@ = @stage@ + 1 == @STAGES@ ? 0 : @stage@ + 1;
    }

    #pragma unroll
    for (int @i@ = 0; @i@ < @tall@ * 2; ++@i@) {
        @sums@[@i@] += __shfl_xor_sync(0xffffffffu, @sums@[@i@], 1);
        @sums@[@i@] += __shfl_xor_sync(0xffffffffu, @sums@[@i@], 2);
        const float @inverse@ = 1.0f / @sums@[@i@];
        const @rowType@ @row@ = @firstRow@ + @i@ / 2 * 16 + @i@ % 2 * 8 + @lane@ / 4;
        if (@row@ < @rows@) {
            #pragma unroll
            for (int @c@ = 0; @c@ < @kWidth@ / 4; ++@c@) {
                const int @d@ = @c@ / 2 * 8 + @lane@ % 4 * 2 + @c@ % 2;
                const float @result@ = @results@[@i@ / 2][@c@ / 2][@i@ % 2 * 2 + @c@ % 2] * @inverse@;
@epilogue@            }
        }
    }
)";

/// Attention of 16-bit floats that are summed in float.
class AttentionTensor : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {
            "attention-tensor", "Work through attention on the tensor cores",
            "one thread a row: softmax over products with keys, times the keys' values, all half or bfloat16 (sm_80)",
            "both products on the tensor cores, scores and weights never leave the registers"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels())
            if (const auto found = attention(kernel); found && fits(*found))
                if (auto made = onTensorCores(context, kernel, *found))
                    proposals.push_back(std::move(*made));
        return proposals;
    }

private:
    static bool fits(const Attention& found)
    {
        const auto type = fragmentType(found.query.element);
        return !type.empty() && type == fragmentType(found.key.element) && type == fragmentType(found.value.element)
            && found.query.isAligned && found.key.isAligned && found.value.isAligned && found.type == "float";
    }

    static void addNames(const DirectiveEditor& directives, CodeValues& values)
    {
        for (const auto& [mark, base] : CodeValues{{"tall", "kTall"},
                                                   {"KeyTile", "KeyTile"},
                                                   {"ValueTile", "ValueTile"},
                                                   {"ring", "ring"},
                                                   {"keyTile", "key_tile"},
                                                   {"valueTile", "value_tile"},
                                                   {"signedScale", "signed_scale"},
                                                   {"signs", "signs"},
                                                   {"factor", "factor"},
                                                   {"load", "load"},
                                                   {"stage", "stage"},
                                                   {"place", "place"},
                                                   {"queryPart", "query_part"},
                                                   {"weightPart", "weight_part"},
                                                   {"part", "part"},
                                                   {"multiply", "multiply"},
                                                   {"ahead", "ahead"},
                                                   {"shift", "shift"},
                                                   {"shrinks", "shrinks"},
                                                   {"isHigher", "is_higher"},
                                                   {"inverse", "inverse"},
                                                   {"n", "column"},
                                                   {"packed", "packedPair"},
                                                   {"power", "powerOfTwo"}})
            values.emplace_back(mark, directives.freshName(base));
        addFragmentNames(directives, values);
    }

    static void addTunables(SourceEdit& edit, const DirectiveEditor& directives, const Attention& found,
                            const CodeValues& values)
    {
        const auto tune = [&](const char* name, const std::vector<std::int64_t>& choices) {
            directives.addTune(edit, valueOf(values, name), choices);
        };
        // Two fragments of rows a warp halve what comes from shared memory; registers hold them up to 64 elements.
        const bool isNarrow = found.width <= 64 && found.depth <= 64;
        tune("QUERIES", isNarrow ? std::vector<std::int64_t>{128, 64, 256} : std::vector<std::int64_t>{64, 128, 256});
        tune("KEYS", {64, 128, 32});
        tune("WARPS", {4, 8, 2});
        tune("STAGES", {2, 3, 4});
        tune("AHEAD", {0, 1});
        tune("MIN_BLOCKS", {1, 2, 3});
        const auto require = [&](const char* condition) { directives.addRequire(edit, filled(condition, values)); };
        require("@QUERIES@ % (@WARPS@ * 16) == 0 && @QUERIES@ / @WARPS@ <= 64");
        require("@STAGES@ >= @AHEAD@ + 2");
        require("@WARPS@ * @MIN_BLOCKS@ <= 16");
    }

    [[nodiscard]] std::optional<MoveProposal> onTensorCores(const MoveContext& context, const KernelScope& kernel,
                                                            const Attention& found) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        const auto before = offsetBeforeKernel(kernel);
        auto values =
            attentionValues(context, found, "                ", "@firstRow@ + @i@ * 16 + @e@ / 2 * 8 + @lane@ / 4");
        if (!body || !before || values.empty())
            return std::nullopt;
        values.emplace_back("ptxType", fragmentType(found.query.element));
        values.emplace_back("perLog", found.isBaseTwo ? "" : " * 1.44269504f");
        addNames(context.directives(), values);
        SourceEdit edit(context.source().text());
        const auto threads = filled("@WARPS@ * 32", values);
        const auto shared =
            filled(fmt::format("@STAGES@ * @KEYS@ * {}", 2 * (found.depth + 8 + found.width + 8)), values);
        if (!editAttentionLaunches(edit, kernel, found, valueOf(values, "QUERIES"), threads, shared))
            return std::nullopt;
        edit.insert(*before, filled(std::string(kFragmentHelpers) + kWeightHelpers, values));
        addLaunchBounds(edit, kernel, threads, valueOf(values, "MIN_BLOCKS"));
        edit.replace({body->begin + 1, body->end - 1}, filled(kAttentionTensorBody, values));
        addTunables(edit, context.directives(), found, values);
        return proposal(context, edit, body->begin, fmt::format("{} on the tensor cores", kernel.name()),
                        fmt::format("{} computes each product with a key in every pass, one multiply-add at a time: "
                                    "once, on the tensor cores, it is left to the exponentials, ~60×",
                                    kernel.name()),
                        60.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeAttentionTensor() { return std::make_unique<AttentionTensor>(); }

}  // namespace warploom
