// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <limits>

#include "compile/CompileOptions.h"
#include "compile/IncludeGuard.h"
#include "compile/RequestRules.h"

using namespace warploom;

/// What a source, its flags and its names may ask of the compiler.
class TestCompileRules : public QObject {
    Q_OBJECT

private slots:
    void allowedOptions()
    {
        const auto options = CompileOptions::parse({"--use_fast_math",
                                                    "-fmad=false",
                                                    "-ftz",
                                                    "true",
                                                    "-maxrregcount",
                                                    "64",
                                                    "-DN=3",
                                                    "-D",
                                                    "M=1.5f",
                                                    "-DFLAG",
                                                    "-Xptxas=-O2",
                                                    "-Xptxas",
                                                    "-dlcm=cg",
                                                    "-lineinfo",
                                                    "--ptxas-options=-v",
                                                    "-std=c++17",
                                                    "--extra-device-vectorization",
                                                    "--diag-suppress=177,550",
                                                    "-Xptxas=--warn-on-spills",
                                                    "-Xptxas=-regUsageLevel=8"});
        QVERIFY_RESULT(options);
        QVERIFY(options->setsStandard);
        QCOMPARE(
            options->arguments,
            (std::vector<std::string>{"--use_fast_math", "--fmad=false", "--ftz=true", "--maxrregcount=64",
                                      "--define-macro=N=3", "--define-macro=M=1.5f", "--define-macro=FLAG",
                                      "--ptxas-options=--opt-level=2", "--ptxas-options=--def-load-cache=cg",
                                      "--std=c++17", "--extra-device-vectorization", "--diag-suppress=177,550",
                                      "--ptxas-options=--warn-on-spills", "--ptxas-options=--register-usage-level=8"}));
    }

    void forbiddenOptions_data()
    {
        QTest::addColumn<QString>("option");
        for (const char* option : {"-I/etc",
                                   "-I",
                                   "--include-path=/etc",
                                   "-include",
                                   "--pre-include=/etc/hostname",
                                   "--time=/tmp/x",
                                   "--time=-",
                                   "--pch",
                                   "--create-pch=x",
                                   "--pch-dir=/tmp",
                                   "-fdevice-time-trace=/tmp/x",
                                   "--fdevice-time-trace=t",
                                   "-G",
                                   "--device-debug",
                                   "-default-device",
                                   "--gpu-architecture=sm_80",
                                   "-arch=sm_80",
                                   "-o",
                                   "kernel.cu",
                                   "",
                                   "-",
                                   "--",
                                   "-Xptxas",
                                   "-Xptxas=-O9",
                                   "-Xptxas=--register-usage-level=11",
                                   "-Xptxas=--output-file=/tmp/x",
                                   "-Xptxas=kernel.ptx",
                                   "-Xptxas=-O1,-v",
                                   "-DX=</etc/hostname>",
                                   "-DX=\"a\"",
                                   "-DX=a b",
                                   "-D",
                                   "-DX=",
                                   "-D1X=2",
                                   "-fmad=maybe",
                                   "-fmad",
                                   "-maxrregcount=0",
                                   "-maxrregcount=64x",
                                   "-maxrregcount=/etc",
                                   "-std=c++98",
                                   "--use_fast_math=true",
                                   "--diag-suppress=1,x",
                                   "--modify-stack-limit=false",
                                   "--minimal",
                                   "-O3"})
            QTest::newRow(option) << QString(option);
    }

    void forbiddenOptions()
    {
        QFETCH(QString, option);
        const auto options = CompileOptions::parse({"--use_fast_math", option.toStdString()});
        QVERIFY(!options.has_value());
        QCOMPARE(options.error().code, ErrorCode::InvalidInput);
        QVERIFY(!options.error().expected.empty());
        QVERIFY2(options.error().toString().find(option.toStdString()) != std::string::npos,
                 options.error().toString().c_str());
    }

    void allowedIncludes_data()
    {
        QTest::addColumn<QString>("source");
        QTest::newRow("angle") << "#include <cuda_fp16.h>\n";
        QTest::newRow("quote") << "  #  include \"cooperative_groups.h\"\n";
        QTest::newRow("folder") << "#include <cuda/std/limits>\n";
        QTest::newRow("prose") << "// # include the last row\nint a; /* #include X */\n * # include more\n";
        QTest::newRow("dots") << "#include <a..b/c...h>\n";
        QTest::newRow("pragma") << "#pragma unroll\n#define STR(x) #x\n";
        QTest::newRow("line") << "#line 3\n#line 4 \"generated.cu\"\n# 5 \"generated.cu\"\n";
        QTest::newRow("question") << "#if defined(__has_include) && __has_include(<cuda_fp16.h>)\n#endif\n";
        QTest::newRow("end") << "#include";
        QTest::newRow("empty") << "";
    }

    void allowedIncludes()
    {
        QFETCH(QString, source);
        const auto objection = findForbiddenInclude(source.toStdString());
        QVERIFY2(!objection, objection ? objection->message.c_str() : "");
    }

    void forbiddenIncludes_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<int>("line");
        QTest::addColumn<int>("column");
        QTest::newRow("absolute") << "#include \"/etc/hostname\"\n" << 1 << 10;
        QTest::newRow("angle") << "int a;\n#include </etc/hostname>\n" << 2 << 10;
        QTest::newRow("climbing") << "#include <cuda/../../etc/hostname>" << 1 << 10;
        QTest::newRow("parent") << "#include \"../x\"" << 1 << 10;
        QTest::newRow("computed") << "#define H </etc/hostname>\n#include H\n" << 2 << 10;
        QTest::newRow("next") << "#include_next </etc/hostname>\n" << 1 << 15;
        QTest::newRow("digraph") << "%:include \"/etc/hostname\"\n" << 1 << 11;
        QTest::newRow("spliced") << "#inc\\\nlude \\\r\n \"/etc/hostname\"\n" << 3 << 2;
        QTest::newRow("comments") << "/* a\n */ # /* b\n */ include /**/ \"/etc/hostname\"\n" << 3 << 18;
        QTest::newRow("comment in string") << "char* s = \"/*\";\n#include \"/etc/hostname\"\nchar* t = \"*/\";\n"
                                           << 2 << 10;
        QTest::newRow("raw string") << "auto s = fooR\"(\n#include \"/etc/hostname\"\n)\";" << 2 << 10;
        QTest::newRow("slashes") << "/* // */ #include \"/etc/hostname\"" << 1 << 19;
        QTest::newRow("form feed") << "\f\v\t#include \"/etc/hostname\"\n" << 1 << 13;
        QTest::newRow("carriage return") << "int a;\r#include \"/etc/hostname\"\n" << 1 << 17;
        QTest::newRow("import") << "#import \"/etc/hostname\"\n" << 1 << 9;
        QTest::newRow("trigraph") << "int a;\n?\?=include \"/etc/hostname\"\n" << 2 << 12;
        QTest::newRow("trigraph splice") << "#incl?\?/\nude \"/etc/hostname\"\n" << 2 << 5;
        QTest::newRow("no trigraph splice") << "// ?\?/\n#include \"/etc/hostname\"\n" << 2 << 10;
        QTest::newRow("line") << "#line 3 \"/etc/hostname\"\n" << 1 << 9;
        QTest::newRow("line computed") << "#define L 3 \"/etc/hostname\"\n#line L\n" << 2 << 7;
        QTest::newRow("line marker") << "# 3 \"/etc/hostname\"\n" << 1 << 5;
        QTest::newRow("question") << "#if __has_include(\"/etc/hostname\")\n" << 1 << 19;
        QTest::newRow("hidden question") << "#define H __has_include\n" << 1 << 11;
    }

    void forbiddenIncludes()
    {
        QFETCH(QString, source);
        QFETCH(int, line);
        QFETCH(int, column);
        const auto objection = findForbiddenInclude(source.toStdString());
        QVERIFY(objection.has_value());
        QCOMPARE(objection->severity, Diagnostic::Severity::Error);
        QCOMPARE(objection->place.line, line);
        QCOMPARE(objection->place.column, column);
    }

    void requests()
    {
        CompileRequest request;
        request.source = "__global__ void k() {}";
        request.kernels = {"k", "ns::t<float, BLOCK * 2, (N > 3)>"};
        request.tunables = {{"BLOCK", 128}};
        QVERIFY_RESULT(checkRequest(request));

        const auto refuses = [&](auto&& spoil) {
            CompileRequest bad = request;
            spoil(bad);
            const auto checked = checkRequest(bad);
            return !checked && checked.error().code == ErrorCode::InvalidInput;
        };
        QVERIFY(refuses([](CompileRequest& r) { r.kernels.push_back("k\n#include \"/etc/hostname\"\n"); }));
        QVERIFY(refuses([](CompileRequest& r) { r.kernels.push_back(""); }));
        QVERIFY(refuses([](CompileRequest& r) { r.symbols.push_back("a\"b"); }));
        QVERIFY(refuses([](CompileRequest& r) { r.tunables["A=B"] = 1; }));
        QVERIFY(refuses([](CompileRequest& r) { r.fileName = "a\nb"; }));
        QVERIFY(refuses([](CompileRequest& r) { r.architecture = "sm_90 -I/etc"; }));
        QVERIFY(refuses([](CompileRequest& r) { r.architecture = "compute_90"; }));
        QVERIFY(refuses([](CompileRequest& r) { r.source.assign(kLargestSource + 1, ' '); }));
        QVERIFY(refuses([](CompileRequest& r) { r.source += '\0'; }));
    }

    void macros()
    {
        QCOMPARE(macroOption("N", 128), std::string("-DN=128"));
        QCOMPARE(macroOption("N", -3), std::string("-DN=(-3)"));
        QCOMPARE(macroOption("N", std::numeric_limits<std::int64_t>::min()),
                 std::string("-DN=(-9223372036854775807 - 1)"));
    }
};

QTEST_APPLESS_MAIN(TestCompileRules)
#include "tst_CompileRules.moc"
