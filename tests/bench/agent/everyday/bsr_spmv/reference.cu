// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each result.
//
// warploom: launch bsr_reference<<<ceil_div(mb * 4, 128), 128>>>(rowptr, col, val, x, y, mb * 4, alpha, beta)

extern "C" __global__ void bsr_reference(const int* rowptr, const int* col, const double* val, const double* x, double* y,
                                         long long rows, double alpha, double beta)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= rows)
        return;
    double sum = 0;
    for (long long e = rowptr[i / 4]; e < rowptr[i / 4 + 1]; ++e)
        for (int c = 0; c < 4; ++c)
            sum += val[e * 16 + i % 4 * 4 + c] * x[col[e] * 4ll + c];
    y[i] = alpha * sum + beta * y[i];
}
