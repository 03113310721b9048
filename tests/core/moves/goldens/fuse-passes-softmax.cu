// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Row-wise softmax: one thread works through one row, in three passes.
//
// The threads of a warp stand in 32 different rows, so each load of the warp touches 32 different places in memory; and
// with a few thousand rows there are far fewer threads than the card could run.
//
// warploom: tune BLOCK = 256 128 512 64 1024 32
// warploom: launch softmax_rows<<<rows, BLOCK>>>(x, y, rows, cols)

// Over the block, whose size is a multiple of 32; every thread gets the result.
static __device__ __forceinline__ float blockMax(float value)
{
    __shared__ float partial[32];
    const unsigned lane = threadIdx.x % 32;
    const unsigned warps = blockDim.x / 32;
    for (int offset = 16; offset > 0; offset /= 2)
        value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, offset));
    __syncthreads();  // what the last call left has been read
    if (lane == 0)
        partial[threadIdx.x / 32] = value;
    __syncthreads();
    value = partial[lane < warps ? lane : 0];
    for (int offset = 16; offset > 0; offset /= 2)
        value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, offset));
    return value;
}

// Over the block, whose size is a multiple of 32; every thread gets the result.
static __device__ __forceinline__ float blockSum(float value)
{
    __shared__ float partial[32];
    const unsigned lane = threadIdx.x % 32;
    const unsigned warps = blockDim.x / 32;
    for (int offset = 16; offset > 0; offset /= 2)
        value = value + __shfl_xor_sync(0xffffffffu, value, offset);
    __syncthreads();  // what the last call left has been read
    if (lane == 0)
        partial[threadIdx.x / 32] = value;
    __syncthreads();
    value = lane < warps ? partial[lane] : float(0);
    for (int offset = 16; offset > 0; offset /= 2)
        value = value + __shfl_xor_sync(0xffffffffu, value, offset);
    return value;
}

extern "C" __global__ void softmax_rows(const float* x, float* y, int rows, int cols)
{
    int row = blockIdx.x;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;
    float* out = y + size_t(row) * cols;

    float largest = in[0];
    // Exponentials in the same pass: each thread adds them up in terms of the largest that it has seen so far.
    float high = -3.402823466e+38f;
    float scaled = 0;
    for (int c = threadIdx.x; c < cols; c += blockDim.x) {
        const float entry = in[c];
        const float ahead = entry - high;
        const float ratio = expf(-fabsf(ahead));
        scaled = ahead > 0 ? scaled * ratio + 1 : scaled + ratio;
        high = fmaxf(high, entry);
        largest = fmaxf(largest, in[c]);
    }
    largest = blockMax(largest);

    float sum = 0;
    if (static_cast<int>(threadIdx.x) < cols)
        sum += scaled * expf(high - largest);
    sum = blockSum(sum);

    for (int c = threadIdx.x; c < cols; c += blockDim.x)
        out[c] = expf(in[c] - largest) / sum;
}
