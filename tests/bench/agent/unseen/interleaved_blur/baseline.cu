// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Binomial blur of interleaved images: one thread computes one channel of one pixel, in blocks of 32 × 8, a layer of
// the grid a frame.
//
// Each value is loaded 25 times, a byte at a time, and the sums along a row are added up anew for five rows.
//
// warploom: let ACROSS = ceil_div(width * channels, 32)
// warploom: let DOWN = ceil_div(height, 8)
// warploom: launch blur<<<dim3(ACROSS, DOWN, frames), dim3(32, 8)>>>(x, y, height, width, channels)

extern "C" __global__ void blur(const unsigned char* x, unsigned char* y, int height, int width, int channels)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= height || i >= width * channels)
        return;
    int col = i / channels;
    int channel = i % channels;
    size_t first = size_t(blockIdx.z) * height * width * channels;  // of this frame

    const int weights[5] = {1, 4, 6, 4, 1};
    int sum = 0;
    for (int p = 0; p < 5; ++p) {
        for (int q = 0; q < 5; ++q) {
            int r = min(max(row + p - 2, 0), height - 1);
            int c = min(max(col + q - 2, 0), width - 1);
            sum += weights[p] * weights[q] * x[first + (size_t(r) * width + c) * channels + channel];
        }
    }
    y[first + size_t(row) * width * channels + i] = (sum + 128) / 256;
}
