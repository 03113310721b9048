// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Row-wise layer normalisation: one thread works through one row, in three passes (mean, variance, result).
//
// The threads of a warp stand in 32 different rows, so each load of the warp touches 32 different places in memory.
//
// warploom: tune BLOCK = 256 128 512 64 1024 32
// warploom: launch layernorm_rows<<<rows, BLOCK>>>(x, gamma, beta, y, rows, cols, eps)

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

extern "C" __global__ void layernorm_rows(const float* x, const float* gamma, const float* beta, float* y, int rows,
                                          int cols, float eps)
{
    int row = blockIdx.x;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;
    float* out = y + size_t(row) * cols;

    float sum = 0;
    for (int c = threadIdx.x; c < cols; c += blockDim.x)
        sum += in[c];
    sum = blockSum(sum);
    float mean = sum / cols;

    float squares = 0;
    for (int c = threadIdx.x; c < cols; c += blockDim.x) {
        float distance = in[c] - mean;
        squares += distance * distance;
    }
    squares = blockSum(squares);
    float scale = 1.0f / sqrtf(squares / cols + eps);

    for (int c = threadIdx.x; c < cols; c += blockDim.x)
        out[c] = (in[c] - mean) * scale * gamma[c] + beta[c];
}
