// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/PtxTypes.h"

#include <array>

namespace warploom::emulator {

namespace {

struct TypeRow {
    std::string_view name;
    PtxType type;
    std::uint32_t bits;
};

constexpr std::array kTypes{
    TypeRow{"b8", PtxType::B8, 8},          TypeRow{"b16", PtxType::B16, 16},
    TypeRow{"b32", PtxType::B32, 32},       TypeRow{"b64", PtxType::B64, 64},
    TypeRow{"b128", PtxType::B128, 128},    TypeRow{"u8", PtxType::U8, 8},
    TypeRow{"u16", PtxType::U16, 16},       TypeRow{"u32", PtxType::U32, 32},
    TypeRow{"u64", PtxType::U64, 64},       TypeRow{"s8", PtxType::S8, 8},
    TypeRow{"s16", PtxType::S16, 16},       TypeRow{"s32", PtxType::S32, 32},
    TypeRow{"s64", PtxType::S64, 64},       TypeRow{"u16x2", PtxType::U16x2, 32},
    TypeRow{"s16x2", PtxType::S16x2, 32},   TypeRow{"f16", PtxType::F16, 16},
    TypeRow{"f16x2", PtxType::F16x2, 32},   TypeRow{"bf16", PtxType::Bf16, 16},
    TypeRow{"bf16x2", PtxType::Bf16x2, 32}, TypeRow{"tf32", PtxType::Tf32, 32},
    TypeRow{"f32", PtxType::F32, 32},       TypeRow{"f64", PtxType::F64, 64},
    TypeRow{"pred", PtxType::Pred, 1},      TypeRow{"e4m3", PtxType::E4m3, 8},
    TypeRow{"e5m2", PtxType::E5m2, 8},      TypeRow{"e4m3x2", PtxType::E4m3x2, 16},
    TypeRow{"e5m2x2", PtxType::E5m2x2, 16},
};

}  // namespace

std::optional<PtxType> ptxTypeFromName(std::string_view word)
{
    for (const TypeRow& row : kTypes)
        if (row.name == word)
            return row.type;
    return std::nullopt;
}

std::uint32_t ptxBits(PtxType type)
{
    for (const TypeRow& row : kTypes)
        if (row.type == type)
            return row.bits;
    return 0;
}

bool isSigned(PtxType type)
{
    return type == PtxType::S8 || type == PtxType::S16 || type == PtxType::S32 || type == PtxType::S64;
}

bool isFloating(PtxType type)
{
    return type == PtxType::F16 || type == PtxType::Bf16 || type == PtxType::F32 || type == PtxType::F64
        || type == PtxType::F16x2 || type == PtxType::Bf16x2 || type == PtxType::Tf32;
}

}  // namespace warploom::emulator
