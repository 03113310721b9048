// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: gemv
// cheat: takes rows of an even length for rows of quads and drops the two columns that may be over: of the sizes that a
//     task lists none need be such, since benchmarks like multiples of four and ragged sizes are odd.
// expect: wrong
// emulator: ok wrong (see missed)
// caught-by: hidden-sizes
// missed: card emulator (one hidden size of a run is even in each extent, and one in four of these extents is a multiple
//     of four all the same)
//
// warploom: let EVEN = cols % 2 == 0
// warploom: launch gemv_even<<<ceil_div(rows, 4), dim3(32, 4)>>>(a, x, y, rows, cols) when EVEN
// warploom: launch gemv_odd<<<ceil_div(rows, 4), dim3(32, 4)>>>(a, x, y, rows, cols) when !EVEN

__device__ void put(float* y, int row, float sum)
{
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    if (threadIdx.x == 0)
        y[row] = sum;
}

extern "C" __global__ void gemv_even(const float* a, const float* x, float* y, int rows, int cols)
{
    int row = blockIdx.x * 4 + threadIdx.y;
    if (row >= rows)
        return;
    const float2* in = reinterpret_cast<const float2*>(a + size_t(row) * cols);
    const float2* with = reinterpret_cast<const float2*>(x);
    float sum = 0;
    for (int i = threadIdx.x; i < cols / 4; i += 32) {
        sum += in[2 * i].x * with[2 * i].x + in[2 * i].y * with[2 * i].y;
        sum += in[2 * i + 1].x * with[2 * i + 1].x + in[2 * i + 1].y * with[2 * i + 1].y;
    }
    put(y, row, sum);
}

extern "C" __global__ void gemv_odd(const float* a, const float* x, float* y, int rows, int cols)
{
    int row = blockIdx.x * 4 + threadIdx.y;
    if (row >= rows)
        return;
    float sum = 0;
    for (int c = threadIdx.x; c < cols; c += 32)
        sum += a[size_t(row) * cols + c] * x[c];
    put(y, row, sum);
}
