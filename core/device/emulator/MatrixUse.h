// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "device/emulator/FragmentLayout.h"
#include "device/emulator/PtxTypes.h"

namespace warploom::emulator {

/// What an instruction does with fragments, beyond what an Instruction has room for.
struct MatrixUse {
    MatrixShape shape;
    MatrixRole role = MatrixRole::C;  ///< of wmma.load and wmma.store
    PtxType a = PtxType::None;  ///< of the elements; of a load or store, what is in memory
    PtxType b = PtxType::None;
    PtxType c = PtxType::None;
    PtxType d = PtxType::None;
    bool saturates = false;
    bool isColumnMajor = false;  ///< in memory
    std::vector<std::uint32_t> registers;  ///< frame offsets: those of D, A, B and C; or of the one that is moved
};

/// Instruction::target of a load or store has its MatrixUse's index above the flags of MemoryTarget.
constexpr std::uint32_t kMatrixShift = 12;

}  // namespace warploom::emulator
