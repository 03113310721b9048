// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Depthwise 3 × 3 convolution: one thread computes one pixel of one channel.
//
// Each pixel is loaded 9 times, as are the 9 weights of its channel for every pixel; and every thread divides three
// times to find out where it stands.
//
// warploom: let PIXELS = images * channels * height * width
// warploom: launch depthwise<<<ceil_div(PIXELS, 256), 256>>>(x, filters, y, PIXELS, channels, height, width)

// depthwise for one set of sizes; known ones become constants of the copy that is made.
static __device__ __forceinline__ void depthwise_of(const float* x, const float* filters, float* y,
    long long pixels, int channels, int height, int width)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= pixels)
        return;
    int col = i % width;
    int row = i / width % height;
    int channel = i / width / height % channels;

    float sum = 0;
    for (int p = -1; p <= 1; ++p) {
        for (int q = -1; q <= 1; ++q) {
            if (row + p >= 0 && row + p < height && col + q >= 0 && col + q < width)
                sum += filters[channel * 9 + (p + 1) * 3 + (q + 1)] * x[i + p * width + q];
        }
    }
    y[i] = sum;
}

extern "C" __global__ void depthwise(const float* x, const float* filters, float* y, long long pixels, int channels,
                                     int height, int width)
{
    if (pixels == 77070336 && channels == 96 && height == 112 && width == 112)
        depthwise_of(x, filters, y, 77070336, 96, 112, 112);
    else if (pixels == 77070336 && channels == 384 && height == 56 && width == 56)
        depthwise_of(x, filters, y, 77070336, 384, 56, 56);
    else
        depthwise_of(x, filters, y, pixels, channels, height, width);
}
