// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Global memory: how many sectors and requests each pattern costs.

// corpus: in=bits out=1
extern "C" __global__ void copy_words(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    out[i] = in[i];
}

// corpus: in=bits out=2
extern "C" __global__ void copy_pairs(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    reinterpret_cast<uint2*>(out)[i] = reinterpret_cast<const uint2*>(in)[i];
}

// corpus: in=bits out=4
extern "C" __global__ void copy_quads(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    reinterpret_cast<uint4*>(out)[i] = reinterpret_cast<const uint4*>(in)[i];
}

// corpus: in=bits out=1
extern "C" __global__ void copy_bytes(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    reinterpret_cast<unsigned char*>(out)[i] = reinterpret_cast<const unsigned char*>(in)[i];
}

// corpus: in=bits out=1
extern "C" __global__ void copy_shorts(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    reinterpret_cast<unsigned short*>(out)[i] = reinterpret_cast<const unsigned short*>(in)[i];
}

// corpus: in=bits out=4
extern "C" __global__ void every_second(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    out[i * 2] = in[i * 2];
}

// corpus: in=bits out=4
extern "C" __global__ void every_third(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    out[i * 3] = in[i * 3 + 1];
}

// corpus: in=bits out=4
extern "C" __global__ void columns(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const int row = i % 64;
    const int column = i / 64;
    out[row * (n / 64) + column] = in[row * (n / 64) + column];
}

// corpus: in=bits out=2
extern "C" __global__ void one_word_off(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    out[i + 1] = in[i + 1] + in[i + 3];
}

// corpus: in=bits out=1
extern "C" __global__ void backwards(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    out[n - 1 - i] = in[n - 1 - i];
}

// corpus: in=bits out=1
extern "C" __global__ void gather(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    out[i] = in[n + in[i] % static_cast<unsigned>(n)];
}

// corpus: in=bits out=1
extern "C" __global__ void scatter(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    out[static_cast<unsigned>(i) * 40503u % static_cast<unsigned>(n)] = in[i];
}

// corpus: in=bits out=1
extern "C" __global__ void broadcast(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned sum = 0;
    for (int k = 0; k < 8; ++k)
        sum += in[blockIdx.x * 8 + k];
    out[i] = sum;
}

// corpus: in=bits out=1
extern "C" __global__ void some_lanes(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (threadIdx.x % 7 == 3)
        out[i] = in[i];
    if (threadIdx.x < 40)
        out[i] = in[i + n];
}

// corpus: in=bits out=1 block=16x16
extern "C" __global__ void square_blocks(const unsigned* in, unsigned* out, int n)
{
    const int width = 64;
    const int x = blockIdx.x % 4 * 16 + threadIdx.x;
    const int y = blockIdx.x / 4 * 16 + threadIdx.y;
    out[y * width + x] = in[y * width + x] + in[y * width + (x ^ 1)];
}

// corpus: in=bits out=1
extern "C" __global__ void structures(const unsigned* in, unsigned* out, int n)
{
    struct Item {
        unsigned first, second, third;
    };
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const Item item = reinterpret_cast<const Item*>(in)[i];
    out[i] = item.first + item.second * 2u + item.third * 3u;
}

// corpus: in=bits out=1
extern "C" __global__ void rows_of_a_thread(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned sum = 0;
    for (int k = 0; k < 4; ++k)
        sum = sum * 3u + in[i * 4 + k];
    out[i] = sum;
}

// corpus: in=bits out=1
extern "C" __global__ void read_only_hints(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    out[i] = __ldg(in + i) + __ldcs(in + i + n) + __ldcg(in + i + 2 * n);
    __stcs(out + i, out[i] ^ 1u);
}

// corpus: in=bits out=1 block=100
extern "C" __global__ void ragged_blocks(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n - 13)
        out[i] = in[i] * 3u;
}
