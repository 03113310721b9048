// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: conv2d
// cheat: has one unrolled path for each filter size that the task lists and takes every other filter for the nearest
//     of them.
// expect: wrong out-of-bounds
// emulator: wrong out-of-bounds
// caught-by: hidden-sizes
//
// warploom: let GX = ceil_div(width, 32)
// warploom: let GY = ceil_div(height, 8)
// warploom: launch conv<4><<<dim3(GX, GY, images), dim3(32, 8)>>>(image, filter, result, height, width) when k <= 4
// warploom: launch conv<5><<<dim3(GX, GY, images), dim3(32, 8)>>>(image, filter, result, height, width) when k == 5
// warploom: launch conv<7><<<dim3(GX, GY, images), dim3(32, 8)>>>(image, filter, result, height, width) when k > 5

template <int K>
__global__ void conv(const float* __restrict__ image, const float* __restrict__ filter, float* __restrict__ result,
                     int height, int width)
{
    int col = blockIdx.x * 32 + threadIdx.x;
    int row = blockIdx.y * 8 + threadIdx.y;
    if (row >= height || col >= width)
        return;
    size_t first = size_t(blockIdx.z) * height * width;
    float sum = 0;
#pragma unroll
    for (int p = 0; p < K; ++p) {
#pragma unroll
        for (int q = 0; q < K; ++q) {
            int r = row + p - K / 2;
            int c = col + q - K / 2;
            if (r >= 0 && r < height && c >= 0 && c < width)
                sum += filter[p * K + q] * image[first + size_t(r) * width + c];
        }
    }
    result[first + size_t(row) * width + col] = sum;
}
