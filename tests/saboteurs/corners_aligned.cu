// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: bilinear_resize
// cheat: lays the corners of both images on one another, which needs no half pixels and nothing clamped at the start;
//     inside a large image the difference is a fraction of a pixel.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: let ACROSS = ceil_div(ow, 16)
// warploom: let DOWN = ceil_div(oh, 16)
// warploom: launch resize<<<dim3(ACROSS, DOWN, planes), dim3(16, 16)>>>(x, y, h, w, oh, ow)

extern "C" __global__ void resize(const float* x, float* y, int h, int w, int oh, int ow)
{
    int col = blockIdx.x * 16 + threadIdx.x;
    int row = blockIdx.y * 16 + threadIdx.y;
    if (row >= oh || col >= ow)
        return;
    const float* in = x + size_t(blockIdx.z) * h * w;
    float v = float(row) * (h - 1) / max(oh - 1, 1);
    float u = float(col) * (w - 1) / max(ow - 1, 1);
    int top = min(int(v), h - 1);
    int left = min(int(u), w - 1);
    int bottom = min(top + 1, h - 1);
    int right = min(left + 1, w - 1);
    float down = v - top;
    float across = u - left;
    float above = (1 - across) * in[size_t(top) * w + left] + across * in[size_t(top) * w + right];
    float below = (1 - across) * in[size_t(bottom) * w + left] + across * in[size_t(bottom) * w + right];
    y[(size_t(blockIdx.z) * oh + row) * ow + col] = (1 - down) * above + down * below;
}
