// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The formulas of all generated data, for the host compiler and for NVRTC alike: a value depends on the seed and the
// element's index only, so data is made where it is used. Included as text in front of JudgeKernels.cu; no includes
// here.
#ifndef WARPLOOM_FILL_FORMULA
#define WARPLOOM_FILL_FORMULA

#ifdef __CUDACC__
#define WARPLOOM_ANYWHERE __device__ __forceinline__
#else
#include <cmath>
#define WARPLOOM_ANYWHERE inline
#endif

namespace warploom_fill {

typedef unsigned long long Word;

enum Kind { Uniform = 0, Normal = 1, Integers = 2, Permutation = 3, Offsets = 4, Constant = 5 };

/// The finaliser of SplitMix64.
WARPLOOM_ANYWHERE Word mix(Word x)
{
    x += 0x9E3779B97F4A7C15ull;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

WARPLOOM_ANYWHERE Word draw(Word seed, Word index) { return mix(mix(seed) + index * 0x9E3779B97F4A7C15ull); }

/// Uniform in [0, 1).
WARPLOOM_ANYWHERE double unit(Word bits) { return double(bits >> 11) * (1.0 / 9007199254740992.0); }

/// Standard normal by Box and Muller, in float: enough for test data.
WARPLOOM_ANYWHERE double normal(Word bits)
{
    const float u = (float(bits >> 40) + 0.5f) * (1.0f / 16777216.0f);
    const float v = float((bits >> 8) & 0xFFFFFF) * (1.0f / 16777216.0f);
#ifdef __CUDACC__
    return double(sqrtf(-2.0f * logf(u)) * cosf(6.2831853f * v));
#else
    return double(std::sqrt(-2.0f * std::log(u)) * std::cos(6.2831853f * v));
#endif
}

/// High 64 bits of a product: maps a random word to [0, bound).
WARPLOOM_ANYWHERE Word scaled(Word bits, Word bound)
{
#ifdef __CUDACC__
    return __umul64hi(bits, bound);
#else
    __extension__ typedef unsigned __int128 Wide;
    return static_cast<Word>((static_cast<Wide>(bits) * bound) >> 64);
#endif
}

/// A bijection of [0, count): a four-round Feistel network over the next even number of bits, walked until it lands
/// inside.
WARPLOOM_ANYWHERE Word permuted(Word seed, Word index, Word count)
{
    int half = 1;
    while (half < 32 && (1ull << (2 * half)) < count)
        ++half;
    const Word mask = (1ull << half) - 1;
    Word value = index;
    do {
        Word left = value >> half;
        Word right = value & mask;
        for (int round = 0; round < 4; ++round) {
            const Word next = left ^ (mix(seed + Word(round) * 0x632BE59BD9B4E019ull + right) & mask);
            left = right;
            right = next;
        }
        value = (left << half) | right;
    } while (value >= count);
    return value;
}

/// Element \p index of \p count ascending offsets, the first 0 and the last \p total.
WARPLOOM_ANYWHERE long long offset(Word seed, Word index, Word count, long long total)
{
    if (index == 0 || count < 2)
        return 0;
    if (index == count - 1)
        return total;
    const double jitter = 0.98 * (unit(draw(seed, index)) - 0.5);
    return static_cast<long long>(double(total) * (double(index) + jitter) / double(count - 1));
}

/// Real value of a fill of reals.
WARPLOOM_ANYWHERE double real(int kind, double first, double second, Word seed, Word index)
{
    if (kind == Uniform)
        return first + (second - first) * unit(draw(seed, index));
    if (kind == Normal)
        return first + second * normal(draw(seed, index));
    return first;
}

/// Integer value of a fill of integers.
WARPLOOM_ANYWHERE long long integer(int kind, long long low, long long high, Word seed, Word index, Word count)
{
    if (kind == Integers)
        return high > low ? static_cast<long long>(Word(low) + scaled(draw(seed, index), Word(high) - Word(low))) : low;
    if (kind == Permutation)
        return static_cast<long long>(permuted(seed, index, count));
    return offset(seed, index, count, low);
}

}  // namespace warploom_fill

#endif
