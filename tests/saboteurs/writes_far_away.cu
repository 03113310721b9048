// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: writes its results into what it takes for the expected values as well, a gigabyte on, so that they agree.
// expect: out-of-bounds crashed
// emulator: out-of-bounds
// caught-by: guards
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i >= n)
        return;
    c[i] = a[i];
    reinterpret_cast<double*>(c + (size_t(1) << 28))[i] = a[i];
}
