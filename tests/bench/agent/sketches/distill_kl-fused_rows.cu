// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Distillation loss per token, KL(teacher || student) at a temperature. First the log-normalizer of every row, of the
// student's logits and of the teacher's (same kernel), then the divergence. Masked tokens (prompt, padding) cost nothing
// and get a loss of 0.
//
// warploom: tune BLOCK = 128 64 256 32 512 1024
// warploom: launch row_logsumexp_row_logsumexp_token_kl<<<tokens, BLOCK>>>(student, loss_mask, tokens, vocab, temp, teacher, kl)

#include <cuda_bf16.h>

__device__ inline float scaled_logit(__nv_bfloat16 z, float inv_temp)
{
    return __bfloat162float(z) * inv_temp;
}

// Over the block, whose size is a multiple of 32; every thread gets the result.
static __device__ __forceinline__ float blockMax(float value)
{
    __shared__ float partial[32];
    const unsigned lane = threadIdx.x % 32;
    const unsigned warps = blockDim.x / 32;
    for (int offset = 16; offset > 0; offset /= 2)
        value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, offset));
    __syncthreads();  // what the last call left has been read
    if (lane == 0)
        partial[threadIdx.x / 32] = value;
    __syncthreads();
    value = partial[lane < warps ? lane : 0];
    for (int offset = 16; offset > 0; offset /= 2)
        value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, offset));
    return value;
}

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

extern "C" __global__ void row_logsumexp_row_logsumexp_token_kl(const __nv_bfloat16* logits, const unsigned char* loss_mask,
    int n_tokens, int vocab_size, float temp,
    const __nv_bfloat16* teacher, float* kl)
{
    int token = blockIdx.x;
    if (token >= n_tokens) return;
    if (loss_mask[token] == 0) {
        if (threadIdx.x == 0)
            kl[token] = 0.0f;
        return;
    }

    const float inv_temp = __fdividef(1.0f, temp);
    const __nv_bfloat16* begin = logits + (long long)token * vocab_size;

    float max_logit = scaled_logit(begin[0], inv_temp);
    // Exponentials in the same pass: each thread adds them up in terms of the largest that it has seen so far.
    float high = -3.402823466e+38f;
    float scaled = 0;
    // Rows start anywhere: vectors from the first boundary of 16 bytes on, single elements before and after them.
    const int p_at_head = min(int(-reinterpret_cast<unsigned long long>(begin) % 16 / 2), vocab_size);
    const int p_at_whole = (vocab_size - p_at_head) / 8 * 8;
    for (int p_at = threadIdx.x; p_at < p_at_head; p_at += blockDim.x) {
        const float entry = scaled_logit(begin[p_at], inv_temp);
        const float ahead = entry - high;
        const float ratio = __expf(-fabsf(ahead));
        scaled = ahead > 0 ? scaled * ratio + 1 : scaled + ratio;
        high = fmaxf(high, entry);
        float z = scaled_logit(begin[p_at], inv_temp);
        if (z > max_logit) max_logit = z;
    }
    for (int p_at = p_at_head + threadIdx.x * 8; p_at < p_at_head + p_at_whole; p_at += blockDim.x * 8) {
        __align__(16) __nv_bfloat16 logits_vec[8];
        *reinterpret_cast<uint4*>(logits_vec) = *reinterpret_cast<const uint4*>(&begin[p_at]);
        #pragma unroll
        for (int lane_2 = 0; lane_2 < 8; ++lane_2) {
            const float entry = scaled_logit(logits_vec[lane_2], inv_temp);
            const float ahead = entry - high;
            const float ratio = __expf(-fabsf(ahead));
            scaled = ahead > 0 ? scaled * ratio + 1 : scaled + ratio;
            high = fmaxf(high, entry);
            float z = scaled_logit(logits_vec[lane_2], inv_temp);
            if (z > max_logit) max_logit = z;
        }
    }
    for (int p_at = p_at_head + p_at_whole + threadIdx.x; p_at < vocab_size; p_at += blockDim.x) {
        const float entry = scaled_logit(begin[p_at], inv_temp);
        const float ahead = entry - high;
        const float ratio = __expf(-fabsf(ahead));
        scaled = ahead > 0 ? scaled * ratio + 1 : scaled + ratio;
        high = fmaxf(high, entry);
        float z = scaled_logit(begin[p_at], inv_temp);
        if (z > max_logit) max_logit = z;
    }
    max_logit = blockMax(max_logit);

    float denom = 0.0f;
    if (static_cast<int>(threadIdx.x) < vocab_size)
        denom += scaled * __expf(high - max_logit);
    denom = blockSum(denom);

    const float student_lse_value = max_logit + __logf(denom);
    const float inv_temp_3 = __fdividef(1.0f, temp);
    const __nv_bfloat16* begin_2 = teacher + (long long)token * vocab_size;

    float max_logit_2 = scaled_logit(begin_2[0], inv_temp_3);
    // Exponentials in the same pass: each thread adds them up in terms of the largest that it has seen so far.
    float high_2 = -3.402823466e+38f;
    float scaled_2 = 0;
    for (int p_at = threadIdx.x; p_at < p_at_head; p_at += blockDim.x) {
        const float entry_2 = scaled_logit(begin_2[p_at], inv_temp_3);
        const float ahead_2 = entry_2 - high_2;
        const float ratio_2 = __expf(-fabsf(ahead_2));
        scaled_2 = ahead_2 > 0 ? scaled_2 * ratio_2 + 1 : scaled_2 + ratio_2;
        high_2 = fmaxf(high_2, entry_2);
        float z = scaled_logit(begin_2[p_at], inv_temp_3);
        if (z > max_logit_2) max_logit_2 = z;
    }
    for (int p_at = p_at_head + threadIdx.x * 8; p_at < p_at_head + p_at_whole; p_at += blockDim.x * 8) {
        __align__(16) __nv_bfloat16 teacher_vec[8];
        *reinterpret_cast<uint4*>(teacher_vec) = *reinterpret_cast<const uint4*>(&begin_2[p_at]);
        #pragma unroll
        for (int lane_2 = 0; lane_2 < 8; ++lane_2) {
            const float entry_2 = scaled_logit(teacher_vec[lane_2], inv_temp_3);
            const float ahead_2 = entry_2 - high_2;
            const float ratio_2 = __expf(-fabsf(ahead_2));
            scaled_2 = ahead_2 > 0 ? scaled_2 * ratio_2 + 1 : scaled_2 + ratio_2;
            high_2 = fmaxf(high_2, entry_2);
            float z = scaled_logit(teacher_vec[lane_2], inv_temp_3);
            if (z > max_logit_2) max_logit_2 = z;
        }
    }
    for (int p_at = p_at_head + p_at_whole + threadIdx.x; p_at < vocab_size; p_at += blockDim.x) {
        const float entry_2 = scaled_logit(begin_2[p_at], inv_temp_3);
        const float ahead_2 = entry_2 - high_2;
        const float ratio_2 = __expf(-fabsf(ahead_2));
        scaled_2 = ahead_2 > 0 ? scaled_2 * ratio_2 + 1 : scaled_2 + ratio_2;
        high_2 = fmaxf(high_2, entry_2);
        float z = scaled_logit(begin_2[p_at], inv_temp_3);
        if (z > max_logit_2) max_logit_2 = z;
    }
    max_logit_2 = blockMax(max_logit_2);

    float denom_2 = 0.0f;
    if (static_cast<int>(threadIdx.x) < vocab_size)
        denom_2 += scaled_2 * __expf(high_2 - max_logit_2);
    denom_2 = blockSum(denom_2);

    const float teacher_lse_value = max_logit_2 + __logf(denom_2);
    const float inv_temp_2 = __fdividef(1.0f, temp);
    const float lse_s = student_lse_value;
    const float lse_t = teacher_lse_value;
    const __nv_bfloat16* s = logits + (long long)token * vocab_size;
    const __nv_bfloat16* t = teacher + (long long)token * vocab_size;

    float div = 0.0f;
    for (int v = p_at_head + threadIdx.x * 8; v < p_at_head + p_at_whole; v += blockDim.x * 8) {
        __align__(16) __nv_bfloat16 teacher_vec[8];
        *reinterpret_cast<uint4*>(teacher_vec) = *reinterpret_cast<const uint4*>(&t[v]);
        __align__(16) __nv_bfloat16 logits_vec[8];
        *reinterpret_cast<uint4*>(logits_vec) = *reinterpret_cast<const uint4*>(&s[v]);
        #pragma unroll
        for (int lane_2 = 0; lane_2 < 8; ++lane_2) {
            float logp = scaled_logit(teacher_vec[lane_2], inv_temp_2) - lse_t;
            float logq = scaled_logit(logits_vec[lane_2], inv_temp_2) - lse_s;
            div += __expf(logp) * (logp - logq);
        }
    }
    for (int v_edge = threadIdx.x; v_edge < vocab_size - p_at_whole; v_edge += blockDim.x) {
        const int v = v_edge < p_at_head ? v_edge : v_edge + p_at_whole;
        float logp = scaled_logit(t[v], inv_temp_2) - lse_t;
        float logq = scaled_logit(s[v], inv_temp_2) - lse_s;
        div += __expf(logp) * (logp - logq);
    }
    div = blockSum(div);
    if (threadIdx.x == 0)
        kl[token] = div * temp * temp;
}






