// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// gelu(x + bias) · scale, as a framework runs it that knows no other operators: three launches, each with a pass over
// all elements, and two arrays between them.
//
// Every array between two launches is written to memory and read again, so that an element moves six times where twice
// would do.
//
// warploom: launch add_bias_gelu_scale_columns<<<ceil_div(rows * cols, 256), 256>>>(x, bias, rows * cols, cols, scale, y)

// out = x + bias, by columns
// out = gelu(in)
// out = in * scale, by columns
extern "C" __global__ void add_bias_gelu_scale_columns(const float* x, const float* bias, int n, int cols,
    const float* scale, float* out)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        const float biased_value = x[i] + bias[i % cols];
        float z = biased_value;
        const float active_value = 0.5f * z * (1.0f + erff(z * 0.707106781f));
        out[i] = active_value * scale[i % cols];
    }
}
