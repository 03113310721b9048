// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// 4096 threads add up a slice each, one thread adds up the slices, then each thread writes its slice.
//
// warploom: let SLICE = ceil_div(n, 4096)
// warploom: scratch totals i64[4096]
// warploom: launch add_slices<<<32, 128>>>(count, totals, n, SLICE)
// warploom: launch add_totals<<<1, 1>>>(totals)
// warploom: launch write_slices<<<32, 128>>>(count, totals, offset, n, SLICE)

extern "C" __global__ void add_slices(const unsigned* count, long long* totals, long long n, long long slice)
{
    long long s = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    long long sum = 0;
    for (long long i = s * slice; i < (s + 1) * slice && i < n; ++i)
        sum += count[i];
    totals[s] = sum;
}

extern "C" __global__ void add_totals(long long* totals)
{
    long long sum = 0;
    for (int s = 0; s < 4096; ++s) {
        long long own = totals[s];
        totals[s] = sum;
        sum += own;
    }
}

extern "C" __global__ void write_slices(const unsigned* count, const long long* totals, unsigned* offset, long long n,
                                        long long slice)
{
    long long s = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    long long sum = totals[s];
    for (long long i = s * slice; i < (s + 1) * slice && i < n; ++i) {
        offset[i] = unsigned(sum);
        sum += count[i];
    }
}
