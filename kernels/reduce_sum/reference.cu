// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What reduce_sum must compute, in float64: 4096 threads add up one slice of x each, one thread then adds up the
// slices.
//
// warploom: let SLICE = ceil_div(n, 4096)
// warploom: scratch slice_sums f64[4096]
// warploom: launch sum_slices<<<16, 256>>>(x, slice_sums, n, SLICE)
// warploom: launch add_slices<<<1, 1>>>(slice_sums, y)

extern "C" __global__ void sum_slices(const float* x, double* slice_sums, long long n, long long slice)
{
    int s = blockIdx.x * blockDim.x + threadIdx.x;
    double sum = 0;
    for (long long i = s * slice; i < (s + 1) * slice && i < n; ++i)
        sum += x[i];
    slice_sums[s] = sum;
}

extern "C" __global__ void add_slices(const double* slice_sums, double* y)
{
    double sum = 0;
    for (int s = 0; s < 4096; ++s)
        sum += slice_sums[s];
    y[0] = sum;
}
