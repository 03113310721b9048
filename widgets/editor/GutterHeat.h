// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>

#include <QString>

namespace warploom {

/// How hot lines of a source are, for the gutter.
struct GutterHeat {
    double share = 0;  ///< of the hottest figure over all lines, 0…1
    QString text;  ///< "63 %"
    QString toolTip;  ///< every figure of the line, and where they are from
};

using LinesHeat = std::map<int, GutterHeat>;  ///< by line, from 1

}  // namespace warploom
