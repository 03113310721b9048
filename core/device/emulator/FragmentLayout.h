// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace warploom::emulator {

/// Which matrix of D = A × B + C a fragment holds; C and D are laid out alike.
enum class MatrixRole : std::uint8_t { A, B, C };

/// A product of M × K by K × N numbers by a warp.
struct MatrixShape {
    std::uint32_t m = 16;
    std::uint32_t n = 8;
    std::uint32_t k = 16;

    friend constexpr bool operator==(const MatrixShape&, const MatrixShape&) = default;
};

struct MatrixPlace {
    std::uint32_t row = 0;
    std::uint32_t column = 0;
};

/// Where the elements of a warp's matrices are: those of mma.sync, of which larger ones (wmma) are made. Lanes come in
/// 8 groups of 4; \p each elements share a register. A is cut into halves of 8 rows by 4 × each columns, B into pieces
/// of 4 × each rows by 8 columns, C into 8 × 8 with neighbours along a row.
struct FragmentLayout {
    MatrixShape shape;
    std::uint32_t each = 1;

    /// Halves of 16 rows, or only one of 8.
    [[nodiscard]] constexpr std::uint32_t halves() const { return shape.m >= 16 ? 2 : 1; }
    [[nodiscard]] constexpr std::uint32_t stepsOfK() const { return shape.k / (4 * each); }

    /// Registers that hold all of the matrix.
    [[nodiscard]] constexpr std::uint32_t registers(MatrixRole role) const
    {
        const std::uint32_t elements = role == MatrixRole::A ? shape.m * shape.k
            : role == MatrixRole::B                          ? shape.k * shape.n
                                                             : shape.m * shape.n;
        return elements / 32 / each;
    }

    [[nodiscard]] constexpr MatrixPlace place(MatrixRole role, std::uint32_t lane, std::uint32_t number,
                                              std::uint32_t element) const
    {
        const std::uint32_t group = lane / 4;
        const std::uint32_t within = lane % 4;
        if (role == MatrixRole::A) {
            const std::uint32_t piece = number / halves();
            return {piece / stepsOfK() * 16 + number % halves() * 8 + group,
                    (piece % stepsOfK() * 4 + within) * each + element};
        }
        if (role == MatrixRole::B)
            return {(number % stepsOfK() * 4 + within) * each + element, number / stepsOfK() * 8 + group};
        const std::uint32_t slot = number * each + element;
        const std::uint32_t piece = slot / 2 / halves();
        const std::uint32_t columns = shape.n / 8;
        return {piece / columns * 16 + slot / 2 % halves() * 8 + group, piece % columns * 8 + within * 2 + slot % 2};
    }
};

}  // namespace warploom::emulator
