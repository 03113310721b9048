// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "NewTaskRun.h"

using namespace warploom::test;

/// Files of the kind that people have become tasks that work, without a single answer.
class tst_NewTask : public QObject {
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
        for (const char* name : {"saxpy", "matmul", "softmax_rows", "stencil2d", "transpose_tile", "histogram",
                                 "reduce", "int_kernel", "half_axpy"})
            QTest::newRow(name) << std::string(name);
    }
    void makesATask()
    {
        QFETCH(std::string, name);
        const auto problem = makeProblem(name);
        QVERIFY2(problem.empty(), problem.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_NewTask)
#include "tst_NewTask.moc"
