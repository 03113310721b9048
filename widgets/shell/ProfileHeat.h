// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "editor/GutterHeat.h"
#include "engine/VariantProfile.h"

namespace warploom {

/// The heat of a profile's lines, the hottest at full heat: their share of the samples where a card was sampled, else
/// of the instructions that were executed.
LinesHeat heatOf(const VariantProfile& profile);

}  // namespace warploom
