// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest/QtTest>

#include "ExportSamples.h"
#include "base/Files.h"
#include "exporting/ExportFolder.h"
#include "exporting/ExportTrust.h"
#include "exporting/ExpressionCode.h"
#include "exporting/PragmaCode.h"
#include "exporting/Provenance.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// Without the one line that names this build.
std::string withoutBuild(std::string text)
{
    const std::size_t begin = text.find("// exporter");
    if (begin != std::string::npos)
        text.erase(begin, text.find('\n', begin) + 1 - begin);
    return text;
}

std::string contentOf(const std::vector<ExportedFile>& files, std::string_view extension)
{
    for (const ExportedFile& file : files) {
        if (file.name.ends_with(extension))
            return withoutBuild(file.content);
    }
    return {};
}

}  // namespace

class tst_CodeExport : public QObject {
    Q_OBJECT

private slots:
    void matchesGolden_data();
    void matchesGolden();
    void provenanceStaysInItsComment();
    void onlyWhatIsTrustedLeaves();
    void modelledIsNeverCalledMeasured();
    void resolvesTunablesAndMacros();
    void ownInstructionsNeedTheirTarget();
    void pragmasNameNoTunables_data();
    void pragmasNameNoTunables();
    void resolvesPragmas_data();
    void resolvesPragmas();
    void translatesExpressions_data();
    void translatesExpressions();
    void renamesWhatCppCannotName();
    void refusesAnImpossiblePlan();
    void keepsFilesOfOthers();
    void replacesItsOwnFiles();
};

void tst_CodeExport::matchesGolden_data()
{
    QTest::addColumn<QString>("task");
    QTest::addColumn<QString>("variant");
    QTest::newRow("templates and when") << "conv2d" << "fixed_sizes";
    QTest::newRow("constant and shared memory") << "conv2d" << "shared_tile";
    QTest::newRow("scratch and several launches") << "softmax" << "split_rows";
    QTest::newRow("zero and min") << "histogram" << "shared_bins";
    QTest::newRow("a scalar") << "layernorm" << "row_in_registers";
    QTest::newRow("tunables in pragmas") << "transpose" << "unrolled";
}

void tst_CodeExport::matchesGolden()
{
    QFETCH(QString, task);
    QFETCH(QString, variant);
    const std::string name = variant.toStdString();
    const auto subject = sampleSubject(task.toStdString(),
                                       name == "unrolled" ? unrolledTranspose()
                                                          : sampleVariant(task.toStdString() + "/" + name + ".cu"));
    QVERIFY_RESULT(subject);
    const auto files = exportCode(*subject);
    QVERIFY_RESULT(files);
    const auto folder = sourceFolder() / "tests" / "core" / "exporting" / "goldens";
    for (const std::string extension : {".cu", ".h"}) {
        const auto golden = folder / (task.toStdString() + "-" + name + extension + ".txt");
        const std::string content = contentOf(*files, extension);
        if (qEnvironmentVariableIsSet("WARPLOOM_WRITE_GOLDENS"))
            QVERIFY(succeeded(writeFileAtomically(golden, content)));
        QCOMPARE(QString::fromStdString(content), QString::fromStdString(readFile(golden)));
    }
}

void tst_CodeExport::provenanceStaysInItsComment()
{
    auto subject = sampleSubject("softmax", sampleVariant("softmax/split_rows.cu"));
    QVERIFY_RESULT(subject);
    subject->variant.title = "harmless\nint injected;\r\\";
    subject->lineage.back() = subject->variant;
    const std::string comment = provenanceComment(*subject, "softmax.cu");
    std::size_t begin = 0;
    while (begin < comment.size()) {
        QVERIFY2(comment.compare(begin, 2, "//") == 0, comment.substr(begin, 60).c_str());
        const std::size_t end = comment.find('\n', begin);
        QVERIFY(end != std::string::npos && comment[end - 1] != '\\'
                && comment.substr(begin, end - begin).find('\r') == std::string::npos);
        begin = end + 1;
    }
    for (const char* part : {"#7", "row-per-block", "NVIDIA H100 80GB HBM3", "580.159.04", "NVRTC 13.0",
                             "trust level 5", "6.31x [6.27, 6.36]", "32 rounds", "2025-06-15", "0BSD"})
        QVERIFY2(comment.find(part) != std::string::npos, part);
}

void tst_CodeExport::onlyWhatIsTrustedLeaves()
{
    EvaluationRecord evaluation;
    evaluation.variant = 12;
    evaluation.trust = 4;
    evaluation.checks = {{{"level", 4}, {"check", "as precise"}, {"passed", true}, {"state", "passed"}},
                         {{"level", 5}, {"check", "confirmed"}, {"passed", false}, {"state", "pending"}}};
    const auto refused = requireExportTrust(evaluation);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::InvalidArgument);
    QVERIFY2(refused.error().message.find("'confirmed' (pending)") != std::string::npos,
             refused.error().message.c_str());
    evaluation.modelled = true;
    QVERIFY_RESULT(requireExportTrust(evaluation));
    evaluation.modelled = false;
    evaluation.trust = 5;
    QVERIFY_RESULT(requireExportTrust(evaluation));
    QVERIFY(!memoryCheckNote(evaluation).empty());
    evaluation.checks.push_back({{"level", 6}, {"check", "memory"}, {"passed", true}});
    QCOMPARE(memoryCheckNote(evaluation), std::string());
    evaluation.checks.back()["passed"] = false;
    evaluation.checks.back()["detail"] = "not emulated: wgmma";
    QVERIFY(memoryCheckNote(evaluation).find("wgmma") != std::string::npos);
}

void tst_CodeExport::modelledIsNeverCalledMeasured()
{
    auto subject = sampleSubject("softmax", sampleVariant("softmax/split_rows.cu"));
    QVERIFY_RESULT(subject);
    QVERIFY(provenanceComment(*subject, "softmax.h").find("never measured") == std::string::npos);
    subject->environment.modelled = true;
    subject->evaluation.modelled = true;
    const auto files = exportCode(*subject);
    QVERIFY_RESULT(files);
    for (const ExportedFile& file : *files) {
        QVERIFY(file.content.find("NEVER MEASURED") != std::string::npos);
        QVERIFY(file.content.find("rounds") == std::string::npos);
        QVERIFY(file.content.find("driver  ") == std::string::npos);
    }
}

void tst_CodeExport::resolvesTunablesAndMacros()
{
    auto subject = sampleSubject("vector_add", sourceFolder() / "kernels/vector_add/baseline.cu");
    QVERIFY_RESULT(subject);
    subject->variant.source =
        "// warploom: tune BLOCK = 128 -3\n// warploom: flags --fmad=false -DWIDE --define-macro=N=4\n"
        "// warploom: launch k<BLOCK><<<1, 32>>>(a, b, c, n)\n"
        "template <int> __global__ void k(const float*, const float*, float*, int) {}\n";
    subject->evaluation.configuration = {{"BLOCK", -3}};
    const auto files = exportCode(*subject);
    QVERIFY_RESULT(files);
    const std::string code = contentOf(*files, ".cu");
    for (const char* part : {"#define BLOCK (-3)\n", "#define WIDE 1\n", "#define N 4\n", "#undef BLOCK\n", "::k<-3>",
                             "nvcc -arch=sm_90 -std=c++20 --fmad=false -c vector_add.cu"})
        QVERIFY2(code.find(part) != std::string::npos, (part + code).c_str());
    QVERIFY(code.find("warploom:") == std::string::npos);
}

void tst_CodeExport::ownInstructionsNeedTheirTarget()
{
    auto subject = sampleSubject("vector_add", sourceFolder() / "kernels/vector_add/baseline.cu");
    QVERIFY_RESULT(subject);
    subject->variant.source = "// warploom: launch k<<<1, 128>>>(a, b, c, n)\n"
                              "__global__ void k(const float*, const float*, float*, int)\n"
                              "{\n    asm volatile(\"wgmma.fence.sync.aligned;\");\n}\n";
    const auto files = exportCode(*subject);
    QVERIFY_RESULT(files);
    const std::string code = contentOf(*files, ".cu");
    QVERIFY2(code.find("nvcc -gencode=arch=compute_90a,code=sm_90a -std=c++20 -c vector_add.cu") != std::string::npos,
             code.c_str());
}

void tst_CodeExport::pragmasNameNoTunables_data()
{
    QTest::addColumn<QString>("task");
    QTest::addColumn<QString>("file");
    QTest::newRow("every kind of pragma") << "transpose" << QString::fromStdString(unrolledTranspose().string());
    const auto moves = sourceFolder() / "tests" / "core" / "moves" / "goldens";
    for (const auto& [task, golden] : {std::pair("conv2d", "unroll-conv2d.cu"), {"softmax", "composition-softmax.cu"}})
        QTest::newRow(golden) << task << QString::fromStdString((moves / golden).string());
}

void tst_CodeExport::pragmasNameNoTunables()
{
    QFETCH(QString, task);
    QFETCH(QString, file);
    const auto subject = sampleSubject(task.toStdString(), file.toStdString());
    QVERIFY_RESULT(subject);
    const auto files = exportCode(*subject);
    QVERIFY_RESULT(files);
    static const QRegularExpression pragma(QStringLiteral("(?:#[ \\t]*pragma|_Pragma)(?:\\\\\n|[^\n])*"));
    auto matches = pragma.globalMatch(QString::fromStdString(contentOf(*files, ".cu")));
    int count = 0;
    for (; matches.hasNext(); ++count) {
        const QString text = matches.next().captured();
        for (const auto& [name, value] : subject->evaluation.configuration) {
            const QRegularExpression word(QStringLiteral("\\b%1\\b").arg(QString::fromStdString(name)));
            QVERIFY2(!text.contains(word), qPrintable(text));
        }
    }
    QVERIFY(count > 0);
}

void tst_CodeExport::resolvesPragmas_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("resolved");
    const auto row = [](const char* name, const char* source, const char* resolved) {
        QTest::newRow(name) << source << resolved;
    };
    row("a tunable", "  #pragma unroll N\nint N2 = N;\n", "  #pragma unroll 4\nint N2 = N;\n");
    row("whole names only", "#pragma unroll N2 + aN + 2N", "#pragma unroll N2 + aN + 2N");
    row("its own macro", "#define M (N + 1) // more\n#pragma unroll M\n",
        "#define M (N + 1) // more\n#pragma unroll (4 + 1)\n");
    row("later definitions", "#pragma unroll M\n#define M 2\n#pragma unroll M\n#undef M\n#pragma unroll M",
        "#pragma unroll M\n#define M 2\n#pragma unroll 2\n#undef M\n#pragma unroll M");
    row("a macro with parameters", "#define N(x) x\n#pragma unroll N(3)", "#define N(x) x\n#pragma unroll N(3)");
    row("macros that go round", "#define A B\n#define B A\n#pragma unroll A",
        "#define A B\n#define B A\n#pragma unroll A");
    row("continued", "#pragma unroll \\\n N\nN", "#pragma unroll \\\n 4\nN");
    row("the operator", "_Pragma(\"unroll N\") for (;;) f(\"N\", N);", "_Pragma(\"unroll 4\") for (;;) f(\"N\", N);");
    row("the pragma's own name", "#define unroll 3\n#pragma unroll unroll\n", "#define unroll 3\n#pragma unroll 3\n");
    row("nothing", "", "");
}

void tst_CodeExport::resolvesPragmas()
{
    QFETCH(QString, source);
    QFETCH(QString, resolved);
    QCOMPARE(QString::fromStdString(withResolvedPragmas(source.toStdString(), {{"N", "4"}})), resolved);
}

void tst_CodeExport::translatesExpressions_data()
{
    QTest::addColumn<QString>("expression");
    QTest::addColumn<QString>("code");
    QTest::newRow("literal") << "0x10" << "16";
    QTest::newRow("decimal with a leading zero") << "010" << "10";
    QTest::newRow("literals alone are widened") << "65536 * 65536" << "65536LL * 65536";
    QTest::newRow("precedence") << "(n + 1) * 2 - (n - (n - 1))" << "(n + 1) * 2 - (n - (n - 1))";
    QTest::newRow("needless brackets") << "((n) * (2)) + 1" << "n * 2 + 1";
    QTest::newRow("logic") << "n > 1 || n < 5 && !n" << "n > 1 || (n < 5 && !n)";
    QTest::newRow("truth as a number") << "(n > 1) + 1" << "static_cast<std::int64_t>(n > 1) + 1";
    QTest::newRow("division by a size") << "n / m" << "n / m";
    QTest::newRow("division by a number") << "n % 4" << "n % 4";
    QTest::newRow("division by what may be 0") << "1 + n / (m - 1)"
                                               << "1 + warploom_export::divide(n, m - 1, isDefined)";
    QTest::newRow("ceil_div") << "ceil_div(n, 256)" << "warploom_export::ceil_div(n, 256)";
    QTest::newRow("unsafe ceil_div") << "ceil_div(n, n - 1)" << "warploom_export::ceil_div(n, n - 1, isDefined)";
    QTest::newRow("division by a product of sizes") << "n / (m * 4)" << "n / (m * 4)";
    QTest::newRow("min") << "min(n, m, 3)" << "warploom_export::min({n, m, 3})";
    QTest::newRow("shift of a literal") << "1 << n" << "1LL << n";
    QTest::newRow("shift of a sum") << "n + 1 << 2" << "(n + 1) << 2";
    QTest::newRow("conditional") << "n > 2 ? 1 : 2" << "n > 2 ? 1LL : 2LL";
    QTest::newRow("conditional in a sum") << "(n ? m : 1) + 1" << "(n ? m : 1LL) + 1";
    QTest::newRow("signs") << "- -n" << "-(-n)";
}

void tst_CodeExport::translatesExpressions()
{
    QFETCH(QString, expression);
    QFETCH(QString, code);
    Task task;
    task.sizes.push_back({"one", {{"n", 1}, {"m", 1}}, true, true, false});
    const auto parsed = Expression::parse(expression.toStdString());
    QVERIFY_RESULT(parsed);
    const auto translated = cppExpression(*parsed, CodeNames(task, {}, {}));
    QVERIFY_RESULT(translated);
    QCOMPARE(QString::fromStdString(*translated), code);
}

void tst_CodeExport::renamesWhatCppCannotName()
{
    Task task;
    task.buffers.resize(2);
    task.buffers[0].name = "new";
    task.buffers[1].name = "stream";
    Directives directives;
    directives.scratches.emplace_back().name = "stream_";
    const CodeNames names(task, directives, {});
    QCOMPARE(names.of("new"), std::string("new_"));
    QCOMPARE(names.of("stream"), std::string("stream_"));
    QCOMPARE(names.of("stream_"), std::string("stream__"));
}

void tst_CodeExport::refusesAnImpossiblePlan()
{
    auto subject = sampleSubject("softmax", sampleVariant("softmax/split_rows.cu"));
    QVERIFY_RESULT(subject);
    subject->evaluation.configuration.erase("CHUNK");
    QCOMPARE(exportCode(*subject).error().code, ErrorCode::InvalidInput);
    subject->evaluation.configuration["CHUNK"] = 1000;
    const auto result = exportCode(*subject);
    QVERIFY(!result);
    QVERIFY(result.error().toString().find("requirement does not hold") != std::string::npos);
}

void tst_CodeExport::keepsFilesOfOthers()
{
    const TemporaryFolder folder;
    const auto own = folder.write("softmax.h", "#pragma once\n");
    const std::vector<ExportedFile> files{{"softmax.cu", std::string(kExportMarker)},
                                          {"softmax.h", std::string(kExportMarker)}};
    const auto result = writeExport(folder.path(), files);
    QVERIFY(!result);
    QCOMPARE(result.error().code, ErrorCode::InvalidArgument);
    QCOMPARE(readFile(own), std::string("#pragma once\n"));
    QVERIFY(!std::filesystem::exists(folder.path() / "softmax.cu"));
}

void tst_CodeExport::replacesItsOwnFiles()
{
    const TemporaryFolder folder;
    const auto deep = folder.path() / "a" / "b";
    const std::string first = std::string(kExportMarker) + "first\n";
    const std::string second = std::string(kExportMarker) + "second\n";
    QVERIFY(succeeded(writeExport(deep, {{"softmax.h", first}})));
    QVERIFY(succeeded(writeExport(deep, {{"softmax.h", second}})));
    QCOMPARE(readFile(deep / "softmax.h"), second);
}

QTEST_APPLESS_MAIN(tst_CodeExport)
#include "tst_CodeExport.moc"
