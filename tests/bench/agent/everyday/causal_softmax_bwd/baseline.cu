// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// A block for each row of scores.
//
// warploom: launch masked_softmax_backward<<<dim3(s, heads), 128>>>(p, dp, ds, s, scale)

#include <cuda_bf16.h>

__inline__ __device__ float warpReduceSum(float val)
{
    for (int mask = 16; mask > 0; mask >>= 1)
        val += __shfl_xor_sync(0xffffffff, val, mask, 32);
    return val;
}

__inline__ __device__ float blockReduceSum(float val)
{
    static __shared__ float shared[32];
    int lane = threadIdx.x & 0x1f;
    int wid = threadIdx.x >> 5;

    val = warpReduceSum(val);
    if (lane == 0) shared[wid] = val;
    __syncthreads();

    val = (threadIdx.x < (blockDim.x >> 5)) ? shared[lane] : 0.0f;
    val = warpReduceSum(val);
    return val;
}

__global__ void masked_softmax_backward(const __nv_bfloat16 *probs, const __nv_bfloat16 *grad_probs,
                                        __nv_bfloat16 *grad_scores, const int seq_len, const float scale)
{
    __shared__ float s_dot;
    const int q = blockIdx.x;
    const size_t offset = ((size_t)blockIdx.y * seq_len + q) * seq_len;

    float dot = 0.0f;
    for (int k = threadIdx.x; k < seq_len; k += blockDim.x) {
        if (k <= q)
            dot += __bfloat162float(probs[offset + k]) * __bfloat162float(grad_probs[offset + k]);
    }
    dot = blockReduceSum(dot);
    if (threadIdx.x == 0)
        s_dot = dot;
    __syncthreads();

    for (int k = threadIdx.x; k < seq_len; k += blockDim.x) {
        float g = 0.0f;
        if (k <= q)
            g = scale * __bfloat162float(probs[offset + k]) * (__bfloat162float(grad_probs[offset + k]) - s_dot);
        grad_scores[offset + k] = __float2bfloat16(g);
    }
}
