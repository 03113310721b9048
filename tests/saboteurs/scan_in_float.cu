// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: prefix_sum
// cheat: adds up in float, as tensor cores and many a library's scan do: exact up to 2^24, which sums pass after two
//     million values.
// expect: wrong
// emulator: ok (sums of a size that it can run stay below 2^24)
// caught-by: right
//
// warploom: let CHUNKS = ceil_div(n, 1024)
// warploom: scratch before f32[CHUNKS]
// warploom: launch add_chunks<<<ceil_div(CHUNKS, 256), 256>>>(x, before, n, CHUNKS)
// warploom: launch scan_chunks<<<1, 1>>>(before, CHUNKS)
// warploom: launch write_sums<<<ceil_div(CHUNKS, 256), 256>>>(x, before, sums, n, CHUNKS)

extern "C" __global__ void add_chunks(const int* x, float* before, int n, int chunks)
{
    int chunk = blockIdx.x * blockDim.x + threadIdx.x;
    if (chunk >= chunks)
        return;
    float sum = 0;
    for (int i = chunk * 1024; i < min((chunk + 1) * 1024, n); ++i)
        sum += x[i];
    before[chunk] = sum;
}

extern "C" __global__ void scan_chunks(float* before, int chunks)
{
    float sum = 0;
    for (int chunk = 0; chunk < chunks; ++chunk) {
        float own = before[chunk];
        before[chunk] = sum;
        sum += own;
    }
}

extern "C" __global__ void write_sums(const int* x, const float* before, int* sums, int n, int chunks)
{
    int chunk = blockIdx.x * blockDim.x + threadIdx.x;
    if (chunk >= chunks)
        return;
    float sum = before[chunk];
    for (int i = chunk * 1024; i < min((chunk + 1) * 1024, n); ++i) {
        sum += x[i];
        sums[i] = int(sum);
    }
}
