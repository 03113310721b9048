// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <QProcess>

#include "ConfinedWorker.h"
#include "compile/CompileOptions.h"
#include "compile/IncludeGuard.h"
#include "compile/Nvrtc.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const std::string kKernel = "__global__ void k(int* p) { p[0] = 1; }\n";
const std::string kSecret = "OPEN_SESAME hunter2 @@@";

/// What NVRTC says and makes of a source with neither guard nor option list before it.
std::string compileUnguarded(const std::string& source, const std::vector<std::string>& options,
                             const std::filesystem::path& folder, bool confined)
{
    QProcess process;
    auto environment = QProcessEnvironment::systemEnvironment();
    if (!confined)
        environment.insert("WARPLOOM_CONFINE", "off");
    process.setProcessEnvironment(environment);
    process.setWorkingDirectory(QString::fromStdString(folder.string()));
    QStringList arguments{QString::fromStdString((folder / "cache").string())};
    for (const auto& option : options)
        arguments << QString::fromStdString(option);
    process.start(QString::fromStdString((binaryFolder() / "warploom-unguarded-compiler").string()), arguments);
    process.write(QByteArray::fromStdString(source));
    process.closeWriteChannel();
    if (!process.waitForFinished(60000))
        qFatal("the compiler does not end");
    return process.readAllStandardOutput().toStdString();
}

}  // namespace

/// Every way by which a source, or an option, could make the compiler read or write a file that is none of its own: the
/// rules refuse it, and where NVRTC gets to see it, Landlock does.
class TestCompileConfinement : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const auto libraries = findCudaLibraries(CudaSearch::fromEnvironment());
        if (!libraries)
            QSKIP(("no NVRTC: " + libraries.error().toString()).c_str());
        m_secret = m_folder.write("secret.txt", kSecret + "\n").string();
        std::filesystem::create_directories(m_folder.path() / "cache");
        std::filesystem::create_symlink(m_secret, m_folder.path() / "cache" / "link.h");
    }

    void sources_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QStringList>("options");
        QTest::addColumn<bool>("leaks");  // through NVRTC alone
        QTest::addColumn<bool>("guarded");
        const auto row = [](const char* name, const char* source, bool leaks, bool guarded, QStringList options = {}) {
            QTest::newRow(name) << source << options << leaks << guarded;
        };
        row("absolute", "#include \"%1\"\n", true, true);
        row("angle", "#include <%1>\n", true, true);
        row("climbing", "#include <x/../../../../../../../../../../../../..%1>\n", false, true);
        row("symbolic link", "#include \"%2/cache/link.h\"\n", true, true);
        row("computed", "#define H <%1>\n#include H\n", true, true);
        row("next", "#include_next <%1>\n", true, true);
        row("import", "#import \"%1\"\n", false, true);
        row("embed", "const char s[] = {\n#embed \"%1\"\n};\n", false, true);
        row("digraph", "%:include \"%1\"\n", true, true);
        row("trigraph", "?\?=include \"%1\"\n", true, true, {"--std=c++14"});
        row("trigraph splice", "#incl?\?/\nude \"%1\"\n", true, true, {"--std=c++14"});
        row("no trigraphs", "// ?\?/\n#include \"%1\"\n", true, true, {"--std=c++17"});
        row("splice", "#inc\\\nlude \"%1\"\n", true, true);
        row("splice with line feed", "#inc\\\r\nlude \"%1\"\n", true, true);
        row("comment", "/* */ # /* */ include /* */ \"%1\"\n", true, true);
        row("string before", "const char* __device__ s = \"/*\";\n#include \"%1\"\n", true, true);
        row("empty directive before", "#\n#include \"%1\"\n", true, true);
        row("letters by number", "#incl\\u0075de \"%1\"\n", false, false);
        row("line", "#line 1 \"%1\"\n#error first\n", false, true);
        row("line computed", "#define F \"%1\"\n#line 1 F\n#error first\n", false, true);
        row("line marker", "# 1 \"%1\"\n#error first\n", false, true);
        row("pragma", "_Pragma(\"include \\\"%1\\\"\")\n", false, false);
        row("module", "import \"%1\";\n", false, false);
        row("assembler's file", "__global__ void a() { asm volatile(\".file 9 \\\"%1\\\"\"); }\n", false, false);
        row("assembler's include", "__global__ void a() { asm volatile(\".include \\\"%1\\\"\"); }\n", false, false);
        row("assembler's preprocessor", "__global__ void a() { asm volatile(\"\\n#include \\\"%1\\\"\\n\"); }\n", false,
            false);
        row("working folder", "#include \"secret.txt\"\n", false, false);
        row("other process", "#include \"/proc/self/environ\"\n", false, true);
        row("option: include", "", true, true, {"--pre-include=%1"});
        row("option: folder", "#include <secret.txt>\n", true, true, {"-I%2"});
    }

    void sources()
    {
        QFETCH(QString, source);
        QFETCH(QStringList, options);
        QFETCH(bool, leaks);
        QFETCH(bool, guarded);
        const auto filled = [this](QString text) {
            return text.replace("%1", QString::fromStdString(m_secret))
                .replace("%2", QString::fromStdString(m_folder.path().string()))
                .toStdString();
        };
        const std::string text = filled(source) + kKernel;
        std::vector<std::string> flags;
        for (const QString& option : options)
            flags.push_back(filled(option));

        QCOMPARE(findForbiddenInclude(text).has_value() || !CompileOptions::parse(flags).has_value(), guarded);
        const auto hasSecret = [&](bool confined) {
            const auto said = compileUnguarded(text, flags, m_folder.path(), confined);
            return said.find("hunter2") != std::string::npos || said.find("OPEN_SESAME") != std::string::npos;
        };
        QCOMPARE(hasSecret(false), leaks);
        SKIP_WITHOUT_LANDLOCK();
        QVERIFY(!hasSecret(true));
    }

    void questions_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<bool>("guarded");
        QTest::newRow("plain") << "#if __has_include(\"%1\")\n#endif\n" << true;
        QTest::newRow("angle") << "#if __has_include(<%1>)\n#endif\n" << true;
        QTest::newRow("spaced") << "#if __has_include /* */ ( \"%1\")\n#endif\n" << true;
        QTest::newRow("spliced") << "#if __has_\\\ninclude(\"%1\")\n#endif\n" << true;
        QTest::newRow("next") << "#if __has_include_next(\"%1\")\n#endif\n" << true;
        QTest::newRow("embed") << "#if __has_embed(\"%1\")\n#endif\n" << true;
        QTest::newRow("computed") << "#define H(x) __has_include(x)\n#if H(\"%1\")\n#endif\n" << true;
        QTest::newRow("renamed") << "#define H __has_include\n#if H(\"%1\")\n#endif\n" << true;
        QTest::newRow("known") << "#if __has_include(<cuda_fp16.h>)\n#endif\n" << false;
        QTest::newRow("defined") << "#if defined(__has_include) && defined __has_include\n#endif\n" << false;
        QTest::newRow("ifdef") << "#ifdef __has_include\n#endif\n" << false;
        QTest::newRow("other name") << "int my__has_include, __has_included;\n" << false;
        QTest::newRow("line number") << "#line 7\n# 7\n#line 7 // why\n#line 7 \"kernel.cu\"\n" << false;
    }

    void questions()
    {
        QFETCH(QString, source);
        QFETCH(bool, guarded);
        QCOMPARE(findForbiddenInclude(source.replace("%1", QString::fromStdString(m_secret)).toStdString()).has_value(),
                 guarded);
    }

    void optionsThatWrite_data()
    {
        QTest::addColumn<QStringList>("options");
        QTest::newRow("time") << QStringList{"--time=%1/made"};
        QTest::newRow("trace") << QStringList{"-fdevice-time-trace=%1/made"};
        QTest::newRow("precompiled") << QStringList{"--create-pch=%1/made"};
        QTest::newRow("folder of precompiled") << QStringList{"--pch", "--pch-dir=%1"};
    }

    void optionsThatWrite()
    {
        SKIP_WITHOUT_LANDLOCK();
        QFETCH(QStringList, options);
        const TemporaryFolder outside;
        std::vector<std::string> flags;
        for (QString option : options)
            flags.push_back(option.replace("%1", QString::fromStdString(outside.path().string())).toStdString());
        QVERIFY(!CompileOptions::parse(flags).has_value());
        compileUnguarded(kKernel, flags, m_folder.path(), true);
        QVERIFY(std::filesystem::is_empty(outside.path()));
    }

    void responseFiles()
    {
        const std::vector<std::string> flags{"@" + m_secret};
        QVERIFY(!CompileOptions::parse(flags).has_value());
        QVERIFY(compileUnguarded(kKernel, flags, m_folder.path(), true).find("hunter2") == std::string::npos);
    }

private:
    TemporaryFolder m_folder;
    std::string m_secret;
};

QTEST_APPLESS_MAIN(TestCompileConfinement)
#include "tst_CompileConfinement.moc"
