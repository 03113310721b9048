// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: bilinear_resize
// cheat: mixes with weights of eight bits, as the texture units do: exact for the ratios that are timed, two per mille
//     off for others.
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
    float v = fmaxf((row + 0.5f) * h / oh - 0.5f, 0.0f);
    float u = fmaxf((col + 0.5f) * w / ow - 0.5f, 0.0f);
    int top = min(int(v), h - 1);
    int left = min(int(u), w - 1);
    int bottom = min(top + 1, h - 1);
    int right = min(left + 1, w - 1);
    float down = roundf((v - top) * 256) / 256;
    float across = roundf((u - left) * 256) / 256;
    float above = (1 - across) * in[size_t(top) * w + left] + across * in[size_t(top) * w + right];
    float below = (1 - across) * in[size_t(bottom) * w + left] + across * in[size_t(bottom) * w + right];
    y[(size_t(blockIdx.z) * oh + row) * ow + col] = (1 - down) * above + down * below;
}
