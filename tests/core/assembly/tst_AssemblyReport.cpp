// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "AssemblyFixtures.h"

#include "assembly/AssemblyOf.h"

using namespace warploom;

namespace {

CompileProduct product(const std::string& name)
{
    CompileProduct made;
    made.architecture = "sm_90";
    made.ptx = test::assemblyFixture(name + ".ptx");
    made.cubin = test::assemblyFixture(name + ".cubin");
    KernelResources known;
    known.name = "sum_rows<float, 128>";
    known.loweredName = "_Z8sum_rowsIfLi128EEvPT_PKS0_i";
    made.kernels = {known};
    return made;
}

const tl::unexpected<Error> kNoDisassembler = fail(ErrorCode::LibraryMissing, "no nvdisasm");

}  // namespace

class TestAssemblyReport : public QObject {
    Q_OBJECT

private slots:
    void withSass()
    {
        const AssemblyReport report =
            assemblyOf(product("kernels-sm_90"), "kernel.cu", test::sassFixture("kernels-sm_90"));
        QVERIFY(report.sass && report.sassMissing.empty());
        QCOMPARE(report.sass->kernels.size(), std::size_t{4});
        QCOMPARE(report.ptx.kernels.size(), std::size_t{4});
        QCOMPARE(report.mixes.size(), std::size_t{4});
        QVERIFY(report.mixes.front().isSass);
        QCOMPARE(report.resources.size(), std::size_t{4});
        // The kernel that the compiler has named keeps its name; the rest comes from the cubin.
        QCOMPARE(report.resources[0].name, std::string("sum_rows<float, 128>"));
        QCOMPARE(report.resources[0].registers, 12u);
        QCOMPARE(report.resources[0].sharedBytes, 512u);
    }

    void withoutSass()
    {
        const AssemblyReport report = assemblyOf(product("units-sm_90"), "kernel.cu", kNoDisassembler);
        QVERIFY(!report.sass);
        QVERIFY(report.sassMissing.find("no nvdisasm") != std::string::npos);
        QCOMPARE(report.mixes.size(), std::size_t{7});
        QVERIFY(!report.mixes.front().isSass);
    }

    void withoutCubin()
    {
        CompileProduct only = product("kernels-sm_90");
        only.cubin.clear();
        const AssemblyReport report = assemblyOf(only, "kernel.cu", test::sassFixture("kernels-sm_90"));
        QVERIFY(report.sass && !report.sass->lines.empty());
        QCOMPARE(report.resources.size(), std::size_t{1});
        QCOMPARE(report.sass->lines.back().source, 0);
    }

    void ptxFromTheCubin()
    {
        CompileProduct only = product("kernels-sm_90");
        only.ptx.clear();
        const AssemblyReport report = assemblyOf(only, "kernel.cu", kNoDisassembler);
        QCOMPARE(report.ptx.kernels.size(), std::size_t{4});
        QCOMPARE(assemblyOf({}, "kernel.cu", kNoDisassembler).ptx.lines.size(), std::size_t{0});
    }
};

QTEST_APPLESS_MAIN(TestAssemblyReport)
#include "tst_AssemblyReport.moc"
