// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ContractionCode.h"

namespace warploom {

/// What tensor cores multiply, and what they add it up in.
struct TensorFormat {
    std::string left;  ///< as PTX calls it: "f16", "bf16", "s8", "u8" or "f64"
    std::string right;
    std::string sum;  ///< "f32", "s32" or "f64"
    int bytes = 2;  ///< of a factor's element

    /// Elements of a copy of 16 bytes.
    [[nodiscard]] int copied() const { return 16 / bytes; }
    /// Elements of 4 bytes, the least that is copied ahead; one that is larger.
    [[nodiscard]] int pair() const { return bytes < 4 ? 4 / bytes : 1; }
    /// How deep an instruction goes.
    [[nodiscard]] int step() const { return 32 / bytes; }
    [[nodiscard]] bool isInteger() const { return sum == "s32"; }
    /// As CUDA calls it.
    [[nodiscard]] std::string sumType() const { return isInteger() ? "int" : sum == "f64" ? "double" : "float"; }
    /// " * 2": what makes bytes of a number of elements.
    [[nodiscard]] std::string timesBytes() const { return bytes == 1 ? "" : " * " + std::to_string(bytes); }
};

/// Where the tensor cores can do the contraction: factors that lie in lines, either of one 16-bit type and summed in
/// float, or of bytes along the depth, summed in int. Nothing where they cannot.
std::optional<TensorFormat> tensorFormat(const Contraction& found);

/// How the tile of a factor lies in shared memory.
using TileOfFactor = std::function<FactorTile(FactorNumber which)>;

/// Parts of the code that contractions on tensor cores share: "rings" (where in "ring" each factor's tiles lie),
/// "addresses", "copies" and "narrowLoads" of all factors, "raster", "alignment" (which declares "isWide": whether
/// factors can be copied ahead) and "storeSums"; and the names in them. Where tiles have no copies of parts, all copies
/// are of 16 bytes. \p own may hold marks of those, and has to hold "tall", "rowsApart", "COLUMNS" (of a warp) and
/// "sumOfFragment" (an element of "sumsOf") where "storeSums" is used; "narrowUnroll" where loads element by element
/// shall not go four at a time, and "rowOfSum" and "columnOfSum" where a lane's element @j@ of a fragment's sums lies
/// elsewhere in 16 rows than the fragment has it. Copies are as
/// \p format says; "PIECE", "PANEL", "STEP", "ptxSum", "factorTypes", "SumOfProducts" and "constraint" are its own.
CodeValues tensorValues(const MoveContext& context, const KernelScope& kernel, const Contraction& found,
                        const TileOfFactor& tileOf, const CodeValues& own, const TensorFormat& format);
/// "@TILE_M@ + @TILE_N@": elements along the outputs of one tile of each factor.
std::string tileExtents(const Contraction& found);
/// Functions for shared memory that the parts call; the second for tiles with copies of parts, "@copyPairs@".
extern const char* const kTensorHelpers;
std::string tensorPairHelper(const TensorFormat& format);
/// When all factors can be copied ahead, in pairs at least; empty where they always can, as doubles of affine places.
std::string copiedCondition(const Contraction& found, const TensorFormat& format);

}  // namespace warploom
