// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// layernorm: in double, sum and squares in one loop, shuffles, one shared slot a warp.
// moves: row-per-block keep-row
// warploom: launch ln<<<rows, 256>>>(x, gamma, beta, y, rows, cols, eps)
__global__ void ln(const float* x, const float* gamma, const float* beta, float* y, int rows, int cols, float eps)
{
    __shared__ double sums[8];
    __shared__ double squares[8];
    int row = blockIdx.x;
    int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    const float* in = x + (long long)row * cols;
    double s = 0, q = 0;
    for (int c = threadIdx.x; c < cols; c += 256) {
        double v = in[c];
        s += v;
        q += v * v;
    }
    for (int o = 16; o > 0; o >>= 1) {
        s += __shfl_xor_sync(0xffffffff, s, o);
        q += __shfl_xor_sync(0xffffffff, q, o);
    }
    if (lane == 0) {
        sums[warp] = s;
        squares[warp] = q;
    }
    __syncthreads();
    s = 0;
    q = 0;
    for (int w = 0; w < 8; ++w) {
        s += sums[w];
        q += squares[w];
    }
    float mean = s / cols;
    float rstd = rsqrtf(q / cols - s / cols * (s / cols) + eps);
    for (int c = threadIdx.x; c < cols; c += 256) y[(long long)row * cols + c] = (in[c] - mean) * rstd * gamma[c] + beta[c];
}
