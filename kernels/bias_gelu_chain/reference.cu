// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What bias_gelu_chain must compute, in float64: one thread an element.
//
// warploom: launch chain_reference<<<ceil_div(rows * cols, 256), 256>>>(x, bias, scale, y, rows * cols, cols)

extern "C" __global__ void chain_reference(const float* x, const float* bias, const float* scale, double* y, int n,
                                           int cols)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    double z = double(x[i]) + double(bias[i % cols]);
    y[i] = 0.5 * z * (1.0 + erf(z / sqrt(2.0))) * double(scale[i % cols]);
}
