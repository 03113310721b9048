// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/MatrixTable.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace warploom::emulator {

namespace {

using enum PtxType;

constexpr MatrixShape kWmmaShapes[]{{16, 16, 16}, {32, 8, 16}, {8, 32, 16}};
constexpr PtxType kBytes[]{S8, U8};
constexpr PtxType kEighths[]{E4m3, E5m2};
constexpr PtxType kHalfSums[]{F16, F32};

void addHalves(std::vector<MatrixProduct>& rows)
{
    for (const std::uint32_t k : {8u, 16u}) {
        for (const PtxType sum : kHalfSums)
            rows.push_back({false, {16, 8, k}, sum, F16, F16, sum});
        rows.push_back({false, {16, 8, k}, F32, Bf16, Bf16, F32});
    }
    for (const MatrixShape& shape : kWmmaShapes) {
        for (const PtxType d : kHalfSums)
            for (const PtxType c : kHalfSums)
                rows.push_back({true, shape, d, F16, F16, c});
        rows.push_back({true, shape, F32, Bf16, Bf16, F32});
    }
}

void addBytes(std::vector<MatrixProduct>& rows)
{
    for (const MatrixShape& shape : {MatrixShape{8, 8, 16}, MatrixShape{16, 8, 16}, MatrixShape{16, 8, 32}})
        for (const PtxType a : kBytes)
            for (const PtxType b : kBytes)
                rows.push_back({false, shape, S32, a, b, S32});
    for (const MatrixShape& shape : kWmmaShapes)
        for (const PtxType a : kBytes)
            rows.push_back({true, shape, S32, a, a, S32});
    for (const std::uint32_t k : {16u, 32u})
        for (const PtxType a : kEighths)
            for (const PtxType b : kEighths)
                for (const PtxType sum : kHalfSums)
                    rows.push_back({false, {16, 8, k}, sum, a, b, sum});
}

std::vector<MatrixProduct> makeProducts()
{
    std::vector<MatrixProduct> rows;
    addHalves(rows);
    addBytes(rows);
    for (const std::uint32_t k : {4u, 8u})
        rows.push_back({false, {16, 8, k}, F32, Tf32, Tf32, F32});
    rows.push_back({true, {16, 16, 8}, F32, Tf32, Tf32, F32});
    rows.push_back({false, {8, 8, 4}, F64, F64, F64, F64});
    for (const std::uint32_t k : {4u, 8u, 16u})
        rows.push_back({false, {16, 8, k}, F64, F64, F64, F64});
    rows.push_back({true, {8, 8, 4}, F64, F64, F64, F64});
    return rows;
}

}  // namespace

FragmentLayout MatrixProduct::layoutOf(MatrixRole role) const
{
    return {shape, role == MatrixRole::C ? eachOfSum(d) : each()};
}

std::uint32_t MatrixProduct::writtenRegisters(MatrixRole role) const
{
    return isWmma && a == F16 && role != MatrixRole::C ? 8 : layoutOf(role).registers(role);
}

std::span<const MatrixProduct> matrixProducts()
{
    static const std::vector<MatrixProduct> kRows = makeProducts();
    return kRows;
}

const MatrixProduct* findMatrixProduct(const MatrixProduct& wanted)
{
    const auto rows = matrixProducts();
    const auto found = std::find(rows.begin(), rows.end(), wanted);
    return found == rows.end() ? nullptr : &*found;
}

const MatrixProduct* findWmma(MatrixShape shape, MatrixRole role, PtxType elements)
{
    for (const MatrixProduct& row : matrixProducts())
        if (row.isWmma && row.shape == shape
            && elements
                == (role == MatrixRole::A       ? row.a
                        : role == MatrixRole::B ? row.b
                                                : row.d))
            return &row;
    return nullptr;
}

std::uint32_t fragmentEach(MatrixRole role, PtxType elements)
{
    return role == MatrixRole::C ? eachOfSum(elements) : std::max(32 / ptxBits(elements), 1u);
}

std::uint32_t eachOfSum(PtxType type) { return type == F16 ? 2 : 1; }

bool readShape(std::string_view word, MatrixShape& shape)
{
    const char* at = word.data();
    const char* end = at + word.size();
    for (const auto& [letter, extent] :
         {std::pair('m', &shape.m), std::pair('n', &shape.n), std::pair('k', &shape.k)}) {
        if (at == end || *at != letter)
            return false;
        const auto read = std::from_chars(at + 1, end, *extent);
        if (read.ec != std::errc())
            return false;
        at = read.ptr;
    }
    return at == end;
}

}  // namespace warploom::emulator
