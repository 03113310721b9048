// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Embedding bag: one thread computes one element of the result and goes through its bag for that.
//
// All threads of a bag load the same indices one after the other, and each waits for an index before it can ask for the
// element of the table.
//
// warploom: tune GATHERS = 8 4 16 2
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
    // First the indices of a batch, then all that they point to, then what is done with it in the old order.
    const int p_end = offsets[bag + 1];
    for (int p = offsets[bag]; p < p_end; p += GATHERS) {
        int row[GATHERS];
        #pragma unroll
        for (int turn = 0; turn < GATHERS; ++turn)
            if (p + turn < p_end)
                row[turn] = indices[p + turn];
        float gathered[GATHERS];
        #pragma unroll
        for (int turn = 0; turn < GATHERS; ++turn)
            if (p + turn < p_end)
                gathered[turn] = table[size_t(row[turn]) * dim + d];
        #pragma unroll
        for (int turn = 0; turn < GATHERS; ++turn)
            if (p + turn < p_end) {
                sum += gathered[turn];
            }
    }
    out[i] = sum;
}
