// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: layernorm
// cheat: asks for 64 bytes of shared memory less than it uses, so that one more block may fit: allocations are
//     rounded up, and mostly nothing happens.
// expect: ok out-of-bounds crashed wrong
// emulator: out-of-bounds
// caught-by: guards (shared memory)
// neutralised: where the card rounds up, what is used is its own; only the emulator counts exactly
//
// warploom: launch layernorm_rows<<<rows, 128, 128 * 4 - 64>>>(x, gamma, beta, y, cols, eps)

extern "C" __global__ void layernorm_rows(const float* x, const float* gamma, const float* beta, float* y, int cols,
                                          float eps)
{
    extern __shared__ float lanes[];
    size_t first = size_t(blockIdx.x) * cols;
    int t = threadIdx.x;
    float sum = 0;
    for (int c = t; c < cols; c += 128)
        sum += x[first + c];
    lanes[t] = sum;
    __syncthreads();
    sum = 0;
    for (int i = 0; i < 128; ++i)
        sum += lanes[i];
    float mean = sum / cols;
    __syncthreads();
    float squares = 0;
    for (int c = t; c < cols; c += 128)
        squares += (x[first + c] - mean) * (x[first + c] - mean);
    lanes[t] = squares;
    __syncthreads();
    squares = 0;
    for (int i = 0; i < 128; ++i)
        squares += lanes[i];
    float scale = rsqrtf(squares / cols + eps);
    for (int c = t; c < cols; c += 128)
        y[first + c] = (x[first + c] - mean) * scale * gamma[c] + beta[c];
}
