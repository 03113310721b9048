// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each result, in float64.
//
// warploom: let TOTAL = nx * ny * nz
// warploom: launch reorient_reference<<<ceil_div(TOTAL, 128), 128>>>(raw, out, TOTAL, nx, ny, nz, slope, intercept)

extern "C" __global__ void reorient_reference(const short* raw, double* out, long long total, long long nx,
                                              long long ny, long long nz, float slope, float intercept)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long y = i % ny;
    long long z = i / ny % nz;
    long long x = i / ny / nz;
    out[i] = double(slope) * raw[(z * ny + ny - 1 - y) * nx + x] + double(intercept);
}
