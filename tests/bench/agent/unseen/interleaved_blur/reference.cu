// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What interleaved_blur must compute: one thread a value. All of it is whole numbers, and y as wide as the task has it.
//
// warploom: let VALUES = frames * height * width * channels
// warploom: launch interleaved_blur_reference<<<ceil_div(VALUES, 256), 256>>>(x, y, VALUES, height, width, channels)

extern "C" __global__ void interleaved_blur_reference(const unsigned char* x, unsigned char* y, long long values,
                                                      long long height, long long width, long long channels)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= values)
        return;
    long long channel = i % channels;
    long long col = i / channels % width;
    long long row = i / channels / width % height;
    long long frame = i / channels / width / height;

    long long sum = 0;
    for (int p = -2; p <= 2; ++p) {
        for (int q = -2; q <= 2; ++q) {
            long long r = row + p < 0 ? 0 : row + p >= height ? height - 1 : row + p;
            long long c = col + q < 0 ? 0 : col + q >= width ? width - 1 : col + q;
            long long down = p == 0 ? 6 : p == -1 || p == 1 ? 4 : 1;
            long long across = q == 0 ? 6 : q == -1 || q == 1 ? 4 : 1;
            sum += down * across * x[((frame * height + r) * width + c) * channels + channel];
        }
    }
    y[i] = (sum + 128) / 256;
}
