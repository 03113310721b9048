// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "NewTaskRun.h"

using namespace warploom::test;

class tst_NewTaskMore : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!std::filesystem::exists(warploom::test::binaryFolder() / "warploom-rewriter"))
            QSKIP("built without the rewriter, which analyses kernels");
    }

    void makesATask_data()
    {
        QTest::addColumn<std::string>("name");
        for (const char* name : {"tiled_gemm", "bare", "template_scale", "spmv_csr", "vector_copy", "moving_pointers"})
            QTest::newRow(name) << std::string(name);
    }
    void makesATask()
    {
        QFETCH(std::string, name);
        const auto problem = makeProblem(name);
        QVERIFY2(problem.empty(), problem.c_str());
    }

    void eachOfTwoKernels()
    {
        for (const char* kernel : {"gelu_forward", "clip"}) {
            const auto problem = makeProblem("two_kernels", {"--kernel", kernel});
            QVERIFY2(problem.empty(), problem.c_str());
        }
    }

    void answersOnTheCommandLine()
    {
        const TemporaryFolder folder;
        const auto outcome = runNewTask(folder, "saxpy",
                                        {"--json", "--name", "mine", "--size", "n=4096", "--scalar", "a=3", "--shape",
                                         "x=n", "--role", "y=inout", "--launch", "<<<ceil_div(n, 64), 64>>>"});
        QVERIFY2(outcome.exitCode == 0, outcome.errors.c_str());
        const auto json = outcome.json();
        QCOMPARE(json.value("task", ""), std::string("mine"));
        QCOMPARE(json.value("kernel", ""), std::string("saxpy"));
        QCOMPARE(json.value("folder", ""), std::string("made"));
        QVERIFY(json.contains("message"));
        const auto toml = readFile(folder.path() / "made/task.toml");
        QVERIFY(toml.find("n = 4096") != std::string::npos && toml.find("value = 3") != std::string::npos);
    }

    /// The table says what everything was taken for, and the verdict what came of it.
    void endsWithATable()
    {
        const TemporaryFolder folder;
        const auto outcome = runNewTask(folder, "bare");
        QCOMPARE(outcome.exitCode, 0);
        for (const char* part : {"parameter", "result", "only written", "emulator_ragged", "made/baseline.cu: ok"})
            QVERIFY2(outcome.output.find(part) != std::string::npos, outcome.output.c_str());
    }

    /// A launch that leaves half of the elements out is no task yet, but its folder is there to be mended.
    void aWrongAnswerShowsInTheVerdict()
    {
        const TemporaryFolder folder;
        const auto outcome = runNewTask(folder, "bare", {"--json", "--launch", "<<<1, dim3(16, 16)>>>"});
        QCOMPARE(outcome.exitCode, 1);
        QCOMPARE(outcome.json().value("verdict", ""), std::string("wrong"));
        QVERIFY(std::filesystem::exists(folder.path() / "made/task.toml"));
    }
};

QTEST_GUILESS_MAIN(tst_NewTaskMore)
#include "tst_NewTaskMore.moc"
