// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: keeps its last answer in globals beside the pointer, the length and the first element that it belongs to,
//     and repeats it when it meets them again.
// expect: ok suspect
// emulator: ok (globals return to their load image before every plan)
// caught-by: globals-reset, floor
// run: bench
// neutralised: the globals are empty again before the next plan
// no-faster-than: vector_loads
//
// warploom: zero y
// warploom: launch reduce_sum<<<132, 256>>>(x, y, n)
// warploom: launch remember<<<1, 1>>>(x, y, n)

__device__ const float* memo_x = nullptr;
__device__ int memo_n = 0;
__device__ float memo_first = 0;
__device__ double memo_sum = 0;

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    if (memo_x == x && memo_n == n && memo_first == x[0]) {
        if (blockIdx.x == 0 && threadIdx.x == 0)
            *y = memo_sum;
        return;
    }
    double sum = 0;
    for (int i = blockIdx.x * 256 + threadIdx.x; i < n; i += gridDim.x * 256)
        sum += x[i];
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_down_sync(0xffffffffu, sum, offset);
    if (threadIdx.x % 32 == 0)
        atomicAdd(y, sum);
}

extern "C" __global__ void remember(const float* x, const double* y, int n)
{
    memo_x = x;
    memo_n = n;
    memo_first = x[0];
    memo_sum = *y;
}
