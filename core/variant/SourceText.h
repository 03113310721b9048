// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace warploom {

/// The source without ordinary comments and with white space reduced to what separates tokens; directives stay.
std::string normalisedSource(const std::string& source);
/// Hash of the normalised source: equal for variants that differ in comments and layout only.
std::string sourceHash(const std::string& source);

/// One line of a line-by-line difference.
struct DiffLine {
    enum class Kind { Same, Removed, Added };

    Kind kind = Kind::Same;
    int oldLine = 0;  ///< 1-based, 0 for an added line
    int newLine = 0;  ///< 1-based, 0 for a removed line
    std::string text;
};

/// Shortest line difference (Myers 1986); a removed line comes before the added one at the same place.
std::vector<DiffLine> lineDiff(const std::string& before, const std::string& after);

}  // namespace warploom
