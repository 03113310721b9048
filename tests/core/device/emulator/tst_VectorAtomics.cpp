// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// atom and red on vectors: every element is summed on its own.
#include "EmulatorHarness.h"

#include <bit>

#include <fmt/format.h>

using namespace warploom;
using namespace warploom::test;

namespace {

/// Bits of a small whole number.
std::uint32_t bitsOf(const std::string& type, unsigned number)
{
    const auto single = std::bit_cast<std::uint32_t>(static_cast<float>(number));
    if (type == "f32")
        return single;
    if (type.starts_with("bf16"))
        return single >> 16;
    return number == 0 ? 0 : (((single >> 23) - 112) << 10) | ((single >> 13) & 1023);
}

}  // namespace

class tst_VectorAtomics : public QObject {
    Q_OBJECT

private slots:
    void elementsAreSummed_data()
    {
        QTest::addColumn<QString>("type");
        QTest::addColumn<int>("count");
        QTest::addColumn<bool>("returns");
        const auto add = [](const char* type, std::initializer_list<int> counts) {
            for (const int count : counts)
                for (const bool returns : {false, true})
                    QTest::newRow(fmt::format("{}.v{}.{}", returns ? "atom" : "red", count, type).c_str())
                        << QString(type) << count << returns;
        };
        add("f32", {2, 4});
        add("f16", {2, 4, 8});
        add("bf16", {2, 4, 8});
        add("f16x2", {2, 4});
        add("bf16x2", {2, 4});
    }
    /// Lanes add k + 1 to element k of two vectors in turns; or one lane adds twice, and is told what it found.
    void elementsAreSummed()
    {
        QFETCH(QString, type);
        QFETCH(int, count);
        QFETCH(bool, returns);
        const std::string name = type.toStdString();
        const bool isPair = name.ends_with("x2");
        const bool isShort = name == "f16" || name == "bf16";
        const unsigned bytes = isShort ? 2 : 4;
        std::string addends;
        std::string olds;
        std::string stores;
        std::string moves;
        for (int k = 0; k < count; ++k) {
            const std::uint32_t one = bitsOf(name, static_cast<unsigned>(k + 1));
            const std::uint32_t word = isPair ? one | bitsOf(name, static_cast<unsigned>(k + 2)) << 16 : one;
            moves += fmt::format("mov.b{} %v{}, {};\n", 8 * bytes, k, word);
            addends += fmt::format("{}%v{}", k == 0 ? "" : ",", k);
            olds += fmt::format("{}%v{}", k == 0 ? "" : ",", 10 + k);
            stores +=
                fmt::format("st.global.b{} [%a2+{}], %v{};\n", 8 * bytes, bytes * static_cast<unsigned>(k), 10 + k);
        }
        const std::string noftz = name == "f32" ? "" : ".noftz";
        const std::string update = returns
            ? fmt::format("atom.global.add{}.v{}.{} {{{}}}, [%a1], {{{}}};\n", noftz, count, name, olds, addends)
            : fmt::format("red.global.add{}.v{}.{} [%a1], {{{}}};\n", noftz, count, name, addends);
        Harness harness("", 1);
        harness.product.ptx = fmt::format(
            ".version 8.5\n.target sm_90\n.address_size 64\n.visible .entry k(.param .u64 sums, .param .u64 old)\n{{\n"
            ".reg .b{} %v<20>;\n.reg .b32 %r<9>;\n.reg .b64 %a<9>;\n"
            "ld.param.u64 %a1, [sums];\nld.param.u64 %a2, [old];\nmov.u32 %r1, %tid.x;\nand.b32 %r2, %r1, 1;\n"
            "mul.wide.u32 %a3, %r2, {};\nadd.s64 %a1, %a1, %a3;\n{}{}{}ret;\n}}\n",
            8 * bytes, bytes * static_cast<unsigned>(count), moves, update, returns ? stores : std::string());
        harness.load();
        const auto total = static_cast<std::size_t>(count) * bytes;
        const auto sums = harness.buffer("sums", std::vector<std::uint8_t>(2 * total));
        const auto old = harness.buffer("old", std::vector<std::uint8_t>(total));
        const unsigned lanes = returns ? 1 : 14;
        const auto outcome = harness.run(harness.step("k", {1}, {lanes}, {}, sums.address, old.address));
        QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
        const unsigned times = returns ? 1 : 7;
        const auto check = [&](const std::vector<std::uint8_t>& memory, std::size_t at, unsigned factor) {
            for (int k = 0; k < count; ++k) {
                std::uint32_t word = 0;
                std::memcpy(&word, memory.data() + at + static_cast<unsigned>(k) * bytes, bytes);
                const auto number = static_cast<unsigned>(k + 1);
                QCOMPARE(isPair ? word & 0xffff : word, bitsOf(name, factor * number));
                if (isPair)
                    QCOMPARE(word >> 16, bitsOf(name, factor * (number + 1)));
            }
        };
        check(harness.read<std::uint8_t>(sums), 0, times);
        if (!returns) {
            check(harness.read<std::uint8_t>(sums), total, times);
            return;
        }
        const auto again = harness.run(harness.step("k", {1}, {1}, {}, sums.address, old.address));
        QVERIFY(!again.fault);
        check(harness.read<std::uint8_t>(sums), 0, 2);
        check(harness.read<std::uint8_t>(old), 0, 1);
    }

    void vectorsMustBeAligned()
    {
        Harness harness("", 1);
        harness.product.ptx = ".version 8.5\n.target sm_90\n.address_size 64\n.visible .entry k(.param .u64 sums)\n{\n"
                              ".reg .b32 %r<9>;\n.reg .b64 %a<9>;\nld.param.u64 %a1, [sums];\nmov.b32 %r1, 0;\n"
                              "red.global.add.v4.f32 [%a1+8], {%r1,%r1,%r1,%r1};\nret;\n}\n";
        harness.load();
        const auto sums = harness.buffer("sums", std::vector<float>(16));
        const auto outcome = harness.run(harness.step("k", {1}, {1}, {}, sums.address));
        QCOMPARE(outcome.fault.value().verdict, Verdict::Crashed);
        QVERIFY(outcome.fault->message.starts_with("misaligned address: updates 16 bytes"));
    }
};

QTEST_APPLESS_MAIN(tst_VectorAtomics)
#include "tst_VectorAtomics.moc"
