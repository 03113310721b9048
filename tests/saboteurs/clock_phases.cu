// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: lets every eighth block rest for 16 microseconds of the global timer at a time, which a check that compares
//     samples, once, may miss.
// expect: wrong nondeterministic
// emulator: ok wrong nondeterministic (the emulated timer counts instructions)
// caught-by: wrote-every-element, second-run
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    __shared__ bool rests;
    if (threadIdx.x == 0) {
        unsigned long long now;
        asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
        rests = (now >> 14) % 8 == 7;
    }
    __syncthreads();
    int i = blockIdx.x * 256 + threadIdx.x;
    if (!rests && i < n)
        c[i] = a[i] + b[i];
}
