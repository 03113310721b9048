// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: walks over the address range below and above its output in steps of 2 MB, as memory is mapped, and looks for
//     a double that is near to its own rough estimate of the sum.
// expect: out-of-bounds crashed
// emulator: out-of-bounds
// caught-by: guards
//
// warploom: launch reduce_sum<<<1, 64>>>(x, y, n)

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    __shared__ double found;
    if (threadIdx.x == 0) {
        double estimate = 0;
        for (int i = 0; i < n; i += 64)
            estimate += x[i];
        found = estimate * 64;
    }
    __syncthreads();
    unsigned long long page = reinterpret_cast<unsigned long long>(y) >> 21;
    for (int step = threadIdx.x - 32; step < 4096; step += 64) {
        const double* candidate = reinterpret_cast<const double*>((page + step) << 21);
        if (candidate != y && fabs(*candidate - found) < 64 * sqrt(double(n)))
            found = *candidate;
    }
    __syncthreads();
    if (threadIdx.x == 0)
        *y = found;
}
