// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "editor/LineHeat.h"
#include "engine/VariantProfile.h"

namespace warploom {

/// The heat of a profile's lines: their share of the instructions that were executed, the hottest line at full heat.
LinesHeat heatOf(const VariantProfile& profile);

}  // namespace warploom
