// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Softmax over the channels of planar images: one thread works through the channels of one pixel, in three loops, and
// a row of the grid is an image.
//
// Neighbouring threads stand at neighbouring pixels, but each of them reads all channels three times, in steps of a
// whole plane, one value after the other; and each exponential is computed twice.
//
// warploom: tune BLOCK = 512 256 1024 128 64 32
// warploom: tune COLUMNS = 32 64 128
// warploom: require BLOCK % COLUMNS == 0
// warploom: launch channel_softmax<<<dim3(ceil_div(plane, COLUMNS), n_img), BLOCK>>>(score, prob, n_chan, plane)

// Over the threads of the block that share a column, every COLUMNSth; each of them gets the result.
static __device__ __forceinline__ float columnMax(float value)
{
    __shared__ float partial[1024];
    __syncthreads();  // what the last call left has been read
    partial[threadIdx.x] = value;
    __syncthreads();
    value = partial[threadIdx.x % COLUMNS];
    for (unsigned at = threadIdx.x % COLUMNS + COLUMNS; at < blockDim.x; at += COLUMNS)
        value = fmaxf(value, partial[at]);
    return value;
}

// Over the threads of the block that share a column, every COLUMNSth; each of them gets the result.
static __device__ __forceinline__ float columnSum(float value)
{
    __shared__ float partial[1024];
    __syncthreads();  // what the last call left has been read
    partial[threadIdx.x] = value;
    __syncthreads();
    value = partial[threadIdx.x % COLUMNS];
    for (unsigned at = threadIdx.x % COLUMNS + COLUMNS; at < blockDim.x; at += COLUMNS)
        value = value + partial[at];
    return value;
}

extern "C" __global__ void channel_softmax(const float* __restrict__ score, float* __restrict__ prob, const int n_chan,
                                           const int plane)
{
    const int p = blockIdx.x * COLUMNS + threadIdx.x % COLUMNS;
    if (p >= plane) {
        return;
    }
    const size_t base = size_t(blockIdx.y) * n_chan * plane + p;

    float max_val = -3.402823466e38f;
    for (int c = threadIdx.x / COLUMNS; c < n_chan; c += blockDim.x / COLUMNS) {
        max_val = fmaxf(max_val, score[base + size_t(c) * plane]);
    }
    max_val = columnMax(max_val);

    float denom = 0.0f;
    for (int c = threadIdx.x / COLUMNS; c < n_chan; c += blockDim.x / COLUMNS) {
        denom += expf(score[base + size_t(c) * plane] - max_val);
    }
    denom = columnSum(denom);

    for (int c = threadIdx.x / COLUMNS; c < n_chan; c += blockDim.x / COLUMNS) {
        const float e = expf(score[base + size_t(c) * plane] - max_val);
        prob[base + size_t(c) * plane] = e / denom;
    }
}
