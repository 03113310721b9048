// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Embedding bag: one thread computes one element of the result and goes through its bag for that.
//
// All threads of a bag load the same indices one after the other, and each waits for an index before it can ask for the
// element of the table.
//
// warploom: tune GATHERS = 8 4 16 2
// warploom: launch bag_elements_columns<<<ceil_div(ceil_div(bags * dim, 256), 4), 256>>>(table, indices, offsets, out, bags * dim, dim) when dim % 4 == 0 && (bags * dim) % 4 == 0
// warploom: launch bag_elements<<<ceil_div(bags * dim, 256), 256>>>(table, indices, offsets, out, bags * dim, dim) when !(dim % 4 == 0 && (bags * dim) % 4 == 0)

// bag_elements with 4 columns a thread, 16 bytes of each row.
extern "C" __global__ void bag_elements_columns(const float* table, const int* indices, const int* offsets, float* out,
                                        long long elements, int dim)
{
    long long i = ((long long)(blockIdx.x) * blockDim.x + threadIdx.x) * 4;
    if (i >= elements)
        return;
    int bag = i / dim;
    int d = i % dim;

    float sum[4];
    #pragma unroll
    for (int lane = 0; lane < 4; ++lane)
        sum[lane] = 0;
    // First the indices of a batch, then all that they point to, then what is done with it in the old order.
    const int p_end = offsets[bag + 1];
    for (int p = offsets[bag]; p < p_end; p += GATHERS) {
        int row[GATHERS];
        #pragma unroll
        for (int turn = 0; turn < GATHERS; ++turn)
            if (p + turn < p_end)
                row[turn] = indices[p + turn];
        __align__(16) float gathered[GATHERS][4];
        #pragma unroll
        for (int turn = 0; turn < GATHERS; ++turn)
            if (p + turn < p_end)
                *reinterpret_cast<float4*>(gathered[turn]) =
                    *reinterpret_cast<const float4*>(&table[size_t(row[turn]) * dim + d]);
        #pragma unroll
        for (int turn = 0; turn < GATHERS; ++turn)
            if (p + turn < p_end) {
                #pragma unroll
                for (int lane = 0; lane < 4; ++lane) {
                    sum[lane] += gathered[turn][lane];
                }
            }
    }
    __align__(16) float stored[4];
    #pragma unroll
    for (int lane = 0; lane < 4; ++lane)
        stored[lane] = sum[lane];
    *reinterpret_cast<float4*>(&out[i]) = *reinterpret_cast<const float4*>(stored);
}

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
