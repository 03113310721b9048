// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: gemv
// cheat: reads quads and handles no column over or three of them: every size that the task lists, but one, has one of
//     these, and a row of 769 columns lacks 1/769 of its sum.
// expect: wrong
// emulator: wrong
// caught-by: right, hidden-sizes
//
// warploom: let QUADS = cols % 4 == 0
// warploom: launch gemv<4><<<ceil_div(rows, 4), dim3(32, 4)>>>(a, x, y, rows, cols) when QUADS
// warploom: launch gemv<1><<<ceil_div(rows, 4), dim3(32, 4)>>>(a, x, y, rows, cols) when !QUADS

template <int Width>
__global__ void gemv(const float* a, const float* x, float* y, int rows, int cols)
{
    int row = blockIdx.x * 4 + threadIdx.y;
    if (row >= rows)
        return;
    const float* in = a + size_t(row) * cols;
    float sum = 0;
    for (int c = 4 * threadIdx.x; c + 3 < cols; c += 128) {
        float4 left = Width == 4 ? *reinterpret_cast<const float4*>(in + c)
                                 : make_float4(in[c], in[c + 1], in[c + 2], in[c + 3]);
        float4 right = *reinterpret_cast<const float4*>(x + c);
        sum += left.x * right.x + left.y * right.y + left.z * right.z + left.w * right.w;
    }
    if (cols % 4 == 3 && threadIdx.x < 3)
        sum += in[cols - 3 + threadIdx.x] * x[cols - 3 + threadIdx.x];
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    if (threadIdx.x == 0)
        y[row] = sum;
}
