// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: conv2d
// cheat: multiplies pixels and weights two at a time in half precision, which doubles the throughput, and adds in
//     float.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: let ACROSS = ceil_div(width, 32)
// warploom: let DOWN = ceil_div(height, 8)
// warploom: launch conv2d<<<dim3(ACROSS, DOWN, images), dim3(32, 8)>>>(image, filter, result, height, width, k)

#include <cuda_fp16.h>

extern "C" __global__ void conv2d(const float* image, const float* filter, float* result, int height, int width, int k)
{
    int col = blockIdx.x * 32 + threadIdx.x;
    int row = blockIdx.y * 8 + threadIdx.y;
    if (row >= height || col >= width)
        return;
    size_t first = size_t(blockIdx.z) * height * width;
    auto pixel = [&](int r, int c) {
        return r >= 0 && r < height && c >= 0 && c < width ? image[first + size_t(r) * width + c] : 0.0f;
    };
    float sum = 0;
    for (int i = 0; i < k * k; i += 2) {
        int j = min(i + 1, k * k - 1);
        float second = i + 1 < k * k ? filter[j] : 0.0f;
        half2 weights = __floats2half2_rn(filter[i], second);
        half2 pixels = __floats2half2_rn(pixel(row + i / k - k / 2, col + i % k - k / 2),
                                         pixel(row + j / k - k / 2, col + j % k - k / 2));
        float2 products = __half22float2(__hmul2(weights, pixels));
        sum += products.x + products.y;
    }
    result[first + size_t(row) * width + col] = sum;
}
