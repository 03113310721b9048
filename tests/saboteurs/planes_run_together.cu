// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: depthwise_conv
// cheat: takes all planes for one tall image, so that only the left and the right edge need a test: the first and the
//     last row of an image see those of its neighbours.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: let ROWS = images * channels * height
// warploom: launch depthwise<<<ceil_div(ROWS * width, 256), 256>>>(x, filters, y, ROWS, channels, height, width)

extern "C" __global__ void depthwise(const float* x, const float* filters, float* y, long long rows, int channels,
                                     int height, int width)
{
    long long i = (long long)(blockIdx.x) * 256 + threadIdx.x;
    if (i >= rows * width)
        return;
    long long row = i / width;
    int col = i % width;
    const float* weights = filters + row / height % channels * 9;
    float sum = 0;
    for (int p = -1; p <= 1; ++p) {
        for (int q = -1; q <= 1; ++q) {
            if (row + p >= 0 && row + p < rows && col + q >= 0 && col + q < width)
                sum += weights[(p + 1) * 3 + (q + 1)] * x[i + p * width + q];
        }
    }
    y[i] = sum;
}
