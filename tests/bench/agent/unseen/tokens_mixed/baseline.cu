// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Output projection of a token mixer. The activations come out of the recurrent part time-major, [T][B][C]; the residual stream
// is batch-major, [B][T][N], so the transposition of the first two axes happens here, on the way.
//   y[b][t][:] = residual[b][t][:] + gain * hardswish(W x[t][b][:] + bias)
// One thread per element of y.
//
// warploom: let COUNT = batch * steps * features
// warploom: launch mix_tokens<<<ceil_div(COUNT, 256), 256>>>(act, weight, bias, gain, residual, y, COUNT, steps, batch, channels, features)

#include <cuda_bf16.h>

using bf16_t = __nv_bfloat16;

__device__ inline float hard_swish(float v)
{
    float gate = fminf(fmaxf(v + 3.0f, 0.0f), 6.0f);
    return v * gate * (1.0f / 6.0f);
}

extern "C" __global__ void mix_tokens(const bf16_t* act, const bf16_t* weight, const float* bias, const float* gain,
                                      const bf16_t* residual, bf16_t* y, long long count, int T, int B, int C, int N)
{
    const long long id = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (id >= count)
        return;

    // id runs over y: [b][t][n]
    const int n = (int)(id % N);
    const long long token = id / N;
    const int t = (int)(token % T);
    const int b = (int)(token / T);

    const bf16_t* a_row = act + ((long long)t * B + b) * C;
    const bf16_t* w_row = weight + (long long)n * C;

    float acc = 0.f;
    for (int c = 0; c < C; ++c)
        acc = fmaf(__bfloat162float(a_row[c]), __bfloat162float(w_row[c]), acc);

    const float mixed = gain[n] * hard_swish(acc + bias[n]);
    y[id] = __float2bfloat16(__bfloat162float(residual[id]) + mixed);
}
