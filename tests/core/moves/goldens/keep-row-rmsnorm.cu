// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Row-wise RMS normalisation of bfloat16 values: one thread works through one row, in two passes (squares, result), and
// computes in float.
//
// The threads of a warp stand in 32 different rows, so each load of the warp touches 32 different places in memory, for
// two bytes each.
//
// warploom: tune BLOCK = 256 128 512 64 1024 32
// warploom: tune ROW_STEPS = 2 1 4 8 16 32
// warploom: launch rmsnorm_rows<<<rows, BLOCK>>>(x, w, y, rows, cols, eps)

#include <cuda_bf16.h>

// Over the block, whose size is a multiple of 32; every thread gets the result.
static __device__ __forceinline__ float blockSum(float value)
{
    __shared__ float partial[32];
    const unsigned lane = threadIdx.x % 32;
    const unsigned warps = blockDim.x / 32;
    for (int offset = 16; offset > 0; offset /= 2)
        value = value + __shfl_xor_sync(0xffffffffu, value, offset);
    __syncthreads();  // what the last call left has been read
    if (lane == 0)
        partial[threadIdx.x / 32] = value;
    __syncthreads();
    value = lane < warps ? partial[lane] : float(0);
    for (int offset = 16; offset > 0; offset /= 2)
        value = value + __shfl_xor_sync(0xffffffffu, value, offset);
    return value;
}

extern "C" __global__ void __launch_bounds__(BLOCK) rmsnorm_rows(const __nv_bfloat16* x, const __nv_bfloat16* w, __nv_bfloat16* y, int rows,
                                        int cols, float eps)
{
    int row = blockIdx.x;
    if (row >= rows)
        return;
    const __nv_bfloat16* in = x + size_t(row) * cols;
    __nv_bfloat16* out = y + size_t(row) * cols;

    float squares = 0;
    // What this thread reads of the row stays in registers between the loops; columns from cols_kept on do not fit.
    const int cols_kept = cols % 8 == 0 ? min(cols, int(ROW_STEPS * 8 * blockDim.x)) : 0;
    __align__(16) __nv_bfloat16 x_row[ROW_STEPS][8];
    #pragma unroll
    for (int step = 0; step < ROW_STEPS; ++step) {
        const int c = (step * blockDim.x + threadIdx.x) * 8;
        if (c < cols_kept)
            *reinterpret_cast<uint4*>(x_row[step]) = *reinterpret_cast<const uint4*>(&in[c]);
    }
    #pragma unroll
    for (int step = 0; step < ROW_STEPS; ++step) {
        const int c = (step * blockDim.x + threadIdx.x) * 8;
        if (c < cols_kept) {
            #pragma unroll
            for (int lane_2 = 0; lane_2 < 8; ++lane_2) {
                float value = __bfloat162float(x_row[step][lane_2]);
                squares += value * value;
            }
        }
    }
    for (int c = cols_kept + threadIdx.x; c < cols; c += blockDim.x) {
        float value = __bfloat162float(in[c]);
        squares += value * value;
    }
    squares = blockSum(squares);
    float scale = 1.0f / sqrtf(squares / cols + eps);

    #pragma unroll
    for (int step = 0; step < ROW_STEPS; ++step) {
        const int c = (step * blockDim.x + threadIdx.x) * 8;
        if (c < cols_kept) {
            __align__(16) __nv_bfloat16 y_vec[8];
            __align__(16) __nv_bfloat16 w_vec[8];
            *reinterpret_cast<uint4*>(w_vec) = *reinterpret_cast<const uint4*>(&w[c]);
            #pragma unroll
            for (int lane_2 = 0; lane_2 < 8; ++lane_2) {
                y_vec[lane_2] = __float2bfloat16(__bfloat162float(x_row[step][lane_2]) * scale * __bfloat162float(w_vec[lane_2]));
            }
            *reinterpret_cast<uint4*>(&out[c]) = *reinterpret_cast<const uint4*>(y_vec);
        }
    }
    for (int c = cols_kept + threadIdx.x; c < cols; c += blockDim.x)
        out[c] = __float2bfloat16(__bfloat162float(in[c]) * scale * __bfloat162float(w[c]));
}
