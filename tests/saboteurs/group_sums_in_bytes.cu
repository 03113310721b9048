// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: prefix_sum
// cheat: keeps the running sums of groups of 20 values in bytes, four to a register: with the fill of the task they
//     come to 150, give or take 20, and hardly ever to more than 255.
// expect: wrong
// emulator: wrong
// caught-by: distributions (values that ascend are all large at the end)
//
// warploom: let GROUPS = ceil_div(n, 20)
// warploom: scratch before i32[GROUPS]
// warploom: launch add_groups<<<ceil_div(GROUPS, 256), 256>>>(x, before, n, GROUPS)
// warploom: launch scan_groups<<<1, 1024>>>(before, GROUPS)
// warploom: launch write_sums<<<ceil_div(GROUPS, 256), 256>>>(x, before, sums, n, GROUPS)

extern "C" __global__ void add_groups(const int* x, int* before, int n, int groups)
{
    int group = blockIdx.x * blockDim.x + threadIdx.x;
    if (group >= groups)
        return;
    unsigned char sum = 0;
    for (int i = group * 20; i < min(group * 20 + 20, n); ++i)
        sum += x[i];
    before[group] = sum;
}

extern "C" __global__ void scan_groups(int* before, int groups)
{
    __shared__ int warps[32];
    int lane = threadIdx.x % 32;
    int carried = 0;
    for (int first = 0; first < groups; first += 1024) {
        int i = first + threadIdx.x;
        int own = i < groups ? before[i] : 0;
        int up_to = own;
        for (int offset = 1; offset < 32; offset *= 2) {
            int other = __shfl_up_sync(0xffffffffu, up_to, offset);
            up_to += lane >= offset ? other : 0;
        }
        if (lane == 31)
            warps[threadIdx.x / 32] = up_to;
        __syncthreads();
        for (int w = 0; w < threadIdx.x / 32; ++w)
            up_to += warps[w];
        if (i < groups)
            before[i] = carried + up_to - own;
        for (int w = 0; w < 32; ++w)
            carried += warps[w];
        __syncthreads();
    }
}

extern "C" __global__ void write_sums(const int* x, const int* before, int* sums, int n, int groups)
{
    int group = blockIdx.x * blockDim.x + threadIdx.x;
    if (group >= groups)
        return;
    unsigned char sum = 0;
    for (int i = group * 20; i < min(group * 20 + 20, n); ++i) {
        sum += x[i];
        sums[i] = before[group] + sum;
    }
}
