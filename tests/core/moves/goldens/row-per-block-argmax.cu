// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Place of the largest value in each row: one thread works through one row.
//
// The threads of a warp stand in 32 different rows, so each load of the warp touches 32 different places in memory; and
// with a few thousand rows there are far fewer threads than the card could run.
//
// warploom: tune BLOCK = 256 128 512 64 1024 32
// warploom: launch argmax_rows<<<rows, BLOCK>>>(x, index, rows, cols)

// The largest value of the block, whose size is a multiple of 32, with its index, of equals the first; every thread
// gets both.
static __device__ __forceinline__ void blockFirstMax(float& value, int& index)
{
    __shared__ float values[32];
    __shared__ int indices[32];
    const unsigned lane = threadIdx.x % 32;
    const unsigned warps = blockDim.x / 32;
    for (int offset = 16; offset > 0; offset /= 2) {
        const float other = __shfl_xor_sync(0xffffffffu, value, offset);
        const int place = __shfl_xor_sync(0xffffffffu, index, offset);
        if (other > value || (other == value && place < index)) {
            value = other;
            index = place;
        }
    }
    __syncthreads();  // what the last call left has been read
    if (lane == 0) {
        values[threadIdx.x / 32] = value;
        indices[threadIdx.x / 32] = index;
    }
    __syncthreads();
    value = values[lane < warps ? lane : 0];
    index = indices[lane < warps ? lane : 0];
    for (int offset = 16; offset > 0; offset /= 2) {
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
    int row = blockIdx.x;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;

    int best = 0;
    for (int c = threadIdx.x; c < cols; c += blockDim.x) {
        if (in[c] > in[best])
            best = c;
    }
    float best_value = in[best];
    blockFirstMax(best_value, best);
    if (threadIdx.x == 0)
        index[row] = best;
}
