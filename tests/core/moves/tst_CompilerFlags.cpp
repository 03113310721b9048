// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestCompilerFlags : public QObject {
    Q_OBJECT

private slots:
    void softmax()
    {
        QCOMPARE(proposals(baseline("softmax"), "compiler-flags").size(), std::size_t{1});
        const auto made = proposals(proposals(baseline("softmax"), "unroll").at(0).source, "compiler-flags");
        QCOMPARE(made.size(), std::size_t{2});
        COMPARE_GOLDEN("compiler-flags-softmax", made[0].source);
        VERIFY_CONTAINS(made[0].source, "flags -Xptxas=-dlcm=cg when OPTIONS == 1\n");
        VERIFY_CONTAINS(made[1].source, "tune REGISTERS = 64 0 ");
        VERIFY_CONTAINS(made[1].source, "flags --maxrregcount=REGISTERS when REGISTERS > 0\n");
        // Each remains possible on top of the other, and none twice.
        for (const auto& one : made) {
            const auto next = proposals(one.source, "compiler-flags");
            QCOMPARE(next.size(), std::size_t{1});
            QVERIFY(proposals(next[0].source, "compiler-flags").empty());
        }
    }

    void counts_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        QTest::addColumn<int>("count");
        QTest::newRow("as it is") << "" << "" << 2;
        QTest::newRow("not launched") << "// warploom: launch" << "// launch" << 0;
        QTest::newRow("bounded") << "void k" << "void __launch_bounds__(64) k" << 1;
        QTest::newRow("few registers") << "float t[4];" << "__shared__ float t[4];" << 1;
        QTest::newRow("options") << "// warploom: launch" << "// warploom: flags -Xptxas=-O2\n// warploom: launch" << 1;
        QTest::newRow("long options") << "// warploom: launch"
                                      << "// warploom: flags --ptxas-options=-O2\n// warploom: launch" << 1;
        QTest::newRow("capped") << "// warploom: launch"
                                << "// warploom: flags -maxrregcount=64\n// warploom: launch" << 1;
        QTest::newRow("both") << "// warploom: launch"
                              << "// warploom: flags -Xptxas=-maxrregcount=64\n// warploom: launch" << 0;
        QTest::newRow("names taken") << "float* x" << "float* x, int OPTIONS" << 2;
    }
    void counts()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        QFETCH(int, count);
        QString source =
            "// warploom: launch k<<<n, 64>>>(x, n)\n"
            "__global__ void k(float* x, int n) {\n    float t[4];\n    for (int i = 0; i < n; ++i) t[i & 3] = x[i];\n"
            "    x[0] = t[n & 3];\n}\n";
        if (!replaced.isEmpty())
            source.replace(replaced, by);
        const auto made = proposals(source.toStdString(), "compiler-flags");
        QCOMPARE(made.size(), static_cast<std::size_t>(count));
        if (source.contains("int OPTIONS"))
            VERIFY_CONTAINS(made[0].source, "tune OPTIONS_2 = ");
    }
};

QTEST_APPLESS_MAIN(TestCompilerFlags)
#include "tst_CompilerFlags.moc"
