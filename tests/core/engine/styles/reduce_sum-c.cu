// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// reduce_sum: one thread.
// expects: accumulate-local
// warploom: launch k<<<1, 1>>>(x, y, n)
__global__ void k(const float* x, double* y, int n)
{
    double s = 0;
    for (int i = 0; i < n; i++) s += x[i];
    *y = s;
}
