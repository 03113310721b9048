// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Shared memory: every way to meet the same bank, and what blocks do together.

// Volatile, so that the compiler leaves the loads of a lane apart.
__device__ unsigned strided(const unsigned* in, int stride)
{
    __shared__ volatile unsigned kept[32 * 32 + 32];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const int lane = threadIdx.x & 31;
    for (int k = threadIdx.x; k < 32 * 32 + 32; k += blockDim.x)
        kept[k] = in[k] + i * 0;
    __syncthreads();
    unsigned sum = 0;
    for (int k = 0; k < 8; ++k)
        sum = sum * 5u + kept[(lane * stride + k) % (32 * 32 + 32)];
    return sum;
}

// corpus: in=bits out=1
extern "C" __global__ void stride_1(const unsigned* in, unsigned* out, int n)
{
    out[blockIdx.x * blockDim.x + threadIdx.x] = strided(in, 1);
}

// corpus: in=bits out=1
extern "C" __global__ void stride_2(const unsigned* in, unsigned* out, int n)
{
    out[blockIdx.x * blockDim.x + threadIdx.x] = strided(in, 2);
}

// corpus: in=bits out=1
extern "C" __global__ void stride_8(const unsigned* in, unsigned* out, int n)
{
    out[blockIdx.x * blockDim.x + threadIdx.x] = strided(in, 8);
}

// corpus: in=bits out=1
extern "C" __global__ void stride_32(const unsigned* in, unsigned* out, int n)
{
    out[blockIdx.x * blockDim.x + threadIdx.x] = strided(in, 32);
}

// corpus: in=bits out=1
extern "C" __global__ void stride_33(const unsigned* in, unsigned* out, int n)
{
    out[blockIdx.x * blockDim.x + threadIdx.x] = strided(in, 33);
}

// corpus: in=bits out=1
extern "C" __global__ void random_places(const unsigned* in, unsigned* out, int n)
{
    __shared__ unsigned kept[256];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    kept[threadIdx.x] = in[i];
    __syncthreads();
    unsigned sum = 0;
    for (int k = 0; k < 8; ++k)
        sum = sum * 3u + kept[in[i + n] >> (3 * k) & 255u];
    out[i] = sum;
}

// corpus: in=bits out=4
extern "C" __global__ void vectors_of_shared(const unsigned* in, unsigned* out, int n)
{
    __shared__ uint4 kept[256];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    kept[threadIdx.x ^ 1u] = reinterpret_cast<const uint4*>(in)[i];
    __syncthreads();
    const uint4 four = kept[threadIdx.x];
    const uint2 two = reinterpret_cast<const uint2*>(kept)[threadIdx.x * 2 + 1];
    reinterpret_cast<uint4*>(out)[i] = make_uint4(four.x + two.x, four.y, four.z - two.y, four.w);
}

// corpus: in=bits out=1 block=32x8
extern "C" __global__ void transpose_with_conflicts(const unsigned* in, unsigned* out, int n)
{
    __shared__ unsigned tile[32][32];
    for (int row = threadIdx.y; row < 32; row += 8)
        tile[row][threadIdx.x] = in[blockIdx.x * 256 + (row & 7) * 32 + threadIdx.x];
    __syncthreads();
    unsigned sum = 0;
    for (int row = threadIdx.y; row < 32; row += 8)
        sum = sum * 7u + tile[threadIdx.x][row];
    out[blockIdx.x * 256 + threadIdx.y * 32 + threadIdx.x] = sum;
}

// corpus: in=bits out=1 block=32x8
extern "C" __global__ void transpose_padded(const unsigned* in, unsigned* out, int n)
{
    __shared__ unsigned tile[32][33];
    for (int row = threadIdx.y; row < 32; row += 8)
        tile[row][threadIdx.x] = in[blockIdx.x * 256 + (row & 7) * 32 + threadIdx.x];
    __syncthreads();
    unsigned sum = 0;
    for (int row = threadIdx.y; row < 32; row += 8)
        sum = sum * 7u + tile[threadIdx.x][row];
    out[blockIdx.x * 256 + threadIdx.y * 32 + threadIdx.x] = sum;
}

// corpus: in=unit out=1 as=f32
extern "C" __global__ void block_sum(const unsigned* in, unsigned* out, int n)
{
    __shared__ float kept[256];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    kept[threadIdx.x] = __uint_as_float(in[i]);
    __syncthreads();
    for (int half = 128; half > 0; half /= 2) {
        if (threadIdx.x < half)
            kept[threadIdx.x] += kept[threadIdx.x + half];
        __syncthreads();
    }
    out[i] = __float_as_uint(kept[0]);
}

// corpus: in=bits out=1
extern "C" __global__ void block_scan(const unsigned* in, unsigned* out, int n)
{
    __shared__ unsigned kept[2][256];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    int side = 0;
    kept[0][threadIdx.x] = in[i];
    __syncthreads();
    for (int step = 1; step < 256; step *= 2) {
        unsigned sum = kept[side][threadIdx.x];
        if (threadIdx.x >= step)
            sum += kept[side][threadIdx.x - step];
        side ^= 1;
        kept[side][threadIdx.x] = sum;
        __syncthreads();
    }
    out[i] = kept[side][threadIdx.x];
}

// corpus: in=bits out=1
extern "C" __global__ void bytes_of_shared(const unsigned* in, unsigned* out, int n)
{
    __shared__ unsigned char kept[1024];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    for (int k = 0; k < 4; ++k)
        kept[threadIdx.x + 256 * k] = static_cast<unsigned char>(in[i] >> (8 * k));
    __syncthreads();
    unsigned sum = 0;
    for (int k = 0; k < 4; ++k)
        sum = sum << 8 | kept[threadIdx.x * 4 + k];
    out[i] = sum;
}

// corpus: in=bits out=1
extern "C" __global__ void shared_histogram(const unsigned* in, unsigned* out, int n)
{
    __shared__ unsigned bins[64];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (threadIdx.x < 64)
        bins[threadIdx.x] = 0;
    __syncthreads();
    for (int k = 0; k < 4; ++k)
        atomicAdd(&bins[in[i + k * n] >> 26], 1u);
    __syncthreads();
    out[i] = bins[threadIdx.x & 63u];
}
