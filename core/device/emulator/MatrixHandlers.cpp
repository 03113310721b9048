// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Products of matrices by a whole warp: mma.sync and wmma.mma. The products are exact and summed in double, in the
// order of k; the accumulator comes last, and the result is rounded once, to nearest. Tensor cores cut the sums at a
// width of their own instead: results differ from the hardware's by some units in the last place. Integers are exact;
// f64 is a chain of fused steps.
#include <algorithm>
#include <array>

#include "device/emulator/HalfFloat.h"
#include "device/emulator/MatrixSupport.h"
#include "device/emulator/SmallFloat.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

/// A register taken apart: element by element, all lanes of one after the other.
template <typename V, unsigned EACH>
using Parts = std::array<std::array<V, kLanes>, EACH>;

/// Exact, without branches.
inline double halfValue(U32 bits)
{
    const U32 magnitude = (bits & 0x7fffu) << 13;
    U32 value = std::bit_cast<U32>(std::bit_cast<float>(magnitude) * 0x1p112f);
    value |= magnitude >= 0x0f800000u ? 0x7f800000u : 0u;
    return static_cast<double>(std::bit_cast<float>(value | ((bits & 0x8000u) << 16)));
}

inline double brainValue(U32 bits) { return static_cast<double>(std::bit_cast<float>(bits << 16)); }

struct HalfKind {  ///< f16 and bf16
    using Value = double;
    static constexpr unsigned kEach = 2;
    static void read(const std::byte* lanes, PtxType type, Parts<Value, kEach>& parts)
    {
        const U32* words = reinterpret_cast<const U32*>(lanes);
        if (type == PtxType::Bf16) {
            for (U32 i = 0; i < kLanes; ++i) {
                parts[0][i] = brainValue(words[i] & 0xffffu);
                parts[1][i] = brainValue(words[i] >> 16);
            }
        } else {
            for (U32 i = 0; i < kLanes; ++i) {
                parts[0][i] = halfValue(words[i] & 0xffffu);
                parts[1][i] = halfValue(words[i] >> 16);
            }
        }
    }
};

struct TensorFloatKind {  ///< the hardware does not look at the 13 lowest bits
    using Value = double;
    static constexpr unsigned kEach = 1;
    static void read(const std::byte* lanes, PtxType, Parts<Value, kEach>& parts)
    {
        const U32* words = reinterpret_cast<const U32*>(lanes);
        for (U32 i = 0; i < kLanes; ++i)
            parts[0][i] = static_cast<double>(std::bit_cast<float>(words[i] & ~0x1fffu));
    }
};

struct EighthKind {  ///< e4m3 and e5m2
    using Value = double;
    static constexpr unsigned kEach = 4;
    static void read(const std::byte* lanes, PtxType type, Parts<Value, kEach>& parts)
    {
        const U32* words = reinterpret_cast<const U32*>(lanes);
        const float* values = eighthValues(type);
        for (unsigned e = 0; e < kEach; ++e)
            for (U32 i = 0; i < kLanes; ++i)
                parts[e][i] = static_cast<double>(values[(words[i] >> (8 * e)) & 255u]);
    }
};

struct ByteKind {  ///< s8 and u8
    using Value = I32;
    static constexpr unsigned kEach = 4;
    static void read(const std::byte* lanes, PtxType type, Parts<Value, kEach>& parts)
    {
        const U32* words = reinterpret_cast<const U32*>(lanes);
        for (unsigned e = 0; e < kEach; ++e)
            for (U32 i = 0; i < kLanes; ++i)
                parts[e][i] = type == PtxType::S8 ? I32{static_cast<I8>(words[i] >> (8 * e))}
                                                  : static_cast<I32>((words[i] >> (8 * e)) & 255u);
    }
};

struct DoubleKind {
    using Value = double;
    static constexpr unsigned kEach = 1;
    static void read(const std::byte* lanes, PtxType, Parts<Value, kEach>& parts)
    {
        std::memcpy(parts[0].data(), lanes, sizeof(parts[0]));
    }
};

/// Row by row.
template <typename V, unsigned ROWS, unsigned COLUMNS>
using Matrix = std::array<V, std::size_t{ROWS} * COLUMNS>;

/// Calls \p visit(lane, index into the matrix) for an element of each lane.
template <FragmentLayout LAYOUT, MatrixRole ROLE, unsigned COLUMNS, typename Visit>
inline void forPlaces(U32 number, U32 element, Visit visit)
{
    constexpr auto kIndex = [](MatrixPlace place) { return place.row * COLUMNS + place.column; };
    constexpr U32 kOfGroup = kIndex(LAYOUT.place(ROLE, 4, 0, 0));
    constexpr U32 kWithin = kIndex(LAYOUT.place(ROLE, 1, 0, 0));
    const U32 first = kIndex(LAYOUT.place(ROLE, 0, number, element));
    for (U32 group = 0; group < kLanes / 4; ++group)
        for (U32 within = 0; within < 4; ++within)
            visit(4 * group + within, first + group * kOfGroup + within * kWithin);
}

template <typename KIND, FragmentLayout LAYOUT, MatrixRole ROLE, unsigned ROWS, unsigned COLUMNS>
void gather(const Warp& warp, const U32* registers, PtxType type, Matrix<typename KIND::Value, ROWS, COLUMNS>& matrix)
{
    Parts<typename KIND::Value, KIND::kEach> parts;
    for (U32 r = 0; r < LAYOUT.registers(ROLE); ++r) {
        KIND::read(warp.lanes<std::byte>(registers[r]), type, parts);
        for (U32 e = 0; e < KIND::kEach; ++e)
            forPlaces<LAYOUT, ROLE, COLUMNS>(r, e, [&](U32 lane, U32 index) { matrix[index] = parts[e][lane]; });
    }
}

inline float rounded(double sum)
{
    return sum == sum ? static_cast<float>(sum) : std::bit_cast<float>(0x7fffffffu);  // the NaN of the hardware
}

/// D = sums + C, register after register.
template <MatrixShape SHAPE>
void writeFloats(Warp& warp, const MatrixUse& use, const U32* d, const U32* c,
                 const Matrix<double, SHAPE.m, SHAPE.n>& sums)
{
    constexpr FragmentLayout kSingles{SHAPE, 1};
    constexpr U32 kSlots = kSingles.registers(MatrixRole::C);
    std::array<std::array<double, kLanes>, kSlots> values;
    for (U32 s = 0; s < kSlots; ++s) {
        forPlaces<kSingles, MatrixRole::C, SHAPE.n>(s, 0, [&](U32 lane, U32 index) { values[s][lane] = sums[index]; });
        if (use.c == PtxType::F16) {
            const U32* words = warp.lanes<U32>(c[s / 2]);
            for (U32 i = 0; i < kLanes; ++i)
                values[s][i] += halfValue(s % 2 == 0 ? words[i] & 0xffffu : words[i] >> 16);
        } else {
            const float* addend = warp.lanes<float>(c[s]);
            for (U32 i = 0; i < kLanes; ++i)
                values[s][i] += static_cast<double>(addend[i]);
        }
    }
    // C may be D: all of it has been read by now.
    if (use.d == PtxType::F16) {
        for (U32 s = 0; s < kSlots; s += 2)
            for (U32 i = 0; i < kLanes; ++i)
                warp.lanes<U32>(d[s / 2])[i] = nearestHalf(oddFloat(values[s][i])).bits
                    | static_cast<U32>(nearestHalf(oddFloat(values[s + 1][i])).bits) << 16;
    } else {
        for (U32 s = 0; s < kSlots; ++s)
            for (U32 i = 0; i < kLanes; ++i)
                warp.lanes<float>(d[s])[i] = rounded(values[s][i]);
    }
}

template <MatrixShape SHAPE>
void writeIntegers(Warp& warp, const MatrixUse& use, const U32* d, const U32* c,
                   const Matrix<I32, SHAPE.m, SHAPE.n>& sums)
{
    constexpr FragmentLayout kSingles{SHAPE, 1};
    for (U32 s = 0; s < kSingles.registers(MatrixRole::C); ++s) {
        const I32* addend = warp.lanes<I32>(c[s]);
        I32* result = warp.lanes<I32>(d[s]);
        forPlaces<kSingles, MatrixRole::C, SHAPE.n>(s, 0, [&](U32 lane, U32 index) {
            const I64 sum = I64{sums[index]} + addend[lane];
            const I64 bounded = std::clamp<I64>(sum, std::numeric_limits<I32>::min(), std::numeric_limits<I32>::max());
            result[lane] = static_cast<I32>(static_cast<U32>(use.saturates ? bounded : sum));
        });
    }
}

/// Eight neighbours of a row at a time, in two halves as wide as the host's registers.
template <typename V, MatrixShape SHAPE>
void multiplyMatrices(const Matrix<V, SHAPE.m, SHAPE.k>& left, const Matrix<V, SHAPE.k, SHAPE.n>& right,
                      Matrix<V, SHAPE.m, SHAPE.n>& sums)
{
    using Four [[gnu::vector_size(4 * sizeof(V))]] = V;
    for (unsigned first = 0; first < SHAPE.n; first += 8)
        for (unsigned row = 0; row < SHAPE.m; ++row) {
            Four low{};
            Four high{};
            for (unsigned k = 0; k < SHAPE.k; ++k) {
                Four line[2];
                std::memcpy(line, &right[k * SHAPE.n + first], sizeof(line));
                const V factor = left[row * SHAPE.k + k];
                low += factor * line[0];
                high += factor * line[1];
            }
            std::memcpy(&sums[row * SHAPE.n + first], &low, sizeof(low));
            std::memcpy(&sums[row * SHAPE.n + first + 4], &high, sizeof(high));
        }
}

template <typename KIND, MatrixShape SHAPE>
void multiply(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    if (!hasWholeWarp(warp, in, mask))
        return;
    using Value = typename KIND::Value;
    constexpr FragmentLayout kFactors{SHAPE, KIND::kEach};
    const MatrixUse& use = matrixUse(warp, in);
    const U32* d = use.registers.data();
    const U32* a = d + FragmentLayout{SHAPE, use.d == PtxType::F16 ? 2u : 1u}.registers(MatrixRole::C);
    const U32* b = a + kFactors.registers(MatrixRole::A);
    const U32* c = b + kFactors.registers(MatrixRole::B);
    alignas(64) Matrix<Value, SHAPE.m, SHAPE.k> left;
    alignas(64) Matrix<Value, SHAPE.k, SHAPE.n> right;
    alignas(64) Matrix<Value, SHAPE.m, SHAPE.n> sums;
    gather<KIND, kFactors, MatrixRole::A, SHAPE.m, SHAPE.k>(warp, a, use.a, left);
    gather<KIND, kFactors, MatrixRole::B, SHAPE.k, SHAPE.n>(warp, b, use.b, right);
    multiplyMatrices<Value, SHAPE>(left, right, sums);
    if constexpr (std::is_same_v<Value, I32>)
        writeIntegers<SHAPE>(warp, use, d, c, sums);
    else
        writeFloats<SHAPE>(warp, use, d, c, sums);
}

template <MatrixShape SHAPE>
void multiplyDoubles(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    if (!hasWholeWarp(warp, in, mask))
        return;
    constexpr FragmentLayout kLayout{SHAPE, 1};
    const U32* d = matrixUse(warp, in).registers.data();
    const U32* a = d + kLayout.registers(MatrixRole::C);
    const U32* b = a + kLayout.registers(MatrixRole::A);
    const U32* c = b + kLayout.registers(MatrixRole::B);
    Matrix<double, SHAPE.m, SHAPE.k> left;
    Matrix<double, SHAPE.k, SHAPE.n> right;
    gather<DoubleKind, kLayout, MatrixRole::A, SHAPE.m, SHAPE.k>(warp, a, PtxType::F64, left);
    gather<DoubleKind, kLayout, MatrixRole::B, SHAPE.k, SHAPE.n>(warp, b, PtxType::F64, right);
    for (U32 s = 0; s < kLayout.registers(MatrixRole::C); ++s) {
        const double* addend = warp.lanes<double>(c[s]);
        double* result = warp.lanes<double>(d[s]);
        for (U32 i = 0; i < kLanes; ++i) {
            const MatrixPlace place = kLayout.place(MatrixRole::C, i, s, 0);
            double sum = addend[i];
            for (unsigned k = 0; k < SHAPE.k; ++k)
                sum = std::fma(left[place.row * SHAPE.k + k], right[k * SHAPE.n + place.column], sum);
            result[i] = sum;
        }
    }
}

struct ProductHandler {
    MatrixShape shape;
    std::uint32_t each;
    bool isInteger;
    bool isDouble;
    Handler run;
};

template <typename KIND, MatrixShape SHAPE>
constexpr ProductHandler product()
{
    return {SHAPE, KIND::kEach, std::is_same_v<typename KIND::Value, I32>, false, &multiply<KIND, SHAPE>};
}

template <MatrixShape SHAPE>
constexpr ProductHandler doubles()
{
    return {SHAPE, 1, false, true, &multiplyDoubles<SHAPE>};
}

constexpr std::array kProducts{
    product<HalfKind, MatrixShape{16, 8, 8}>(),
    product<HalfKind, MatrixShape{16, 8, 16}>(),
    product<HalfKind, MatrixShape{16, 16, 16}>(),
    product<HalfKind, MatrixShape{32, 8, 16}>(),
    product<HalfKind, MatrixShape{8, 32, 16}>(),
    product<TensorFloatKind, MatrixShape{16, 8, 4}>(),
    product<TensorFloatKind, MatrixShape{16, 8, 8}>(),
    product<TensorFloatKind, MatrixShape{16, 16, 8}>(),
    product<EighthKind, MatrixShape{16, 8, 16}>(),
    product<EighthKind, MatrixShape{16, 8, 32}>(),
    product<ByteKind, MatrixShape{8, 8, 16}>(),
    product<ByteKind, MatrixShape{16, 8, 16}>(),
    product<ByteKind, MatrixShape{16, 8, 32}>(),
    product<ByteKind, MatrixShape{16, 16, 16}>(),
    product<ByteKind, MatrixShape{32, 8, 16}>(),
    product<ByteKind, MatrixShape{8, 32, 16}>(),
    doubles<MatrixShape{8, 8, 4}>(),
    doubles<MatrixShape{16, 8, 4}>(),
    doubles<MatrixShape{16, 8, 8}>(),
    doubles<MatrixShape{16, 8, 16}>(),
};

}  // namespace

Handler findProductHandler(const MatrixProduct& wanted)
{
    const bool isInteger = wanted.a == PtxType::S8 || wanted.a == PtxType::U8;
    for (const ProductHandler& row : kProducts)
        if (row.shape == wanted.shape && row.each == wanted.each() && row.isInteger == isInteger
            && row.isDouble == (wanted.a == PtxType::F64))
            return row.run;
    return nullptr;
}

}  // namespace warploom::emulator::WARPLOOM_ISA
