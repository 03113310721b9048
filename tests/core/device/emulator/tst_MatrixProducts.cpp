// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Every typed product of matrices against sums of exact products, element by element; fragments laid out by hand.
#include "EmulatorHarness.h"
#include "MatrixElements.h"

#include <fmt/format.h>

using namespace warploom;
using namespace warploom::test;
using emulator::matrixProducts;

namespace {

using Bits = std::vector<std::uint64_t>;

std::string_view nameOf(PtxType type)
{
    for (const std::string_view name : {"f16", "bf16", "tf32", "e4m3", "e5m2", "s8", "u8", "s32", "f32", "f64"})
        if (emulator::ptxTypeFromName(name) == type)
            return name;
    return "?";
}

std::string nameOf(const MatrixProduct& product)
{
    return fmt::format("{} m{}n{}k{} {} {} {} {}", product.isWmma ? "wmma" : "mma", product.shape.m, product.shape.n,
                       product.shape.k, nameOf(product.d), nameOf(product.a), nameOf(product.b), nameOf(product.c));
}

unsigned rowsOf(const MatrixProduct& product, MatrixRole role)
{
    return role == MatrixRole::B ? product.shape.k : product.shape.m;
}
unsigned columnsOf(const MatrixProduct& product, MatrixRole role)
{
    return role == MatrixRole::A ? product.shape.k : product.shape.n;
}

Bits randomMatrix(const MatrixProduct& product, MatrixRole role, PtxType type, std::mt19937_64& random, bool wild)
{
    Bits matrix(rowsOf(product, role) * columnsOf(product, role));
    for (std::uint64_t& element : matrix)
        element = randomElement(type, random, wild);
    return matrix;
}

/// Element (row, column) of A × B + C, without roundings that matter.
long double exact(const MatrixProduct& product, const Bits& a, const Bits& b, const Bits& c, unsigned row,
                  unsigned column)
{
    long double sum = 0;
    for (unsigned k = 0; k < product.shape.k; ++k)
        sum += valueOf(product.a, a[row * product.shape.k + k]) * valueOf(product.b, b[k * product.shape.n + column]);
    return sum + valueOf(product.c, c[row * product.shape.n + column]);
}

bool agrees(PtxType type, std::uint64_t found, long double expected, bool saturates, bool wild)
{
    const long double value = valueOf(type, found);
    if (type == PtxType::S32) {
        const auto whole = static_cast<std::int64_t>(expected);
        const auto kept = saturates ? std::clamp<std::int64_t>(whole, INT32_MIN, INT32_MAX)
                                    : static_cast<std::int32_t>(static_cast<std::uint64_t>(whole));
        return static_cast<std::int32_t>(found) == kept;
    }
    if (std::isnan(expected) || std::isnan(value))
        return std::isnan(expected) && std::isnan(value);
    if (type == PtxType::F16) {
        const long double unit = std::max(std::fabs(expected) * 0x1p-11L, 0x1p-25L);
        return std::fabs(expected) >= 65520 ? std::isinf(value) : std::fabs(value - expected) <= unit;
    }
    if (type == PtxType::F32 && !wild)
        return static_cast<float>(value) == static_cast<float>(expected);
    const long double unit = type == PtxType::F64 ? 0x1p-44L : 0x1p-20L;
    const auto narrowed = type == PtxType::F64 ? expected : static_cast<long double>(static_cast<float>(expected));
    return value == narrowed || std::fabs(value - expected) <= std::fabs(expected) * unit + 1e-30L;
}

/// Registers of one lane: elements packed from the lowest bits up.
void pack(const MatrixProduct& product, MatrixRole role, PtxType type, const Bits& matrix, unsigned lane, Bits& words)
{
    const unsigned wordBits = type == PtxType::F64 ? 64 : 32;
    const unsigned each =
        role == MatrixRole::C ? (type == PtxType::F16 ? 2 : 1) : std::max(wordBits / bitsOf(type), 1u);
    const unsigned count = rowsOf(product, role) * columnsOf(product, role) / 32;
    for (unsigned i = 0; i < count; i += each) {
        std::uint64_t word = 0;
        for (unsigned e = 0; e < each; ++e) {
            const Cell cell = documented(product, role, lane, i + e);
            word |= matrix[cell.row * columnsOf(product, role) + cell.column] << (bitsOf(type) * e);
        }
        words.push_back(word);
    }
}

std::string vectorOf(unsigned first, unsigned count)
{
    std::string text = "{";
    for (unsigned i = 0; i < count; ++i)
        text += fmt::format("{}%v{}", i == 0 ? "" : ",", first + i);
    return text + "}";
}

std::string kernel(const std::string& body, const std::string& parameters, bool isWide)
{
    return fmt::format(".version 8.5\n.target sm_90\n.address_size 64\n.visible .entry k({})\n{{\n"
                       ".reg .b{} %v<99>;\n.reg .b32 %r<9>;\n.reg .b64 %a<9>;\n.reg .pred %p<9>;\n{}ret;\n}}\n",
                       parameters, isWide ? 64 : 32, body);
}

}  // namespace

class tst_MatrixProducts : public QObject {
    Q_OBJECT

private slots:
    void fragmentsAreAsDocumented_data()
    {
        QTest::addColumn<int>("index");
        QTest::addColumn<bool>("wild");
        QTest::addColumn<bool>("saturates");
        for (std::size_t i = 0; i < matrixProducts().size(); ++i) {
            const MatrixProduct& product = matrixProducts()[i];
            if (product.isWmma)
                continue;
            QTest::newRow(nameOf(product).c_str()) << static_cast<int>(i) << false << false;
            if (product.d != PtxType::F64)
                QTest::newRow((nameOf(product) + ", any bits").c_str()) << static_cast<int>(i) << true << false;
            if (product.d == PtxType::S32)
                QTest::newRow((nameOf(product) + ", satfinite").c_str()) << static_cast<int>(i) << false << true;
        }
    }
    void fragmentsAreAsDocumented()
    {
        QFETCH(int, index);
        QFETCH(bool, wild);
        QFETCH(bool, saturates);
        const MatrixProduct& product = matrixProducts()[static_cast<std::size_t>(index)];
        std::mt19937_64 random(static_cast<std::uint64_t>(index));
        const Bits a = randomMatrix(product, MatrixRole::A, product.a, random, wild);
        const Bits b = randomMatrix(product, MatrixRole::B, product.b, random, wild);
        const Bits c = randomMatrix(product, MatrixRole::C, product.c, random, wild);
        Bits in;
        unsigned counts[3] = {};
        for (unsigned lane = 0; lane < 32; ++lane) {
            const std::size_t before = in.size();
            pack(product, MatrixRole::A, product.a, a, lane, in);
            const std::size_t afterA = in.size();
            pack(product, MatrixRole::B, product.b, b, lane, in);
            const std::size_t afterB = in.size();
            pack(product, MatrixRole::C, product.c, c, lane, in);
            counts[0] = static_cast<unsigned>(afterA - before);
            counts[1] = static_cast<unsigned>(afterB - afterA);
            counts[2] = static_cast<unsigned>(in.size() - afterB);
        }
        const bool isWide = product.a == PtxType::F64;
        const unsigned all = counts[0] + counts[1] + counts[2];
        std::string body = fmt::format("ld.param.u64 %a1, [in];\nld.param.u64 %a2, [out];\nmov.u32 %r1, %tid.x;\n"
                                       "mul.wide.u32 %a3, %r1, {};\nadd.s64 %a1, %a1, %a3;\n"
                                       "mul.wide.u32 %a3, %r1, {};\nadd.s64 %a2, %a2, %a3;\n",
                                       8 * all, 8 * counts[2]);
        for (unsigned i = 0; i < all; ++i)
            body += fmt::format("ld.global.{} %v{}, [%a1+{}];\n", isWide ? "b64" : "b32", i, 8 * i);
        body += fmt::format("mma.sync.aligned.m{}n{}k{}.row.col{}.{}.{}.{}.{} {}, {}, {}, {};\n", product.shape.m,
                            product.shape.n, product.shape.k, saturates ? ".satfinite" : "", nameOf(product.d),
                            nameOf(product.a), nameOf(product.b), nameOf(product.c), vectorOf(50, counts[2]),
                            vectorOf(0, counts[0]), vectorOf(counts[0], counts[1]),
                            vectorOf(counts[0] + counts[1], counts[2]));
        for (unsigned i = 0; i < counts[2]; ++i)
            body += fmt::format("st.global.{} [%a2+{}], %v{};\n", isWide ? "b64" : "b32", 8 * i, 50 + i);
        Harness harness("", 1);
        harness.product.ptx = kernel(body, ".param .u64 in, .param .u64 out", isWide);
        harness.load();
        const auto input = harness.buffer("in", in);
        const auto output = harness.buffer("out", Bits(32 * counts[2]));
        const auto outcome = harness.run(harness.step("k", {1}, {32}, {}, input.address, output.address));
        QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
        const Bits found = harness.read<std::uint64_t>(output);
        const unsigned each = product.d == PtxType::F16 ? 2 : 1;
        for (unsigned lane = 0; lane < 32; ++lane)
            for (unsigned i = 0; i < counts[2] * each; ++i) {
                const Cell cell = documented(product, MatrixRole::C, lane, i);
                const std::uint64_t bits = found[lane * counts[2] + i / each] >> (16 * (i % each));
                const std::uint64_t element = each == 2 ? bits & 0xffff : bits;
                const long double expected = exact(product, a, b, c, cell.row, cell.column);
                QVERIFY2(agrees(product.d, element, expected, saturates, wild),
                         fmt::format("row {} column {}: {} instead of {}", cell.row, cell.column,
                                     static_cast<double>(valueOf(product.d, element)), static_cast<double>(expected))
                             .c_str());
            }
    }

    void wmmaMultipliesWhatIsInMemory_data()
    {
        QTest::addColumn<int>("index");
        QTest::addColumn<int>("orders");
        for (std::size_t i = 0; i < matrixProducts().size(); ++i)
            for (int orders = 0; orders < 16 && matrixProducts()[i].isWmma; ++orders)
                QTest::newRow((nameOf(matrixProducts()[i]) + " order " + std::to_string(orders)).c_str())
                    << static_cast<int>(i) << orders;
    }
    void wmmaMultipliesWhatIsInMemory()
    {
        QFETCH(int, index);
        QFETCH(int, orders);
        const MatrixProduct& product = matrixProducts()[static_cast<std::size_t>(index)];
        std::mt19937_64 random(static_cast<std::uint64_t>(index * 16 + orders));
        const bool isWide = product.a == PtxType::F64;
        Harness harness("", 1);
        struct Side {
            MatrixRole role;
            PtxType type;
            Bits values;
            unsigned registers = 0;
            unsigned stride = 0;
            bool isColumnMajor = false;
            DeviceBuffer buffer;
        };
        std::array<Side, 4> sides{
            Side{MatrixRole::A, product.a, {}, 0, 0, false, {}}, Side{MatrixRole::B, product.b, {}, 0, 0, false, {}},
            Side{MatrixRole::C, product.c, {}, 0, 0, false, {}}, Side{MatrixRole::C, product.d, {}, 0, 0, false, {}}};
        for (std::size_t s = 0; s < sides.size(); ++s) {
            Side& side = sides[s];
            side.isColumnMajor = ((orders >> s) & 1) != 0;
            side.values = randomMatrix(product, side.role, side.type, random, false);
            const unsigned rows = rowsOf(product, side.role);
            const unsigned columns = columnsOf(product, side.role);
            const unsigned bytes = bitsOf(side.type) / 8;
            side.stride = ((side.isColumnMajor ? rows : columns) + 31) / 16 * 16;  // larger than the matrix
            std::vector<std::uint8_t> memory(std::size_t{side.stride} * (side.isColumnMajor ? columns : rows) * bytes);
            for (unsigned row = 0; row < rows; ++row)
                for (unsigned column = 0; column < columns; ++column)
                    std::memcpy(memory.data()
                                    + (side.isColumnMajor ? column * side.stride + row : row * side.stride + column)
                                        * bytes,
                                &side.values[row * columns + column], bytes);
            side.buffer = harness.buffer(std::string(1, "abcd"[s]), memory);
            side.registers = side.role == MatrixRole::C
                ? product.shape.m * product.shape.n / 32 / (side.type == PtxType::F16 ? 2 : 1)
                : product.writtenRegisters(side.role);
        }
        const std::string shape = fmt::format("m{}n{}k{}", product.shape.m, product.shape.n, product.shape.k);
        const auto order = [&](std::size_t s) { return sides[s].isColumnMajor ? "col" : "row"; };
        std::string body =
            "ld.param.u64 %a0, [a];\nld.param.u64 %a1, [b];\nld.param.u64 %a2, [c];\nld.param.u64 %a3, [d];\n";
        for (std::size_t s = 0; s < 3; ++s)
            body += fmt::format("wmma.load.{}.sync.aligned.{}.{}{}.{} {}, [%a{}], {};\n", "abc"[s], order(s), shape,
                                s == 1 ? "" : ".global", nameOf(sides[s].type),
                                vectorOf(static_cast<unsigned>(10 * s), sides[s].registers), s, sides[s].stride);
        const std::string types = product.a == PtxType::F16
            ? fmt::format("{}.{}", nameOf(product.d), nameOf(product.c))
            : fmt::format("{}.{}.{}.{}", nameOf(product.d), nameOf(product.a), nameOf(product.b), nameOf(product.c));
        body += fmt::format("wmma.mma.sync.aligned.{}.{}.{}.{} {}, {}, {}, {};\n", order(0), order(1), shape, types,
                            vectorOf(30, sides[3].registers), vectorOf(0, sides[0].registers),
                            vectorOf(10, sides[1].registers), vectorOf(20, sides[2].registers));
        body += fmt::format("wmma.store.d.sync.aligned.{}.{}.global.{} [%a3], {}, {};\n", order(3), shape,
                            nameOf(product.d), vectorOf(30, sides[3].registers), sides[3].stride);
        harness.product.ptx = kernel(body, ".param .u64 a, .param .u64 b, .param .u64 c, .param .u64 d", isWide);
        harness.load();
        const auto outcome =
            harness.run(harness.step("k", {1}, {32}, {}, sides[0].buffer.address, sides[1].buffer.address,
                                     sides[2].buffer.address, sides[3].buffer.address));
        QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
        const auto memory = harness.read<std::uint8_t>(sides[3].buffer);
        const unsigned bytes = bitsOf(product.d) / 8;
        for (unsigned row = 0; row < product.shape.m; ++row)
            for (unsigned column = 0; column < product.shape.n; ++column) {
                std::uint64_t found = 0;
                const unsigned at =
                    sides[3].isColumnMajor ? column * sides[3].stride + row : row * sides[3].stride + column;
                std::memcpy(&found, memory.data() + at * bytes, bytes);
                const long double expected =
                    exact(product, sides[0].values, sides[1].values, sides[2].values, row, column);
                QVERIFY2(agrees(product.d, found, expected, false, false),
                         fmt::format("row {} column {}: {} instead of {}", row, column,
                                     static_cast<double>(valueOf(product.d, found)), static_cast<double>(expected))
                             .c_str());
            }
    }
};

QTEST_GUILESS_MAIN(tst_MatrixProducts)
#include "tst_MatrixProducts.moc"
