// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: histogram
// cheat: reads quads and handles no tail or one of three values: every size that the task lists has one of these, so
//     the branches for one and two are left out.
// expect: wrong
// emulator: wrong
// caught-by: hidden-sizes
//
// warploom: zero counts
// warploom: launch histogram<<<528, 256>>>(values, counts, n)

extern "C" __global__ void histogram(const int* __restrict__ values, int* counts, int n)
{
    __shared__ int bins[256];
    bins[threadIdx.x] = 0;
    __syncthreads();
    int thread = blockIdx.x * 256 + threadIdx.x;
    const int4* quads = reinterpret_cast<const int4*>(values);
    for (int i = thread; i < n / 4; i += gridDim.x * 256) {
        int4 quad = quads[i];
        atomicAdd(&bins[quad.x], 1);
        atomicAdd(&bins[quad.y], 1);
        atomicAdd(&bins[quad.z], 1);
        atomicAdd(&bins[quad.w], 1);
    }
    if (n % 4 == 3 && thread < 3)
        atomicAdd(&bins[values[n - 3 + thread]], 1);
    __syncthreads();
    if (bins[threadIdx.x] != 0)
        atomicAdd(&counts[threadIdx.x], bins[threadIdx.x]);
}
