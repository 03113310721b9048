// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// The whole window at once, one thread a pixel, in float64.
//
// warploom: let TOTAL = n * h * w
// warploom: launch smooth_reference<<<ceil_div(TOTAL, 128), 128>>>(img, g, out, TOTAL, h, w, radius)

extern "C" __global__ void smooth_reference(const float* img, const float* g, double* out, long long total,
                                            long long h, long long w, long long radius)
{
    long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= total)
        return;
    long long j = at % w;
    long long i = at / w % h;
    const float* image = img + at / w / h * (h * w);
    double sum = 0;
    for (long long p = -radius; p <= radius; ++p) {
        long long r = i + p < 0 ? 0 : i + p >= h ? h - 1 : i + p;
        for (long long q = -radius; q <= radius; ++q) {
            long long c = j + q < 0 ? 0 : j + q >= w ? w - 1 : j + q;
            sum += double(g[p + radius]) * double(g[q + radius]) * double(image[r * w + c]);
        }
    }
    out[at] = sum;
}
