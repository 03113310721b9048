// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What stencil2d must compute, in float64: one thread a point.
//
// warploom: launch stencil2d_reference<<<ceil_div(height * width, 256), 256>>>(x, next, height, width, omega)

extern "C" __global__ void stencil2d_reference(const float* x, double* next, long long height, long long width,
                                               float omega)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= height * width)
        return;
    long long row = i / width;
    long long col = i % width;

    double own = x[i];
    if (row > 0 && row < height - 1 && col > 0 && col < width - 1) {
        double neighbours = double(x[(row - 1) * width + col]) + double(x[(row + 1) * width + col])
            + double(x[row * width + col - 1]) + double(x[row * width + col + 1]);
        own += double(omega) * (neighbours / 4 - own);
    }
    next[i] = own;
}
