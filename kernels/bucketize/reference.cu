// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What bucketize must compute: one thread a value. It looks at every boundary, sorted or not.
//
// warploom: launch bucketize_reference<<<ceil_div(n, 256), 256>>>(values, boundaries, bucket, n, count)

extern "C" __global__ void bucketize_reference(const int* values, const int* boundaries, int* bucket, long long n,
                                               long long count)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    int at_most = 0;
    for (long long b = 0; b < count; ++b)
        at_most += boundaries[b] <= values[i];
    bucket[i] = at_most;
}
