// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <limits>
#include <type_traits>

#include "device/emulator/HandlerSupport.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

/// Lanes with an element whose exponent is all ones and whose fraction is not zero. Hardly ever are there any.
template <typename T, U64 INFINITE, unsigned EACH = 1>
U32 above(const std::byte* lanes)
{
    // Signed, for vectors of unsigned numbers cannot be compared at once; nothing is negative without its sign.
    using Signed = std::make_signed_t<T>;
    const auto* values = reinterpret_cast<const Signed*>(lanes);
    constexpr auto kMagnitude = std::numeric_limits<Signed>::max();
    constexpr auto kInfinite = static_cast<Signed>(INFINITE);
    Signed any = 0;
    for (U32 i = 0; i < kLanes * EACH; ++i)
        any = static_cast<Signed>(any | -static_cast<Signed>((values[i] & kMagnitude) > kInfinite));
    if (any == 0) [[likely]]
        return 0;
    U32 result = 0;
    for (U32 i = 0; i < kLanes * EACH; ++i)
        result |= (values[i] & kMagnitude) > kInfinite ? U32{1} << (i / EACH) : 0;
    return result;
}

}  // namespace

U32 findNanLanes(NanKind kind, const std::byte* lanes)
{
    switch (kind) {
    case NanKind::Single:
        return above<U32, 0x7f800000>(lanes);
    case NanKind::Double:
        return above<U64, 0x7ff0000000000000>(lanes);
    case NanKind::Half:
        return above<U16, 0x7c00>(lanes);
    case NanKind::HalfPair:
        return above<U16, 0x7c00, 2>(lanes);
    case NanKind::Brain:
        return above<U16, 0x7f80>(lanes);
    case NanKind::BrainPair:
        return above<U16, 0x7f80, 2>(lanes);
    case NanKind::None:
        break;
    }
    return 0;
}

}  // namespace warploom::emulator::WARPLOOM_ISA
