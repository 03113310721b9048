// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/Result.h"

namespace warploom {

/// One row of a line table: from `address` on, up to the next row's, code stands for this line.
struct LineRow {
    std::uint32_t address = 0;  ///< bytes, from the sequence's start
    int file = 0;  ///< index into LineProgram::files, -1: unknown
    int line = 0;  ///< from 1; 0: none
    int caller = -1;  ///< index of the row (an earlier one of the sequence) of the call that was inlined; -1: none
};

/// Rows that belong together, in the order of their addresses.
struct LineSequence {
    /// Where in the section the address of its start stands: what a relocation names. Nothing if it states none.
    std::optional<std::uint64_t> addressOffset;
    std::uint64_t start = 0;  ///< the address that stands there
    std::uint32_t end = 0;  ///< first byte behind its code, from its start
    std::vector<LineRow> rows;
};

/// What a .debug_line or .nv_debug_line_sass section says: DWARF line programs of versions 2 to 4, with NVIDIA's
/// extended opcodes for inlined calls.
struct LineProgram {
    std::vector<std::string> files;  ///< with their folders
    std::vector<LineSequence> sequences;
};

/// InvalidInput for what is cut off or contradicts itself, Unsupported for another version.
Result<LineProgram> readLineProgram(std::string_view section);

}  // namespace warploom
