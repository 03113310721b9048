// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ContractionCode.h"

namespace warploom {

/// Elements of a copy of 16 bytes, and of the least that is copied ahead: what tensor cores multiply has 2 bytes.
constexpr int kTensorCopy = 8;
constexpr int kTensorPair = 2;

/// "f16" or "bf16" where the tensor cores can do the contraction: factors of one such type, summed in float, that lie
/// in lines. Empty where they cannot.
std::string tensorType(const Contraction& found);

/// How the tile of a factor lies in shared memory.
using TileOfFactor = std::function<FactorTile(FactorNumber which)>;

/// Parts of the code that contractions on tensor cores share: "rings" (where in "ring" each factor's tiles lie),
/// "addresses", "copies" and "narrowLoads" of all factors, "raster", "alignment" (which declares "isWide": whether
/// factors can be copied ahead) and "storeSums"; and the names in them. Where tiles have no copies of parts, all copies
/// are of 16 bytes. \p own may hold marks of those, and has to hold "tall", "rowsApart", "COLUMNS" (of a warp) and
/// "sumOfFragment" (an element of "sumsOf") where "storeSums" is used; "narrowUnroll" where loads element by element
/// shall not go four at a time. Copies of 16 bytes are \p copied elements.
CodeValues tensorValues(const MoveContext& context, const KernelScope& kernel, const Contraction& found,
                        const TileOfFactor& tileOf, const CodeValues& own, int copied = kTensorCopy);
/// "@TILE_M@ + @TILE_N@": elements along the outputs of one tile of each factor.
std::string tileExtents(const Contraction& found);
/// Functions for shared memory that the parts call; the second for tiles with copies of parts, "@copyPairs@".
extern const char* const kTensorHelpers;
extern const char* const kTensorPairHelper;

}  // namespace warploom
