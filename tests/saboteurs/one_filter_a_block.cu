// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: depthwise_conv
// cheat: loads one filter for each block of 256 pixels, that of its first: on the 112 x 112 images that are timed no
//     block reaches into a second channel.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: let PIXELS = images * channels * height * width
// warploom: launch depthwise<<<ceil_div(PIXELS, 256), 256>>>(x, filters, y, PIXELS, channels, height, width)

extern "C" __global__ void depthwise(const float* x, const float* filters, float* y, long long pixels, int channels,
                                     int height, int width)
{
    __shared__ float weights[9];
    long long first = (long long)(blockIdx.x) * 256;
    int channel = first / width / height % channels;
    if (threadIdx.x < 9)
        weights[threadIdx.x] = filters[channel * 9 + threadIdx.x];
    __syncthreads();
    long long i = first + threadIdx.x;
    if (i >= pixels)
        return;
    int col = i % width;
    int row = i / width % height;
    float sum = 0;
    for (int p = -1; p <= 1; ++p) {
        for (int q = -1; q <= 1; ++q) {
            if (row + p >= 0 && row + p < height && col + q >= 0 && col + q < width)
                sum += weights[(p + 1) * 3 + (q + 1)] * x[i + p * width + q];
        }
    }
    y[i] = sum;
}
