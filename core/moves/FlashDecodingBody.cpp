// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FlashDecodingCode.h"

namespace warploom {

const char* const kLoadNeighbours =
    R"(// 16 bytes of neighbours, of which the first \p left exist. isWhole: all do, and they begin at a multiple of 16 bytes.
template <int Count, typename T>
static __device__ __forceinline__ void @load@(T (&to)[Count], const T* from, int left, bool isWhole)
{
    if (isWhole) {
        *reinterpret_cast<uint4*>(to) = *reinterpret_cast<const uint4*>(from);
        return;
    }
    #pragma unroll
    for (int i = 0; i < Count; ++i)
        to[i] = i < left ? from[i] : T(0.0f);
}

// Has the L2 cache fetch what lies there.
static __device__ __forceinline__ void @fetch@(const void* from, int bytes)
{
    for (int at = 0; at < bytes; at += 128)
        asm volatile("prefetch.L2 [%0];" ::"l"(static_cast<const char*>(from) + at));
}

)";

const char* const kSplitKeysBody = R"(
    // A block works through one of @SPLITS@ splits of the keys, for rows that look at the same keys and values: it reads
    // those once, a tile at a time. Of the products @LANES@ neighbouring lanes compute @AHEAD@ at once for each row, with
    // 16 bytes a load; maximum, sum and results go on from tile to tile and shrink where a larger score turns up.
    constexpr int @keyVector@ = 16 / sizeof(@keyElement@);
    constexpr int @valueVector@ = 16 / sizeof(@valueElement@);
    constexpr int @groups@ = @THREADS@ / @LANES@;
    constexpr int @tile@ = @groups@ * @AHEAD@;
    extern __shared__ __align__(16) float @queries@[];
    __shared__ float @scores@[@HEADS@][@tile@];
    __shared__ float @peaks@[@HEADS@], @sums@[@HEADS@], @shrinks@[@HEADS@];
    __shared__ float @parts@[@THREADS@ * @valueVector@];
    const int @thread@ = threadIdx.x;
    const int @lane@ = @thread@ % @LANES@;
    const int @groupOf@ = @thread@ / @LANES@;
    const int @depth@ = @DEPTH@;
    const int @pitch@ = (@depth@ + @keyVector@ - 1) / @keyVector@ * @keyVector@;
    const int @width@ = @WIDTH@;
    const int @columns@ = (@width@ + @valueVector@ - 1) / @valueVector@;
    const int @rowsOfValues@ = @THREADS@ / @columns@;  // values at once
    const int @column@ = @thread@ % @columns@ * @valueVector@;
    const int @valueRow@ = @thread@ / @columns@;
    const int @split@ = blockIdx.x % @SPLITS@;
@fixedRows@    const int @end@ = min(static_cast<int>(blockIdx.x / @SPLITS@ + 1) * @HEADS@, @rowCount@);
    for (int @first@ = blockIdx.x / @SPLITS@ * @HEADS@, @taken@ = 1; @first@ < @end@; @first@ += @taken@) {
        const int @row@ = @first@;
@guard@        const size_t @keyOrigin@ = @keyBegin@;
        const size_t @valueOrigin@ = @valueBegin@;
        const @keyType@ @from@ = @START@;
        const @keyType@ @to@ = max(@from@, static_cast<@keyType@>(@BOUND@));
@sharing@        const @keyType@ @length@ = (@to@ - @from@ + @SPLITS@ - 1) / @SPLITS@;
        const @keyType@ @splitBegin@ = @from@ + @length@ * @split@;
        const @keyType@ @splitEnd@ = min(@to@, static_cast<@keyType@>(@splitBegin@ + @length@));
        const bool @isKeyWhole@ = reinterpret_cast<size_t>(@keyBase@ + @keyOrigin@) % 16 == 0
            && size_t(@keyPitch@) % @keyVector@ == 0 && @depth@ % @keyVector@ == 0;
        const bool @isValueWhole@ = reinterpret_cast<size_t>(@valueBase@ + @valueOrigin@) % 16 == 0
            && size_t(@valuePitch@) % @valueVector@ == 0 && @width@ % @valueVector@ == 0;

        __syncthreads();  // what the last rows left has been read
        for (int @item@ = @thread@; @item@ < @HEADS@ * @pitch@; @item@ += @THREADS@) {
            const int @row@ = @first@ + @item@ / @pitch@;
            const int @p@ = @item@ % @pitch@;
            @queries@[@item@] = @row@ < @first@ + @taken@ && @p@ < @depth@ ? @query@ : 0.0f;
        }
        if (@thread@ < @taken@) {
@lowestRow@            @peaks@[@thread@] = @lowest@;
            @sums@[@thread@] = 0.0f;
        }
        float @results@[@HEADS@][@valueVector@] = {};
        __syncthreads();

        for (@keyType@ @begin@ = @splitBegin@; @begin@ < @splitEnd@; @begin@ += @tile@) {
            const int @count@ = min(static_cast<@keyType@>(@tile@), static_cast<@keyType@>(@splitEnd@ - @begin@));
            // While keys are worked on, memory is asked for their values, and then for the next keys.
            if (@PREFETCH@ != 0)
                for (int @place@ = @thread@; @place@ < @count@; @place@ += @THREADS@)
                    @fetch@(@valueBase@ + @valueOrigin@ + size_t(@begin@ + @place@) * @valuePitchFactor@,
                            @width@ * int(sizeof(@valueElement@)));
            float @products@[@AHEAD@][@HEADS@] = {};
            #pragma unroll 1
            for (int @chunk@ = @lane@ * @keyVector@; @chunk@ < @depth@; @chunk@ += @LANES@ * @keyVector@) {
                alignas(16) @keyElement@ @raw@[@AHEAD@][@keyVector@];
                #pragma unroll
                for (int @i@ = 0; @i@ < @AHEAD@; ++@i@) {
                    const int @place@ = min(@groupOf@ + @i@ * @groups@, @count@ - 1);
                    @load@(@raw@[@i@], @keyBase@ + @keyOrigin@ + size_t(@begin@ + @place@) * @keyPitchFactor@ + @chunk@,
                           @depth@ - @chunk@, @isKeyWhole@);
                }
                float @part@[@AHEAD@][@keyVector@];
                #pragma unroll
                for (int @i@ = 0; @i@ < @AHEAD@; ++@i@) {
@keyIndex@                    #pragma unroll
                    for (int @e@ = 0; @e@ < @keyVector@; ++@e@)
                        @part@[@i@][@e@] = @key@;
                }
                #pragma unroll
                for (int @h@ = 0; @h@ < @HEADS@; ++@h@) {
                    if (@h@ >= @taken@)
                        break;
                    float @own@[@keyVector@];
                    #pragma unroll
                    for (int @e@ = 0; @e@ < @keyVector@; ++@e@)
                        @own@[@e@] = @queries@[@h@ * @pitch@ + @chunk@ + @e@];
                    #pragma unroll
                    for (int @i@ = 0; @i@ < @AHEAD@; ++@i@)
                        #pragma unroll
                        for (int @e@ = 0; @e@ < @keyVector@; ++@e@)
                            @products@[@i@][@h@] += @own@[@e@] * @part@[@i@][@e@];
                }
            }
            #pragma unroll
            for (int @i@ = 0; @i@ < @AHEAD@; ++@i@) {
                #pragma unroll
                for (int @h@ = 0; @h@ < @HEADS@; ++@h@) {
                    float @product@ = @products@[@i@][@h@];
                    #pragma unroll
                    for (int @offset@ = @LANES@ / 2; @offset@ > 0; @offset@ /= 2)
                        @product@ += __shfl_xor_sync(0xffffffffu, @product@, @offset@);
                    // Each lane makes some of the scores.
                    if ((@i@ * @HEADS@ + @h@) % @LANES@ != @lane@)
                        continue;
                    const int @place@ = @groupOf@ + @i@ * @groups@;
                    if (@place@ < @count@ && @h@ < @taken@) {
                        const int @row@ = @first@ + @h@;
                        const @keyType@ @t@ = @begin@ + @place@;
                        @scores@[@h@][@place@] = @scoreOfProduct@;
                    }
                }
            }
            __syncthreads();
            if (@PREFETCH@ != 0)
                for (int @place@ = @tile@ + @thread@; @place@ < 2 * @tile@ && @begin@ + @place@ < @splitEnd@;
                     @place@ += @THREADS@)
                    @fetch@(@keyBase@ + @keyOrigin@ + size_t(@begin@ + @place@) * @keyPitchFactor@,
                            @depth@ * int(sizeof(@keyElement@)));

            for (int @h@ = @thread@ / 32; @h@ < @taken@; @h@ += @THREADS@ / 32) {
@weightRow@                const float @before@ = @peaks@[@h@];
                float @largest@ = @before@;
                for (int @place@ = @thread@ % 32; @place@ < @count@; @place@ += 32)
                    @largest@ = fmaxf(@largest@, @scores@[@h@][@place@]);
                #pragma unroll
                for (int @offset@ = 16; @offset@ > 0; @offset@ /= 2)
                    @largest@ = fmaxf(@largest@, __shfl_xor_sync(0xffffffffu, @largest@, @offset@));
                float @sum@ = 0.0f;
                for (int @place@ = @thread@ % 32; @place@ < @count@; @place@ += 32) {
@weightIndex@                    const float @score@ = @scores@[@h@][@place@];
                    const float @weight@ = @weightOfScore@;
                    @scores@[@h@][@place@] = @weight@;
                    @sum@ += @weight@;
                }
                #pragma unroll
                for (int @offset@ = 16; @offset@ > 0; @offset@ /= 2)
                    @sum@ += __shfl_xor_sync(0xffffffffu, @sum@, @offset@);
                __syncwarp();
                if (@thread@ % 32 == 0) {
                    const float @shrink@ = @before@ == @largest@ ? 1.0f : @shrinkOfBefore@;
                    @shrinks@[@h@] = @shrink@;
                    @sums@[@h@] = @sums@[@h@] * @shrink@ + @sum@;
                    @peaks@[@h@] = @largest@;
                }
            }
            __syncthreads();

            #pragma unroll
            for (int @h@ = 0; @h@ < @HEADS@; ++@h@) {
                if (@h@ >= @taken@)
                    break;
                #pragma unroll
                for (int @e@ = 0; @e@ < @valueVector@; ++@e@)
                    @results@[@h@][@e@] *= @shrinks@[@h@];
            }
            if (@valueRow@ < @rowsOfValues@) {
                for (int @place@ = @valueRow@; @place@ < @count@; @place@ += @rowsOfValues@ * @AHEAD@) {
                    alignas(16) @valueElement@ @raw@[@AHEAD@][@valueVector@];
                    #pragma unroll
                    for (int @i@ = 0; @i@ < @AHEAD@; ++@i@) {
                        const @keyType@ @t@ = @begin@ + min(@place@ + @i@ * @rowsOfValues@, @count@ - 1);
                        @load@(@raw@[@i@], @valueBase@ + @valueOrigin@ + size_t(@t@) * @valuePitchFactor@ + @column@,
                               @width@ - @column@, @isValueWhole@);
                    }
                    #pragma unroll
                    for (int @i@ = 0; @i@ < @AHEAD@; ++@i@) {
                        if (@place@ + @i@ * @rowsOfValues@ >= @count@)
                            break;
@valueIndex@                        float @part@[@valueVector@];
                        #pragma unroll
                        for (int @e@ = 0; @e@ < @valueVector@; ++@e@)
                            @part@[@e@] = @value@;
                        #pragma unroll
                        for (int @h@ = 0; @h@ < @HEADS@; ++@h@) {
                            if (@h@ >= @taken@)
                                break;
                            const float @weight@ = @scores@[@h@][@place@ + @i@ * @rowsOfValues@];
                            #pragma unroll
                            for (int @e@ = 0; @e@ < @valueVector@; ++@e@)
                                @results@[@h@][@e@] += @weight@ * @part@[@e@];
                        }
                    }
                }
            }
            __syncthreads();  // the weights have been read
        }

        #pragma unroll
        for (int @h@ = 0; @h@ < @HEADS@; ++@h@) {
            if (@h@ < @taken@) {
                const int @row@ = @first@ + @h@;
                float* const @own@ = @partial@ + (@rowPlace@ * @SPLITS@ + @split@) * (@width@ + 2);
                __syncthreads();
                #pragma unroll
                for (int @e@ = 0; @e@ < @valueVector@; ++@e@)
                    @parts@[@thread@ * @valueVector@ + @e@] = @results@[@h@][@e@];
                __syncthreads();
                for (int @d@ = @thread@; @d@ < @width@; @d@ += @THREADS@) {
                    float @sum@ = 0.0f;
                    for (int @place@ = 0; @place@ < @rowsOfValues@; ++@place@)
                        @sum@ += @parts@[@place@ * @columns@ * @valueVector@ + @d@];
                    @own@[@d@] = @sum@;
                }
                if (@thread@ == 0) {
                    @own@[@width@] = @peaks@[@h@];
                    @own@[@width@ + 1] = @sums@[@h@];
                }
            }
        }
    }
)";

const char* const kJoinSplitsBody = R"(
    // What @splitKernel@ found for each split of the keys, put together.
@joinRows@@joinGuard@    const int @width@ = @WIDTH@;
    const float* const @own@ = @partial@ + @rowPlace@ * @SPLITS@ * (@width@ + 2);
    float @largest@ = @lowest@;
    for (int @split@ = 0; @split@ < @SPLITS@; ++@split@)
        @largest@ = fmaxf(@largest@, @own@[@split@ * (@width@ + 2) + @width@]);
    float @shrinks@[@SPLITS@];
    float @total@ = 0.0f;
    #pragma unroll
    for (int @split@ = 0; @split@ < @SPLITS@; ++@split@) {
        const float @before@ = @own@[@split@ * (@width@ + 2) + @width@];
        const float @sum@ = @own@[@split@ * (@width@ + 2) + @width@ + 1];
        @shrinks@[@split@] = @sum@ == 0.0f ? 0.0f : @shrinkOfBefore@;
        @total@ += @shrinks@[@split@] * @sum@;
    }
    for (int @d@ = @joinThread@; @d@ < @width@; @d@ += @joinThreads@) {
        float @mean@ = 0.0f;
        #pragma unroll
        for (int @split@ = 0; @split@ < @SPLITS@; ++@split@)
            @mean@ += @shrinks@[@split@] * @own@[@split@ * (@width@ + 2) + @d@];
        @store@
    }
)";

}  // namespace warploom
