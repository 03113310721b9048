// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Vector addition: one thread, one element, one 4-byte load from each input.
//
// warploom: launch vector_add<<<ceil_div(n, 256 * 4), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    int i = (blockIdx.x * blockDim.x + threadIdx.x) * 4;
    if (i < n) {
        if (n - i >= 4) {
            __align__(16) float c_vec[4];
            __align__(16) float a_vec[4];
            *reinterpret_cast<float4*>(a_vec) = *reinterpret_cast<const float4*>(&a[i]);
            __align__(16) float b_vec[4];
            *reinterpret_cast<float4*>(b_vec) = *reinterpret_cast<const float4*>(&b[i]);
            #pragma unroll
            for (int lane = 0; lane < 4; ++lane) {
                c_vec[lane] = a_vec[lane] + b_vec[lane];
            }
            *reinterpret_cast<float4*>(&c[i]) = *reinterpret_cast<const float4*>(c_vec);
        } else {
            for (int i_tail = i; i_tail < n; ++i_tail) {
                c[i_tail] = a[i_tail] + b[i_tail];
            }
        }
    }
}
