// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: layernorm
// cheat: gets one over the root from a magic number and two Newton steps: five millionths off, which the tolerance
//     lets pass, and some twenty times what float does.
// expect: wrong suspect
// emulator: wrong suspect
// caught-by: error-ratio
//
// warploom: launch layernorm_rows<<<rows, 32>>>(x, gamma, beta, y, cols, eps)

// One over the square root.
__device__ float root(float v)
{
    float guess = __uint_as_float(0x5f375a86u - (__float_as_uint(v) >> 1));
    guess *= 1.5f - 0.5f * v * guess * guess;
    guess *= 1.5f - 0.5f * v * guess * guess;
    return guess;
}

extern "C" __global__ void layernorm_rows(const float* x, const float* gamma, const float* beta, float* y, int cols,
                                          float eps)
{
    size_t first = size_t(blockIdx.x) * cols;
    float sum = 0;
    for (int c = threadIdx.x; c < cols; c += 32)
        sum += x[first + c];
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    float mean = sum / cols;
    float squares = 0;
    for (int c = threadIdx.x; c < cols; c += 32)
        squares += (x[first + c] - mean) * (x[first + c] - mean);
    for (int offset = 16; offset > 0; offset /= 2)
        squares += __shfl_xor_sync(0xffffffffu, squares, offset);
    float scale = root(squares / cols + eps);
    for (int c = threadIdx.x; c < cols; c += 32)
        y[first + c] = (x[first + c] - mean) * scale * gamma[c] + beta[c];
}
