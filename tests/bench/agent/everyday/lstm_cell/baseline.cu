// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: launch lstm_pointwise<<<dim3(ceil_div(hidden, 32), ceil_div(batch, 8)), dim3(32, 8)>>>(gx, gh, bias, c_prev, h, c, batch, hidden)

#include <cuda_fp16.h>

__device__ float sigm(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

extern "C" __global__ void lstm_pointwise(const half* Wx, const half* Uh, const float* b, const float* c_in,
                                          half* h_out, float* c_out, int B, int H)
{
    int j = blockIdx.x * blockDim.x + threadIdx.x;
    int n = blockIdx.y * blockDim.y + threadIdx.y;
    if (j >= H || n >= B)
        return;

    float gate[4];
    for (int k = 0; k < 4; ++k) {
        size_t at = (size_t)n * 4 * H + k * H + j;
        gate[k] = __half2float(Wx[at]) + __half2float(Uh[at]) + b[k * H + j];
    }

    float i = sigm(gate[0]);
    float f = sigm(gate[1]);
    float g = tanhf(gate[2]);
    float o = sigm(gate[3]);

    float cell = f * c_in[(size_t)n * H + j] + i * g;
    c_out[(size_t)n * H + j] = cell;
    h_out[(size_t)n * H + j] = __float2half(o * tanhf(cell));
}
