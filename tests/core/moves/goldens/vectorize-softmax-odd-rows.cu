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
    // Rows start anywhere: vectors from the first boundary of 16 bytes on, single elements before and after them.
    const int c_head = min(int(-reinterpret_cast<unsigned long long>(in) % 16 / 4), cols);
    const int c_whole = (cols - c_head) / 4 * 4;
    for (int c = c_head + threadIdx.x * 4; c < c_head + c_whole; c += blockDim.x * 4) {
        __align__(16) float x_vec[4];
        *reinterpret_cast<float4*>(x_vec) = *reinterpret_cast<const float4*>(&in[c]);
        #pragma unroll
        for (int lane_2 = 0; lane_2 < 4; ++lane_2) {
            largest = fmaxf(largest, x_vec[lane_2]);
        }
    }
    for (int c_edge = threadIdx.x; c_edge < cols - c_whole; c_edge += blockDim.x) {
        const int c = c_edge < c_head ? c_edge : c_edge + c_whole;
        largest = fmaxf(largest, in[c]);
    }
    largest = blockMax(largest);

    float sum = 0;
    for (int c = c_head + threadIdx.x * 4; c < c_head + c_whole; c += blockDim.x * 4) {
        __align__(16) float x_vec[4];
        *reinterpret_cast<float4*>(x_vec) = *reinterpret_cast<const float4*>(&in[c]);
        #pragma unroll
        for (int lane_2 = 0; lane_2 < 4; ++lane_2) {
            sum += expf(x_vec[lane_2] - largest);
        }
    }
    for (int c_edge = threadIdx.x; c_edge < cols - c_whole; c_edge += blockDim.x) {
        const int c = c_edge < c_head ? c_edge : c_edge + c_whole;
        sum += expf(in[c] - largest);
    }
    sum = blockSum(sum);

    for (int c = c_head + threadIdx.x * 4; c < c_head + c_whole; c += blockDim.x * 4) {
        __align__(16) float y_vec[4];
        __align__(16) float x_vec[4];
        *reinterpret_cast<float4*>(x_vec) = *reinterpret_cast<const float4*>(&in[c]);
        #pragma unroll
        for (int lane_2 = 0; lane_2 < 4; ++lane_2) {
            y_vec[lane_2] = expf(x_vec[lane_2] - largest) / sum;
        }
        *reinterpret_cast<float4*>(&out[c]) = *reinterpret_cast<const float4*>(y_vec);
    }
    for (int c_edge = threadIdx.x; c_edge < cols - c_whole; c_edge += blockDim.x) {
        const int c = c_edge < c_head ? c_edge : c_edge + c_whole;
        out[c] = expf(in[c] - largest) / sum;
    }
}
