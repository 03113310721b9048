// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "protocol/Assembly.h"

namespace warploom {

/// One line of the difference of two listings.
struct AssemblyDiffLine {
    enum class Kind {
        Same,
        Rewired,  ///< the same instruction on the same kinds of operands, but fed from another register
        Removed,
        Added,
        Gap,  ///< stands for equal lines that are left out
    };

    Kind kind = Kind::Same;
    int before = -1;  ///< index into the listing before; -1: not there
    int after = -1;
    int lines = 1;  ///< of a gap
};

/// An instruction as differences see it: registers, labels and \p kernel by the order in which they appear in the line,
/// blanks and comments as one. "add.s32 %r9, %r4, %r4;" is "add.s32 r#1, r#2, r#2;"
std::string normalisedInstruction(const std::string& text, const std::string& kernel);

/// The difference of two listings, kernel by kernel: by name, then those that are left by their order. Instructions and
/// labels count, what else stands between them does not, nor do addresses. In PTX a register has one meaning, so that
/// an instruction that is fed from elsewhere is told; in SASS registers are used again, and only instructions are
/// compared.
std::vector<AssemblyDiffLine> assemblyDiff(const Listing& before, const Listing& after, bool isSass);

/// The same without equal lines farther than \p context from any change; gaps stand for them.
std::vector<AssemblyDiffLine> withoutEqualLines(const std::vector<AssemblyDiffLine>& lines, int context);

}  // namespace warploom
