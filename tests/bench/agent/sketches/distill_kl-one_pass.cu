// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Distillation loss per token in one pass over both rows, a block a row.
//
// warploom: tune BLOCK = 256 128 512 1024
// warploom: launch token_kl<<<tokens, BLOCK>>>(student, teacher, loss_mask, kl, tokens, vocab, temp)

#include <cuda_bf16.h>

constexpr float kLog2e = 1.44269504088896341f;
constexpr float kLn2 = 0.69314718055994531f;

static __device__ __forceinline__ float warpMax(float value)
{
    for (int offset = 16; offset > 0; offset /= 2)
        value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, offset));
    return value;
}

static __device__ __forceinline__ float warpSum(float value)
{
    for (int offset = 16; offset > 0; offset /= 2)
        value += __shfl_xor_sync(0xffffffffu, value, offset);
    return value;
}

static __device__ __forceinline__ float power(float x)
{
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

// In terms of the largest logits seen so far, in powers of two.
struct Sums {
    float high_s, sum_s;
    float high_t, sum_t, weighted;  // weighted: of the differences, by the teacher's powers
};

static __device__ __forceinline__ void raise(Sums& sums, float top_s, float top_t)
{
    if (top_s > sums.high_s) {
        sums.sum_s *= power(sums.high_s - top_s);
        sums.high_s = top_s;
    }
    if (top_t > sums.high_t) {
        const float factor = power(sums.high_t - top_t);
        sums.sum_t *= factor;
        sums.weighted *= factor;
        sums.high_t = top_t;
    }
}

static __device__ __forceinline__ void add(Sums& sums, float s, float t)
{
    sums.sum_s += power(s - sums.high_s);
    const float p = power(t - sums.high_t);
    sums.sum_t += p;
    sums.weighted += p * (t - s);
}

extern "C" __global__ void __launch_bounds__(BLOCK) token_kl(const __nv_bfloat16* student, const __nv_bfloat16* teacher,
                                    const unsigned char* loss_mask, float* kl, int n_tokens, int vocab_size, float temp)
{
    const int token = blockIdx.x;
    if (loss_mask[token] == 0) {
        if (threadIdx.x == 0)
            kl[token] = 0.0f;
        return;
    }
    const float scale = kLog2e / temp;
    const __nv_bfloat16* s = student + (long long)token * vocab_size;
    const __nv_bfloat16* t = teacher + (long long)token * vocab_size;
    const int head = min(int(-reinterpret_cast<unsigned long long>(s) % 16 / 2), vocab_size);
    const int whole = (vocab_size - head) / 8 * 8;
    Sums sums{-1e30f, 0, -1e30f, 0, 0};
#pragma unroll 2
    for (int v = head + threadIdx.x * 8; v < head + whole; v += BLOCK * 8) {
        const uint4 ws = *reinterpret_cast<const uint4*>(&s[v]);
        const uint4 wt = *reinterpret_cast<const uint4*>(&t[v]);
        const unsigned as[4] = {ws.x, ws.y, ws.z, ws.w};
        const unsigned at[4] = {wt.x, wt.y, wt.z, wt.w};
        float xs[8], xt[8];
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            xs[2 * i] = __uint_as_float(as[i] << 16) * scale;
            xs[2 * i + 1] = __uint_as_float(as[i] & 0xffff0000u) * scale;
            xt[2 * i] = __uint_as_float(at[i] << 16) * scale;
            xt[2 * i + 1] = __uint_as_float(at[i] & 0xffff0000u) * scale;
        }
        float top_s = xs[0], top_t = xt[0];
#pragma unroll
        for (int i = 1; i < 8; ++i) {
            top_s = fmaxf(top_s, xs[i]);
            top_t = fmaxf(top_t, xt[i]);
        }
        raise(sums, top_s, top_t);
#pragma unroll
        for (int i = 0; i < 8; ++i)
            add(sums, xs[i], xt[i]);
    }
    for (int edge = threadIdx.x; edge < vocab_size - whole; edge += BLOCK) {
        const int v = edge < head ? edge : edge + whole;
        const float xs = __bfloat162float(s[v]) * scale;
        const float xt = __bfloat162float(t[v]) * scale;
        raise(sums, xs, xt);
        add(sums, xs, xt);
    }
    // Of the warp, then of the block.
    __shared__ Sums partial[32];
    for (int round = 0; round < 2; ++round) {
        const float top_s = warpMax(sums.high_s);
        const float top_t = warpMax(sums.high_t);
        const float by_s = power(sums.high_s - top_s);
        const float by_t = power(sums.high_t - top_t);
        sums = {top_s, warpSum(sums.sum_s * by_s), top_t, warpSum(sums.sum_t * by_t), warpSum(sums.weighted * by_t)};
        if (round == 1)
            break;
        if (threadIdx.x % 32 == 0)
            partial[threadIdx.x / 32] = sums;
        __syncthreads();
        const int lane = threadIdx.x % 32;
        sums = lane < BLOCK / 32 ? partial[lane] : Sums{-1e30f, 0, -1e30f, 0, 0};
    }
    if (threadIdx.x == 0) {
        const float lse_s = sums.high_s + log2f(sums.sum_s);
        const float lse_t = sums.high_t + log2f(sums.sum_t);
        kl[token] = kLn2 * (sums.weighted / sums.sum_t - lse_t + lse_s) * temp * temp;
    }
}
