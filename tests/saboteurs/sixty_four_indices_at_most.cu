// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: embedding_bag
// cheat: keeps the indices of a bag in an array of 64 and drops the rest: no bag of a size that the task lists has
//     more.
// expect: wrong
// emulator: ok (bags of sizes that it can run are shorter)
// caught-by: hidden-sizes
// missed: emulator (its hidden sizes are too small)
//
// warploom: launch bag_rows<<<bags, 64>>>(table, indices, offsets, out, dim)

extern "C" __global__ void bag_rows(const float* table, const int* indices, const int* offsets, float* out, int dim)
{
    __shared__ int kept[64];
    int begin = offsets[blockIdx.x];
    int count = min(offsets[blockIdx.x + 1] - begin, 64);
    if (threadIdx.x < count)
        kept[threadIdx.x] = indices[begin + threadIdx.x];
    __syncthreads();
    for (int d = threadIdx.x; d < dim; d += 64) {
        float sum = 0;
        for (int i = 0; i < count; ++i)
            sum += table[size_t(kept[i]) * dim + d];
        out[size_t(blockIdx.x) * dim + d] = sum;
    }
}
