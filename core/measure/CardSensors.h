// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "measure/Judge.h"

namespace warploom {

/// Readings of the card with this UUID through NVML; empty ones where NVML is missing or does not know the card.
/// Processes count as foreign unless they are this one or descend from it (runners); they are asked for four times a
/// second at most.
Judge::Sensors cardSensors(const std::string& uuid, const std::vector<std::string>& libraries = {"libnvidia-ml.so.1"});

/// True when what was timed between the two readings cannot be trusted: a clock moved by over 3 %, or a reason to
/// throttle (power, temperature) came or went.
bool isDisturbed(const SensorReading& before, const SensorReading& after);

CardState cardStateOf(const SensorReading& reading);

}  // namespace warploom
