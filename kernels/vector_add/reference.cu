// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What vector_add must compute, in float64.
//
// warploom: launch vector_add_reference<<<ceil_div(n, 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add_reference(const float* a, const float* b, double* c, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        c[i] = double(a[i]) + double(b[i]);
}
