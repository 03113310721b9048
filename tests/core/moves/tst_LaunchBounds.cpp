// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestLaunchBounds : public QObject {
    Q_OBJECT

private slots:
    void conv2d()
    {
        // As it is it needs few registers.
        QVERIFY(proposals(baseline("conv2d"), "launch-bounds").empty());
        const auto made = proposals(proposals(baseline("conv2d"), "unroll").at(0).source, "launch-bounds");
        QCOMPARE(made.size(), std::size_t{1});
        COMPARE_GOLDEN("launch-bounds-conv2d", made[0].source);
        // One block is what the compiler is told anyway, and has to be there.
        VERIFY_CONTAINS(made[0].source, "tune MIN_BLOCKS = 4 1 2 3 5 6 8\n");
        QVERIFY(proposals(made[0].source, "launch-bounds").empty());
    }

    void tunableBlock()
    {
        const auto unrolled = proposals(baseline("softmax"), "unroll").at(0).source;
        const auto source = proposals(unrolled, "literal-tunable").at(0).source;
        const auto made = proposals(source, "launch-bounds");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "__launch_bounds__(BLOCK, MIN_BLOCKS)\n    softmax");
        VERIFY_CONTAINS(made[0].source, "tune MIN_BLOCKS = 4 1 2 3 5 6 8 10 12 16\n");
        VERIFY_CONTAINS(made[0].source, "require (BLOCK) * MIN_BLOCKS <= 2048\n");
    }

    void blocks_data()
    {
        QTest::addColumn<QString>("launches");
        QTest::addColumn<QString>("bound");
        QTest::newRow("literal") << "k<<<n, 192>>>(x, n)" << "(192, MIN_BLOCKS)";
        QTest::newRow("plane") << "k<<<n, dim3(32, 8, 1)>>>(x, n)" << "(32 * 8, MIN_BLOCKS)";
        QTest::newRow("tunables") << "k<<<n, dim3(SIDE, SIDE + 2)>>>(x, n)" << "(SIDE * (SIDE + 2), MIN_BLOCKS)";
        QTest::newRow("product") << "k<<<n, SIDE * 32>>>(x, n)" << "(SIDE * 32, MIN_BLOCKS)";
        QTest::newRow("largest") << "k<<<n, 64>>>(x, n)\n// warploom: launch k<<<n, 512>>>(x, n)"
                                 << "(512, MIN_BLOCKS)";
        // Never below what a launch may have.
        QTest::newRow("of a size") << "k<<<n, min(n, 1024)>>>(x, n)" << "";
        QTest::newRow("size alone") << "k<<<1, n>>>(x, n)" << "";
        QTest::newRow("tunable or literal") << "k<<<n, SIDE>>>(x, n)\n// warploom: launch k<<<n, 512>>>(x, n)" << "";
        QTest::newRow("other kernel") << "other<<<n, 64>>>(x, n)" << "";
        QTest::newRow("too large") << "k<<<n, 2048>>>(x, n)" << "";
        QTest::newRow("function") << "k<<<n, max(SIDE, 64)>>>(x, n)" << "";
    }
    void blocks()
    {
        QFETCH(QString, launches);
        QFETCH(QString, bound);
        const auto made = proposals(source(launches.toStdString()), "launch-bounds");
        QCOMPARE(made.size(), bound.isEmpty() ? std::size_t{0} : std::size_t{1});
        if (!bound.isEmpty())
            VERIFY_CONTAINS(made[0].source, "__launch_bounds__" + bound.toStdString() + " k(");
    }

    /// A bound that is there is kept, and gets its second number.
    void openBound()
    {
        for (const char* bound : {"512", "SIDE * 32", "(SIDE) * 8 * 2"}) {
            auto text = QString::fromStdString(source("k<<<n, 256>>>(x, n)"));
            text.replace("void k", QString("void __launch_bounds__(%1) k").arg(bound));
            const auto made = proposals(text.toStdString(), "launch-bounds");
            QCOMPARE(made.size(), std::size_t{1});
            VERIFY_CONTAINS(made[0].source, std::string("void __launch_bounds__(") + bound + ", MIN_BLOCKS) k(");
            QVERIFY(proposals(made[0].source, "launch-bounds").empty());
        }
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        QTest::newRow("bounded") << "void k" << "void __launch_bounds__(256, 2) k";
        QTest::newRow("capped") << "// warploom: tune" << "// warploom: flags --maxrregcount=32\n// warploom: tune";
        QTest::newRow("bounded by a macro") << "__global__ void k"
                                            << "#define BOUND __launch_bounds__(256)\n__global__ void BOUND k";
        QTest::newRow("registers given") << "void k" << "void __maxnreg__(32) k";
        QTest::newRow("few registers") << "float t[4];" << "__shared__ float t[4];";
        QTest::newRow("namespace") << "__global__" << "namespace a { __global__ void k(int) {} }\n__global__";
        QTest::newRow("of a macro") << "__global__ void k(" << "#define START __global__ void k(\nSTART ";
    }
    void notThere()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        auto text = QString::fromStdString(source("k<<<n, 256>>>(x, n)"));
        QCOMPARE(proposals(text.toStdString(), "launch-bounds").size(), std::size_t{1});
        QVERIFY(text.contains(replaced));
        QVERIFY(proposals(text.replace(replaced, by).toStdString(), "launch-bounds").empty());
    }

private:
    static std::string source(const std::string& launches)
    {
        return "// warploom: tune SIDE = 16 8\n// warploom: launch " + launches
            + "\n__global__ void k(float* x, int n) {\n    float t[4];\n    for (int i = 0; i < n; ++i) t[i & 3] = "
              "x[i];\n"
              "    x[0] = t[n & 3];\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestLaunchBounds)
#include "tst_LaunchBounds.moc"
