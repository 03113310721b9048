// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/AttentionWgmmaCode.h"

namespace warploom {

const char* const kAttentionWgmmaBody = R"(
    // A block works through @QUERIES@ rows on the tensor cores, @KEYS@ keys at a time, each group of four warps through 64 of
    // the rows. Queries, scores, weights and results stay in registers; keys and values come through rings of @STAGES@
    // buffers, from which the tensor cores take them. Scores become weights where they are: what a thread holds of
    // 64 x 16 sums is what it needs of 64 x 16 factors. Tile by tile, the scores are computed together with the
    // products of the weights and values of the tile before, which go on while exponentials are taken. With @ORDERED@
    // the groups take turns at the tensor cores, so that one has them while others take exponentials.
    constexpr int @kDepth@ = @DEPTH@;
    constexpr int @kWidth@ = @WIDTH@;
    constexpr int @threads@ = @QUERIES@ * 2;
    constexpr int @groups@ = @QUERIES@ / 64;
    using @KeyTile@ = @element@[@KEYS@ * ((@kDepth@ + 63) / 64 * 64)];
    using @ValueTile@ = @element@[@KEYS@ * @kWidth@];
    extern __shared__ __align__(1024) unsigned char @ring@[];
    @KeyTile@* const @keyTile@ = reinterpret_cast<@KeyTile@*>(@ring@);
    @ValueTile@* const @valueTile@ = reinterpret_cast<@ValueTile@*>(@keyTile@ + @STAGES@);
    const int @thread@ = threadIdx.x;
    const int @lane@ = @thread@ % 32;
    const int @group@ = @thread@ / 128;
    const @rowType@ @first@ = blockIdx.x * @QUERIES@;
    const @rowType@ @firstRow@ = @first@ + @thread@ / 32 * 16;  // of the warp
@limits@    // exp(x) is 2 to the power of x / log(2). What scores are scaled with is made positive by the queries' signs, so
    // that the largest score has the largest weight, and is never 0, so that no key stays none.
    const float @signedScale@ = @scale@@perLog@;
    const unsigned @signs@ = @signedScale@ < 0 ? 0x80008000u : 0u;
    const float @factor@ = fmaxf(fabsf(@signedScale@), 1.0e-30f);

    // A tile of keys, and the values of the tile before it: the two are needed together. Lines past the last key are
    // zeros, as weights of 0 are multiplied with them.
    const auto @load@ = [&](int @stage@, int @before@, @keyType@ @begin@) {
        constexpr int @kKeyPieces@ = @KEYS@ * (@kDepth@ / 8);
        #pragma unroll
        for (int @i@ = 0; @i@ < (@kKeyPieces@ + @threads@ - 1) / @threads@; ++@i@) {
            const int @item@ = @i@ * @threads@ + @thread@;
            const int @place@ = @item@ / (@kDepth@ / 8);
            const int @p@ = @item@ % (@kDepth@ / 8) * 8;
            const @keyType@ @j@ = min(static_cast<@keyType@>(@begin@ + @place@), static_cast<@keyType@>(@keys@ - 1));
            if (@kKeyPieces@ % @threads@ == 0 || @item@ < @kKeyPieces@)
                @copyAsync@(&@keyTile@[@stage@][@placeInTile@<@KEYS@>(@place@, @p@)], &@keyPlace@, @begin@ + @place@ < @keys@);
        }
        if (@begin@ > 0) {
            constexpr int @kValuePieces@ = @KEYS@ * (@kWidth@ / 8);
            #pragma unroll
            for (int @i@ = 0; @i@ < (@kValuePieces@ + @threads@ - 1) / @threads@; ++@i@) {
                const int @item@ = @i@ * @threads@ + @thread@;
                const int @place@ = @item@ / (@kWidth@ / 8);
                const int @d@ = @item@ % (@kWidth@ / 8) * 8;
                const @keyType@ @own@ = @begin@ - @KEYS@ + @place@;
                const @keyType@ @j@ = min(@own@, static_cast<@keyType@>(@keys@ - 1));
                if (@kValuePieces@ % @threads@ == 0 || @item@ < @kValuePieces@)
                    @copyAsync@(&@valueTile@[@before@][@placeInTile@<@KEYS@>(@place@, @d@)], &@valuePlace@, @own@ < @keys@);
            }
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    #pragma unroll
    for (int @stage@ = 0; @stage@ < @STAGES@ - 2; ++@stage@)
        @load@(@stage@, (@stage@ + @STAGES@ - 1) % @STAGES@, @stage@ * @KEYS@);

    unsigned @queryPart@[@kDepth@ / 16][4];
    #pragma unroll
    for (int @c@ = 0; @c@ < @kDepth@ / 16; ++@c@)
        #pragma unroll
        for (int @e@ = 0; @e@ < 4; ++@e@) {
            const @rowType@ @row@ = @firstRow@ + @e@ % 2 * 8 + @lane@ / 4;
            const int @p@ = @c@ * 16 + @e@ / 2 * 8 + @lane@ % 4 * 2;
            @queryPart@[@c@][@e@] = @row@ < @rows@ ? *reinterpret_cast<const unsigned*>(&@queryPlace@) ^ @signs@ : 0u;
        }
    float @results@[@kWidth@ / 2] = {};
    float @scores@[@KEYS@ / 2] = {};
    unsigned @weightPart@[@KEYS@ / 16][4];
    float @sums@[4] = {};  // of weights: twice each of two rows'
    float @largest@[2] = {-3.0e38f, -3.0e38f};

    // Weights are summed as they are multiplied, by the tensor cores, as products with ones.
    unsigned* const @ones@ = reinterpret_cast<unsigned*>(@valueTile@ + @STAGES@);
    for (int @i@ = @thread@; @i@ < 256; @i@ += @threads@)
        @ones@[@i@] = @pairOfOnes@;
    // Two barriers, for tiles in turn. A warp that has its copies of a tile enters the tile's barrier one tile early, and
    // so seldom waits there for others. What was copied has to be seen by the tensor cores, which read shared memory
    // past the threads' way.
    const unsigned @barriers@ = @sharedAddress@(@ones@ + 256);
    if (@thread@ < 2)
        asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(@barriers@ + @thread@ * 8), "r"(@threads@ / 32) : "memory");
    asm volatile("cp.async.wait_group %0;" ::"n"(@STAGES@ - 3) : "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    __syncthreads();
    @enter@(@barriers@);
    if (@ORDERED@ != 0 && @group@ == @groups@ - 1)
        asm volatile("bar.arrive 1, 256;" ::: "memory");
    const auto @arrive@ = [&](int @tile@) {
        asm volatile("cp.async.wait_group %0;" ::"n"(@STAGES@ - 4) : "memory");
        asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
        @enter@(@barriers@ + (@tile@ + 1) % 2 * 8);
        @waitForAll@(@barriers@ + @tile@ % 2 * 8, @tile@ / 2 % 2);
        if constexpr (@ORDERED@ != 0)
            asm volatile("bar.sync %0, 256;" ::"r"(1 + @group@) : "memory");
    };
    // The next group's turn.
    const auto @leave@ = [&] {
        if constexpr (@ORDERED@ != 0)
            asm volatile("bar.arrive %0, 256;" ::"r"(1 + (@group@ + 1 == @groups@ ? 0 : @group@ + 1)) : "memory");
    };
    const unsigned long long @onesAt@ = @descriptorOf@(@ones@, 16);
    const unsigned long long @keysAt@ = @descriptorOf@(@keyTile@, 16);
    const unsigned long long @valuesAt@ = @descriptorOf@(@valueTile@, @KEYS@ * 128);
    const auto @multiplyKeys@ = [&](int @stage@) {
        const unsigned long long @at@ = @keysAt@ + @stage@ * (sizeof(@KeyTile@) / 16);
        #pragma unroll
        for (int @c@ = 0; @c@ < @kDepth@ / 16; ++@c@)
            @multiplyAdd@<0>(@scores@, @queryPart@[@c@], @at@ + @c@ / 4 * (@KEYS@ * 8) + @c@ % 4 * 2, @c@ > 0);
        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    };
    const auto @addValues@ = [&](int @stage@) {
        const unsigned long long @at@ = @valuesAt@ + @stage@ * (sizeof(@ValueTile@) / 16);
        #pragma unroll
        for (int @c@ = 0; @c@ < @KEYS@ / 16; ++@c@) {
            @multiplyAdd@<1>(@results@, @weightPart@[@c@], @at@ + @c@ * 128, 1);
            @addUp@(@sums@, @weightPart@[@c@], @onesAt@);
        }
        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    };
    // Element @i@ of a thread's sums: row @i@ / 2 % 2 * 8 + lane / 4 of the warp, column @i@ / 4 * 8 + lane % 4 * 2 + @i@ % 2.
    const auto @weigh@ = [&](@keyType@ @begin@) {
        if (@begin@ + @KEYS@ > @firstLimit@) {
            #pragma unroll
            for (int @i@ = 0; @i@ < @KEYS@ / 2; ++@i@) {
                const @keyType@ @j@ = @begin@ + @i@ / 4 * 8 + @lane@ % 4 * 2 + @i@ % 2;
                @scores@[@i@] = @isSeen@ ? @scores@[@i@] : __int_as_float(0xff800000);
            }
        }
        // Weights may grow to 256 before what they are relative to goes up: results need not shrink with each larger
        // score, nor the four lanes that share a row agree on the largest one.
        float @highest@[2] = {@scores@[0], @scores@[2]};
        #pragma unroll
        for (int @i@ = 1; @i@ < @KEYS@ / 2; ++@i@)
            @highest@[@i@ / 2 % 2] = fmaxf(@highest@[@i@ / 2 % 2], @scores@[@i@]);
        const bool @isHigher@ =
            fmaxf((@highest@[0] - @largest@[0]) * @factor@, (@highest@[1] - @largest@[1]) * @factor@) > 8.0f;
        if (__any_sync(0xffffffffu, @isHigher@)) {
            float @shrink@[2];
            #pragma unroll
            for (int @i@ = 0; @i@ < 2; ++@i@) {
                @highest@[@i@] = fmaxf(@highest@[@i@], __shfl_xor_sync(0xffffffffu, @highest@[@i@], 1));
                @highest@[@i@] = fmaxf(@highest@[@i@], __shfl_xor_sync(0xffffffffu, @highest@[@i@], 2));
                @highest@[@i@] = fmaxf(@highest@[@i@], @largest@[@i@]);
                @shrink@[@i@] = @power@((@largest@[@i@] - @highest@[@i@]) * @factor@);
                @largest@[@i@] = @highest@[@i@];
            }
            @waitForProducts@<0>();
            @pin@(@results@);
            @pin@(@sums@);
            #pragma unroll
            for (int @i@ = 0; @i@ < @kWidth@ / 2; ++@i@)
                @results@[@i@] *= @shrink@[@i@ / 2 % 2];
            #pragma unroll
            for (int @i@ = 0; @i@ < 4; ++@i@)
                @sums@[@i@] *= @shrink@[@i@ / 2];
        }
        #pragma unroll
        for (int @i@ = 0; @i@ < @KEYS@ / 2; ++@i@)
            @scores@[@i@] = @power@(fmaf(@scores@[@i@], @factor@, -@largest@[@i@ / 2 % 2] * @factor@));
        @pin@(@scores@);
    };
    // Once the products of the weights before are done.
    const auto @settle@ = [&] {
        @waitForProducts@<0>();
        @pin@(@results@);
        @pin@(@sums@);
        #pragma unroll
        for (int @i@ = 0; @i@ < @KEYS@ / 4; ++@i@)
            @weightPart@[@i@ / 4][@i@ % 4] = @packed@(@scores@[@i@ * 2], @scores@[@i@ * 2 + 1]);
    };

    @arrive@(0);
    @pin@(@scores@);
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
    @multiplyKeys@(0);
    @leave@();
    @load@(@STAGES@ - 2, @STAGES@ - 3, (@STAGES@ - 2) * @KEYS@);
    @waitForProducts@<0>();
    @pin@(@scores@);
    @weigh@(0);
    int @tile@ = 0;
    int @before@ = 0;
    for (@keyType@ @begin@ = @KEYS@; @begin@ < @keys@; @begin@ += @KEYS@) {
        @settle@();
        const int @stage@ = @before@ + 1 == @STAGES@ ? 0 : @before@ + 1;
        @arrive@(++@tile@);
        @pin@(@scores@);
        @pin@(@results@);
        @pin@(@sums@);
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
        @multiplyKeys@(@stage@);
        @addValues@(@before@);
        @leave@();
        // All threads are done with the keys before the tile before and with the values before those.
        @load@(@before@ == 0 ? @STAGES@ - 1 : @before@ - 1, @before@ <= 1 ? @before@ + @STAGES@ - 2 : @before@ - 2,
             @begin@ + (@STAGES@ - 2) * @KEYS@);
        @waitForProducts@<1>();
        @pin@(@scores@);
        @weigh@(@begin@);
        @before@ = @stage@;
    }
    @settle@();
    @arrive@(@tile@ + 1);
    @pin@(@results@);
    @pin@(@sums@);
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
    @addValues@(@before@);
    @leave@();
    @waitForProducts@<0>();
    @pin@(@results@);
    @pin@(@sums@);
    asm volatile("cp.async.wait_all;" ::: "memory");

    // Through shared memory, so that neighbouring lanes store neighbouring elements.
    using @Lines@ = float[16][@kWidth@ + 8];
    @Lines@& @lines@ = reinterpret_cast<@Lines@*>(@ring@)[@thread@ / 32];
    const float @inverse@[2] = {1.0f / @sums@[0], 1.0f / @sums@[2]};
    __syncthreads();
    #pragma unroll
    for (int @i@ = 0; @i@ < @kWidth@ / 2; ++@i@)
        @lines@[@i@ / 2 % 2 * 8 + @lane@ / 4][@i@ / 4 * 8 + @lane@ % 4 * 2 + @i@ % 2] = @results@[@i@] * @inverse@[@i@ / 2 % 2];
    __syncwarp();
    #pragma unroll
    for (int @i@ = 0; @i@ < @kWidth@ / 2; ++@i@) {
        const @rowType@ @row@ = @firstRow@ + (@i@ * 32 + @lane@) / @kWidth@;
        const int @d@ = (@i@ * 32 + @lane@) % @kWidth@;
        if (@row@ < @rows@) {
            const float @result@ = @lines@[(@i@ * 32 + @lane@) / @kWidth@][@d@];
@epilogue@        }
    }
)";

}  // namespace warploom
