// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/SummedCounts.h"

namespace warploom {

void addCounts(LaunchCounters& sum, const LaunchCounters& launch)
{
    for (const auto& field : launchCounterFields())
        sum.*field.member += launch.*field.member;
    for (const auto& [number, line] : launch.lines)
        for (const auto& field : lineCounterFields())
            sum.lines[number].*field.member += line.*field.member;
}

}  // namespace warploom
