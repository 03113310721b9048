// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Branches, loops, calls and predicated work.

__device__ __noinline__ unsigned mixed(unsigned value, int rounds)
{
    for (int k = 0; k < rounds; ++k)
        value = (value ^ value >> 13) * 0x5bd1e995u;
    return value;
}

__device__ __noinline__ uint4 rotated(uint4 value, unsigned by)
{
    return by & 1u ? make_uint4(value.y, value.z, value.w, value.x ^ by) : make_uint4(value.w, value.x + by, value.y, value.z);
}

// corpus: in=bits out=1
extern "C" __global__ void branches(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned value = in[i];
    if (value & 1u) {
        value = value * 3u + 1u;
        if (value & 2u)
            value ^= in[i + n];
        else
            value -= in[i + 2 * n];
    } else if (value & 4u) {
        value >>= 2;
    }
    out[i] = value;
}

// corpus: in=bits out=1
extern "C" __global__ void loops_of_many_lengths(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned value = in[i];
    unsigned steps = 0;
    for (unsigned k = 0; k < (value & 63u); ++k) {
        if ((in[(i + k) % n] & 7u) == 0)
            continue;
        steps += k * (value >> 8);
        if (steps % 11u == 5u)
            break;
    }
    out[i] = steps;
}

// corpus: in=bits out=1
extern "C" __global__ void switches(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned value = in[i];
    for (int k = 0; k < 6; ++k) {
        switch (value & 7u) {
        case 0: value += 1; break;
        case 1: value *= 5; break;
        case 2: value ^= in[i + n]; [[fallthrough]];
        case 3: value -= k; break;
        case 5: value = mixed(value, 1); break;
        case 6: value >>= 1; break;
        default: value = ~value * 7u; break;
        }
    }
    out[i] = value;
}

// corpus: in=bits out=1
extern "C" __global__ void early_returns(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (in[i] % 3u == 0)
        return;
    out[i] = 1;
    if (threadIdx.x % 5 == 2)
        return;
    for (int k = 0; k < 8; ++k) {
        if (in[(i + k) % n] % 17u == 0)
            return;
        out[i] += k;
    }
}

// corpus: in=bits out=1
extern "C" __global__ void calls(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned value = mixed(in[i], in[i + n] & 7u);
    if (value & 1u)
        value += mixed(value, 3);
    out[i] = value;
}

// corpus: in=bits out=4
extern "C" __global__ void calls_with_structures(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    uint4 value = reinterpret_cast<const uint4*>(in)[i];
    for (unsigned k = 0; k < (value.x & 7u) + 1; ++k)
        value = rotated(value, value.z >> k);
    reinterpret_cast<uint4*>(out)[i] = value;
}

// corpus: in=bits out=1
extern "C" __global__ void local_arrays(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned kept[16];
    for (int k = 0; k < 16; ++k)
        kept[k] = in[(i + k * 5) % n];
    unsigned place = in[i];
    for (int k = 0; k < 40; ++k) {
        place = place * 1664525u + 1013904223u;
        kept[place >> 28] += kept[place >> 24 & 15u] ^ k;
    }
    unsigned sum = 0;
    for (int k = 0; k < 16; ++k)
        sum = sum * 31u + kept[k];
    out[i] = sum;
}

__constant__ unsigned kTable[8] = {3, 1, 4, 1, 5, 9, 2, 6};

// corpus: in=bits out=1
extern "C" __global__ void constants(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned sum = kTable[blockIdx.x & 7];
    for (int k = 0; k < 8; ++k)
        sum += kTable[(in[i] >> k) & 7u] << k;
    out[i] = sum;
}

// corpus: in=bits out=1
extern "C" __global__ void generic_addresses(const unsigned* in, unsigned* out, int n)
{
    __shared__ unsigned kept[256];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    kept[threadIdx.x] = in[i] + 1u;
    __syncthreads();
    const unsigned* from = in[i] & 1u ? kept + (threadIdx.x ^ 3u) : in + i + n;
    out[i] = *from;
}
