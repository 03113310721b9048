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
/// Every ceiling that is known, levels of memory first.
std::vector<RooflineRoof> roofsOf(const Peaks& peaks);
/// Operations a second of the task's least work, at the intensity of its least bytes. Nothing for a task without
/// arithmetic, or without a time.
std::optional<RooflinePoint> pointByWork(const Work& work, Microseconds time);
/// The same, at the intensity of what DRAM has moved where the card has counted that.
std::optional<RooflinePoint> dramPointOf(const VariantProfile& profile, const std::string& name);
/// At the intensities of L2 and L1, where their bytes are counted.
std::vector<RooflinePoint> levelPointsOf(const VariantProfile& profile, const std::string& name);

}  // namespace warploom
