// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: layernorm
// cheat: keeps its partial sums in the output row of the next block, which will overwrite them, if it comes later.
// expect: wrong nondeterministic race
// emulator: race wrong nondeterministic
// caught-by: race, right, second-run
//
// warploom: launch layernorm_rows<<<rows, 32>>>(x, gamma, beta, y, rows, cols, eps)

extern "C" __global__ void layernorm_rows(const float* x, const float* gamma, const float* beta, float* y, int rows,
                                          int cols, float eps)
{
    size_t first = size_t(blockIdx.x) * cols;
    int t = threadIdx.x;
    volatile float* parked = y + size_t((blockIdx.x + 1) % rows) * cols;
    float sum = 0;
    for (int c = t; c < cols; c += 32)
        sum += x[first + c];
    if (t < cols)
        parked[t] = sum;
    __syncthreads();
    sum = 0;
    for (int i = 0; i < min(32, cols); ++i)
        sum += parked[i];
    float mean = sum / cols;
    float squares = 0;
    for (int c = t; c < cols; c += 32)
        squares += (x[first + c] - mean) * (x[first + c] - mean);
    for (int offset = 16; offset > 0; offset /= 2)
        squares += __shfl_xor_sync(0xffffffffu, squares, offset);
    float scale = rsqrtf(squares / cols + eps);
    for (int c = t; c < cols; c += 32)
        y[first + c] = (x[first + c] - mean) * scale * gamma[c] + beta[c];
}
