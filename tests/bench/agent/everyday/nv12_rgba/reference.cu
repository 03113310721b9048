// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each byte of the result.
//
// warploom: let TOTAL = 16 * frames * hh * hw
// warploom: launch nv12_reference<<<ceil_div(TOTAL, 128), 128>>>(luma, chroma, rgba, TOTAL, hh, hw)

extern "C" __global__ void nv12_reference(const unsigned char* luma, const unsigned char* chroma, unsigned char* rgba,
                                          long long total, long long hh, long long hw)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long channel = i % 4, x = i / 4 % (2 * hw), y = i / 4 / (2 * hw) % (2 * hh), n = i / 16 / hw / hh;
    const unsigned char* uv = chroma + ((n * hh + y / 2) * hw + x / 2) * 2;
    const int of_d[3] = {0, -100, 516}, of_e[3] = {409, -208, 0};
    int value = 255;
    if (channel < 3) {
        value = 298 * (luma[i / 4] - 16) + of_d[channel] * (uv[0] - 128) + of_e[channel] * (uv[1] - 128) + 128;
        value = value < 0 ? 0 : value / 256;
        value = value > 255 ? 255 : value;
    }
    rgba[i] = value;
}
