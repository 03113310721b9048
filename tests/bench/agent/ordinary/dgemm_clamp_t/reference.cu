// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each element, added up in order.
//
// warploom: let TOTAL = m * n
// warploom: let LDA = ceil_div(m, 8) * 8
// warploom: launch dgemm_reference<<<ceil_div(TOTAL, 128), 128>>>(a, b, d, m, n, k, LDA, lo, hi)

extern "C" __global__ void dgemm_reference(const double* a, const double* b, double* d, long long m, long long n,
                                           long long k, long long lda, double lo, double hi)
{
    long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= m * n)
        return;
    long long i = at % m;
    long long j = at / m;
    double sum = 0;
    for (long long p = 0; p < k; ++p)
        sum += a[p * lda + i] * b[p * n + j];
    d[at] = fmin(hi, fmax(lo, sum));
}
