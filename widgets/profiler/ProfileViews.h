// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/VariantProfile.h"
#include "profiler/FindingsView.h"
#include "profiler/RooflineData.h"

namespace warploom {

// What the views show of a profile; free of widgets.

/// Where the figures behind the findings are from.
FigureOrigin originOf(const VariantProfile& profile);
/// As kernels are written in the launch directives.
KernelNames kernelNamesOf(const VariantProfile& profile);
/// Roofs of the device, as its facts have them: theoretical.
std::vector<RooflineRoof> roofsOf(const DeviceFacts& facts);
/// Operations a second of the task's least work; its intensity by what DRAM has moved where the card has counted that,
/// else by the task's least bytes. Nothing for a task without arithmetic, or without a time.
std::optional<RooflinePoint> rooflinePointOf(const VariantProfile& profile, const std::string& name);

}  // namespace warploom
