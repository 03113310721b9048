// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ContractionCode.h"

namespace warploom {

/// Elements of a copy of 16 bytes: what tensor cores multiply has 2 bytes.
constexpr int kTensorCopy = 8;

/// "f16" or "bf16" where the tensor cores can do the contraction: factors of one such type, summed in float, that lie
/// in lines. Empty where they cannot.
std::string tensorType(const Contraction& found);

/// Parts of the code that contractions on tensor cores share: "addresses", "copies" and "narrowLoads" of both factors,
/// "raster", "isWideCondition" and "storeSums"; and the names in them. \p own may hold marks of those, and has to hold
/// "tall", "rowsApart", "COLUMNS" (of a warp) and "sumOfFragment" where "storeSums" is used; "narrowUnroll" where
/// loads element by element shall not go four at a time. Copies of 16 bytes are \p copied elements.
CodeValues tensorValues(const MoveContext& context, const KernelScope& kernel, const Contraction& found,
                        const FactorTile& left, const FactorTile& right, const CodeValues& own,
                        int copied = kTensorCopy);
/// Functions for shared memory that the parts call.
extern const char* const kTensorHelpers;

}  // namespace warploom
