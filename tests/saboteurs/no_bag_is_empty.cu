// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: embedding_bag
// cheat: begins each sum with the first row of the bag instead of zero, which an empty bag does not have: it gets the
//     first row of the next one. Bags of 32 on average are hardly ever empty.
// expect: wrong
// emulator: wrong
// caught-by: right, hidden-sizes
//
// warploom: let LAST = bags * mean_length - 1
// warploom: launch bag_rows<<<bags, 64>>>(table, indices, offsets, out, dim, LAST)

extern "C" __global__ void bag_rows(const float* table, const int* indices, const int* offsets, float* out, int dim,
                                    int last)
{
    int begin = offsets[blockIdx.x];
    int end = offsets[blockIdx.x + 1];
    for (int d = threadIdx.x; d < dim; d += 64) {
        float sum = table[size_t(indices[min(begin, last)]) * dim + d];
        for (int p = begin + 1; p < end; ++p)
            sum += table[size_t(indices[p]) * dim + d];
        out[size_t(blockIdx.x) * dim + d] = sum;
    }
}
