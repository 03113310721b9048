// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "NewTaskRun.h"

#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

using namespace warploom::test;

namespace {

/// new-task with a terminal for its questions; \p lines are typed one after the other.
CommandOutcome runOnTerminal(const TemporaryFolder& folder, const QStringList& arguments, const std::string& lines)
{
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || ::grantpt(terminal) != 0 || ::unlockpt(terminal) != 0)
        qFatal("no pseudo-terminal");
    const std::string name = ::ptsname(terminal);
    QProcess process;
    process.setWorkingDirectory(QString::fromStdString(folder.path().string()));
    process.setStandardInputFile(QString::fromStdString(name));
    process.start(cliPath(), QStringList{"new-task"} + arguments);
    if (!process.waitForStarted() || ::write(terminal, lines.data(), lines.size()) != ssize_t(lines.size()))
        qFatal("nothing to type into");
    const auto outcome = outcomeOf(process);
    ::close(terminal);
    return outcome;
}

}  // namespace

class tst_NewTaskQuestions : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!std::filesystem::exists(warploom::test::binaryFolder() / "warploom-rewriter"))
            QSKIP("built without the rewriter, which analyses kernels");
    }

    /// Enter takes the guess, nonsense is asked again, what is typed counts.
    void onATerminal()
    {
        const TemporaryFolder folder;
        const auto outcome = runOnTerminal(folder, {newTaskFixture("saxpy"), "--device", "emulator", "--json"},
                                           "\n"  // role of x
                                           "output\n"  // role of y: no such role
                                           "\n"
                                           "\n\n"  // shapes
                                           "8192\n"  // n
                                           "1.25\n"  // a
                                           "\n");  // launch
        QVERIFY2(outcome.exitCode == 0, outcome.errors.c_str());
        QCOMPARE(outcome.json().value("verdict", ""), std::string("ok"));
        QVERIFY(outcome.errors.find("role of y") != std::string::npos);
        QVERIFY(outcome.errors.find("in, out or inout") != std::string::npos);
        const auto toml = readFile(folder.path() / "saxpy/task.toml");
        QVERIFY(toml.find("n = 8192") != std::string::npos && toml.find("value = 1.25") != std::string::npos);
    }

    void whichKernel()
    {
        const TemporaryFolder folder;
        const auto outcome = runOnTerminal(folder, {newTaskFixture("two_kernels"), "--device", "emulator", "--json"},
                                           "neither\nclip\n\x04");
        QVERIFY2(outcome.exitCode == 0, outcome.errors.c_str());
        QCOMPARE(outcome.json().value("kernel", ""), std::string("clip"));
    }

    void badInputIsUsage_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("part");
        const auto row = [](const char* title, const std::string& file, const QStringList& more, const char* part) {
            QTest::newRow(title) << (QStringList{newTaskFixture(file)} + more) << QString(part);
        };
        row("no file", "missing", {}, "missing.cu");
        row("no CUDA", "bad/not_cuda", {}, "__global__");
        row("no kernel", "bad/no_kernel", {}, "no_kernel.cu:1:1");
        row("syntax", "bad/syntax_error", {}, "syntax_error.cu:7:16");
        row("brace", "bad/missing_brace", {}, "missing_brace.cu:8");
        row("template", "bad/template_unlaunched", {}, "twice<float>");
        row("structure", "bad/struct_by_value", {}, "found Settings");
        row("pointer to structure", "bad/struct_pointer", {}, "found Particle");
        row("texture", "bad/texture", {}, "cudaTextureObject_t");
        row("constant", "bad/constant_global", {}, "weights");
        row("pointer to pointer", "bad/double_pointer", {}, "float **");
        row("several kernels", "two_kernels", {}, "--kernel");
        row("no such kernel", "two_kernels", {"--kernel", "tanh"}, "gelu_forward or clip");
        row("no such buffer", "saxpy", {"--role", "z=in"}, "one of x, y");
        row("no such size", "saxpy", {"--size", "m=3"}, "one of n");
        row("no number", "saxpy", {"--size", "n=many"}, "a whole number");
        row("no setting", "saxpy", {"--shape", "x"}, "NAME=VALUE");
        row("bad launch", "saxpy", {"--launch", "<<<n, 1"}, "<<<grid, block>>>");
        row("unknown device", "saxpy", {"--device", "tpu"}, "tpu");
    }
    void badInputIsUsage()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, part);
        const TemporaryFolder folder;
        const auto outcome = runCli(folder.path(), QStringList{"new-task", "--yes", "--json"} + arguments);
        QCOMPARE(outcome.exitCode, 2);
        QVERIFY2(outcome.errors.find(part.toStdString()) != std::string::npos, outcome.errors.c_str());
        QVERIFY(outcome.json().contains("error"));
        QVERIFY(std::filesystem::is_empty(folder.path()));
    }

    void whatCannotBeGuessedNamesItsOption()
    {
        const TemporaryFolder folder;
        const auto path = folder.write("k.cu",
                                       "__global__ void k(const float* x, float* y, int n) {\n"
                                       "int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                                       "if (i < n) y[i] = x[(i * i) ^ 5]; }\n");
        const auto file = QString::fromStdString(path.string());
        const auto outcome = runCli(folder.path(), {"new-task", file, "--yes"});
        QCOMPARE(outcome.exitCode, 2);
        QVERIFY2(outcome.errors.find("--shape x=") != std::string::npos, outcome.errors.c_str());
    }

    void foldersAreNeverOverwritten()
    {
        const TemporaryFolder folder;
        folder.write("made/mine.txt", "mine");
        const auto outcome = runNewTask(folder, "saxpy");
        QCOMPARE(outcome.exitCode, 2);
        QVERIFY(outcome.errors.find("a folder with something in it") != std::string::npos);
        QVERIFY(!std::filesystem::exists(folder.path() / "made/task.toml"));
    }
};

QTEST_GUILESS_MAIN(tst_NewTaskQuestions)
#include "tst_NewTaskQuestions.moc"
