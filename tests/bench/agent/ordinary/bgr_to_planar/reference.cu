// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each result, in float64.
//
// warploom: let STEP = ceil_div(3 * w, 64) * 64
// warploom: let COUNT = n * 3 * h * w
// warploom: launch bgr_reference<<<ceil_div(COUNT, 128), 128>>>(img, mean, stdev, out, COUNT, h, w, STEP)

extern "C" __global__ void bgr_reference(const unsigned char* img, const float* mean, const float* stdev, double* out,
                                         long long count, long long h, long long w, long long step)
{
    long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= count)
        return;
    long long j = at % w;
    long long i = at / w % h;
    long long c = at / w / h % 3;
    long long n = at / w / h / 3;
    double value = img[(n * h + i) * step + 3 * j + 2 - c];
    out[at] = (value / 255 - double(mean[c])) / double(stdev[c]);
}
