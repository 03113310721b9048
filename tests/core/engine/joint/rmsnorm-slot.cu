// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// rmsnorm: shuffles, the first warp sums the slots, the last value goes round by slot 0.
// moves: row-per-block keep-row
// warploom: launch k<<<rows, 256>>>(x, w, y, rows, cols, eps)
#include <cuda_bf16.h>
__global__ void k(const __nv_bfloat16* x, const __nv_bfloat16* w, __nv_bfloat16* y, int rows, int cols, float eps)
{
    const int row = blockIdx.x;
    const __nv_bfloat16* xr = x + (size_t)row * cols;
    __nv_bfloat16* yr = y + (size_t)row * cols;
    float ss = 0.0f;
    for (int i = threadIdx.x; i < cols; i += blockDim.x) {
        float v = __bfloat162float(xr[i]);
        ss += v * v;
    }
    __shared__ float slots[32];
    const int lane = threadIdx.x % warpSize, wid = threadIdx.x / warpSize;
    for (int o = warpSize / 2; o > 0; o /= 2) ss += __shfl_down_sync(~0u, ss, o);
    if (!lane) slots[wid] = ss;
    __syncthreads();
    if (wid == 0) {
        ss = lane < blockDim.x / warpSize ? slots[lane] : 0.0f;
        for (int o = warpSize / 2; o > 0; o /= 2) ss += __shfl_down_sync(~0u, ss, o);
        if (lane == 0) slots[0] = rsqrtf(ss / cols + eps);
    }
    __syncthreads();
    const float scale = slots[0];
    for (int i = threadIdx.x; i < cols; i += blockDim.x)
        yr[i] = __float2bfloat16(__bfloat162float(xr[i]) * scale * __bfloat162float(w[i]));
}
