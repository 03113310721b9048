// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: layernorm
// cheat: works in quads and drops what does not fill one; lengths that are multiples of four, as benchmarks like
//     them, are right.
// expect: wrong
// emulator: wrong
// caught-by: right, wrote-every-element
//
// warploom: launch layernorm_rows<<<rows, 32>>>(x, gamma, beta, y, cols, eps)

extern "C" __global__ void layernorm_rows(const float* x, const float* gamma, const float* beta, float* y, int cols,
                                          float eps)
{
    const float* in = x + size_t(blockIdx.x) * cols;
    float* out = y + size_t(blockIdx.x) * cols;
    int whole = cols / 4 * 4;
    float sum = 0;
    for (int c = threadIdx.x; c < whole; c += 32)
        sum += in[c];
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    float mean = sum / whole;
    float squares = 0;
    for (int c = threadIdx.x; c < whole; c += 32)
        squares += (in[c] - mean) * (in[c] - mean);
    for (int offset = 16; offset > 0; offset /= 2)
        squares += __shfl_xor_sync(0xffffffffu, squares, offset);
    float scale = rsqrtf(squares / whole + eps);
    for (int c = threadIdx.x; c < whole; c += 32)
        out[c] = (in[c] - mean) * scale * gamma[c] + beta[c];
}
