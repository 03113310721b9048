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

    /// Sums and extrema of one loop, each with a scratch of its own.
    void severalFolds()
    {
        const auto made =
            proposals(kernel("double s = 0, q = 0;\n    float top = -1e30f;\n    for (int p = 0; p < k; ++p) {\n"
                             "        const float v = x[p * n + i];\n        s += v;\n        q += v * v;\n"
                             "        top = fmaxf(top, v);\n    }\n    y[i] = (q - s * s / k) * top;"),
                      "split-sum");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "// warploom: scratch partial_s f64[STRIPS * (n)]\n");
        VERIFY_CONTAINS(made[0].source, "// warploom: scratch partial_q f64[STRIPS * (n)]\n");
        VERIFY_CONTAINS(made[0].source, "// warploom: scratch partial_top f32[STRIPS * (n)]\n");
        VERIFY_CONTAINS(made[0].source, "top = fmaxf(top, partial_top[size_t(strip) * n + i]);");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    /// A later loop goes on from what an earlier one came to.
    void oneAfterTheOther()
    {
        const auto made = proposals(kernel(kTwoLoops), "split-sum");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source,
                        "launch g_strips<<<dim3(ceil_div(n, 256), STRIPS), 256>>>(x, y, n, k, "
                        "partial_top)\n");
        VERIFY_CONTAINS(made[0].source,
                        "launch g_strips_2<<<dim3(ceil_div(n, 256), STRIPS), 256>>>(x, y, n, k, "
                        "partial_top, partial_s)\n");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    /// Blocks that have a column each, whose threads share its rows out.
    void blocksOfAColumn()
    {
        const auto made = proposals(columnBlocks("n"), "split-sum");
        QCOMPARE(made.size(), std::size_t{1});
        QVERIFY(made[0].predictedGain > 2);
        VERIFY_CONTAINS(made[0].source, "// warploom: scratch partial_q f32[STRIPS * (n)]\n");
        VERIFY_LACKS(made[0].source, "__shared__");
        QCOMPARE(errorOf(made[0].source), std::string());
        // Elements of a row that lie beside each other are read by its block as it stands.
        QVERIFY(proposals(columnBlocks("1"), "split-sum").empty());
    }

    void fewLongRows()
    {
        const auto source = kernel("float s = 0; for (int p = 0; p < k; ++p) s += x[i * k + p];\n    y[i] = s;");
        const auto of = [&](std::int64_t rows) {
            MoveRequest request{source, "test.cu", {"split-sum"}, {}, {"n", "k"}};
            request.timeSizes = {{"n", {rows}}, {"k", {100'000}}};
            const auto made = proposeMoves(request);
            return made ? made->proposals : std::vector<MoveProposal>();
        };
        const auto few = of(48);
        QCOMPARE(few.size(), std::size_t{1});
        VERIFY_CONTAINS(few[0].title, std::string("several blocks a row in g"));
        VERIFY_CONTAINS(few[0].source, "launch g_strips<<<dim3(n, STRIPS), BLOCK>>>(x, y, n, k, partial)\n");
        QCOMPARE(errorOf(few[0].source), std::string());
        QVERIFY(of(4096).empty());
        QVERIFY(proposals(source, "split-sum").empty());
    }

    /// Neighbouring threads that are far apart would gain nothing from others like them.
    void scattered()
    {
        const auto source = kernel("float s = 0; for (int p = 0; p < k; ++p) s += x[i * 64 + p * p];\n    y[i] = s;");
        QVERIFY(proposals(source, "split-sum").empty());
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("two sums")
            << "float s = 0; float q = 0; for (int p = 0; p < k; ++p) { s += x[p * n + i]; q += s; } y[i] = q;";
        QTest::newRow("starts at one") << "float s = 1; for (int p = 0; p < k; ++p) s += x[p * n + i]; y[i] = s;";
        QTest::newRow("from the second on") << "float s = 0; for (int p = 1; p < k; ++p) s += x[p * n + i]; y[i] = s;";
        QTest::newRow("product") << "float s = 1; for (int p = 0; p < k; ++p) s *= x[p * n + i]; y[i] = s;";
        QTest::newRow("place of a maximum")
            << "float s = 0; int a = 0; for (int p = 0; p < k; ++p) if (x[p * n + i] > s) "
               "{ s = x[p * n + i]; a = p; } y[i] = a;";
        QTest::newRow("goes on from something else")
            << "float s = 0; for (int p = 0; p < k; ++p) s += x[p * n + i]; for (int p = 0; p < k; ++p) s += x[p * n + "
               "i] * x[i]; y[i] = s;";
        QTest::newRow("stored in between")
            << "float s = 0; for (int p = 0; p < k; ++p) s += x[p * n + i]; y[i] = s; "
               "float q = 0; for (int p = 0; p < k; ++p) q += x[p * n + i] - s; y[n + i] "
               "= q;";
        QTest::newRow("left in between") << "float s = 0; for (int p = 0; p < k; ++p) s += x[p * n + i]; if (s == 0) "
                                            "return; float q = 0; for (int p = "
                                            "0; p < k; ++p) q += x[p * n + i] / s; y[i] = q;";
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
    static constexpr const char* kTwoLoops =
        "float top = x[i];\n    for (int p = 0; p < k; ++p)\n        top = fmaxf(top, x[p * n + i]);\n"
        "    float s = 0;\n    for (int p = 0; p < k; ++p)\n        s += expf(x[p * n + i] - top);\n"
        "    y[i] = top + logf(s);";

    /// \p step: from an element of a column to the next.
    static std::string columnBlocks(const std::string& step)
    {
        const std::string start = step == "1" ? "i * k" : "i";
        return "// warploom: launch g<<<n, 128>>>(x, y, n, k)\n"
               "__global__ void g(const float* x, float* y, int n, int k) {\n"
               "    __shared__ float part[128], square[128];\n    int i = blockIdx.x, t = threadIdx.x;\n"
               "    float s = 0, q = 0;\n    for (int p = t; p < k; p += blockDim.x) {\n        float v = x["
            + start + " + p * " + step
            + "];\n        s += v;\n        q += v * v;\n    }\n    part[t] = s;\n    square[t] = q;\n"
              "    __syncthreads();\n    for (int h = 64; h > 0; h /= 2) {\n        if (t < h) {\n"
              "            part[t] += part[t + h];\n            square[t] += square[t + h];\n        }\n"
              "        __syncthreads();\n    }\n    if (t == 0)\n        y[i] = square[0] - part[0] * part[0] / "
              "k;\n}\n";
    }

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
