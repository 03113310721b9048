// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread a column, two passes, in float64.
//
// warploom: launch col_logsumexp_reference<<<ceil_div(cols, 64), 64>>>(x, lse, rows, cols, inv_temp)

extern "C" __global__ void col_logsumexp_reference(const float* x, double* lse, long long rows, long long cols,
                                                   float inv_temp)
{
    long long c = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (c >= cols)
        return;
    double top = double(x[c]) * double(inv_temp);
    for (long long r = 1; r < rows; ++r)
        top = fmax(top, double(x[r * cols + c]) * double(inv_temp));
    double sum = 0;
    for (long long r = 0; r < rows; ++r)
        sum += exp(double(x[r * cols + c]) * double(inv_temp) - top);
    lse[c] = top + log(sum);
}
