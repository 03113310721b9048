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
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source,
                        "launch g_strips<<<dim3(ceil_div(n, 256), STRIPS), 256>>>(x, y, n, k, "
                        "partial_top)\n");
        VERIFY_CONTAINS(made[0].source,
                        "launch g_strips_2<<<dim3(ceil_div(n, 256), STRIPS), 256>>>(x, y, n, k, "
                        "partial_top, partial_s)\n");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    /// Exponentials of distances from a maximum: one launch keeps both, in terms of the largest that a strip has seen.
    void inOnePass()
    {
        const auto made = proposals(kernel(kTwoLoops), "split-sum");
        QCOMPARE(made.size(), std::size_t{2});
        const auto& text = made[1].source;
        QCOMPARE(made[1].title, std::string("sum in strips in one pass in g"));
        QCOMPARE(countOf(text, "warploom: launch"), 2);
        VERIFY_CONTAINS(text, "// warploom: scratch partial_high f32[STRIPS * (n)]\n");
        VERIFY_CONTAINS(text, "scaled = ahead > 0 ? scaled * ratio + 1 : scaled + ratio;");
        VERIFY_CONTAINS(
            text, "s += partial_scaled[size_t(strip) * n + i] * expf(partial_high[size_t(strip) * n + i] - top);");
        COMPARE_GOLDEN("split-sum-one_pass", text);
        QCOMPARE(errorOf(text), std::string());
        QVERIFY(proposals(text, "split-sum").empty());
    }

    /// Squares of distances from a mean: what a strip has seen is corrected by how far its mean is off.
    void squaresInOnePass()
    {
        const auto made = proposals(kernel("float s = 0;\n    for (int p = 0; p < k; ++p)\n        s += x[p * n + i];\n"
                                           "    float m = s / k, q = 0;\n    for (int p = 0; p < k; ++p) {\n"
                                           "        float d = x[p * n + i] - m;\n        q += d * d;\n    }\n"
                                           "    y[i] = q / k;"),
                                    "split-sum");
        QCOMPARE(made.size(), std::size_t{2});
        const auto& text = made[1].source;
        QCOMPARE(countOf(text, "const float origin = k > 0 ? x[0 * n + i] : 0.0f;"), 2);
        VERIFY_CONTAINS(text, "const float off = partial_middle[size_t(strip) * n + i] - (m - origin);");
        QCOMPARE(errorOf(text), std::string());
    }

    void notInOnePass_data()
    {
        QTest::addColumn<QString>("second");
        QTest::newRow("of something else") << "s += expf(x[p * n + i] - y[i]);";
        QTest::newRow("other elements") << "s += expf(x[p * n + i + 1] - top);";
        QTest::newRow("the other way round") << "s += expf(top - x[p * n + i]);";
        QTest::newRow("weighed") << "s += p * expf(x[p * n + i] - top);";
        QTest::newRow("two sums") << "{ s += expf(x[p * n + i] - top); t += x[p * n + i]; }";
    }
    void notInOnePass()
    {
        QFETCH(QString, second);
        const std::string body = "float top = -1e30f, t = 0;\n    for (int p = 0; p < k; ++p)\n"
                                 "        top = fmaxf(top, x[p * n + i]);\n    float s = 0;\n"
                                 "    for (int p = 0; p < k; ++p)\n        "
            + second.toStdString() + "\n    y[i] = top + logf(s) + t;";
        for (const auto& made : proposals(kernel(body), "split-sum"))
            QCOMPARE(made.title, std::string("sum in strips in g"));
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
        // What strips would count anew.
        QTest::newRow("asks how often")
            << "int t = 0; float s = 0; for (int p = 0; p < k; ++p) { if (x[p * n + i] > 0 && "
               "t++ < 4) s += x[p * n + i]; } y[i] = s;";
        QTest::newRow("sums of sums") << "float s = 0, q = 0; for (int p = 0; p < k; ++p) q += (s += x[p * n + i]); "
                                         "y[i] = q;";
        QTest::newRow("cut off") << "int s = 0; for (int p = 0; p < k; ++p) s = (unsigned char)s + int(x[p * n + i]); "
                                    "y[i] = s;";
        QTest::newRow("not what is compared")
            << "float m = 0; for (int p = 0; p < k; ++p) m = x[p * n + i] > m ? 0.5f * "
               "x[p * n + i] : m; y[i] = m;";
        QTest::newRow("by a lambda")
            << "float s = 0, q = 0; auto add = [&](float v) { q += v; }; for (int p = 0; p < k; "
               "++p) { s += x[p * n + i]; add(x[p * n + i]); } y[i] = s + q;";
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

    /// What outlives a thread would be changed once a strip, and launches that are not always there would be.
    void notOfWhatLasts()
    {
        const std::string sum = "float s = 0; for (int p = 0; p < k; ++p) s += x[p * n + i]; y[i] = s;";
        const std::string plain = kernel(sum);
        QVERIFY(!proposals(plain, "split-sum").empty());
        QVERIFY(proposals("__device__ int done;\n" + kernel("done = done + 1; " + sum), "split-sum").empty());
        QVERIFY(proposals("__device__ int done[4];\n__device__ void note() { atomicAdd(done, 1); }\n"
                              + kernel("note(); " + sum),
                          "split-sum")
                    .empty());
        QVERIFY(
            !proposals("__constant__ float half = 0.5f;\n" + kernel("float h = half; " + sum), "split-sum").empty());
        auto sometimes = plain;
        sometimes.insert(sometimes.find(")\n__global__") + 1, " when k >= 4");
        QVERIFY(proposals(sometimes, "split-sum").empty());
    }

    /// A namespace's own function is none of CUDA's.
    void functionsOfNamespaces()
    {
        const std::string body = "float top = -1e30f;\n    for (int p = 0; p < k; ++p)\n"
                                 "        top = fmaxf(top, x[p * n + i]);\n    float s = 0;\n"
                                 "    for (int p = 0; p < k; ++p)\n        s += own::expf(x[p * n + i] - top);\n"
                                 "    y[i] = top + logf(s);";
        const auto made = proposals(
            "namespace own { __device__ float expf(float v) { return exp2f(v); } }\n" + kernel(body), "split-sum");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(made[0].title, std::string("sum in strips in g"));
        QVERIFY(
            proposals("namespace own { __device__ float max(float a, float b) { return a + b; } }\n"
                          + kernel("float s = 0; for (int p = 0; p < k; ++p) s = own::max(s, x[p * n + i]); y[i] = s;"),
                      "split-sum")
                .empty());
    }

    /// Names and launches as others write them.
    void otherWords()
    {
        auto one =
            kernel("float min = 1e30f; for (int p = 0; p < k; ++p) min = fminf(min, x[p * n + i]);\n    y[i] = min;");
        one.replace(one.find("ceil_div(n, 256)"), 16, "dim3(ceil_div(n, 256))");
        const auto strips = proposals(one, "split-sum");
        QCOMPARE(strips.size(), std::size_t{1});
        VERIFY_CONTAINS(strips[0].source, "<<<dim3(ceil_div(n, 256), STRIPS), 256>>>");
        VERIFY_CONTAINS(strips[0].source, "= ::min(int(k), ");
        QCOMPARE(errorOf(strips[0].source), std::string());
        const auto twice =
            proposals(kernel("float a = 0; for (int p = 0; p < k; ++p) a += x[p * n + i];\n    float m = a / k;\n"
                             "    a = 0;\n    for (int p = 0; p < k; ++p) a += fabsf(x[p * n + i] - m);\n"
                             "    y[i] = a;"),
                      "split-sum");
        QCOMPARE(twice.size(), std::size_t{1});
        VERIFY_CONTAINS(twice[0].source, "float* partial_a_2");
        QCOMPARE(errorOf(twice[0].source), std::string());
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
