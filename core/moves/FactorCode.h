// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/FactorWriter.h"

namespace warploom {

const WrittenType& halfType();
const WrittenType& bfloatType();
const WrittenType& floatType();
/// Two parts of a float, which are factors of products that go into the same sum.
const WrittenType& halfPartsType();
const WrittenType& bfloatPartsType();

/// Whether \p factor is one load, perhaps converted, of elements of the type called \p element.
bool isLoadOf(const KernelScope& kernel, const NestFactor& factor, const std::string& element);

/// The whole source where launches before the kernel's write its factors to memory as \p type, and the kernel is a
/// contraction of what they wrote, in one loop. Factors that are loads of that type already stay with \p keepsLoads.
/// Nothing where no factor has to be written, or one of them has no words; nor where both sides' would be written in
/// parts.
std::optional<std::string> withWrittenFactors(const MoveContext& context, const KernelScope& kernel,
                                              const FactorNest& nest, const WrittenType& type, bool keepsLoads);

}  // namespace warploom
