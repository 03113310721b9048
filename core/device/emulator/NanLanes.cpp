// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/HandlerSupport.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

/// Lanes with an element whose exponent is all ones and whose fraction is not zero. Hardly ever are there any.
template <typename T, U64 INFINITE, unsigned EACH = 1>
U32 above(const std::byte* lanes)
{
    std::array<T, kLanes * EACH> values;
    std::memcpy(values.data(), lanes, sizeof(values));
    constexpr T kMagnitude = static_cast<T>(static_cast<T>(~T{0}) >> 1);
    T any = 0;
    for (const T value : values)
        any = static_cast<T>(any | static_cast<T>((value & kMagnitude) > static_cast<T>(INFINITE)));
    if (any == 0) [[likely]]
        return 0;
    U32 result = 0;
    for (U32 i = 0; i < kLanes * EACH; ++i)
        result |= (values[i] & kMagnitude) > static_cast<T>(INFINITE) ? U32{1} << (i / EACH) : 0;
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
