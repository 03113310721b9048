// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What flow_warp must compute, in float64: one thread a value.
//
// warploom: let TOTAL = images * height * width * channels
// warploom: launch flow_warp_reference<<<ceil_div(TOTAL, 256), 256>>>(x, flow, y, TOTAL, height, width, channels)

#include <cuda_fp16.h>

extern "C" __global__ void flow_warp_reference(const __half* x, const float* flow, double* y, long long total,
                                               long long height, long long width, long long channels)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long c = i % channels;
    long long pixel = i / channels;
    long long col = pixel % width;
    long long row = pixel / width % height;
    long long image = pixel / width / height;

    double across = double(col) + double(flow[2 * pixel]);
    double down = double(row) + double(flow[2 * pixel + 1]);
    long long left = (long long)(floor(across));
    long long top = (long long)(floor(down));

    double sum = 0;
    for (long long r = top; r <= top + 1; ++r) {
        for (long long q = left; q <= left + 1; ++q) {
            if (r < 0 || r >= height || q < 0 || q >= width)
                continue;
            double weight = (1 - fabs(down - double(r))) * (1 - fabs(across - double(q)));
            sum += weight * double(__half2float(x[((image * height + r) * width + q) * channels + c]));
        }
    }
    y[i] = sum;
}
