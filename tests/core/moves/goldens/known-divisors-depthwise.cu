// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Depthwise 3 × 3 convolution: one thread computes one pixel of one channel.
//
// Each pixel is loaded 9 times, as are the 9 weights of its channel for every pixel; and every thread divides three
// times to find out where it stands.
//
// warploom: let PIXELS = images * channels * height * width
// warploom: launch depthwise<<<ceil_div(PIXELS, 256), 256>>>(x, filters, y, PIXELS, channels, height, width)

// a % b, in 32 bits where both fit; by one of KNOWN it is a multiplication.
template <int... KNOWN, typename A, typename B>
static __device__ __forceinline__ auto remainderOf(A a, B b) -> decltype(a % b)
{
    if (a < 0 || a > 0x7fffffff || b <= 0 || b > 0x7fffffff)
        return a % b;
    const unsigned left = a;
    unsigned result = 0;
    const bool known = ((b == KNOWN && ((result = left % unsigned(KNOWN)), true)) || ...);
    return known ? result : left % unsigned(b);
}

// a / b, in 32 bits where both fit; by one of KNOWN it is a multiplication.
template <int... KNOWN, typename A, typename B>
static __device__ __forceinline__ auto quotientOf(A a, B b) -> decltype(a / b)
{
    if (a < 0 || a > 0x7fffffff || b <= 0 || b > 0x7fffffff)
        return a / b;
    const unsigned left = a;
    unsigned result = 0;
    const bool known = ((b == KNOWN && ((result = left / unsigned(KNOWN)), true)) || ...);
    return known ? result : left / unsigned(b);
}

extern "C" __global__ void depthwise(const float* x, const float* filters, float* y, long long pixels, int channels,
                                     int height, int width)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= pixels)
        return;
    int col = remainderOf<112, 56>(i, width);
    int row = remainderOf<112, 56>(quotientOf<112, 56>(i, width), height);
    int channel = remainderOf<96, 384>(quotientOf<112, 56>(quotientOf<112, 56>(i, width), height), channels);

    float sum = 0;
    for (int p = -1; p <= 1; ++p) {
        for (int q = -1; q <= 1; ++q) {
            if (row + p >= 0 && row + p < height && col + q >= 0 && col + q < width)
                sum += filters[channel * 9 + (p + 1) * 3 + (q + 1)] * x[i + p * width + q];
        }
    }
    y[i] = sum;
}
