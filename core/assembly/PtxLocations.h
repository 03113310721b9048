// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "assembly/LineTable.h"

namespace warploom {

/// What the .file and .loc directives of a PTX module say, read line after line.
class PtxLocations {
public:
    /// Reads every .file of the module: they stand at its end.
    explicit PtxLocations(std::string_view ptx);

    /// Whether \p line (without comments) is a .loc, which holds for what follows it.
    bool readLocation(std::string_view line);
    /// A function begins: nothing is known until its first .loc.
    void beginFunction();
    /// Where what stands here came from, innermost first; empty if unknown.
    [[nodiscard]] std::vector<SourceFrame> frames() const;

private:
    /// File, line and column: what inlined_at names an earlier .loc by.
    using Place = std::tuple<int, int, int>;

    [[nodiscard]] std::string_view fileName(int index) const;

    std::map<int, std::string> m_files;
    std::map<Place, Place> m_callers;
    Place m_place{};
};

}  // namespace warploom
