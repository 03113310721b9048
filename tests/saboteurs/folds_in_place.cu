// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: adds the upper half of the input to its lower half, in place, until one element is left: no scratch, but
//     nobody can use the input again, and a second launch sums what is left of it.
// expect: wrong
// emulator: wrong
// caught-by: input-hash
//
// warploom: launch fold<<<1, 1024>>>(x, y, n)

extern "C" __global__ void fold(float* x, double* y, int n)
{
    while (n > 1) {
        int half = (n + 1) / 2;
        for (int i = threadIdx.x; i < n - half; i += 1024)
            x[i] += x[i + half];
        n = half;
        __syncthreads();
    }
    if (threadIdx.x == 0)
        *y = x[0];
}
