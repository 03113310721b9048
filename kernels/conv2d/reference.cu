// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What conv2d must compute, in float64: one thread a pixel.
//
// warploom: let BLOCKS = ceil_div(images * height * width, 256)
// warploom: launch conv2d_reference<<<BLOCKS, 256>>>(image, filter, result, images, height, width, k)

extern "C" __global__ void conv2d_reference(const float* image, const float* filter, double* result, long long images,
                                            long long height, long long width, long long k)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= images * height * width)
        return;
    long long col = i % width;
    long long row = i / width % height;
    long long first = i - row * width - col;  // of this image

    double sum = 0;
    for (long long p = 0; p < k; ++p) {
        for (long long q = 0; q < k; ++q) {
            long long r = row + p - k / 2;
            long long c = col + q - k / 2;
            if (r >= 0 && r < height && c >= 0 && c < width)
                sum += double(filter[p * k + q]) * double(image[first + r * width + c]);
        }
    }
    result[i] = sum;
}
