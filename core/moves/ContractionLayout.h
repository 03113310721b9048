// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Contraction.h"

namespace warploom {

/// What the place of a factor is made of.
struct FactorIndices {
    int dimension = 0;  ///< of the row or column that it depends on
    IndexForm own;  ///< that row or column
    std::string depth;  ///< symbol of p
};

/// Reads off \p index, the place that \p found is loaded from, how the factor lies in memory, and when vectors of it
/// do. It stays Scattered where neither p nor the row (or column) has neighbours side by side.
void readFactorLayout(const KernelScope& kernel, const IndexForm& index, const FactorIndices& indices,
                      ContractionFactor& found);

}  // namespace warploom
