// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// bucketize: counts all boundaries.
// expects: bisect
// warploom: launch k<<<ceil_div(n, 256), 256>>>(values, boundaries, bucket, n, count)
__global__ void k(const int* v, const int* b, int* out, int n, int m)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        int c = 0;
        for (int j = 0; j < m; j++) if (v[i] >= b[j]) c++;
        out[i] = c;
    }
}
