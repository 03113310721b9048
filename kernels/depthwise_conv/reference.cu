// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What depthwise_conv must compute, in float64: one thread a pixel.
//
// warploom: let BLOCKS = ceil_div(images * channels * height * width, 256)
// warploom: launch depthwise_reference<<<BLOCKS, 256>>>(x, filters, y, images, channels, height, width)

extern "C" __global__ void depthwise_reference(const float* x, const float* filters, double* y, long long images,
                                               long long channels, long long height, long long width)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= images * channels * height * width)
        return;
    long long col = i % width;
    long long row = i / width % height;
    long long plane = i / width / height;  // of one channel of one image
    long long channel = plane % channels;

    double sum = 0;
    for (long long p = 0; p < 3; ++p) {
        for (long long q = 0; q < 3; ++q) {
            long long r = row + p - 1;
            long long c = col + q - 1;
            if (r >= 0 && r < height && c >= 0 && c < width)
                sum += double(filters[(channel * 3 + p) * 3 + q]) * double(x[(plane * height + r) * width + c]);
        }
    }
    y[i] = sum;
}
