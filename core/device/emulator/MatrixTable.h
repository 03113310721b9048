// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "device/emulator/FragmentLayout.h"
#include "device/emulator/PtxTypes.h"

namespace warploom::emulator {

/// One typed product of matrices: a row of the table that decoding, execution and tests go by.
struct MatrixProduct {
    bool isWmma = false;  ///< fragments of wmma rather than of mma
    MatrixShape shape;
    PtxType d = PtxType::F32;
    PtxType a = PtxType::F16;
    PtxType b = PtxType::F16;
    PtxType c = PtxType::F32;

    /// Elements of A and B in one register.
    [[nodiscard]] constexpr std::uint32_t each() const
    {
        return a == PtxType::F64 || a == PtxType::Tf32 ? 1 : a == PtxType::F16 || a == PtxType::Bf16 ? 2 : 4;
    }
    [[nodiscard]] FragmentLayout layoutOf(MatrixRole role) const;
    /// Registers that PTX writes for A or B: wmma repeats halves until there are 8.
    [[nodiscard]] std::uint32_t writtenRegisters(MatrixRole role) const;

    friend bool operator==(const MatrixProduct&, const MatrixProduct&) = default;
};

std::span<const MatrixProduct> matrixProducts();
/// The row like \p wanted, or null.
const MatrixProduct* findMatrixProduct(const MatrixProduct& wanted);
/// Any product of wmma whose matrix \p role has these elements, or null.
const MatrixProduct* findWmma(MatrixShape shape, MatrixRole role, PtxType elements);
/// Elements of a fragment in one register.
std::uint32_t fragmentEach(MatrixRole role, PtxType elements);
/// Elements of C or D in one register.
std::uint32_t eachOfSum(PtxType type);
/// "m16n8k16", or nothing.
bool readShape(std::string_view word, MatrixShape& shape);

}  // namespace warploom::emulator
