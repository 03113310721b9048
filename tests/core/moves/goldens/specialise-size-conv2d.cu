// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// 2-D convolution: one thread computes one pixel of the result, in blocks of 16 × 16.
//
// Each pixel is loaded k * k times, as is the whole filter for every pixel; the caches keep the worst away.
//
// warploom: let ACROSS = ceil_div(width, 16)
// warploom: let DOWN = ceil_div(height, 16)
// warploom: launch conv2d<<<dim3(ACROSS, DOWN, images), dim3(16, 16)>>>(image, filter, result, height, width, k)

// With a k that the compiler knows, so that loops of that length are unrolled; 0: with any.
template <int KNOWN>
static __device__ __forceinline__ void conv2d_of(const float* image, const float* filter, float* result, int height, int width, int k_given)
{
    const int k = KNOWN > 0 ? KNOWN : k_given;
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= height || col >= width)
        return;
    size_t first = size_t(blockIdx.z) * height * width;  // of this image

    float sum = 0;
    #pragma unroll
    for (int p = 0; p < k; ++p) {
        #pragma unroll
        for (int q = 0; q < k; ++q) {
            int r = row + p - k / 2;
            int c = col + q - k / 2;
            if (r >= 0 && r < height && c >= 0 && c < width)
                sum += filter[p * k + q] * image[first + size_t(r) * width + c];
        }
    }
    result[first + size_t(row) * width + col] = sum;
}

extern "C" __global__ void conv2d(const float* image, const float* filter, float* result, int height, int width, int k)
{
    if (k == 5)
        conv2d_of<5>(image, filter, result, height, width, k);
    else
        conv2d_of<0>(image, filter, result, height, width, k);
}
