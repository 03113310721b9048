// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace warploom {

/// The element types a buffer or scalar may have.
enum class ElementType { F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8 };

/// "f32" and so on; nothing for an unknown name.
std::optional<ElementType> elementTypeFromName(std::string_view name);
std::string_view elementTypeName(ElementType type);
/// Comma-separated list of all names, for messages.
std::string_view elementTypeNames();
/// Size of one element in bytes.
std::uint32_t elementSize(ElementType type);
bool isFloating(ElementType type);
bool isSigned(ElementType type);
/// Whether a 64-bit integer can be represented exactly in an integer \p type.
bool fitsInteger(ElementType type, std::int64_t value);

}  // namespace warploom
