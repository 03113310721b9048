// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What the lanes of a warp tell each other.
#include <cooperative_groups.h>

constexpr unsigned kAll = 0xffffffffu;

// corpus: in=bits out=4
extern "C" __global__ void shuffles(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned value = in[i];
    out[i] = __shfl_sync(kAll, value, in[i + n] & 31u);
    out[i + n] = __shfl_up_sync(kAll, value, 3) ^ __shfl_up_sync(kAll, value, 2, 8);
    out[i + 2 * n] = __shfl_down_sync(kAll, value, 5) + __shfl_down_sync(kAll, value, 1, 16);
    out[i + 3 * n] = __shfl_xor_sync(kAll, value, 9) ^ __shfl_sync(kAll, value, 1, 4);
}

// corpus: in=bits out=4
extern "C" __global__ void votes(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned value = in[i];
    out[i] = __ballot_sync(kAll, value & 1u);
    out[i + n] = __any_sync(kAll, value % 97u == 3u) | __all_sync(kAll, value > 1000u) << 1;
    out[i + 2 * n] = __match_any_sync(kAll, value & 3u);
    int same;
    const unsigned mask = __match_all_sync(kAll, value >> 31 & (i / 32), &same);
    out[i + 3 * n] = mask ^ same;
}

// corpus: in=bits out=3
extern "C" __global__ void reductions(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned value = in[i];
    out[i] = __reduce_add_sync(kAll, value) ^ __reduce_xor_sync(kAll, value);
    out[i + n] = __reduce_max_sync(kAll, value) - static_cast<unsigned>(__reduce_min_sync(kAll, static_cast<int>(value)));
    out[i + 2 * n] = __reduce_and_sync(kAll, value | 0xfu) + __reduce_or_sync(kAll, value & 0xff0u);
}

// corpus: in=bits out=2
extern "C" __global__ void part_of_a_warp(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned lanes = threadIdx.x & 16u ? 0xffff0000u : 0x0000ffffu;
    if (threadIdx.x & 16u)
        out[i] = __shfl_xor_sync(lanes, in[i], 3) + __popc(__ballot_sync(lanes, in[i] & 2u));
    else
        out[i] = __reduce_add_sync(lanes, in[i]);
    __syncwarp();
    out[i + n] = __ballot_sync(kAll, out[i] & 1u);
}

// corpus: in=unit out=1 as=f32
extern "C" __global__ void warp_sum(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    float sum = __uint_as_float(in[i]);
    for (int step = 16; step > 0; step /= 2)
        sum += __shfl_xor_sync(kAll, sum, step);
    out[i] = __float_as_uint(sum);
}

// corpus: in=bits out=2
extern "C" __global__ void tiles_of_groups(const unsigned* in, unsigned* out, int n)
{
    namespace groups = cooperative_groups;
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const auto block = groups::this_thread_block();
    const auto tile = groups::tiled_partition<8>(block);
    unsigned sum = in[i];
    for (int step = tile.size() / 2; step > 0; step /= 2)
        sum += tile.shfl_down(sum, step);
    out[i] = tile.shfl(sum, 0) + tile.thread_rank();
    block.sync();
    out[i + n] = tile.ballot(in[i] & 4u) | tile.meta_group_rank() << 16;
}
