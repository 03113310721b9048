// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Embedding bag: one thread computes one element of the result and goes through its bag for that.
//
// All threads of a bag load the same indices one after the other, and each waits for an index before it can ask for the
// element of the table.
//
// warploom: launch bag_elements<<<ceil_div(bags * dim, 256), 256>>>(table, indices, offsets, out, bags * dim, dim)

extern "C" __global__ void bag_elements(const float* table, const int* indices, const int* offsets, float* out,
                                        long long elements, int dim)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= elements)
        return;
    int bag = i / dim;
    int d = i % dim;

    float sum = 0;
    for (int p = offsets[bag]; p < offsets[bag + 1]; ++p)
        sum += table[size_t(indices[p]) * dim + d];
    out[i] = sum;
}
