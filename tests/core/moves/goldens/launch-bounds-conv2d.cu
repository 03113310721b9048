// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// 2-D convolution: one thread computes one pixel of the result, in blocks of 16 × 16.
//
// Each pixel is loaded k * k times, as is the whole filter for every pixel; the caches keep the worst away.
//
// warploom: tune UNROLL = 4 1 2 8 16
// warploom: tune MIN_BLOCKS = 4 1 2 3 5 6 8
// warploom: let ACROSS = ceil_div(width, 16)
// warploom: let DOWN = ceil_div(height, 16)
// warploom: launch conv2d<<<dim3(ACROSS, DOWN, images), dim3(16, 16)>>>(image, filter, result, height, width, k)

extern "C" __global__ void __launch_bounds__(16 * 16, MIN_BLOCKS)
    conv2d(const float* image, const float* filter, float* result, int height, int width, int k)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= height || col >= width)
        return;
    size_t first = size_t(blockIdx.z) * height * width;  // of this image

    float sum = 0;
    for (int p = 0; p < k; ++p) {
        #pragma unroll UNROLL
        for (int q = 0; q < k; ++q) {
            int r = row + p - k / 2;
            int c = col + q - k / 2;
            if (r >= 0 && r < height && c >= 0 && c < width)
                sum += filter[p * k + q] * image[first + size_t(r) * width + c];
        }
    }
    result[first + size_t(row) * width + col] = sum;
}
