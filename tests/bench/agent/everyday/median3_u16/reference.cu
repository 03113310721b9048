// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each pixel: the value with at most four smaller ones and at least five no larger.
//
// warploom: let TOTAL = frames * h * w
// warploom: launch median_reference<<<ceil_div(TOTAL, 128), 128>>>(img, out, TOTAL, h, w)

extern "C" __global__ void median_reference(const unsigned short* img, unsigned short* out, long long total, long long h,
                                            long long w)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long x = i % w, y = i / w % h, n = i / w / h;
    unsigned short v[9];
    for (int e = 0; e < 9; ++e) {
        long long yy = y + e / 3 - 1, xx = x + e % 3 - 1;
        yy = yy < 0 ? 0 : yy >= h ? h - 1 : yy;
        xx = xx < 0 ? 0 : xx >= w ? w - 1 : xx;
        v[e] = img[(n * h + yy) * w + xx];
    }
    for (int e = 0; e < 9; ++e) {
        int below = 0, equal = 0;
        for (int o = 0; o < 9; ++o) {
            below += v[o] < v[e];
            equal += v[o] == v[e];
        }
        if (below <= 4 && below + equal >= 5)
            out[i] = v[e];
    }
}
