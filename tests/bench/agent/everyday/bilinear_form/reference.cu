// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each result, in float64.
//
// warploom: let TOTAL = batch * no
// warploom: launch bilinear_reference<<<ceil_div(TOTAL, 128), 128>>>(left, w, right, bias, y, TOTAL, batch, no, ni, nj)

extern "C" __global__ void bilinear_reference(const float* left, const float* w, const float* right, const float* bias,
                                              double* y, long long total, long long batch, long long no, long long ni,
                                              long long nj)
{
    long long e = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (e >= total)
        return;
    long long b = e % batch, o = e / batch; // a warp shares w
    double sum = bias[o];
    for (long long i = 0; i < ni; ++i) {
        double inner = 0;
        for (long long j = 0; j < nj; ++j)
            inner += double(w[(o * ni + i) * nj + j]) * double(right[b * nj + j]);
        sum += double(left[b * ni + i]) * inner;
    }
    y[b * no + o] = sum;
}
