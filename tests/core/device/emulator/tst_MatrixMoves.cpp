// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// ldmatrix, stmatrix and movmatrix: which element goes where, what they cost, and what is caught.
#include "EmulatorHarness.h"

#include <fmt/format.h>

using namespace warploom;
using namespace warploom::test;

namespace {

/// A kernel with 4096 bytes of shared memory: input and output of lane i, 16 bytes each, stand at %d5 and %d6, its
/// shared row of 16 bytes in %r3.
std::string kernel(const std::string& body)
{
    return ".version 8.5\n.target sm_90\n.address_size 64\n.visible .entry k(.param .u64 in, .param .u64 out)\n{\n"
           ".reg .pred %p<9>;\n.reg .b32 %r<19>;\n.reg .b64 %d<9>;\n.shared .align 16 .b8 tile[4096];\n"
           "ld.param.u64 %d1, [in];\nld.param.u64 %d2, [out];\nmov.u32 %r1, %tid.x;\nmov.u32 %r2, tile;\n"
           "mad.lo.u32 %r3, %r1, 16, %r2;\nmul.wide.u32 %d4, %r1, 16;\nadd.s64 %d5, %d1, %d4;\nadd.s64 %d6, %d2, %d4;\n"
        + body + "ret;\n}\n.file 1 \"k.cu\"\n";
}

/// Input row to this lane's row of shared memory.
const char* const kFill = "ld.global.v4.u32 {%r4,%r5,%r6,%r7}, [%d5];\nst.shared.v4.u32 [%r3], {%r4,%r5,%r6,%r7};\n";
const char* const kStoreAll = "st.global.v4.u32 [%d6], {%r8,%r9,%r10,%r11};\n";

std::vector<std::uint16_t> numbers()
{
    std::vector<std::uint16_t> values(256);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<std::uint16_t>(i);
    return values;
}

RunOutcome runKernel(Harness& harness, const std::string& body, Extent3 block, const RunLimits& limits = {})
{
    harness.product.ptx = kernel(body);
    harness.load();
    const auto in = harness.buffer("in", numbers());
    const auto out = harness.buffer("out", std::vector<std::uint16_t>(256 * 2));
    return harness.run(harness.step("k", {1}, block, {}, in.address, out.address), limits);
}

std::vector<std::uint16_t> resultOf(const std::string& body)
{
    Harness harness("", 1);
    harness.product.ptx = kernel(body);
    harness.load();
    const auto in = harness.buffer("in", numbers());
    const auto out = harness.buffer("out", std::vector<std::uint16_t>(256));
    const auto outcome = harness.run(harness.step("k", {1}, {32}, {}, in.address, out.address));
    if (outcome.fault)
        qFatal("%s", outcome.fault->message.c_str());
    return harness.read<std::uint16_t>(out);
}

/// What lane \p lane holds of matrix \p matrix: element (row, column) of it is its number.
std::uint16_t held(unsigned lane, unsigned matrix, unsigned half, bool transposed)
{
    const unsigned along = lane % 4 * 2 + half;
    const unsigned across = lane / 4;
    const unsigned row = transposed ? along : across;
    const unsigned column = transposed ? across : along;
    return static_cast<std::uint16_t>(matrix * 64 + row * 8 + column);
}

}  // namespace

class tst_MatrixMoves : public QObject {
    Q_OBJECT

private slots:
    void rowsReachTheirLanes_data()
    {
        QTest::addColumn<int>("count");
        QTest::addColumn<bool>("transposed");
        QTest::addColumn<QString>("space");
        for (const int count : {1, 2, 4})
            for (const bool transposed : {false, true})
                for (const char* space : {".shared", ".shared::cta"})
                    QTest::newRow(fmt::format("x{} {} {}", count, transposed, space).c_str())
                        << count << transposed << QString(space);
    }
    void rowsReachTheirLanes()
    {
        QFETCH(int, count);
        QFETCH(bool, transposed);
        QFETCH(QString, space);
        const char* const registers[]{"{%r8}", "{%r8,%r9}", "", "{%r8,%r9,%r10,%r11}"};
        const std::string load = fmt::format("ldmatrix.sync.aligned.m8n8.x{}{}{}.b16 {}, [%r3];\n", count,
                                             transposed ? ".trans" : "", space.toStdString(), registers[count - 1]);
        const auto found =
            resultOf("mov.u32 %r9, 0;\nmov.u32 %r10, 0;\nmov.u32 %r11, 0;\n" + (kFill + load) + kStoreAll);
        for (unsigned lane = 0; lane < 32; ++lane)
            for (unsigned matrix = 0; matrix < static_cast<unsigned>(count); ++matrix)
                for (unsigned half = 0; half < 2; ++half)
                    QCOMPARE(found[lane * 8 + matrix * 2 + half], held(lane, matrix, half, transposed));
    }

    void storesAreTheWayBack_data()
    {
        QTest::addColumn<bool>("transposed");
        QTest::newRow("plain") << false;
        QTest::newRow("transposed") << true;
    }
    void storesAreTheWayBack()
    {
        QFETCH(bool, transposed);
        // Lane i's registers hold the numbers 8 i … 8 i + 7; the tile is then read row by row.
        const auto found =
            resultOf(fmt::format("ld.global.v4.u32 {{%r4,%r5,%r6,%r7}}, [%d5];\n"
                                 "stmatrix.sync.aligned.m8n8.x4{}.shared.b16 [%r3], {{%r4,%r5,%r6,%r7}};\n"
                                 "bar.warp.sync 0xffffffff;\n"
                                 "ld.shared.v4.u32 {{%r8,%r9,%r10,%r11}}, [%r3];\n",
                                 transposed ? ".trans" : "")
                     + kStoreAll);
        for (unsigned lane = 0; lane < 32; ++lane)
            for (unsigned matrix = 0; matrix < 4; ++matrix)
                for (unsigned half = 0; half < 2; ++half)
                    QCOMPARE(found[held(lane, matrix, half, transposed)],
                             static_cast<std::uint16_t>(lane * 8 + matrix * 2 + half));
    }

    void movmatrixTransposes()
    {
        const auto found = resultOf(std::string(kFill)
                                    + "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r8}, [%r3];\n"
                                      "movmatrix.sync.aligned.m8n8.trans.b16 %r9, %r8;\nmov.u32 %r10, 0;\n"
                                      "mov.u32 %r11, 0;\n"
                                    + kStoreAll);
        for (unsigned lane = 0; lane < 32; ++lane)
            for (unsigned half = 0; half < 2; ++half)
                QCOMPARE(found[lane * 8 + 2 + half], held(lane, 0, half, true));
    }

    void bankConflictsAreCounted()
    {
        // Rows of 128 bytes begin at the same bank: 8 passes a matrix; 16 bytes more, and none conflict.
        const std::string load = "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r8,%r9,%r10,%r11}, [%r3];\n";
        Harness harness("", 1);
        RunLimits unchecked;
        unchecked.checks = false;
        const auto conflicting =
            runKernel(harness, "and.b32 %r1, %r1, 7;\nmad.lo.u32 %r3, %r1, 128, %r2;\n" + load, {32}, unchecked);
        QVERIFY(!conflicting.fault);
        QCOMPARE(conflicting.counters.at(0).sharedWavefronts, 32u);
        QCOMPARE(conflicting.counters.at(0).sharedBankConflicts, 28u);
        const auto padded =
            runKernel(harness, "and.b32 %r1, %r1, 7;\nmad.lo.u32 %r3, %r1, 144, %r2;\n" + load, {32}, unchecked);
        QVERIFY(!padded.fault);
        QCOMPARE(padded.counters.at(0).sharedWavefronts, 4u);
        QCOMPARE(padded.counters.at(0).sharedBankConflicts, 0u);
    }

    void faultsAreCaught_data()
    {
        QTest::addColumn<QString>("body");
        QTest::addColumn<int>("threads");
        QTest::addColumn<QString>("message");
        const auto row = [](const char* name, const char* body, int threads, const char* message) {
            QTest::newRow(name) << QString(body) << threads << QString(message);
        };
        row("misaligned", "add.u32 %r3, %r3, 8;\nldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r8}, [%r3];\n", 32,
            "misaligned address: reads 16 bytes");
        row("outside", "add.u32 %r3, %r3, 4096;\nldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r8}, [%r3];\n", 32,
            "reads 16 bytes at shared memory + 4096");
        row("outside, by a lane that gives no address",
            "st.shared.v4.u32 [%r3], {%r1,%r1,%r1,%r1};\nsetp.gt.u32 %p1, %r1, 7;\n@%p1 mov.u32 %r3, 1;\n"
            "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r8}, [%r3];\n",
            32, "");
        row("global memory", "ldmatrix.sync.aligned.m8n8.x1.b16 {%r8}, [%d5];\n", 32, "shared memory only");
        row("guarded", "setp.gt.u32 %p1, %r1, 7;\n@%p1 ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r8}, [%r3];\n", 32,
            "ldmatrix.sync.aligned.m8n8.x1.shared.b16 needs all 32 lanes of a warp, only lanes 0xffffff00 are here");
        row("in a branch",
            "setp.gt.u32 %p1, %r1, 7;\n@%p1 bra LATER;\nldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r8}, [%r3];\n"
            "LATER:\nbar.warp.sync 0xffffffff;\n",
            32, "matrix instruction in divergent code");
        row("half a warp", "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r8}, [%r3];\n", 16, "only lanes 0x0000ffff");
        row("product in divergent code",
            "setp.gt.u32 %p1, %r1, 7;\n@%p1 mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%r4,%r5,%r6,%r7}, "
            "{%r8,%r9}, {%r10}, {%r4,%r5,%r6,%r7};\n",
            32, "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 needs all 32 lanes");
        row("stride of wmma",
            "mov.u32 %r9, 20;\nwmma.load.c.sync.aligned.row.m16n16k16.global.f16 "
            "{%r4,%r5,%r6,%r7}, [%d1], %r9;\n",
            32, "stride of the matrix is no multiple of 16 bytes");
        row("place of wmma", "wmma.load.c.sync.aligned.row.m16n16k16.global.f16 {%r4,%r5,%r6,%r7}, [%d1+8], 16;\n", 32,
            "misaligned address");
        row("matrix beyond its buffer",
            "wmma.load.c.sync.aligned.row.m16n16k16.global.f16 {%r4,%r5,%r6,%r7}, "
            "[%d1+32], 16;\n",
            32, "bytes at in + 512");
        row("wmma, an address a lane",
            "wmma.load.c.sync.aligned.row.m16n16k16.global.f16 {%r4,%r5,%r6,%r7}, [%d5], "
            "16;\n",
            32, "the lanes of the warp name different matrices");
    }
    void faultsAreCaught()
    {
        QFETCH(QString, body);
        QFETCH(int, threads);
        QFETCH(QString, message);
        Harness harness("", 1);
        const auto outcome = runKernel(harness, ".loc 1 9 3\n" + body.toStdString(), {static_cast<unsigned>(threads)});
        if (message.isEmpty()) {
            QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
            return;
        }
        QVERIFY(outcome.fault.has_value());
        QVERIFY2(outcome.fault->message.find(message.toStdString()) != std::string::npos,
                 outcome.fault->message.c_str());
        QCOMPARE(outcome.fault->place.line, 9);
    }
};

QTEST_GUILESS_MAIN(tst_MatrixMoves)
#include "tst_MatrixMoves.moc"
