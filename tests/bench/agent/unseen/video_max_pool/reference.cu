// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What video_max_pool must compute, in float64: one thread a window, in the order of the places.
//
// warploom: let OUT_T = ceil_div(frames - 1, 2) + 1
// warploom: let OUT_H = ceil_div(height - 1, 2) + 1
// warploom: let OUT_W = ceil_div(width - 1, 2) + 1
// warploom: let TOTAL = clips * channels * OUT_T * OUT_H * OUT_W
// warploom: launch video_max_pool_reference<<<ceil_div(TOTAL, 128), 128>>>(x, y, index, TOTAL, frames, height, width, OUT_T, OUT_H, OUT_W)

#include <cuda_fp16.h>

extern "C" __global__ void video_max_pool_reference(const __half* x, double* y, int* index, long long total,
                                                    long long frames, long long height, long long width,
                                                    long long out_frames, long long out_height, long long out_width)
{
    long long at = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (at >= total)
        return;
    long long j = at % out_width;
    long long i = at / out_width % out_height;
    long long a = at / out_width / out_height % out_frames;
    const __half* volume = x + at / (out_width * out_height * out_frames) * frames * height * width;

    double most = 0;
    long long where = -1;
    for (long long p = 2 * a - 1; p <= 2 * a + 1; ++p) {
        for (long long q = 2 * i - 1; q <= 2 * i + 1; ++q) {
            for (long long r = 2 * j - 1; r <= 2 * j + 1; ++r) {
                if (p < 0 || p >= frames || q < 0 || q >= height || r < 0 || r >= width)
                    continue;
                long long place = (p * height + q) * width + r;
                double value = double(__half2float(volume[place]));
                if (where < 0 || value > most) {
                    most = value;
                    where = place;
                }
            }
        }
    }
    y[at] = most;
    index[at] = int(where);
}
