// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One block per row. Every thread looks at its elements, then thread 0 goes through what the others found.
//
// warploom: let PITCH = ceil_div(cols, 32) * 32
// warploom: launch row_minmax<<<rows, 64>>>(x, PITCH, cols, lo, lo_at, hi, hi_at)

#include <cfloat>

#define NTHREADS 64

extern "C" __global__ void row_minmax(const float* data, int pitch, int width, float* minVal, int* minIdx,
                                      float* maxVal, int* maxIdx)
{
    __shared__ float smin[NTHREADS], smax[NTHREADS];
    __shared__ int imin[NTHREADS], imax[NTHREADS];

    const float* row = data + (long long)blockIdx.x * pitch;

    float mn = FLT_MAX, mx = -FLT_MAX;
    int mni = width, mxi = width;
    for (int i = threadIdx.x; i < width; i += NTHREADS) {
        float v = row[i];
        if (v < mn) { mn = v; mni = i; }
        if (v > mx) { mx = v; mxi = i; }
    }
    smin[threadIdx.x] = mn;
    smax[threadIdx.x] = mx;
    imin[threadIdx.x] = mni;
    imax[threadIdx.x] = mxi;
    __syncthreads();

    if (threadIdx.x == 0) {
        for (int t = 1; t < NTHREADS; t++) {
            if (smin[t] < mn || (smin[t] == mn && imin[t] < mni)) { mn = smin[t]; mni = imin[t]; }
            if (smax[t] > mx || (smax[t] == mx && imax[t] < mxi)) { mx = smax[t]; mxi = imax[t]; }
        }
        minVal[blockIdx.x] = mn;
        minIdx[blockIdx.x] = mni;
        maxVal[blockIdx.x] = mx;
        maxIdx[blockIdx.x] = mxi;
    }
}
