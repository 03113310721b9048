// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "profiler/RooflineData.h"

namespace warploom::test {

/// An H100 with a lineage of five, and a crowd.
inline RooflineData sampleRoofline(int others = 40)
{
    using Kind = RooflineRoof::Kind;
    RooflineData data;
    data.device = "NVIDIA H100 80GB HBM3";
    data.roofs = {{Kind::Memory, "DRAM", 3.35e12, false},
                  {Kind::Memory, "L2", 5.5e12, true},
                  {Kind::Memory, "L1", 3.3e13, false},
                  {Kind::Compute, "f64", 3.4e13, false},
                  {Kind::Compute, "f32", 6.7e13, true},
                  {Kind::Compute, "tf32 tensor cores", 4.95e14, false},
                  {Kind::Compute, "f16 tensor cores", 9.9e14, false}};
    data.points = {{"#1", 2, 8e11, RooflineRole::Baseline, 1},
                   {"#5 row-per-block", 2.2, 2.5e12, RooflineRole::Other, 5},
                   {"#12 tile", 6, 9e12, RooflineRole::Parent, 12},
                   {"#41 tile+pad", 7, 1.6e13, RooflineRole::Selected, 41},
                   {"#57 tile+pad+unroll", 7.5, 2e13, RooflineRole::Best, 57}};
    data.path = {0, 1, 2, 3, 4};
    for (int i = 0; i < others; ++i)
        data.points.push_back(
            {"#" + std::to_string(100 + i), 1.5 + i % 13 * 0.5, 3e11 * (1 + i % 29), RooflineRole::Other, 100 + i});
    data.idealIntensity = 9;
    data.idealUnit = "f32";
    return data;
}

}  // namespace warploom::test
