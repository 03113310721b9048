// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ContractionCode.h"

namespace warploom {

/// "f16" or "bf16" where the tensor cores can do the contraction: factors of one such type, summed in float, that lie
/// in lines. Empty where they cannot.
std::string tensorType(const Contraction& found);

/// How a side's tile lies in shared memory: lines of the elements that are neighbours in memory.
struct TensorTile {
    std::string lines;  ///< of a tile
    std::string elements;  ///< of a line
    std::string place;  ///< call that says where an element lies, up to its arguments
};
/// Parts of the code that contractions on tensor cores share: "addresses", "copies" and "narrowLoads" of both factors,
/// "raster", "isWideCondition" and "storeSums"; and the names in them. \p own may hold marks of those, and has to hold
/// "tall", "COLUMNS" (of a warp), "sumOfFragment".
CodeValues tensorValues(const MoveContext& context, const Contraction& found, const TensorTile& left,
                        const TensorTile& right, const CodeValues& own);
/// Functions for shared memory that the parts call.
extern const char* const kTensorHelpers;

}  // namespace warploom
