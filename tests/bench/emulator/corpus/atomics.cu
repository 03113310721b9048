// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Atomic updates of global memory; sums of integers and of whole numbers do not depend on the order.
#include <cuda_fp16.h>

// corpus: in=bits out=1
extern "C" __global__ void atomic_integers(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned value = in[i];
    unsigned* group = out + (value >> 24) % 32u * 8u;
    atomicAdd(group, value);
    atomicMax(group + 1, value);
    atomicMin(reinterpret_cast<int*>(group) + 2, static_cast<int>(value));
    atomicAnd(group + 3, value);
    atomicOr(group + 4, value & 0x10101u);
    atomicXor(group + 5, value);
    atomicInc(group + 6, 1000u);
    atomicSub(group + 7, value >> 3);
}

// corpus: in=bits out=2
extern "C" __global__ void atomic_64(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned long long value = static_cast<unsigned long long>(in[i]) << 32 | in[i + n];
    auto* wide = reinterpret_cast<unsigned long long*>(out);
    atomicAdd(wide + in[i] % 64u, value);
    atomicMax(wide + 64 + in[i] % 16u, value);
}

// corpus: in=bits out=1
extern "C" __global__ void compare_and_swap(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned* place = out + in[i] % 256u;
    unsigned old = *place;
    unsigned assumed;
    do {
        assumed = old;
        old = atomicCAS(place, assumed, assumed + (in[i] >> 16));
    } while (old != assumed);
}

// corpus: in=bits out=1 as=f32
extern "C" __global__ void atomic_floats(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    atomicAdd(reinterpret_cast<float*>(out) + in[i] % 128u, static_cast<float>(in[i] >> 24));
}

// corpus: in=bits out=1 as=f16
extern "C" __global__ void atomic_half_pairs(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    atomicAdd(reinterpret_cast<half2*>(out) + in[i] % 512u, __floats2half2_rn(1.0f, 2.0f));
}

// corpus: in=bits out=1
extern "C" __global__ void last_block_sums(const unsigned* in, unsigned* out, int n)
{
    __shared__ bool isLast;
    __shared__ unsigned sum;
    if (threadIdx.x == 0)
        sum = 0;
    __syncthreads();
    atomicAdd(&sum, in[blockIdx.x * blockDim.x + threadIdx.x]);
    __syncthreads();
    if (threadIdx.x == 0) {
        out[blockIdx.x + 2] = sum;
        __threadfence();
        isLast = atomicAdd(out, 1u) == gridDim.x - 1;
    }
    __syncthreads();
    if (!isLast)
        return;
    __threadfence();
    if (threadIdx.x < gridDim.x)
        atomicAdd(out + 1, *const_cast<volatile unsigned*>(out + 2 + threadIdx.x));
}
