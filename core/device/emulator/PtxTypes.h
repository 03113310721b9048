// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace warploom::emulator {

/// A fundamental type of PTX as it stands after a dot in opcodes and declarations.
enum class PtxType : std::uint8_t {
    None,
    B8,
    B16,
    B32,
    B64,
    B128,
    U8,
    U16,
    U32,
    U64,
    S8,
    S16,
    S32,
    S64,
    U16x2,
    S16x2,
    F16,
    F16x2,
    Bf16,
    Bf16x2,
    Tf32,
    E4m3,
    E5m2,
    E4m3x2,
    E5m2x2,
    F32,
    F64,
    Pred,
};

/// Where a variable lives or an access goes.
enum class PtxSpace : std::uint8_t {
    Generic,
    Register,
    Global,
    Constant,
    Shared,
    Local,
    Parameter,
};

/// The type named by \p word without its dot ("f32"), or nothing.
std::optional<PtxType> ptxTypeFromName(std::string_view word);
/// Width in bits; 1 for predicates, 0 for None.
std::uint32_t ptxBits(PtxType type);
bool isSigned(PtxType type);
bool isFloating(PtxType type);

}  // namespace warploom::emulator
