// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>
#include <vector>

#include "protocol/Assembly.h"

namespace warploom {

/// What a PTX instruction is for; \p instruction begins with its opcode ("ld.global.nc.f32"). Other for unknown ones.
InstructionClass classOfPtx(std::string_view instruction);
/// The same for SASS of sm_70 and later. Operands, where they are given, tell a constant that is made by an arithmetic
/// unit ("HFMA2.MMA R0, -RZ, RZ, 0, 0") from arithmetic.
InstructionClass classOfSass(std::string_view instruction);
/// How many instructions of each class every kernel of the listing holds. NOPs that fill a SASS kernel up at its end do
/// not count.
std::vector<InstructionMix> mixOf(const Listing& listing, bool isSass);

}  // namespace warploom
