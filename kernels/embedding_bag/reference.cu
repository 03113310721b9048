// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What embedding_bag must compute, in float64: one block a bag, its threads side by side in the row.
//
// warploom: launch bag_reference<<<bags, 64>>>(table, indices, offsets, out, dim)

extern "C" __global__ void bag_reference(const float* table, const int* indices, const int* offsets, double* out,
                                         long long dim)
{
    long long bag = blockIdx.x;
    for (long long d = threadIdx.x; d < dim; d += blockDim.x) {
        double sum = 0;
        for (long long p = offsets[bag]; p < offsets[bag + 1]; ++p)
            sum += table[indices[p] * dim + d];
        out[bag * dim + d] = sum;
    }
}
