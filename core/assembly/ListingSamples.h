// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "protocol/Assembly.h"
#include "protocol/InstructionReport.h"

namespace warploom {

/// Writes to the instructions of \p sass which share of \p stalls (InstructionFigure::Stalls) found warps there, and
/// why they waited. Samples of another build of the text do not fit: the caller sees to that.
void addSamples(Listing& sass, const InstructionReport& stalls);

}  // namespace warploom
