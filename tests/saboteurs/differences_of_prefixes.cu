// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: segmented_reduce
// cheat: turns all values into running sums and subtracts two of them for each segment, whatever its length: what the
//     sums before it have lost is lost to it, too.
// expect: wrong suspect
// emulator: wrong
// caught-by: right, error-ratio
//
// warploom: let N = segments * mean_length
// warploom: let CHUNKS = ceil_div(N, 1024)
// warploom: scratch before f32[CHUNKS]
// warploom: scratch running f32[N + 1]
// warploom: launch add_chunks<<<ceil_div(CHUNKS, 256), 256>>>(values, before, N, CHUNKS)
// warploom: launch scan_chunks<<<1, 1>>>(before, CHUNKS)
// warploom: launch write_sums<<<ceil_div(CHUNKS, 256), 256>>>(values, before, running, N, CHUNKS)
// warploom: launch subtract<<<ceil_div(segments, 256), 256>>>(running, offsets, sums, segments)

extern "C" __global__ void add_chunks(const float* values, float* before, int n, int chunks)
{
    int chunk = blockIdx.x * blockDim.x + threadIdx.x;
    if (chunk >= chunks)
        return;
    float sum = 0;
    for (int i = chunk * 1024; i < min((chunk + 1) * 1024, n); ++i)
        sum += values[i];
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

extern "C" __global__ void write_sums(const float* values, const float* before, float* running, int n, int chunks)
{
    int chunk = blockIdx.x * blockDim.x + threadIdx.x;
    if (chunk >= chunks)
        return;
    float sum = before[chunk];
    if (chunk == 0)
        running[0] = 0;
    for (int i = chunk * 1024; i < min((chunk + 1) * 1024, n); ++i) {
        sum += values[i];
        running[i + 1] = sum;
    }
}

extern "C" __global__ void subtract(const float* running, const int* offsets, float* sums, int segments)
{
    int s = blockIdx.x * blockDim.x + threadIdx.x;
    if (s < segments)
        sums[s] = running[offsets[s + 1]] - running[offsets[s]];
}
