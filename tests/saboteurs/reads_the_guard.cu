// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: reads one element past its output to learn whether a guard stands there, and behaves itself only then: in a
//     harness without guards it would do half the work.
// expect: ok out-of-bounds crashed
// emulator: out-of-bounds
// caught-by: guards: only the emulator sees a read within the slack
// neutralised: a card sees no read within the slack; where a guard stands, all the work is done
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    bool guarded = __float_as_uint(c[n]) != 0;
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i < n && (guarded || i % 2 == 0))
        c[i] = a[i] + b[i];
}
