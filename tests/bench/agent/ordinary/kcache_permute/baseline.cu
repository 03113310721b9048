// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: let TOTAL = batch * seq * heads * dim
// warploom: launch permute_0231<half><<<ceil_div(TOTAL, 256), 256>>>(k, kt, batch, seq, heads, dim)

#include <cuda_fp16.h>

#define IDX4(i, j, k, l, J, K, L) ((((size_t)(i) * (J) + (j)) * (K) + (k)) * (L) + (l))

template <typename T>
__global__ void permute_0231(const T* in, T* out, unsigned B, unsigned S, unsigned H, unsigned D)
{
    size_t tid = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (tid >= (size_t)B * S * H * D)
        return;

    unsigned d = tid % D;
    unsigned h = (tid / D) % H;
    unsigned s = (tid / ((size_t)D * H)) % S;
    unsigned b = tid / ((size_t)D * H * S);

    out[IDX4(b, h, d, s, H, D, S)] = in[IDX4(b, s, h, d, S, H, D)];
}
