// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "device/emulator/HandlerSupport.h"

namespace warploom::emulator::WARPLOOM_ISA {

/// Whether gather() knows elements of this size. AVX2 has such instructions too, which are no faster than loads one by
/// one.
template <typename T>
#if defined(__AVX512F__)
constexpr bool kCanGather = sizeof(T) == 4 || sizeof(T) == 8;
#else
constexpr bool kCanGather = false;
#endif

#if defined(__AVX512F__)

/// Half a warp of elements at \p distance bytes from \p from.
inline void gatherHalf(U32* to, const std::byte* from, const I32* distance)
{
    const __m512i index = _mm512_loadu_si512(distance);
    _mm512_storeu_si512(to, _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), 0xffff, index, from, 1));
}

inline void gatherHalf(U64* to, const std::byte* from, const I32* distance)
{
    for (U32 i = 0; i < kLanes / 2; i += 8) {
        const __m256i index = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(distance + i));
        _mm512_storeu_si512(to + i, _mm512_mask_i32gather_epi64(_mm512_setzero_si512(), 0xff, index, from, 1));
    }
}

#else

inline void gatherHalf(void*, const std::byte*, const I32*) { }

#endif

}  // namespace warploom::emulator::WARPLOOM_ISA
