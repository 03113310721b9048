// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: scratch cp f64[systems, n]
// warploom: scratch dp f64[systems, n]
// warploom: launch tridiag_solve<<<ceil_div(systems, 128), 128>>>(lower, diag, upper, rhs, cp, dp, x, systems, n)

extern "C" __global__ void tridiag_solve(const double *a, const double *b, const double *c, const double *d,
                                         double *cprime, double *dprime, double *x, int batch, int n)
{
    int s = threadIdx.x + blockIdx.x * blockDim.x;
    if (s >= batch) return;

    long off = (long)s * n;

    // forward elimination
    cprime[off] = c[off] / b[off];
    dprime[off] = d[off] / b[off];
    for (int i = 1; i < n; i++) {
        double m = b[off + i] - a[off + i] * cprime[off + i - 1];
        cprime[off + i] = c[off + i] / m;
        dprime[off + i] = (d[off + i] - a[off + i] * dprime[off + i - 1]) / m;
    }

    // back substitution
    x[off + n - 1] = dprime[off + n - 1];
    for (int i = n - 2; i >= 0; i--)
        x[off + i] = dprime[off + i] - cprime[off + i] * x[off + i + 1];
}
