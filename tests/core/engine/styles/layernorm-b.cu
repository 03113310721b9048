// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// layernorm: moves its parameters.
// expects: row-per-block
// warploom: launch k<<<ceil_div(rows, 256), 256>>>(x, gamma, beta, y, rows, cols, eps)
template <typename T> __device__ T square(T v) { return v * v; }
__global__ void k(const float* x, const float* g, const float* b, float* y, int T, int C, float eps)
{
    int t = blockIdx.x * blockDim.x + threadIdx.x;
    if (t >= T) return;
    x += (size_t)t * C;
    y += (size_t)t * C;
    float m = 0, q = 0;
    for (int i = 0; i < C; i++) m += x[i];
    m /= C;
    for (int i = 0; i < C; i++) q += square(x[i] - m);
    float s = rsqrtf(q / C + eps);
    for (int i = 0; i < C; i++) y[i] = s * (x[i] - m) * g[i] + b[i];
}
