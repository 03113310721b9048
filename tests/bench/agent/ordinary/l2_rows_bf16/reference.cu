// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread a row, in float64.
//
// warploom: launch l2_rows_reference<<<ceil_div(rows, 64), 64>>>(x, y, norm, rows, dim, eps)

#include <cuda_bf16.h>

extern "C" __global__ void l2_rows_reference(const __nv_bfloat16* x, double* y, double* norm, long long rows,
                                             long long dim, float eps)
{
    long long r = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= rows)
        return;
    double sum = 0;
    for (long long c = 0; c < dim; ++c) {
        double v = __bfloat162float(x[r * dim + c]);
        sum += v * v;
    }
    double length = sqrt(sum);
    norm[r] = length;
    double divisor = length > double(eps) ? length : double(eps);
    for (long long c = 0; c < dim; ++c)
        y[r * dim + c] = double(__bfloat162float(x[r * dim + c])) / divisor;
}
