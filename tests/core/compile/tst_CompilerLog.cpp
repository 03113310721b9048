// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include "compile/DiagnosticsParser.h"
#include "compile/LogText.h"
#include "compile/PtxasReport.h"

using namespace warploom;
using Severity = Diagnostic::Severity;

namespace {

std::string fixture(const char* name)
{
    return test::readFile(test::sourceFolder() / "tests/core/compile/fixtures" / name);
}

}  // namespace

/// Logs recorded from NVRTC 13.0, and damaged ones.
class TestCompilerLog : public QObject {
    Q_OBJECT

private slots:
    void errorsWithPlaces()
    {
        const auto log = parseCompilerLog(fixture("errors.log"));
        QCOMPARE(log.diagnostics.size(), std::size_t{5});
        QVERIFY(log.hasErrors());
        const auto& first = log.diagnostics[0];
        QCOMPARE(first.severity, Severity::Error);
        QVERIFY((first.place == SourcePlace{"kernel.cu", 1, 36}));
        QCOMPARE(first.message, std::string("identifier \"undefined_x\" is undefined"));
        QVERIFY((log.diagnostics[2].place == SourcePlace{"kernel.cu", 2, 28}));
        QCOMPARE(log.diagnostics[2].related,
                 std::vector<std::string>{"detected during instantiation of class \"S<N> [with N=2]\" at line 4"});
        // A tab is one column.
        const auto& warning = log.diagnostics[3];
        QCOMPARE(warning.severity, Severity::Warning);
        QCOMPARE(warning.code, std::string("177-D"));
        QVERIFY((warning.place == SourcePlace{"kernel.cu", 4, 7}));
    }

    void notesAndContinuationsBelongToTheirError()
    {
        const auto log = parseCompilerLog(fixture("overloads.log"));
        QCOMPARE(log.diagnostics.size(), std::size_t{3});
        QVERIFY((log.diagnostics[0].place == SourcePlace{"kernel.cu", 5, 31}));
        QCOMPARE(log.diagnostics[0].related.size(), std::size_t{3});
        QCOMPARE(log.diagnostics[0].related[0], std::string("argument types are: (float *)"));
        QCOMPARE(log.diagnostics[0].related[1],
                 std::string("kernel.cu:2: number of parameters of function \"f(int, int)\" does not match the call"));
        const auto& last = log.diagnostics[2];
        QVERIFY((last.place == SourcePlace{"kernel.cu", 3, 53}));
        QCOMPARE(last.related.back(), std::string("instantiation of \"void h(T) [with T=int]\" at line 5"));
    }

    void complaintsGoOnNamingTheirDiagnostics()
    {
        // Echoes are dropped, also those that name a line of the PTX themselves.
        const auto log = parseCompilerLog(
            "k(1): error: Error in parsing name expression for lowered name lookup. Input name expression was: \"k\"\n"
            "ptxas application ptx input, line 28; error   : Arguments mismatch for instruction 'mov'\n"
            "ptxas application ptx input, line 30; fatal   : Ptx assembly aborted due to errors\n");
        QCOMPARE(log.diagnostics.size(), std::size_t{1});
        QCOMPARE(log.ptxComplaints.size(), std::size_t{1});
        QCOMPARE(log.ptxComplaints[0].diagnostic, std::size_t{0});
        QCOMPARE(log.ptxComplaints[0].ptxLine, 28);
    }

    void negativeLinesAreNoPlaces()
    {
        const auto log = parseCompilerLog("k.cu(-12): warning #177-D: variable \"x\" was never referenced\n"
                                          "ptxas application ptx input, line -28; error   : Arguments mismatch\n");
        QCOMPARE(log.diagnostics.size(), std::size_t{1});
        QVERIFY(log.diagnostics[0].place.line == 0);
        QVERIFY(log.ptxComplaints.empty());
    }

    void catastrophicError()
    {
        const auto log = parseCompilerLog(fixture("catastrophic.log"));
        QCOMPARE(log.diagnostics.size(), std::size_t{1});
        QCOMPARE(log.diagnostics[0].severity, Severity::Error);
        QVERIFY((log.diagnostics[0].place == SourcePlace{"kernel.cu", 1, 20}));
    }

    void nameExpressionsAreNamed()
    {
        const auto log = parseCompilerLog(fixture("names.log"));
        QCOMPARE(log.diagnostics.size(), std::size_t{3});
        QCOMPARE(log.diagnostics[0].message,
                 std::string("\"gone\" of the launch plan: identifier \"gone\" is undefined"));
        QVERIFY(log.diagnostics[1].message.find("overloaded function \"k\"") != std::string::npos);
        QVERIFY(log.diagnostics[2].message.starts_with("\"nosuch\" of the launch plan"));
        for (const auto& diagnostic : log.diagnostics)
            QVERIFY(diagnostic.place == SourcePlace{});
    }

    void ptxasErrors()
    {
        const auto log = parseCompilerLog(fixture("ptxas_error.log"));
        QCOMPARE(log.diagnostics.size(), std::size_t{1});
        QCOMPARE(log.diagnostics[0].message, std::string("Not a name of any known instruction: 'bogus'"));
        QCOMPARE(log.ptxComplaints.size(), std::size_t{1});
        QCOMPARE(log.ptxComplaints[0].ptxLine, 28);
        QCOMPARE(log.ptxComplaints[0].diagnostic, std::size_t{0});

        const auto unresolved = parseCompilerLog(fixture("unresolved.log"));
        QCOMPARE(unresolved.diagnostics.size(), std::size_t{1});
        QCOMPARE(unresolved.diagnostics[0].message, std::string("Unresolved extern function 'helper(int)'"));
    }

    void warningsOfPtxas()
    {
        const auto log = parseCompilerLog(fixture("resources.log"));
        QVERIFY(!log.hasErrors());
        QCOMPARE(log.diagnostics.size(), std::size_t{1});
        QCOMPARE(log.diagnostics[0].severity, Severity::Warning);
        QVERIFY(log.diagnostics[0].message.starts_with("Registers are spilled"));
    }

    void reportThatIsCutOffNamesNoKernel()
    {
        QVERIFY(parsePtxasReport("ptxas info    : Compiling entry function '").empty());
        QVERIFY(parsePtxasReport("ptxas info    : Compiling entry function '_Z4fi").empty());
        QCOMPARE(parsePtxasReport("ptxas info    : Compiling entry function 'fill' for 'sm_90'").size(),
                 std::size_t{1});
    }

    void adviceInOwnWords()
    {
        const auto log =
            parseCompilerLog("k.cu(1): error: A function without execution space annotations "
                             "(__host__/__device__/__global__) is considered a "
                             "host function, and host functions are not allowed in JIT mode. Consider using "
                             "-default-device flag to process "
                             "unannotated functions as __device__ functions in JIT mode\n  void f() {}\n       ^\n\n");
        QCOMPARE(log.diagnostics.size(), std::size_t{1});
        QVERIFY(log.diagnostics[0].message.find("-default-device") == std::string::npos);
        QVERIFY(log.diagnostics[0].message.find("write __device__") != std::string::npos);
        QCOMPARE(log.diagnostics[0].place.column, 6);
    }

    void resources()
    {
        const auto kernels = parsePtxasReport(fixture("resources.log"));
        QCOMPARE(kernels.size(), std::size_t{5});
        const auto& spill = kernels.at("spill");
        QCOMPARE(spill.registers, 32u);
        QCOMPARE(spill.stackBytes, 704u);
        QCOMPARE(spill.spillStoreBytes, 712u);
        QCOMPARE(spill.spillLoadBytes, 736u);
        const auto& plain = kernels.at("_Z5plainPfi");
        QCOMPARE(plain.registers, 10u);
        QCOMPARE(plain.barriers, 1u);
        QCOMPARE(plain.sharedBytes, 256u);
        QCOMPARE(plain.stackBytes, 0u);
        QVERIFY(!kernels.contains("_Z5twistf"));
    }

    void constantBanksOfOlderVersions()
    {
        const auto kernels = parsePtxasReport(
            "ptxas info    : Compiling entry function 'k' for 'sm_80'\n"
            "ptxas info    : Function properties for k\n"
            "    16 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
            "ptxas info    : Used 24 registers, 1032 bytes smem, 380 bytes cmem[0], 8 bytes cmem[2]\n");
        QCOMPARE(kernels.at("k").registers, 24u);
        QCOMPARE(kernels.at("k").sharedBytes, 1032u);
        QCOMPARE(kernels.at("k").constantBytes, 388u);
        QCOMPARE(kernels.at("k").stackBytes, 16u);
    }

    void damagedLogsDoNoHarm()
    {
        for (const char* name : {"errors.log", "overloads.log", "names.log", "ptxas_error.log", "resources.log"}) {
            const std::string whole = fixture(name);
            for (std::size_t length = 0; length <= whole.size(); length += 7) {
                const std::string head = whole.substr(0, length);
                const std::string tail = whole.substr(length);
                QVERIFY(parseCompilerLog(head).diagnostics.size() <= 200);
                QVERIFY(parseCompilerLog(tail).diagnostics.size() <= 200);
                QVERIFY(parsePtxasReport(head).size() + parsePtxasReport(tail).size() <= 6);
            }
        }
        std::string flood;
        for (int i = 0; i < 5000; ++i)
            flood += "k.cu(1): error: e\n";
        QCOMPARE(parseCompilerLog(flood).diagnostics.size(), std::size_t{200});
    }

    void demangling()
    {
        QCOMPARE(demangled("_Z4fillIfLi4EEvPT_"), std::string("void fill<float, 4>(float*)"));
        QCOMPARE(demangled("add"), std::string("add"));
        QCOMPARE(demangledText("function '_Z6helperi'!"), std::string("function 'helper(int)'!"));
    }
};

QTEST_APPLESS_MAIN(TestCompilerLog)
#include "tst_CompilerLog.moc"
