// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// The 8 largest values of each row: one thread works through one row and keeps them sorted in an array of its own.
//
// The threads of a warp stand in 32 different rows, so each load of the warp touches 32 different places in memory; and
// while one of them moves values along, the others wait.
//
// warploom: tune BLOCK = 256 128 512 64 1024 32
// warploom: tune GROUP = 4 8 2 16 32
// warploom: tune LOADS = 4 2 8 1
// warploom: let LANES = cols >= 2048 ? 32 : GROUP
// warploom: launch top_rows<<<ceil_div(rows, BLOCK / LANES), BLOCK>>>(x, largest, rows, cols, LANES)

// Orders 8 values, the largest first, of which each half does so already, in opposite directions.
static __device__ __forceinline__ void settle(float (&list)[8])
{
#pragma unroll
    for (int level = 3 - 1; level >= 0; --level)
#pragma unroll
        for (int k = 0; k < 8; ++k)
            if ((k & (1 << level)) == 0) {
                const float first = fmaxf(list[k], list[k | 1 << level]);
                list[k | 1 << level] = fminf(list[k], list[k | 1 << level]);
                list[k] = first;
            }
}

// Puts one value where it belongs in an ordered list, whose last it displaces.
static __device__ __forceinline__ void keep(float (&list)[8], float value)
{
#pragma unroll
    for (int k = 8 - 1; k > 0; --k)
        list[k] = fmaxf(list[k], fminf(list[k - 1], value));
    list[0] = fmaxf(list[0], value);
}

// The largest 8 of an ordered list and of 8 values in any order.
static __device__ __forceinline__ void keepAll(float (&list)[8], float (&values)[8])
{
#pragma unroll
    for (int k = 0; k < 8; ++k)  // not a number is no candidate
        values[k] = fmaxf(values[k], list[8 - 1]);
#pragma unroll
    for (int size = 1; size <= 3; ++size)
#pragma unroll
        for (int level = size - 1; level >= 0; --level)
#pragma unroll
            for (int k = 0; k < 8; ++k)
                if ((k & (1 << level)) == 0) {
                    const float one = fmaxf(values[k], values[k | 1 << level]);
                    const float two = fminf(values[k], values[k | 1 << level]);
                    values[k] = (k & (1 << size)) == 0 ? one : two;
                    values[k | 1 << level] = (k & (1 << size)) == 0 ? two : one;
                }
#pragma unroll
    for (int k = 0; k < 8; ++k)
        list[k] = fmaxf(list[k], values[8 - 1 - k]);
    settle(list);
}

// Every one of lanes neighbouring lanes gets the largest 8 of all their ordered lists.
static __device__ __forceinline__ void join(float (&list)[8], int lanes)
{
    for (int offset = 1; offset < lanes; offset *= 2) {
        float other[8];
#pragma unroll
        for (int k = 0; k < 8; ++k)
            other[k] = __shfl_xor_sync(0xffffffffu, list[8 - 1 - k], offset);
#pragma unroll
        for (int k = 0; k < 8; ++k)
            list[k] = fmaxf(list[k], other[k]);
        settle(list);
    }
}

extern "C" __global__ void top_rows(const float* x, float* largest, int rows, int cols, int lanes)
{
    int row = blockIdx.x * (blockDim.x / lanes) + threadIdx.x / lanes;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;

    float best[8];
    #pragma unroll
    for (int slot = 0; slot < 8; ++slot)
        best[slot] = __int_as_float(0xff800000);  // minus infinity
    // Each of the threads of a row keeps the 8 largest of what it sees, in registers: 16 bytes at a time, and one by
    // one what lies before the first and behind the last of those.
    const float* elements = &in[0];
    const int head = min(int(cols), int((16 - size_t(elements) % 16) % 16 / sizeof(float)));
    const int vectors = (cols - head) / 4;
    for (int edge = int(threadIdx.x % lanes); edge < cols - vectors * 4; edge += lanes) {
        const int c = edge < head ? edge : edge + vectors * 4;
        const float candidate = in[c];
        if (candidate > best[8 - 1])
            keep(best, candidate);
    }
    for (int vector = int(threadIdx.x % lanes); vector < vectors; vector += LOADS * lanes) {
        __align__(16) float loaded[LOADS][4];
        #pragma unroll
        for (int load = 0; load < LOADS; ++load)
            if (vector + load * lanes < vectors)
                *reinterpret_cast<float4*>(loaded[load]) = *reinterpret_cast<const float4*>(elements + head + (vector + load * lanes) * 4);
        #pragma unroll
        for (int from = 0; from < LOADS * 4; from += 8) {
            float values[8];
            bool any = false;
            #pragma unroll
            for (int slot = 0; slot < 8; ++slot) {
                const int load = (from + slot) / 4;
                const int lane = (from + slot) % 4;
                values[slot] = best[8 - 1];
                if (load < LOADS && vector + load * lanes < vectors)
                    values[slot] = loaded[load][lane];
                any = any || values[slot] > best[8 - 1];
            }
            if (any)
                keepAll(best, values);
        }
    }
    join(best, lanes);

    for (int k = int(threadIdx.x % lanes); k < 8; k += lanes) {
        float kept = best[0];
        #pragma unroll
        for (int slot = 1; slot < 8; ++slot)
            kept = slot == k ? best[slot] : kept;
        largest[size_t(row) * 8 + k] = kept;
    }
}
