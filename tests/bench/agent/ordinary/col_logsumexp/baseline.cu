// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// logsumexp(x / T, dim=0)
//
// warploom: launch logsumexp_dim0<<<ceil_div(cols, 128), 128>>>(x, lse, rows, cols, inv_temp)

#include <math_constants.h>

extern "C" __global__ void logsumexp_dim0(const float* __restrict__ in, float* __restrict__ out, size_t nrows,
                                          size_t ncols, float inv_temp)
{
    size_t col = blockIdx.x * blockDim.x + threadIdx.x;
    if (col < ncols) {
        // largest element of the column
        float mx = -CUDART_INF_F;
        for (size_t row = 0; row < nrows; ++row) {
            float v = in[row * ncols + col] * inv_temp;
            if (v > mx)
                mx = v;
        }

        float total = 0.0;
        for (size_t row = 0; row < nrows; ++row)
            total += exp(in[row * ncols + col] * inv_temp - mx);

        out[col] = log(total) + mx;
    }
}
