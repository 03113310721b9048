// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread a column, two passes, in float64.
//
// warploom: launch column_spread_reference<<<ceil_div(cols, 64), 64>>>(x, mean, spread, rows, cols)

#include <cuda_fp16.h>

extern "C" __global__ void column_spread_reference(const __half* x, double* mean, double* spread, long long rows,
                                                   long long cols)
{
    const long long c = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (c >= cols)
        return;
    double sum = 0;
    for (long long r = 0; r < rows; ++r)
        sum += double(__half2float(x[r * cols + c]));
    const double middle = sum / rows;
    double squares = 0;
    for (long long r = 0; r < rows; ++r) {
        const double away = double(__half2float(x[r * cols + c])) - middle;
        squares += away * away;
    }
    mean[c] = middle;
    spread[c] = sqrt(squares / rows);
}
