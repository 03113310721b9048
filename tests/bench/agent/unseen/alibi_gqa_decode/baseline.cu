// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Masked multi-head attention of the generation phase: one query token per sequence against its KV cache, ALiBi instead of
// positional embeddings, query heads share key/value heads (GQA). A block does one head of one sequence; all logits of the
// sequence fit into shared memory.
//
// warploom: launch decode_attention_kernel<<<dim3(kv_heads * group, batch), 128, 4 * (max_context + head_dim)>>>(q, kv, slopes, context, out, max_context, kv_heads, group, head_dim, softmax_scale)

#include <cuda_bf16.h>
#include <float.h>

#define NUM_THREADS 128

__device__ float block_reduce(float v, bool is_max)
{
    __shared__ float buf[NUM_THREADS];
    buf[threadIdx.x] = v;
    __syncthreads();
    for (int offset = NUM_THREADS / 2; offset > 0; offset >>= 1) {
        if (threadIdx.x < offset) {
            const float other = buf[threadIdx.x + offset];
            buf[threadIdx.x] = is_max ? fmaxf(buf[threadIdx.x], other) : buf[threadIdx.x] + other;
        }
        __syncthreads();
    }
    const float result = buf[0];
    __syncthreads();
    return result;
}

extern "C" __global__ void decode_attention_kernel(const __nv_bfloat16* __restrict__ q, const __nv_bfloat16* __restrict__ kv_cache,
                                                   const float* __restrict__ alibi_slopes,
                                                   const int* __restrict__ context_lens, __nv_bfloat16* __restrict__ out,
                                                   int max_seq_len, int num_kv_heads, int num_queries_per_kv,
                                                   int head_size, float scale)
{
    extern __shared__ float smem[];
    float* q_s = smem;
    float* logits = smem + head_size;

    const int head_idx = blockIdx.x;
    const int num_heads = gridDim.x;
    const int seq_idx = blockIdx.y;
    const int kv_head_idx = head_idx / num_queries_per_kv;
    const int context_len = context_lens[seq_idx];
    const float slope = alibi_slopes[head_idx];

    const int kv_head_stride = head_size;
    const int kv_stride = num_kv_heads * head_size; // from a key to its value
    const size_t token_stride = 2 * kv_stride;
    const __nv_bfloat16* seq_cache = kv_cache + (size_t)seq_idx * max_seq_len * token_stride + kv_head_idx * kv_head_stride;

    const size_t q_offset = ((size_t)seq_idx * num_heads + head_idx) * head_size;
    for (int d = threadIdx.x; d < head_size; d += blockDim.x)
        q_s[d] = __bfloat162float(q[q_offset + d]) * scale;
    __syncthreads();

    float qk_max = -FLT_MAX;
    for (int token = threadIdx.x; token < context_len; token += blockDim.x) {
        const __nv_bfloat16* k_ptr = seq_cache + token * token_stride;
        float qk = 0.f;
        for (int d = 0; d < head_size; ++d)
            qk += q_s[d] * __bfloat162float(k_ptr[d]);
        qk += slope * (token - context_len + 1);
        logits[token] = qk;
        qk_max = fmaxf(qk_max, qk);
    }
    qk_max = block_reduce(qk_max, true);

    float exp_sum = 0.f;
    for (int token = threadIdx.x; token < context_len; token += blockDim.x) {
        const float p = __expf(logits[token] - qk_max);
        logits[token] = p;
        exp_sum += p;
    }
    exp_sum = block_reduce(exp_sum, false);
    const float inv_sum = __fdividef(1.f, exp_sum + 1e-6f);

    for (int d = threadIdx.x; d < head_size; d += blockDim.x) {
        float acc = 0.f;
        for (int token = 0; token < context_len; ++token)
            acc += logits[token] * __bfloat162float(seq_cache[token * token_stride + kv_stride + d]);
        out[q_offset + d] = __float2bfloat16(acc * inv_sum);
    }
}
