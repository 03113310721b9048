// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What edge_diffusion must compute, in float64: one thread a pixel, those of the padding too.
//
// warploom: let PITCH = width + pad
// warploom: let TOTAL = images * height * PITCH
// warploom: launch edge_diffusion_reference<<<ceil_div(TOTAL, 256), 256>>>(src, dst, TOTAL, height, width, PITCH, step, kappa)

#include <cuda_fp16.h>

extern "C" __global__ void edge_diffusion_reference(const __half* src, double* dst, long long total, long long height,
                                                    long long width, long long pitch, float step, float kappa)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long col = i % pitch;
    long long row = i / pitch % height;
    if (col >= width) {
        dst[i] = 0;
        return;
    }

    // where the neighbours are, or the pixel itself in their place: its gradient is 0, and so is what flows
    long long places[4] = {row > 0 ? i - pitch : i, row < height - 1 ? i + pitch : i, col > 0 ? i - 1 : i,
                           col < width - 1 ? i + 1 : i};
    double own = double(__half2float(src[i]));
    double flow = 0;
    for (int side = 0; side < 4; ++side) {
        double gradient = double(__half2float(src[places[side]])) - own;
        double ratio = gradient / double(kappa);
        flow += exp(-ratio * ratio) * gradient;
    }
    dst[i] = own + double(step) * flow;
}
