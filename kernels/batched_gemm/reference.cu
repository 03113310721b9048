// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What batched_gemm must compute, in float64: one thread an element.
//
// warploom: let BLOCKS = ceil_div(batch * m * n, 256)
// warploom: launch batched_gemm_reference<<<BLOCKS, 256>>>(a, b, c, batch, m, n, k)

extern "C" __global__ void batched_gemm_reference(const float* a, const float* b, double* c, long long batch,
                                                  long long m, long long n, long long k)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= batch * m * n)
        return;
    long long col = i % n;
    long long row = i / n % m;
    long long product = i / n / m;

    double sum = 0;
    for (long long p = 0; p < k; ++p)
        sum += double(a[(product * m + row) * k + p]) * double(b[(product * k + p) * n + col]);
    c[i] = sum;
}
