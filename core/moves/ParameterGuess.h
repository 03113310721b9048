// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/RoleGuess.h"
#include "protocol/KernelSketch.h"

namespace warploom {

/// Fills in the sketch's parameters, sizes and launch, from everything that was guessed.
void describeParameters(const KernelView& view, const LaunchGuess& launch, const ShapeGuesses& shapes,
                        KernelSketch& sketch);

}  // namespace warploom
