// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Softmax over the channels of planar images: one thread works through the channels of one pixel, in three loops, and
// a row of the grid is an image.
//
// Neighbouring threads stand at neighbouring pixels, but each of them reads all channels three times, in steps of a
// whole plane, one value after the other; and each exponential is computed twice.
//
// warploom: tune BLOCK = 128 64 256 32 512 1024
// warploom: launch channel_softmax<<<dim3(ceil_div(plane, 32), n_img), BLOCK>>>(score, prob, n_chan, plane)

// Over the same lane of all warps of the block; each of these threads gets the result.
static __device__ __forceinline__ float columnMax(float value)
{
    __shared__ float partial[32][32];
    const unsigned lane = threadIdx.x % 32;
    __syncthreads();  // what the last call left has been read
    partial[threadIdx.x / 32][lane] = value;
    __syncthreads();
    value = partial[0][lane];
    for (unsigned warp = 1; warp < blockDim.x / 32; ++warp)
        value = fmaxf(value, partial[warp][lane]);
    return value;
}

// Over the same lane of all warps of the block; each of these threads gets the result.
static __device__ __forceinline__ float columnSum(float value)
{
    __shared__ float partial[32][32];
    const unsigned lane = threadIdx.x % 32;
    __syncthreads();  // what the last call left has been read
    partial[threadIdx.x / 32][lane] = value;
    __syncthreads();
    value = partial[0][lane];
    for (unsigned warp = 1; warp < blockDim.x / 32; ++warp)
        value = value + partial[warp][lane];
    return value;
}

extern "C" __global__ void channel_softmax(const float* __restrict__ score, float* __restrict__ prob, const int n_chan,
                                           const int plane)
{
    const int p = blockIdx.x * 32 + threadIdx.x % 32;
    if (p >= plane) {
        return;
    }
    const size_t base = size_t(blockIdx.y) * n_chan * plane + p;

    float max_val = -3.402823466e38f;
    for (int c = threadIdx.x / 32; c < n_chan; c += blockDim.x / 32) {
        max_val = fmaxf(max_val, score[base + size_t(c) * plane]);
    }
    max_val = columnMax(max_val);

    float denom = 0.0f;
    for (int c = threadIdx.x / 32; c < n_chan; c += blockDim.x / 32) {
        denom += expf(score[base + size_t(c) * plane] - max_val);
    }
    denom = columnSum(denom);

    for (int c = threadIdx.x / 32; c < n_chan; c += blockDim.x / 32) {
        const float e = expf(score[base + size_t(c) * plane] - max_val);
        prob[base + size_t(c) * plane] = e / denom;
    }
}
