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
    data.roofs = {{Kind::Memory, "DRAM", 3.35e12, PeakOrigin::Theoretical},
                  {Kind::Memory, "L2", 5.5e12, PeakOrigin::Measured},
                  {Kind::Memory, "L1", 3.3e13, PeakOrigin::Theoretical},
                  {Kind::Compute, "f64", 3.4e13, PeakOrigin::Theoretical},
                  {Kind::Compute, "f32", 6.7e13, PeakOrigin::Measured},
                  {Kind::Compute, "tf32 tensor cores", 4.95e14, PeakOrigin::Theoretical},
                  {Kind::Compute, "f16 tensor cores", 9.9e14, PeakOrigin::Theoretical}};
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

/// The same with peaks measured, the selected one at every level, and a way of which only times are known.
inline RooflineData measuredRoofline()
{
    RooflineData data = sampleRoofline(6);
    for (RooflineRoof& roof : data.roofs)
        roof.origin = PeakOrigin::Measured;
    data.roofs.back().origin = PeakOrigin::Theoretical;
    data.remarks = {"f16 tensor cores: measured 1.2 PFLOP/s by wgmma, more than the theoretical 990 TFLOP/s: not used"};
    for (const std::size_t index : {0, 1, 2, 4})
        data.points[index].isByWork = true;
    data.points.push_back({"#41 tile+pad", 4.5, 1.6e13, RooflineRole::Level, 41, "L2"});
    data.points.push_back({"#41 tile+pad", 1.1, 1.6e13, RooflineRole::Level, 41, "L1"});
    return data;
}

}  // namespace warploom::test
