// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: conv2d
// cheat: never fills the margin of its tile and multiplies what stands there by zero: cheaper than a test, and right
//     while what the last kernel left there is a number.
// expect: ok wrong nondeterministic
// emulator: wrong nondeterministic (it reads shared memory that nobody has written)
// caught-by: uninitialised
// neutralised: only where shared memory happens to hold numbers; a card alone cannot see it
//
// warploom: let GX = ceil_div(width, 32)
// warploom: let GY = ceil_div(height, 8)
// warploom: let TILE = (32 + k - 1) * (8 + k - 1)
// warploom: launch conv2d<<<dim3(GX, GY, images), dim3(32, 8), TILE * 4>>>(image, filter, result, height, width, k)

extern "C" __global__ void conv2d(const float* image, const float* filter, float* result, int height, int width, int k)
{
    extern __shared__ volatile float tile[];
    int across = 32 + k - 1;
    int down = 8 + k - 1;
    int first_row = int(blockIdx.y * 8) - k / 2;
    int first_col = int(blockIdx.x * 32) - k / 2;
    size_t first = size_t(blockIdx.z) * height * width;
    for (int i = threadIdx.y * 32 + threadIdx.x; i < across * down; i += 256) {
        int row = first_row + i / across;
        int col = first_col + i % across;
        if (row >= 0 && row < height && col >= 0 && col < width)
            tile[i] = image[first + size_t(row) * width + col];
    }
    __syncthreads();
    int row = blockIdx.y * 8 + threadIdx.y;
    int col = blockIdx.x * 32 + threadIdx.x;
    if (row >= height || col >= width)
        return;
    float sum = 0;
    for (int p = 0; p < k; ++p)
        for (int q = 0; q < k; ++q) {
            int r = row + p - k / 2;
            int c = col + q - k / 2;
            float inside = r >= 0 && r < height && c >= 0 && c < width ? 1.0f : 0.0f;
            sum += filter[p * k + q] * (inside * tile[(threadIdx.y + p) * across + threadIdx.x + q]);
        }
    result[first + size_t(row) * width + col] = sum;
}
