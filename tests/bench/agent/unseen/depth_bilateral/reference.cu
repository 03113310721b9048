// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What depth_bilateral must compute, in float64: one thread a pixel.
//
// warploom: let PIXELS = frames * height * width
// warploom: launch depth_bilateral_reference<<<ceil_div(PIXELS, 128), 128>>>(depth, y, PIXELS, height, width, sigma_space, sigma_depth, near_mm)

extern "C" __global__ void depth_bilateral_reference(const unsigned short* depth, double* y, long long pixels,
                                                     long long height, long long width, float sigma_space,
                                                     float sigma_depth, int near_mm)
{
    long long at = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (at >= pixels)
        return;
    if (depth[at] < near_mm) {
        y[at] = 0;
        return;
    }
    long long col = at % width;
    long long row = at / width % height;

    double sum = 0;
    double weights = 0;
    for (long long p = -6; p <= 6; ++p) {
        for (long long q = -6; q <= 6; ++q) {
            if (row + p < 0 || row + p >= height || col + q < 0 || col + q >= width)
                continue;
            double d = depth[at + p * width + q];
            if (d < near_mm)
                continue;
            double across = double(p * p + q * q) / (2 * double(sigma_space) * double(sigma_space));
            double along = (d - depth[at]) * (d - depth[at]) / (2 * double(sigma_depth) * double(sigma_depth));
            double weight = exp(-across - along);
            sum += weight * d;
            weights += weight;
        }
    }
    y[at] = sum / weights / 1000;
}
