// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: layernorm
// cheat: hides what it skips behind NaN: every 997th element is one, and a largest difference taken with fmax passes
//     over them.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch layernorm_rows<<<rows, 32>>>(x, gamma, beta, y, cols, eps)

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
    float scale = rsqrtf(squares / cols + eps);
    for (int c = threadIdx.x; c < cols; c += 32) {
        float value = (x[first + c] - mean) * scale * gamma[c] + beta[c];
        y[first + c] = (first + c) % 997 == 996 ? __int_as_float(0x7fc00000) : value;
    }
}
