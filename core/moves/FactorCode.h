// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/FactorNest.h"
#include "moves/Move.h"

namespace warploom {

/// What factors that are written out are kept as.
struct WrittenType {
    std::string scratch;  ///< "f16"
    std::string element;  ///< "__half", as CUDA calls it
    std::string header;  ///< that declares it; empty where none has to
    std::string narrowed;  ///< the function that makes it of a float; empty where it is one
    std::string widened;  ///< and the one that makes a float of it
};

const WrittenType& halfType();
const WrittenType& bfloatType();
const WrittenType& floatType();

/// Whether \p factor is one load, perhaps converted, of elements of the type called \p element.
bool isLoadOf(const KernelScope& kernel, const NestFactor& factor, const std::string& element);

/// The whole source where launches before the kernel's write its factors to memory as \p type, and the kernel is a
/// contraction of what they wrote, in one loop. Factors that are loads of that type already stay with \p keepsLoads.
/// Nothing where no factor has to be written, or one of them has no words.
std::optional<std::string> withWrittenFactors(const MoveContext& context, const KernelScope& kernel,
                                              const FactorNest& nest, const WrittenType& type, bool keepsLoads);

}  // namespace warploom
