// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What csr_product must compute, in float64: one thread a row.
//
// warploom: launch csr_product_reference<<<ceil_div(nrows, 128), 128>>>(row_ptr, col_idx, vals, p, q, nrows, beta)

extern "C" __global__ void csr_product_reference(const int* row_ptr, const int* col_idx, const float* vals,
                                                 const float* p, double* q, long long nrows, float beta)
{
    long long row = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= nrows)
        return;

    double sum = double(beta) * q[row];
    for (long long i = row_ptr[row]; i < row_ptr[row + 1]; ++i)
        sum += double(vals[i]) * double(p[col_idx[i]]);
    q[row] = sum;
}
