// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/WarpgroupCode.h"

#include <fmt/format.h>

namespace warploom {

const char* const kWarpgroupTiles =
    R"(// Where an element lies in a tile: panels of LINES lines of @PANEL@ elements, in which pieces of 16 bytes change places with the
// line, as the tensor cores expect it of tiles that are swizzled by 128 bytes.
template <int LINES>
static __device__ __forceinline__ int @placeInTile@(int line, int element)
{
    return element / @PANEL@ * (LINES * @PANEL@) + line * @PANEL@ + ((element % @PANEL@ / @PIECE@) ^ (line % 8)) * @PIECE@ + element % @PIECE@;
}

// How the tensor cores find a tile: eight lines take 1024 bytes, the next panel begins panel_bytes on.
static __device__ __forceinline__ unsigned long long @descriptorOf@(const void* tile, unsigned panel_bytes)
{
    const unsigned long long address = (@sharedAddress@(tile) & 0x3FFFF) >> 4;
    return address | (panel_bytes >> 4) << 16 | 1024ull >> 4 << 32 | 1ull << 62;
}

)";

std::string warpgroupOperands(int count)
{
    std::string lines;
    for (int i = 0; i < count; ++i) {
        lines += i % 16 == 0 ? "                 \"" : "";
        lines += fmt::format("%{}{}", i, i + 1 == count ? "" : ", ");
        lines += i % 16 == 15 ? "\"\n" : "";
    }
    return lines;
}

std::string warpgroupSums(int count, char constraint)
{
    std::string list;
    for (int i = 0; i < count; ++i)
        list += fmt::format("\"+{}\"(sums[{}]){}", constraint, i,
                            i + 1 == count   ? ""
                                : i % 8 == 7 ? ",\n                   "
                                             : ", ");
    return list;
}

}  // namespace warploom
