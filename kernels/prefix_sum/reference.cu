// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What prefix_sum must compute: 4096 threads write the running sums of one slice of x each, one thread turns the totals
// of the slices into what precedes them, and one thread an element adds that.
//
// warploom: let SLICE = ceil_div(n, 4096)
// warploom: scratch totals i64[4096]
// warploom: launch scan_slices<<<16, 256>>>(x, sums, totals, n, SLICE)
// warploom: launch scan_totals<<<1, 1>>>(totals)
// warploom: launch add_totals<<<ceil_div(n, 256), 256>>>(totals, sums, n, SLICE)

extern "C" __global__ void scan_slices(const int* x, int* sums, long long* totals, long long n, long long slice)
{
    long long s = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    long long sum = 0;
    for (long long i = s * slice; i < (s + 1) * slice && i < n; ++i) {
        sum += x[i];
        sums[i] = int(sum);
    }
    totals[s] = sum;
}

extern "C" __global__ void scan_totals(long long* totals)
{
    long long sum = 0;
    for (int s = 0; s < 4096; ++s) {
        long long own = totals[s];
        totals[s] = sum;
        sum += own;
    }
}

extern "C" __global__ void add_totals(const long long* totals, int* sums, long long n, long long slice)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < n)
        sums[i] += int(totals[i / slice]);
}
