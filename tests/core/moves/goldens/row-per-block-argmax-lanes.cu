// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Place of the largest value in each row: one thread works through one row.
//
// The threads of a warp stand in 32 different rows, so each load of the warp touches 32 different places in memory; and
// with a few thousand rows there are far fewer threads than the card could run.
//
// warploom: tune BLOCK = 256 128 512 64 1024 32
// warploom: tune GROUP = 8 4 16 2 32
// warploom: launch argmax_rows<<<ceil_div(rows, BLOCK / GROUP), BLOCK>>>(x, index, rows, cols)

// The largest value of GROUP neighbouring lanes, a power of two, with its index, of equals the first; each of them
// gets both.
static __device__ __forceinline__ void groupFirstMax(float& value, int& index)
{
    for (int offset = GROUP / 2; offset > 0; offset /= 2) {
        const float other = __shfl_xor_sync(0xffffffffu, value, offset);
        const int place = __shfl_xor_sync(0xffffffffu, index, offset);
        if (other > value || (other == value && place < index)) {
            value = other;
            index = place;
        }
    }
}

extern "C" __global__ void argmax_rows(const float* x, int* index, int rows, int cols)
{
    int row = blockIdx.x * (blockDim.x / GROUP) + threadIdx.x / GROUP;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;

    int best = 0;
    for (int c = threadIdx.x % GROUP; c < cols; c += GROUP) {
        if (in[c] > in[best])
            best = c;
    }
    float best_value = in[best];
    groupFirstMax(best_value, best);
    if (threadIdx.x % GROUP == 0)
        index[row] = best;
}
