// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: asks the L2 to keep everything that it touches (evict_last), so that the next launch over the same buffers
//     finds part of its inputs there in spite of a flush.
// expect: ok suspect
// emulator: ok not-emulated (the model has no second launch)
// caught-by: eviction by reading, floor
// run: bench
// neutralised: what it computes is right, and no faster than the baseline unless the eviction spares what it marked
// no-faster-than: baseline
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    unsigned long long keep;
    asm volatile("createpolicy.fractional.L2::evict_last.b64 %0, 1.0;" : "=l"(keep));
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i >= n)
        return;
    float left;
    float right;
    asm volatile("ld.global.L2::cache_hint.f32 %0, [%1], %2;" : "=f"(left) : "l"(a + i), "l"(keep));
    asm volatile("ld.global.L2::cache_hint.f32 %0, [%1], %2;" : "=f"(right) : "l"(b + i), "l"(keep));
    asm volatile("st.global.L2::cache_hint.f32 [%0], %1, %2;" ::"l"(c + i), "f"(left + right), "l"(keep) : "memory");
}
