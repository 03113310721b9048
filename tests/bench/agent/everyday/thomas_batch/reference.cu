// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each system, from the last equation to the first and back; the work lies side by side.
//
// warploom: scratch work f64[n, systems, 2]
// warploom: launch thomas_reference<<<ceil_div(systems, 64), 64>>>(lower, diag, upper, rhs, work, x, systems, n)

extern "C" __global__ void thomas_reference(const double* lower, const double* diag, const double* upper, const double* rhs,
                                            double* work, double* x, long long systems, long long n)
{
    long long s = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (s >= systems)
        return;
    double l = 0, r = 0;
    for (long long i = n - 1; i >= 0; --i) {
        double u = i < n - 1 ? upper[s * n + i] : 0;
        double pivot = diag[s * n + i] - u * l;
        r = (rhs[s * n + i] - u * r) / pivot;
        l = (i > 0 ? lower[s * n + i] : 0) / pivot;
        work[(i * systems + s) * 2] = l;
        work[(i * systems + s) * 2 + 1] = r;
    }
    double before = 0;
    for (long long i = 0; i < n; ++i) {
        before = work[(i * systems + s) * 2 + 1] - work[(i * systems + s) * 2] * before;
        x[s * n + i] = before;
    }
}
