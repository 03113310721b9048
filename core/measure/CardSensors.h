// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "measure/Judge.h"

namespace warploom {

/// Readings of the card with this UUID through NVML; empty ones where NVML is missing or does not know the card.
/// Processes count as foreign unless they are this one or descend from it (runners).
Judge::Sensors cardSensors(const std::string& uuid, const std::vector<std::string>& libraries = {"libnvidia-ml.so.1"});

}  // namespace warploom
