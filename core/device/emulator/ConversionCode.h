// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "device/emulator/HalfFloat.h"
#include "device/emulator/PtxTypes.h"

namespace warploom::emulator {

/// What a cvt does; travels in an instruction's immediate.
struct ConversionCode {
    PtxType to = PtxType::F32;
    PtxType from = PtxType::F32;
    Rounding rounding = Rounding::Nearest;
    bool integral = false;  ///< rounds to an integer: .rni and its kin
    bool flush = false;
    bool saturate = false;  ///< to [0, 1], or to the range of an integer
    bool relu = false;
    bool satFinite = false;

    [[nodiscard]] std::int64_t pack() const
    {
        return static_cast<std::int64_t>(to) | static_cast<std::int64_t>(from) << 8
            | static_cast<std::int64_t>(rounding) << 16 | std::int64_t{integral} << 24 | std::int64_t{flush} << 25
            | std::int64_t{saturate} << 26 | std::int64_t{relu} << 27 | std::int64_t{satFinite} << 28;
    }
    static ConversionCode unpack(std::int64_t code)
    {
        return {static_cast<PtxType>(code & 0xff),
                static_cast<PtxType>((code >> 8) & 0xff),
                static_cast<Rounding>((code >> 16) & 0xff),
                ((code >> 24) & 1) != 0,
                ((code >> 25) & 1) != 0,
                ((code >> 26) & 1) != 0,
                ((code >> 27) & 1) != 0,
                ((code >> 28) & 1) != 0};
    }
};

}  // namespace warploom::emulator
