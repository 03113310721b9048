// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "AssemblyFixtures.h"

#include "assembly/InstructionPlaces.h"
#include "assembly/LineTable.h"

using namespace warploom;

namespace {

constexpr const char* kFileName = "kernel.cu";

CompileProduct product()
{
    CompileProduct result;
    result.cubin = test::assemblyFixture("kernels-sm_90.cubin");
    return result;
}

/// Every instruction of a kernel, each sampled once.
InstructionReport everyInstructionOf(const std::string& kernel, std::uint32_t bytes)
{
    InstructionReport report;
    for (std::uint32_t address = 0; address < bytes; address += 16)
        report.instructions.push_back({kernel, address, 0, {{"selected", 1}}});
    return report;
}

}  // namespace

class TestInstructionPlaces : public QObject {
    Q_OBJECT

private slots:
    /// Line 24 calls lengthOf(), which calls squared(), and scaled() of another file.
    void inlinedCodeBelongsToTheVariantsOwnLines()
    {
        InstructionReport report = everyInstructionOf("scale_rows", 0x800);
        QVERIFY(placeInstructions(report, product(), kFileName));
        const CompileProduct compiled = product();
        const auto cubin = CubinFile::read(compiled.cubin);
        const auto table = LineTable::read(*cubin);
        int fromHeader = 0;
        int fromCallee = 0;
        for (const InstructionFigures& figures : report.instructions) {
            const auto frames = table->framesAt("scale_rows", figures.address);
            if (frames.empty())
                continue;
            if (frames.front().file == "/scale.h") {
                ++fromHeader;
                QCOMPARE(figures.line, 24);
            } else {
                QCOMPARE(figures.line, frames.front().line);
                fromCallee += frames.size() > 1 ? 1 : 0;
            }
        }
        QVERIFY(fromHeader > 0);
        QVERIFY(fromCallee > 0);
    }

    void whatTheDriverRunsIsDropped()
    {
        InstructionReport report = everyInstructionOf("spread", 0x20);
        report.instructions.push_back({"memset_kernel", 0, 0, {{"selected", 9}}});
        QVERIFY(placeInstructions(report, product(), kFileName));
        QCOMPARE(report.instructions.size(), std::size_t{2});
        QCOMPARE(report.instructions.back().function, std::string("spread"));
    }

    void anotherFileHasNoLines()
    {
        InstructionReport report = everyInstructionOf("spread", 0x40);
        QVERIFY(placeInstructions(report, product(), "other.cu"));
        for (const InstructionFigures& figures : report.instructions)
            QCOMPARE(figures.line, 0);
    }

    void damagedCubinsAreRefused()
    {
        InstructionReport report = everyInstructionOf("spread", 0x40);
        CompileProduct broken = product();
        broken.cubin.resize(100);
        const auto placed = placeInstructions(report, broken, kFileName);
        QVERIFY(!placed);
        QCOMPARE(placed.error().code, ErrorCode::InvalidInput);
    }
};

QTEST_GUILESS_MAIN(TestInstructionPlaces)
#include "tst_InstructionPlaces.moc"
