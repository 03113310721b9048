// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "analysis/Capabilities.h"
#include "engine/VariantProfile.h"

namespace warploom {

/// What could be read of a profile's variant, and what would allow the rest, with this installation's paths.
std::vector<CapabilityState> capabilitiesOf(const VariantProfile& profile);

}  // namespace warploom
