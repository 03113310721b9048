// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/Diagnosis.h"

namespace warploom {

/// A finding as it is shown, free of Qt.
struct FindingRow {
    enum class Kind {
        Problem,  ///< something to gain
        Limit,  ///< an honest one: nothing to gain
        Gone,  ///< the parent's, that is no more
        Unknown,  ///< what could not be looked at
    };

    Kind kind = Kind::Problem;
    int rank = 0;  ///< of a problem, from 1
    bool isFirst = false;  ///< it makes everything else meaningless
    std::string rule;  ///< that found it, by name; empty where none did
    std::string title;
    std::string sentence;  ///< with its numbers
    std::string cure;
    std::string kernel;  ///< as people write it; empty: the plan as a whole
    double leastGain = 1;
    double mostGain = 1;
    std::optional<FindingChange> change;  ///< against the parent's diagnosis, where there is one
    std::vector<int> lines;
    std::vector<std::string> moves;
};

/// Lowered names of kernels → as they are written in the launch directives.
using KernelNames = std::map<std::string, std::string>;

/// Findings in the diagnosis's order, then what of the parent's is gone, then honest limits, at last what could not be
/// looked at. \p parent may be null.
std::vector<FindingRow> findingRows(const Diagnosis& diagnosis, const Diagnosis* parent, const KernelNames& names);

/// The largest gain that any row promises, at least 1.5: where the bars end.
double largestGain(const std::vector<FindingRow>& rows);
/// How far along its bar a gain is, 0…1, by its logarithm: twice as fast is as far from once as four times from twice.
double gainShare(double gain, double largest);

}  // namespace warploom
