// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// gelu(x + bias) · scale, as a framework runs it that knows no other operators: three launches, each with a pass over
// all elements, and two arrays between them.
//
// Every array between two launches is written to memory and read again, so that an element moves six times where twice
// would do.
//
// warploom: scratch biased f32[rows, cols]
// warploom: scratch active f32[rows, cols]
// warploom: launch add_bias<<<ceil_div(rows * cols, 256), 256>>>(x, bias, biased, rows * cols, cols)
// warploom: launch gelu<<<ceil_div(rows * cols, 256), 256>>>(biased, active, rows * cols)
// warploom: launch scale_columns<<<ceil_div(rows * cols, 256), 256>>>(active, scale, y, rows * cols, cols)

// out = x + bias, by columns
extern "C" __global__ void add_bias(const float* x, const float* bias, float* out, int n, int cols)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = x[i] + bias[i % cols];
}

// out = gelu(in)
extern "C" __global__ void gelu(const float* in, float* out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    float z = in[i];
    out[i] = 0.5f * z * (1.0f + erff(z * 0.707106781f));
}

// out = in * scale, by columns
extern "C" __global__ void scale_columns(const float* in, const float* scale, float* out, int n, int cols)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = in[i] * scale[i % cols];
}
