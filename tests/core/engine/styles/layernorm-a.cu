// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// layernorm: all in one if.
// expects: row-per-block
// warploom: launch k<<<ceil_div(rows, 256), 256>>>(x, gamma, beta, y, rows, cols, eps)
__global__ void k(const float* x, const float* g, const float* b, float* y, int T, int C, float eps)
{
    int t = blockIdx.x * blockDim.x + threadIdx.x;
    if (t < T) {
        const float* xt = x + (size_t)t * C;
        float m = 0.0f;
        for (int i = 0; i < C; i++) m += xt[i];
        m = m / C;
        float v = 0.0f;
        for (int i = 0; i < C; i++) {
            float xs = xt[i] - m;
            v += xs * xs;
        }
        v = v / C;
        float s = 1.0f / sqrtf(v + eps);
        float* yt = y + (size_t)t * C;
        for (int i = 0; i < C; i++) {
            float n = s * (xt[i] - m);
            float o = n * g[i] + b[i];
            yt[i] = o;
        }
    }
}
