// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: conv2d
// cheat: computes the inside of each image and zeroes the border without looking at it: two per mille of a full-HD
//     frame.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: let ACROSS = ceil_div(width, 32)
// warploom: let DOWN = ceil_div(height, 8)
// warploom: launch conv2d<<<dim3(ACROSS, DOWN, images), dim3(32, 8)>>>(image, filter, result, height, width, k)

extern "C" __global__ void conv2d(const float* image, const float* filter, float* result, int height, int width, int k)
{
    int col = blockIdx.x * 32 + threadIdx.x;
    int row = blockIdx.y * 8 + threadIdx.y;
    if (row >= height || col >= width)
        return;
    size_t first = size_t(blockIdx.z) * height * width;
    float sum = 0;
    if (row >= k / 2 && col >= k / 2 && row + k <= height && col + k <= width)
        for (int p = 0; p < k; ++p)
            for (int q = 0; q < k; ++q)
                sum += filter[p * k + q] * image[first + size_t(row + p - k / 2) * width + col + q - k / 2];
    result[first + size_t(row) * width + col] = sum;
}
