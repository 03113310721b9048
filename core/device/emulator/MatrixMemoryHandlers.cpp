// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Matrices between memory and the registers of a warp: ldmatrix, stmatrix, movmatrix, wmma.load and wmma.store.
#include "device/emulator/MatrixSupport.h"
#include "device/emulator/MemoryAccess.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

constexpr U32 kRows = 8;  ///< of a matrix of 8 × 8, each 16 bytes
constexpr U32 kRowBytes = 16;
/// Largest fragment: 32 × 16 halves, or 16 × 16 singles.
constexpr U32 kMostRegisters = 8;

/// ldmatrix and stmatrix reach shared memory only, generic addresses or not.
bool isInShared(Warp& warp, const Instruction& in)
{
    if (warp.block->cost.space == PtxSpace::Shared)
        return true;
    warp.raise(in, 0, Verdict::OutOfBounds, "ldmatrix and stmatrix take addresses of shared memory only");
    return false;
}

/// The rows of COUNT matrices, whose addresses the first 8 × COUNT lanes give.
template <unsigned COUNT>
bool findRows(Warp& warp, const Instruction& in, std::uint32_t mask, AccessKind kind, std::size_t addressOperand,
              std::array<std::byte*, kLanes>& rows)
{
    if (!hasWholeWarp(warp, in, mask))
        return false;
    constexpr U32 kGiving = static_cast<U32>((U64{1} << (kRows * COUNT)) - 1);
    Access access;
    const AccessRequest request{memorySpace(in), kind, kRowBytes, memoryIsWide(in), addressOperand, in.immediate};
    if (!resolveAccess(warp, in, kGiving, request, access) || !isInShared(warp, in))
        return false;
    forLanes(kGiving, [&](U32 i) { rows[i] = access.of(i); });
    return true;
}

/// Lane i holds two neighbours of row i / 4; transposed, two neighbours of column i / 4.
template <unsigned COUNT, bool TRANSPOSED>
void loadMatrices(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    std::array<std::byte*, kLanes> rows;
    if (!findRows<COUNT>(warp, in, mask, AccessKind::Load, COUNT, rows))
        return;
    for (U32 k = 0; k < COUNT; ++k) {
        U32* d = warp.lanes<U32>(in.operand[k]);
        std::byte* const* row = rows.data() + kRows * k;
        for (U32 i = 0; i < kLanes; ++i) {
            if constexpr (TRANSPOSED) {
                U16 low;
                U16 high;
                std::memcpy(&low, row[i % 4 * 2] + i / 4 * 2, sizeof(low));
                std::memcpy(&high, row[i % 4 * 2 + 1] + i / 4 * 2, sizeof(high));
                d[i] = low | U32{high} << 16;
            } else {
                std::memcpy(&d[i], row[i / 4] + i % 4 * 4, sizeof(U32));
            }
        }
    }
}

template <unsigned COUNT, bool TRANSPOSED>
void storeMatrices(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    std::array<std::byte*, kLanes> rows;
    if (!findRows<COUNT>(warp, in, mask, AccessKind::Store, 0, rows))
        return;
    for (U32 k = 0; k < COUNT; ++k) {
        const U32* value = warp.lanes<U32>(in.operand[k + 1]);
        std::byte* const* row = rows.data() + kRows * k;
        for (U32 i = 0; i < kLanes; ++i) {
            if constexpr (TRANSPOSED) {
                const U16 low = static_cast<U16>(value[i]);
                const U16 high = static_cast<U16>(value[i] >> 16);
                std::memcpy(row[i % 4 * 2] + i / 4 * 2, &low, sizeof(low));
                std::memcpy(row[i % 4 * 2 + 1] + i / 4 * 2, &high, sizeof(high));
            } else {
                std::memcpy(row[i / 4] + i % 4 * 4, &value[i], sizeof(U32));
            }
        }
    }
}

/// movmatrix: the same matrix, transposed, in registers.
void transpose(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    if (!hasWholeWarp(warp, in, mask))
        return;
    std::array<U32, kLanes> a;
    std::memcpy(a.data(), warp.lanes<U32>(in.operand[1]), sizeof(a));
    U32* d = warp.lanes<U32>(in.operand[0]);
    const auto element = [&](U32 row, U32 column) { return (a[row * 4 + column / 2] >> (column % 2 * 16)) & 0xffffu; };
    for (U32 i = 0; i < kLanes; ++i)
        d[i] = element(i % 4 * 2, i / 4) | element(i % 4 * 2 + 1, i / 4) << 16;
}

/// A matrix in memory whose rows (or columns) lie \p stride elements apart.
struct MatrixInMemory {
    const MatrixUse& use;
    U64 address = 0;
    U64 stride = 0;
    U32 bytes = 2;  ///< of an element
    FragmentLayout layout;

    /// How many elements of a register are neighbours in memory.
    [[nodiscard]] U32 joined() const
    {
        const bool alongRow = use.role != MatrixRole::B;
        return alongRow != use.isColumnMajor ? layout.each : 1;
    }
    void placeLanes(U32 number, U32 element, Addresses& addresses) const
    {
        for (U32 i = 0; i < kLanes; ++i) {
            const MatrixPlace place = layout.place(use.role, i, number, element);
            const U64 index = use.isColumnMajor ? place.column * stride + place.row : place.row * stride + place.column;
            addresses.at[i] = address + index * bytes;
        }
    }
};

/// All lanes must name one matrix; its begin and its stride are multiples of 16 bytes.
bool describe(Warp& warp, const Instruction& in, const AccessRequest& request, MatrixInMemory& matrix)
{
    Addresses addresses;
    readAddresses(warp, in, request, addresses);
    const U32* strides = warp.lanes<U32>(in.operand[1]);
    matrix.address = addresses.at[0];
    matrix.stride = strides[0];
    for (U32 i = 1; i < kLanes; ++i) {
        if (addresses.at[i] == matrix.address && strides[i] == matrix.stride)
            continue;
        warp.raise(in, i, Verdict::Crashed, "the lanes of the warp name different matrices");
        return false;
    }
    if (matrix.address % kRowBytes != 0) {
        raiseMisaligned(warp, in, {request.kind, kRowBytes, 0, matrix.address});
        return false;
    }
    if (matrix.stride * matrix.bytes % kRowBytes != 0) {
        warp.raise(in, 0, Verdict::Crashed, "the stride of the matrix is no multiple of 16 bytes");
        return false;
    }
    return true;
}

/// Goes through the accesses of a fragment: \p move(host addresses, register, element, bytes).
template <typename Move>
void forPieces(Warp& warp, const Instruction& in, std::uint32_t mask, AccessKind kind, Move move)
{
    if (!hasWholeWarp(warp, in, mask))
        return;
    const MatrixUse& use = matrixUse(warp, in);
    MatrixInMemory matrix{use, 0, 0, ptxBits(use.a) / 8, {use.shape, fragmentEach(use.role, use.a)}};
    AccessRequest request{memorySpace(in), kind, matrix.bytes, memoryIsWide(in), 0, in.immediate};
    if (!describe(warp, in, request, matrix))
        return;
    const U32 joined = matrix.joined();
    request.bytes = matrix.bytes * joined;
    Addresses addresses;
    Access access;
    for (U32 number = 0; number < matrix.layout.registers(use.role); ++number)
        for (U32 element = 0; element < matrix.layout.each; element += joined) {
            matrix.placeLanes(number, element, addresses);
            if (!resolveAddresses(warp, in, mask, request, addresses, access))
                return;
            move(access, number, element * matrix.bytes, request.bytes);
        }
}

template <typename WORD>
void loadFragment(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const MatrixUse& use = matrixUse(warp, in);
    std::array<std::array<WORD, kLanes>, kMostRegisters> words{};
    U32 count = 0;
    forPieces(warp, in, mask, AccessKind::Load, [&](const Access& access, U32 number, U32 offset, U32 bytes) {
        count = number + 1;
        for (U32 i = 0; i < kLanes; ++i)
            std::memcpy(reinterpret_cast<std::byte*>(&words[number][i]) + offset, access.of(i), bytes);
    });
    if (warp.block->fault)
        return;
    for (std::size_t k = 0; k < use.registers.size(); ++k)  // beyond the matrix: the same again
        std::memcpy(warp.lanes<WORD>(use.registers[k]), words[k % count].data(), sizeof(words[0]));
}

template <typename WORD>
void storeFragment(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const MatrixUse& use = matrixUse(warp, in);
    forPieces(warp, in, mask, AccessKind::Store, [&](const Access& access, U32 number, U32 offset, U32 bytes) {
        const WORD* values = warp.lanes<WORD>(use.registers[number]);
        for (U32 i = 0; i < kLanes; ++i)
            std::memcpy(access.of(i), reinterpret_cast<const std::byte*>(&values[i]) + offset, bytes);
    });
}

template <bool TRANSPOSED>
constexpr std::array kLoads{&loadMatrices<1, TRANSPOSED>, &loadMatrices<2, TRANSPOSED>, &loadMatrices<4, TRANSPOSED>};
template <bool TRANSPOSED>
constexpr std::array kStores{&storeMatrices<1, TRANSPOSED>, &storeMatrices<2, TRANSPOSED>,
                             &storeMatrices<4, TRANSPOSED>};

}  // namespace

Handler findMatrixMover(const MatrixMoveKey& key)
{
    using enum MatrixMoveKey::Operation;
    const std::size_t place = key.count == 1 ? 0 : key.count == 2 ? 1 : 2;
    switch (key.operation) {
    case LoadRows:
        return key.isTransposed ? kLoads<true>[place] : kLoads<false>[place];
    case StoreRows:
        return key.isTransposed ? kStores<true>[place] : kStores<false>[place];
    case Transpose:
        return &transpose;
    case LoadFragment:
        return key.count == 8 ? &loadFragment<U64> : &loadFragment<U32>;
    case StoreFragment:
        return key.count == 8 ? &storeFragment<U64> : &storeFragment<U32>;
    }
    return nullptr;
}

}  // namespace warploom::emulator::WARPLOOM_ISA
