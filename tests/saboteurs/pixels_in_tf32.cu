// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: depthwise_conv
// cheat: cuts pixels and weights to the ten bits that tensor cores take of a float, and adds in float.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: let PIXELS = images * channels * height * width
// warploom: launch depthwise<<<ceil_div(PIXELS, 256), 256>>>(x, filters, y, PIXELS, channels, height, width)

__device__ float cut(float value)
{
    return __uint_as_float((__float_as_uint(value) + 0x1000u) & 0xffffe000u);
}

extern "C" __global__ void depthwise(const float* x, const float* filters, float* y, long long pixels, int channels,
                                     int height, int width)
{
    long long i = (long long)(blockIdx.x) * 256 + threadIdx.x;
    if (i >= pixels)
        return;
    int col = i % width;
    int row = i / width % height;
    int channel = i / width / height % channels;
    float sum = 0;
    for (int p = -1; p <= 1; ++p) {
        for (int q = -1; q <= 1; ++q) {
            if (row + p >= 0 && row + p < height && col + q >= 0 && col + q < width)
                sum += cut(filters[channel * 9 + (p + 1) * 3 + (q + 1)]) * cut(x[i + p * width + q]);
        }
    }
    y[i] = sum;
}
