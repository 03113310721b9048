// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Tensor cores. Whole numbers make sums that no order changes; the rest may differ by how the card adds.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <mma.h>

__device__ unsigned small(unsigned bits, float scale)
{
    const half2 pair = __floats2half2_rn(static_cast<int>(bits & 15u) * scale - 7.0f * scale, static_cast<int>(bits >> 4 & 15u) * scale);
    return *reinterpret_cast<const unsigned*>(&pair);
}

__device__ unsigned broad(unsigned bits)
{
    const __nv_bfloat162 pair = __floats2bfloat162_rn(static_cast<int>(bits & 31u) - 15.0f, static_cast<int>(bits >> 5 & 31u));
    return *reinterpret_cast<const unsigned*>(&pair);
}

// corpus: in=bits out=4 as=f32
extern "C" __global__ void mma_f16(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    float c[4] = {1, 2, 3, 4};
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(small(in[i], 1)), "r"(small(in[i + n], 1)), "r"(small(in[i + 2 * n], 1)), "r"(small(in[i + 3 * n], 1)),
                   "r"(small(in[i] >> 9, 1)), "r"(small(in[i] >> 17, 1)));
    for (int k = 0; k < 4; ++k)
        out[i + k * n] = __float_as_uint(c[k]);
}

// corpus: in=bits out=2 as=f16
extern "C" __global__ void mma_f16_in_half(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned c[2] = {0, 0};
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16 {%0,%1}, {%2,%3,%4,%5}, {%6,%7}, {%0,%1};"
                 : "+r"(c[0]), "+r"(c[1])
                 : "r"(small(in[i], 1)), "r"(small(in[i + n], 1)), "r"(small(in[i + 2 * n], 1)), "r"(small(in[i + 3 * n], 1)),
                   "r"(small(in[i] >> 9, 0.25f)), "r"(small(in[i] >> 17, 0.25f)));
    out[i] = c[0];
    out[i + n] = c[1];
}

// corpus: in=bits out=4 as=f32
extern "C" __global__ void mma_bf16(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    float c[4] = {0, 0, 0, 0};
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(broad(in[i])), "r"(broad(in[i + n])), "r"(broad(in[i + 2 * n])), "r"(broad(in[i + 3 * n])),
                   "r"(broad(in[i] >> 11)), "r"(broad(in[i] >> 21)));
    for (int k = 0; k < 4; ++k)
        out[i + k * n] = __float_as_uint(c[k]);
}

// corpus: in=unit out=4 as=f32 relative=1e-4 absolute=1e-5
extern "C" __global__ void mma_tf32(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    float c[4] = {0, 0, 0, 0};
    unsigned a[4];
    for (int k = 0; k < 4; ++k)
        asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(a[k]) : "f"(__uint_as_float(in[i + k * n])));
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(a[1]), "r"(a[2]));
    for (int k = 0; k < 4; ++k)
        out[i + k * n] = __float_as_uint(c[k]);
}

// corpus: in=bits out=4
extern "C" __global__ void mma_int8(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    int c[4] = {0, 1, -1, 7};
    asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
                 : "r"(in[i]), "r"(in[i + n]), "r"(in[i + 2 * n]), "r"(in[i + 3 * n]), "r"(in[i] ^ in[i + n]), "r"(in[i + n] * 3u));
    for (int k = 0; k < 4; ++k)
        out[i + k * n] = static_cast<unsigned>(c[k]);
}

// corpus: in=unit out=4 as=f32 relative=1e-4 absolute=1e-4
extern "C" __global__ void mma_of_fractions(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    float c[4] = {0, 0, 0, 0};
    unsigned a[4];
    for (int k = 0; k < 4; ++k) {
        const half2 pair = __floats2half2_rn(__uint_as_float(in[i + k * n]), __uint_as_float(in[i]));
        a[k] = *reinterpret_cast<const unsigned*>(&pair);
    }
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(a[2]), "r"(a[0]));
    for (int k = 0; k < 4; ++k)
        out[i + k * n] = __float_as_uint(c[k]);
}

// corpus: in=bits out=4
extern "C" __global__ void matrix_loads(const unsigned* in, unsigned* out, int n)
{
    __shared__ alignas(16) unsigned kept[256 * 4];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    for (int k = 0; k < 4; ++k)
        kept[threadIdx.x + 256 * k] = in[i + k * n];
    __syncthreads();
    const unsigned place = static_cast<unsigned>(__cvta_generic_to_shared(kept + (threadIdx.x / 32) * 128 + (threadIdx.x & 31) * 4));
    unsigned r[4];
    if (blockIdx.x & 1)
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                     : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(place) : "memory");
    else
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                     : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(place) : "memory");
    __syncthreads();
    asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1,%2,%3,%4};"
                 :: "r"(place), "r"(r[1]), "r"(r[0]), "r"(r[3]), "r"(r[2]) : "memory");
    __syncthreads();
    for (int k = 0; k < 4; ++k)
        out[i + k * n] = kept[threadIdx.x + 256 * k] ^ r[k];
}

// corpus: in=bits out=1 as=f32 block=32
extern "C" __global__ void wmma_product(const unsigned* in, unsigned* out, int n)
{
    using namespace nvcuda;
    __shared__ alignas(32) half a[256];
    __shared__ alignas(32) half b[256];
    __shared__ alignas(32) float c[256];
    for (int k = threadIdx.x; k < 256; k += 32) {
        const unsigned bits = in[(blockIdx.x * 32 + k) % n];
        a[k] = __float2half(static_cast<int>(bits & 15u) - 8.0f);
        b[k] = __float2half(static_cast<int>(bits >> 4 & 7u) - 3.0f);
    }
    __syncwarp();
    wmma::fragment<wmma::matrix_a, 16, 16, 16, half, wmma::row_major> left;
    wmma::fragment<wmma::matrix_b, 16, 16, 16, half, wmma::col_major> right;
    wmma::fragment<wmma::accumulator, 16, 16, 16, float> sum;
    wmma::fill_fragment(sum, 0.5f);
    wmma::load_matrix_sync(left, a, 16);
    wmma::load_matrix_sync(right, b, 16);
    wmma::mma_sync(sum, left, right, sum);
    wmma::store_matrix_sync(c, sum, 16, wmma::mem_row_major);
    __syncwarp();
    float total = 0;
    for (int k = 0; k < 8; ++k)
        total += c[threadIdx.x * 8 + k] * (k + 1);
    out[blockIdx.x * 32 + threadIdx.x] = __float_as_uint(total);
}
