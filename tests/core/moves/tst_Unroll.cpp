// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestUnroll : public QObject {
    Q_OBJECT

private slots:
    void innerLoopsOnly()
    {
        const auto made = proposals(baseline("conv2d"), "unroll");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source,
                        "    for (int p = 0; p < k; ++p) {\n        #pragma unroll UNROLL\n        for (int q");
        VERIFY_CONTAINS(made[0].source, "// warploom: tune UNROLL = 4 1 2 8 16\n");
        QCOMPARE(countOf(made[0].source, "#pragma unroll"), 1);
        COMPARE_GOLDEN("unroll-conv2d", made[0].source);
    }

    void everyLoopOfAKernel()
    {
        QCOMPARE(countOf(proposals(baseline("softmax"), "unroll").at(0).source, "#pragma unroll UNROLL"), 3);
    }

    /// The elements of a vector are a loop for the reader only.
    void loopsOfVectors()
    {
        const std::string vectors = "__global__ void k(float4* x, int n) { for (int i = 0; i < n; ++i) {\n"
                                    "#pragma unroll\nfor (int j = 0; j < 4; ++j) (&x[i].x)[j] = 0;\n} }\n";
        const auto made = proposals(vectors, "unroll");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "#pragma unroll UNROLL\nfor (int i");
        auto others = vectors;
        others.replace(others.find("unroll"), 6, "unroll 2");
        QVERIFY(proposals(others, "unroll").empty());
    }

    void loopBehindACondition()
    {
        const auto made = proposals(
            "__global__ void k(float* x, int n) { if (n > 0) for (int i = 0; i < n; ++i) x[i] = 0; }\n", "unroll");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "if (n > 0) \n#pragma unroll UNROLL\nfor (int i");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("no loop") << "x[0] = 0;";
        QTest::newRow("pragma") << "\n#pragma unroll\nfor (int i = 0; i < n; ++i) x[i] = 0;\n";
        QTest::newRow("while") << "while (n > 0) x[--n] = 0;";
        QTest::newRow("no count") << "for (int i = 0; x[i] < 1; ++i) x[i] = 2;";
        QTest::newRow("two variables") << "for (int i = 0, j = 0; i < n; ++j) { x[j] = 0; i += 2; }";
    }
    void notThere()
    {
        QFETCH(QString, body);
        QVERIFY(proposals("__global__ void k(float* x, int n) { " + body.toStdString() + " }\n", "unroll").empty());
    }

    void nothingTwice() { QVERIFY(proposals(proposals(baseline("softmax"), "unroll").at(0).source, "unroll").empty()); }

    void nothingAround() { QVERIFY(proposals(proposals(baseline("conv2d"), "unroll").at(0).source, "unroll").empty()); }
};

QTEST_APPLESS_MAIN(TestUnroll)
#include "tst_Unroll.moc"
