// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What bilinear_resize must compute, in float64: one thread a pixel. Positions are fractions of integers, so that none
// is rounded: pixel i of n from m lies at ((2 * i + 1) * m - n) / (2 * n).
//
// warploom: let BLOCKS = ceil_div(planes * oh * ow, 256)
// warploom: launch resize_reference<<<BLOCKS, 256>>>(x, y, planes, h, w, oh, ow)

extern "C" __global__ void resize_reference(const float* x, double* y, long long planes, long long h, long long w,
                                            long long oh, long long ow)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= planes * oh * ow)
        return;
    long long col = i % ow;
    long long row = i / ow % oh;
    const float* in = x + i / ow / oh * h * w;

    long long v = (2 * row + 1) * h - oh;
    long long u = (2 * col + 1) * w - ow;
    if (v < 0)
        v = 0;
    if (u < 0)
        u = 0;
    long long top = v / (2 * oh);
    long long left = u / (2 * ow);
    long long bottom = top + 1 < h ? top + 1 : top;
    long long right = left + 1 < w ? left + 1 : left;
    double down = double(v % (2 * oh)) / double(2 * oh);
    double across = double(u % (2 * ow)) / double(2 * ow);

    double above = (1 - across) * in[top * w + left] + across * in[top * w + right];
    double below = (1 - across) * in[bottom * w + left] + across * in[bottom * w + right];
    y[i] = (1 - down) * above + down * below;
}
