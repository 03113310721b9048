// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "task/ElementType.h"

#include <array>

namespace warploom {

namespace {

struct Entry {
    ElementType type;
    std::string_view name;
    std::uint32_t size;
    bool floating;
    bool isSigned;
};

constexpr std::array kTypes{
    Entry{ElementType::F64, "f64", 8, true, true},   Entry{ElementType::F32, "f32", 4, true, true},
    Entry{ElementType::F16, "f16", 2, true, true},   Entry{ElementType::BF16, "bf16", 2, true, true},
    Entry{ElementType::I64, "i64", 8, false, true},  Entry{ElementType::I32, "i32", 4, false, true},
    Entry{ElementType::I16, "i16", 2, false, true},  Entry{ElementType::I8, "i8", 1, false, true},
    Entry{ElementType::U64, "u64", 8, false, false}, Entry{ElementType::U32, "u32", 4, false, false},
    Entry{ElementType::U16, "u16", 2, false, false}, Entry{ElementType::U8, "u8", 1, false, false},
};

const Entry& entryOf(ElementType type) { return kTypes[static_cast<std::size_t>(type)]; }

}  // namespace

std::optional<ElementType> elementTypeFromName(std::string_view name)
{
    for (const Entry& entry : kTypes) {
        if (entry.name == name)
            return entry.type;
    }
    return std::nullopt;
}

std::string_view elementTypeName(ElementType type) { return entryOf(type).name; }

std::string_view elementTypeNames() { return "f64, f32, f16, bf16, i64, i32, i16, i8, u64, u32, u16, u8"; }

std::uint32_t elementSize(ElementType type) { return entryOf(type).size; }

bool isFloating(ElementType type) { return entryOf(type).floating; }

bool isSigned(ElementType type) { return entryOf(type).isSigned; }

bool fitsInteger(ElementType type, std::int64_t value)
{
    const std::uint32_t bits = elementSize(type) * 8;
    if (!isSigned(type))
        return value >= 0 && (bits == 64 || value < (std::int64_t{1} << bits));
    if (bits == 64)
        return true;
    const std::int64_t limit = std::int64_t{1} << (bits - 1);
    return value >= -limit && value < limit;
}

}  // namespace warploom
