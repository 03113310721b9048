// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace warploom {

/// Functions around tiles in shared memory that warpgroups multiply. Marks: "placeInTile", "descriptorOf",
/// "sharedAddress", "PANEL" (elements of 128 bytes) and "PIECE" (of 16).
extern const char* const kWarpgroupTiles;
/// "%0, %1, …" in lines of sixteen, as parts of a string literal.
std::string warpgroupOperands(int count);
/// So many elements of "sums", as asm's operands that are read and written: 'f' for floats, 'r' for integers.
std::string warpgroupSums(int count, char constraint = 'f');

}  // namespace warploom
