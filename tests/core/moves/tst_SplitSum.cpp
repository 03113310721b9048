// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestSplitSum : public QObject {
    Q_OBJECT

private slots:
    void columnSum()
    {
        const auto made = proposals(baseline("column_sum"), "split-sum");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "// warploom: scratch partial f32[STRIPS * (cols)]\n");
        VERIFY_CONTAINS(made[0].source, "partial[size_t(blockIdx.y) * cols + col] = sum;");
        VERIFY_CONTAINS(made[0].source, "sum += partial[size_t(strip) * cols + col];");
        COMPARE_GOLDEN("split-sum-column_sum", made[0].source);
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void theEndIsDoneOnce()
    {
        const auto source =
            kernel("double s = 0; for (int p = 0; p < k; ++p) { if (x[p * n + i] > 0) s += x[p * n + i]; }\n"
                   "    y[i] = s / k; y[n + i] = s;");
        const auto made = proposals(source, "split-sum");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(countOf(made[0].source, "y[i] = s / k;"), 1);
        QCOMPARE(countOf(made[0].source, "y[n + i] = s;"), 1);
        VERIFY_CONTAINS(made[0].source, "scratch partial f64[STRIPS * (n)]");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("two sums")
            << "float s = 0; float q = 0; for (int p = 0; p < k; ++p) { s += x[p * n + i]; q += s; } y[i] = q;";
        QTest::newRow("starts at one") << "float s = 1; for (int p = 0; p < k; ++p) s += x[p * n + i]; y[i] = s;";
        QTest::newRow("from the second on") << "float s = 0; for (int p = 1; p < k; ++p) s += x[p * n + i]; y[i] = s;";
        QTest::newRow("maximum") << "float s = 0; for (int p = 0; p < k; ++p) s = fmaxf(s, x[p * n + i]); y[i] = s;";
        QTest::newRow("writes")
            << "float s = 0; for (int p = 0; p < k; ++p) { s += x[p * n + i]; y[p] = s; } y[i] = s;";
        QTest::newRow("short") << "float s = 0; for (int p = 0; p < 8; ++p) s += x[p * n + i]; y[i] = s;";
        QTest::newRow("another loop after it") << "float s = 0; for (int p = 0; p < k; ++p) s += x[p * n + i]; "
                                                  "for (int p = 0; p < k; ++p) y[p * n + i] = s;";
        QTest::newRow("declared with an effect") << "float t = atomicAdd(y, 1.0f); float s = 0; for (int p = 0; p < k; "
                                                    "++p) s += x[p * n + i]; y[i] = s + t;";
        QTest::newRow("ends early")
            << "float s = 0; for (int p = 0; p < k; ++p) { if (x[p * n + i] < 0) break; s += x[p * n "
               "+ i]; } y[i] = s;";
        QTest::newRow("nothing done") << "float s = 0; for (int p = 0; p < k; ++p) s += x[p * n + i];";
    }
    void notThere()
    {
        QFETCH(QString, body);
        QVERIFY(proposals(kernel(body.toStdString()), "split-sum").empty());
    }

    void nothingTwice()
    {
        for (const auto& made : proposals(baseline("column_sum"), "split-sum"))
            QVERIFY(proposals(made.source, "split-sum").empty());
    }

private:
    static std::string kernel(const std::string& body)
    {
        return "// warploom: launch g<<<ceil_div(n, 256), 256>>>(x, y, n, k)\n"
               "__global__ void g(const float* x, float* y, int n, int k) {\n"
               "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
               "    if (i >= n) return;\n    "
            + body + "\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestSplitSum)
#include "tst_SplitSum.moc"
