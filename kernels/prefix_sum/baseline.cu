// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Inclusive prefix sum in three steps: one thread adds up each chunk of 1024 values, a single thread turns those sums
// into what precedes each chunk, and then one thread a chunk writes its running sums.
//
// The threads of a warp stand in 32 different chunks, so each load and store of the warp touches 32 different places in
// memory; x is read twice; and all of the card waits for one thread.
//
// warploom: let CHUNKS = ceil_div(n, 1024)
// warploom: scratch before i32[CHUNKS]
// warploom: launch add_chunks<<<ceil_div(CHUNKS, 256), 256>>>(x, before, n, CHUNKS)
// warploom: launch scan_chunks<<<1, 1>>>(before, CHUNKS)
// warploom: launch write_sums<<<ceil_div(CHUNKS, 256), 256>>>(x, before, sums, n, CHUNKS)

extern "C" __global__ void add_chunks(const int* x, int* before, int n, int chunks)
{
    int chunk = blockIdx.x * blockDim.x + threadIdx.x;
    if (chunk >= chunks)
        return;
    int end = min((chunk + 1) * 1024, n);
    int sum = 0;
    for (int i = chunk * 1024; i < end; ++i)
        sum += x[i];
    before[chunk] = sum;
}

extern "C" __global__ void scan_chunks(int* before, int chunks)
{
    int sum = 0;
    for (int chunk = 0; chunk < chunks; ++chunk) {
        int own = before[chunk];
        before[chunk] = sum;
        sum += own;
    }
}

extern "C" __global__ void write_sums(const int* x, const int* before, int* sums, int n, int chunks)
{
    int chunk = blockIdx.x * blockDim.x + threadIdx.x;
    if (chunk >= chunks)
        return;
    int end = min((chunk + 1) * 1024, n);
    int sum = before[chunk];
    for (int i = chunk * 1024; i < end; ++i) {
        sum += x[i];
        sums[i] = sum;
    }
}
