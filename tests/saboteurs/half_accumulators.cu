// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: hgemm
// cheat: keeps its accumulator in half precision from one step of 16 to the next, as tensor cores do twice as fast; the
//     products of a step are added in float.
// expect: wrong suspect
// emulator: wrong suspect
// caught-by: right, error-ratio
//
// warploom: launch hgemm<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)

#include <cuda_fp16.h>

extern "C" __global__ void hgemm(const half* a, const half* b, half* c, int m, int n, int k)
{
    int col = blockIdx.x * 16 + threadIdx.x;
    int row = blockIdx.y * 16 + threadIdx.y;
    if (row >= m || col >= n)
        return;
    half sum = __float2half(0);
    for (int first = 0; first < k; first += 16) {
        float step = __half2float(sum);
        for (int p = first; p < min(k, first + 16); ++p)
            step += __half2float(a[size_t(row) * k + p]) * __half2float(b[size_t(p) * n + col]);
        sum = __float2half(step);
    }
    c[size_t(row) * n + col] = sum;
}
