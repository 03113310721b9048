// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: embedding_bag
// cheat: rounds the rows of the table to half precision, as quantised tables are served, and adds in float.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch bag_rows<<<bags, 64>>>(table, indices, offsets, out, dim)

#include <cuda_fp16.h>

extern "C" __global__ void bag_rows(const float* table, const int* indices, const int* offsets, float* out, int dim)
{
    int begin = offsets[blockIdx.x];
    int end = offsets[blockIdx.x + 1];
    for (int d = threadIdx.x; d < dim; d += 64) {
        float sum = 0;
        for (int p = begin; p < end; ++p)
            sum += __half2float(__float2half(table[size_t(indices[p]) * dim + d]));
        out[size_t(blockIdx.x) * dim + d] = sum;
    }
}
