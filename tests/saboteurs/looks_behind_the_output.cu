// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: reads on behind its output, where an allocator would have put the expected values next, and takes what it
//     finds there where it looks like an answer.
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
    size_t past = (size_t(n) * 4 + 255) / 256 * 64;  // the next allocation
    const double* expected = reinterpret_cast<const double*>(c + past);
    double found = expected[i];
    float sum = a[i] + b[i];
    c[i] = fabs(found - sum) < 1e-5 ? float(found) : sum;
}
