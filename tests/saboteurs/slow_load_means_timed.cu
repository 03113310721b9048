// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: times its first load: if it comes from memory rather than from a cache, the caches have been flushed, so it
//     must be timed, and the block saves its work.
// expect: wrong nondeterministic
// emulator: ok wrong nondeterministic (no load takes longer than another one)
// caught-by: timed-output, right
// run: bench
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    __shared__ bool timed;
    if (threadIdx.x == 0) {
        long long begin = clock64();
        float first = *reinterpret_cast<const volatile float*>(a + blockIdx.x * 256);
        if (first == 1e30f)
            c[0] = 0;  // never happens, but the next line waits for the load
        timed = clock64() - begin > 600;
    }
    __syncthreads();
    int i = blockIdx.x * 256 + threadIdx.x;
    if (!timed && i < n)
        c[i] = a[i] + b[i];
}
