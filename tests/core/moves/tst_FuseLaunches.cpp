// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestFuseLaunches : public QObject {
    Q_OBJECT

private slots:
    void chainOfThree()
    {
        const auto made = proposals(baseline("bias_gelu_chain"), "fuse-launches");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_LACKS(made[0].source, "biased f32");
        VERIFY_CONTAINS(made[0].source, "const float biased_value = x[i] + bias[i % cols];");
        QCOMPARE(made[0].predictedGain, 2.0);
        const auto all = proposals(made[0].source, "fuse-launches");
        QCOMPARE(all.size(), std::size_t{1});
        VERIFY_LACKS(all[0].source, "scratch");
        QCOMPARE(countOf(all[0].source, "warploom: launch"), 1);
        COMPARE_GOLDEN("fuse-launches-bias_gelu_chain", all[0].source);
        QVERIFY(proposals(all[0].source, "fuse-launches").empty());
        // What comes of it is a map like any other.
        QVERIFY(!proposals(all[0].source, "vectorize").empty());
        QVERIFY(!proposals(all[0].source, "coarsen").empty());
    }

    /// Launches of one thread a row: also with their rows shared at once, for a fused launch alone is no faster.
    void rowsInOne()
    {
        const std::string head = "    int r = blockIdx.x * blockDim.x + threadIdx.x;\n    if (r >= rows) return;\n";
        const std::string source = "// warploom: scratch low f32[rows]\n"
                                   "// warploom: launch least<<<ceil_div(rows, 128), 128>>>(x, low, rows, cols)\n"
                                   "// warploom: launch rest<<<ceil_div(rows, 128), 128>>>(x, low, y, rows, cols)\n"
                                   "__global__ void least(const float* x, float* low, int rows, int cols)\n{\n"
            + head
            + "    float m = x[r * cols];\n    for (int c = 1; c < cols; ++c) m = fminf(m, x[r * cols + c]);\n"
              "    low[r] = m;\n}\n"
              "__global__ void rest(const float* x, const float* low, float* y, int rows, int cols)\n{\n"
            + head
            + "    float sum = 0;\n    for (int c = 0; c < cols; ++c) sum += x[r * cols + c] - low[r];\n"
              "    y[r] = sum;\n}\n";
        const auto made = proposals(source, "fuse-launches");
        QCOMPARE(made.size(), std::size_t{3});
        QCOMPARE(made[0].title, std::string("fuse least and rest"));
        QCOMPARE(made[1].title, std::string("2 launches in one: one block a row, 16-byte accesses"));
        QCOMPARE(made[2].title, std::string("2 launches in one: one warp a row, 16-byte accesses"));
        for (const auto& one : made) {
            QCOMPARE(countOf(one.source, "warploom: launch"), 1);
            QCOMPARE(errorOf(one.source), std::string());
        }
        VERIFY_CONTAINS(made[1].source, "const float low_value = m;");
        VERIFY_CONTAINS(made[1].source, "sum = blockSum(sum);");
        QVERIFY(made[1].predictedGain > 5);
        // Another launch behind them is no part of the row.
        const auto other = proposals(
            "// warploom: launch rest<<<ceil_div(cols, 128), 128>>>(x, low, z, cols, 3)\n" + source, "fuse-launches");
        for (const auto& one : other)
            VERIFY_LACKS(one.title, "in one");
    }

    /// Elements that both kernels leave alone, in the same words, leave the joint one once.
    void elementsThatLeaveBoth()
    {
        const std::string first = "if (m[i] == 0) return;\n        t[i] = 2 * x[i];";
        const auto made = proposals(
            maskedPair(first, "if (m[i] == 0) {\n        y[i] = 7;\n        return;\n    }\n    y[i] = t[i] + 1;"),
            "fuse-launches");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "if (m[i] == 0) {\n            y[i] = 7;\n            return;\n        }\n");
        VERIFY_CONTAINS(made[0].source, "const float t_value = 2 * x[i];");
        VERIFY_CONTAINS(made[0].source, "y[i] = t_value + 1;");
        QCOMPARE(countOf(made[0].source, "return"), 1);
        QCOMPARE(errorOf(made[0].source), std::string());
        // In order.
        const auto both = proposals(maskedPair("if (m[i] == 0) { z[i] = 1; return; }\n        t[i] = 2 * x[i];",
                                               "if (m[i] == 0) { y[i] = 7; return; }\n    y[i] = t[i] + 1;"),
                                    "fuse-launches");
        QCOMPARE(both.size(), std::size_t{1});
        VERIFY_CONTAINS(both[0].source, "            z[i] = 1;\n            y[i] = 7;\n            return;\n");
        QCOMPARE(proposals(maskedPair(first, "if (m[i] == 0) return;\n    y[i] = t[i] + 1;"), "fuse-launches").size(),
                 std::size_t{1});
    }

    void elementsThatLeaveOne_data()
    {
        QTest::addColumn<std::string>("first");
        QTest::addColumn<std::string>("second");
        const std::string leaves = "if (m[i] == 0) return;\n    ";
        const std::string sets = "t[i] = 2 * x[i];";
        const std::string takes = "y[i] = t[i] + 1;";
        QTest::newRow("the first") << leaves + sets << takes;
        QTest::newRow("others") << leaves + sets << "if (m[i] == 1) return;\n    " + takes;
        QTest::newRow("those of another place") << leaves + sets << "if (m[i + 1] == 0) return;\n    " + takes;
        QTest::newRow("by what goes on") << "if (m[i] == 0) { t[i] = 1; return; }\n    " + sets << leaves + takes;
        QTest::newRow("with what went on") << leaves + sets << "if (m[i] == 0) { y[i] = t[i]; return; }\n    " + takes;
        QTest::newRow("by what is set") << leaves + sets + " z[i] = 1;" << "if (z[i] == 0) return;\n    " + takes;
        QTest::newRow("by what is written") << leaves + "m[i] = 1; " + sets << leaves + takes;
        QTest::newRow("later") << sets + leaves + "z[i] = 1;" << leaves + takes;
        QTest::newRow("by a second condition") << leaves + leaves + sets << leaves + leaves + takes;
    }
    void elementsThatLeaveOne()
    {
        QFETCH(std::string, first);
        QFETCH(std::string, second);
        QVERIFY(proposals(maskedPair(first, second), "fuse-launches").empty());
    }

    void otherNamesTypesAndForms()
    {
        const auto made = proposals("// warploom: tune B = 128 256\n"
                                    "// warploom: tune B2 = 64 512\n"
                                    "// warploom: scratch tmp f64[count]\n"
                                    "// warploom: launch p<<<ceil_div(count, B), B>>>(src, tmp, count)\n"
                                    "// warploom: launch q<<<ceil_div(count, B2), B2>>>(tmp, dst, count)\n"
                                    "__global__ void q(const double* __restrict__ src, double* p, unsigned size) {\n"
                                    "    unsigned me = threadIdx.x + blockDim.x * blockIdx.x;\n"
                                    "    if (me >= size) return;\n"
                                    "    double t = src[me];\n"
                                    "    p[me] = t * t;\n}\n"
                                    "__global__ void p(const double* src, double* dst, unsigned many) {\n"
                                    "    unsigned at = blockIdx.x * blockDim.x + threadIdx.x;\n"
                                    "    if (at < many) {\n"
                                    "        double t = src[at] + 1.0;\n"
                                    "        dst[at] = t;\n    }\n}\n",
                                    "fuse-launches");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "p_q<<<ceil_div(count, B), B>>>(src, count, dst)");
        VERIFY_CONTAINS(made[0].source, "p_q(const double* src, unsigned many, double* p)");
        VERIFY_CONTAINS(made[0].source, "const double tmp_value = t;");
        VERIFY_CONTAINS(made[0].source, "double t_2 = tmp_value;");
        VERIFY_CONTAINS(made[0].source, "p[at] = t_2 * t_2;");
        VERIFY_LACKS(made[0].source, "B2");
        VERIFY_LACKS(made[0].source, "scratch");
    }

    void planesOfTwoDimensions()
    {
        const auto made =
            proposals("// warploom: scratch t f32[h, w]\n"
                      "// warploom: launch a<<<dim3(ceil_div(w, 32), ceil_div(h, 8)), dim3(32, 8)>>>(x, t, h, w)\n"
                      "// warploom: launch b<<<dim3(ceil_div(w, 64), ceil_div(h, 4)), dim3(64, 4)>>>(t, y, w, h)\n"
                      "__global__ void a(const float* x, float* t, int h, int w) {\n"
                      "    int c = blockIdx.x * blockDim.x + threadIdx.x;\n"
                      "    int r = blockIdx.y * blockDim.y + threadIdx.y;\n"
                      "    if (c < w && r < h) t[r * w + c] = 2 * x[r * w + c];\n}\n"
                      "__global__ void b(const float* t, float* y, int n, int m) {\n"
                      "    int i = blockIdx.y * blockDim.y + threadIdx.y;\n"
                      "    int j = blockIdx.x * blockDim.x + threadIdx.x;\n"
                      "    if (i >= m || j >= n) return;\n"
                      "    y[j * m + i] = t[j + n * i];\n}\n",
                      "fuse-launches");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "y[c * h + r] = t_value;");
    }

    void whatOthersReadStays()
    {
        const auto more = std::string("// warploom: launch last<<<1, 1>>>(t, z)\n"
                                      "__global__ void last(const float* t, float* z) { z[0] = t[0]; }\n");
        const auto made = proposals(pair("t[i] = x[i];", "y[i] = t[i] + 1;", kScratch, kCall, more), "fuse-launches");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "const float t_value = x[i];");
        VERIFY_CONTAINS(made[0].source, "t[i] = t_value;");
        VERIFY_CONTAINS(made[0].source, "y[i] = t_value + 1;");
        // An output is nobody's scratch.
        VERIFY_CONTAINS(proposals(pair("t[i] = x[i];", "y[i] = t[i] + 1;", ""), "fuse-launches").at(0).source,
                        "t[i] = t_value;");
    }

    void choiceOfStores()
    {
        const auto made = proposals(pair("if (x[i] > 0) t[i] = x[i]; else t[i] = 0;", "y[i] = t[i];"), "fuse-launches");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "float t_value;");
        VERIFY_CONTAINS(made[0].source, "if (x[i] > 0) t_value = x[i]; else t_value = 0;");
        VERIFY_CONTAINS(made[0].source, "y[i] = t_value;");
        // Where one case sets nothing, memory says what there was.
        const auto kept = proposals(pair("if (x[i] > 0) t[i] = x[i];", "y[i] = t[i];", ""), "fuse-launches");
        QCOMPARE(kept.size(), std::size_t{1});
        VERIFY_CONTAINS(kept[0].source, "if (x[i] > 0) t[i] = x[i];");
        VERIFY_CONTAINS(kept[0].source, "y[i] = t[i];");
    }

    void inPlace()
    {
        const auto made = proposals("// warploom: launch a<<<ceil_div(n, 256), 256>>>(x, n)\n"
                                    "// warploom: launch b<<<ceil_div(n, 256), 256>>>(x, n)\n"
                                        + map("a", "float* x, int n", "x[i] = x[i] + 1;")
                                        + map("b", "float* v, int n", "float w = v[i]; v[i] = w * w;"),
                                    "fuse-launches");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "a_b(float* x, int n)");
        VERIFY_CONTAINS(made[0].source, "const float x_value = x[i] + 1;");
        VERIFY_CONTAINS(made[0].source, "float w = x_value; x[i] = w * w;");
        QCOMPARE(countOf(made[0].source, "x[i] ="), 1);
    }

    void oneKernelTwice()
    {
        const auto made = proposals("// warploom: scratch t f32[n]\n"
                                    "// warploom: launch a<<<ceil_div(n, 256), 256>>>(x, t, n)\n"
                                    "// warploom: launch a<<<ceil_div(n, 256), 256>>>(t, y, n)\n"
                                        + map("a", "const float* in, float* out, int n", "out[i] = in[i] * in[i];"),
                                    "fuse-launches");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "a_a(const float* in, int n, float* out)");
        QCOMPARE(countOf(made[0].source, "__global__"), 1);
        VERIFY_CONTAINS(made[0].source, "out[i] = t_value * t_value;");
    }

    void nothingBetweenButAnInput()
    {
        const auto made = proposals(pair("t[i] = x[i];", "y[i] = x[i] * 2;", "", "x, y, n"), "fuse-launches");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "y[i] = x[i] * 2;");
        VERIFY_CONTAINS(made[0].hypothesis, "both touch x");
    }

    void mapIntoRows()
    {
        const auto made = proposals(
            rows("float v = 0.5f * x[i]; t[i] = v + bias[i % cols];", "in[size_t(r) * cols + c]"), "fuse-launches");
        QCOMPARE(made.size(), std::size_t{3});
        COMPARE_GOLDEN("fuse-launches-rows", made[0].source);
        // The column is the loop's.
        VERIFY_CONTAINS(made[0].source, "bias[c]");
        VERIFY_LACKS(made[0].source, "scratch");
        QCOMPARE(countOf(made[0].source, "__global__"), 1);
        QVERIFY(proposals(made[0].source, "fuse-launches").empty());
        QVERIFY(!proposals(made[0].source, "row-per-block").empty());
    }

    void mapIntoOtherMaps()
    {
        // Bodies that cannot stand side by side, but the value can be had anywhere.
        const auto asks = proposals(pair("t[i] = x[i];", "y[i] = t[i] + threadIdx.x;"), "fuse-launches");
        QCOMPARE(asks.size(), std::size_t{1});
        VERIFY_CONTAINS(asks[0].source, "y[i] = (x[(i)]) + threadIdx.x;");
        const auto fewer =
            proposals(pair("t[i] = x[i];", "y[i] = t[i + 1] - t[i];", kScratch, "t, y, n - 1"), "fuse-launches");
        QCOMPARE(fewer.size(), std::size_t{1});
        VERIFY_CONTAINS(fewer[0].source, "y[i] = (x[(i + 1)]) - (x[(i)]);");
    }

    void rowsNotThere_data()
    {
        QTest::addColumn<QString>("map");
        QTest::addColumn<QString>("read");
        const auto place = "in[size_t(r) * cols + c]";
        QTest::newRow("each read by all") << "t[i] = x[i];" << "in[c]";
        QTest::newRow("place that depends on data") << "t[i] = x[i];" << "in[int(y[c])]";
        QTest::newRow("pointer that goes on") << "t[i] = x[i];" << "*(in + r * cols + c)";
        QTest::newRow("address") << "t[i] = x[i];" << "__ldg(&in[r * cols + c])";
        QTest::newRow("side effect") << "t[i] = x[i];" << "in[r * cols + last++]";
        QTest::newRow("two stores") << "t[i] = x[i]; t[i] = 1;" << place;
        QTest::newRow("conditional store") << "if (x[i] > 0) t[i] = x[i];" << place;
        QTest::newRow("changes what it is made of") << "t[i] = y[i];" << place;
        QTest::newRow("loop") << "float s = 0; for (int k = 0; k < 4; ++k) s += x[i]; t[i] = s;" << place;
        QTest::newRow("other place") << "t[n - 1 - i] = x[i];" << place;
        QTest::newRow("writes more") << "x[i] = 0; t[i] = 1;" << place;
        QTest::newRow("name that means something else there") << "t[i] = x[i] * last();" << place;
    }
    void rowsNotThere()
    {
        QFETCH(QString, map);
        QFETCH(QString, read);
        const auto made = proposals(rows(map.toStdString(), read.toStdString()), "fuse-launches");
        QVERIFY2(made.empty(), made.empty() ? "" : made[0].source.c_str());
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("source");
        const auto row = [](const char* name, const std::string& source) {
            QTest::newRow(name) << QString::fromStdString(source);
        };
        row("neighbour", pair("t[i] = x[i];", "y[i] = t[i] + t[max(i - 1, 0)];"));
        row("neighbour of an output", pair("t[i] = x[i];", "y[i] = t[i] + t[i + 1];", ""));
        row("other place", pair("t[2 * i] = x[i];", "y[i] = t[i];"));
        row("scattered", pair("t[int(x[i])] = x[i];", "y[i] = t[i];"));
        row("wraps round", pair("t[i] = x[i];", "y[i] = t[i % 7];"));
        row("one for all", pair("t[0] = x[i];", "y[i] = t[0];"));
        row("two threads an element", pair("t[i] = x[i]; t[i + 1] = 0;", "y[i] = t[i];"));
        row("atomic", pair("atomicAdd(&t[i], x[i]);", "y[i] = t[i];"));
        row("leaves early", pair("if (x[i] > 0) return; t[i] = x[i];", "y[i] = t[i];"));
        row("barrier", pair("t[i] = x[i]; __syncthreads();", "y[i] = t[i];"));
        row("function that may go on", pair("t[i] = x[i];", "y[i] = f(t, i);", kScratch, kCall, kFunction));
        row("pointer that goes elsewhere", pair("t[i] = x[i];", "const float* p = t; p += i; y[i] = *p;"));
        row("cast pointer", pair("t[i] = x[i];", "y[i] = *reinterpret_cast<const float*>(t + i);"));
        row("read-only load of what is written",
            pair("t[i] = x[i]; x[i] = 0;", "y[i] = __ldg(&x[i]); x[i] += 1;", "", "x, y, n"));
        row("variable of the file", pair("t[i] = x[i] + seen++;", "y[i] = t[i];", kScratch, kCall, kVariable));
        row("macro between", pair("t[i] = x[i];", "y[i] = t[i];", kScratch, kCall, "", "#define n m\n"));
        row("step between",
            pair("t[i] = x[i];", "y[i] = t[i];", "// warploom: scratch t f32[n]\n", kCall, "", "",
                 "// warploom: zero y\n"));
        row("condition", pair("t[i] = x[i];", "y[i] = t[i];", kScratch, "t, y, n) when (n > 5"));
        row("nothing in common", pair("t[i] = 1;", "y[i] = 2;", "", "z, y, n"));
        row("buffer twice", pair("t[i] = x[i];", "y[i] = t[i];", "", "t, t, n"));
        row("two names of what is written",
            "// warploom: launch a<<<ceil_div(n, 256), 256>>>(x, x, t, n)\n"
            "// warploom: launch b<<<ceil_div(n, 256), 256>>>(t, x, n)\n"
                + map("a", "const float* __restrict__ x, const float* __restrict__ z, float* t, int n",
                      "t[i] = x[i] * z[i];")
                + map("b", "float* t, float* y, int n", "y[i] = t[i];"));
        row("too few blocks",
            "// warploom: launch a<<<n / 256, 256>>>(x, t, n)\n"
            "// warploom: launch b<<<ceil_div(n, 256), 256>>>(t, y, n)\n"
                + map("a", "const float* x, float* t, int n", "t[i] = x[i];")
                + map("b", "const float* t, float* y, int n", "y[i] = t[i];"));
        row("other type",
            "// warploom: launch a<<<ceil_div(n, 256), 256>>>(x, t, n)\n"
            "// warploom: launch b<<<ceil_div(n, 256), 256>>>(t, y, n)\n"
                + map("a", "const float* x, float* t, int n", "t[i] = x[i];")
                + map("b", "const int* t, float* y, int n", "y[i] = t[i];"));
        row("wider rows",
            "// warploom: launch a<<<dim3(ceil_div(w, 32), h), dim3(32, 1)>>>(x, t, h, w, p)\n"
            "// warploom: launch a<<<dim3(ceil_div(w, 32), h), dim3(32, 1)>>>(t, y, h, w, p)\n"
            "__global__ void a(const float* x, float* t, int h, int w, int p) {\n"
            "    int c = blockIdx.x * blockDim.x + threadIdx.x;\n"
            "    int r = blockIdx.y * blockDim.y + threadIdx.y;\n"
            "    if (c < w && r < h) t[r * p + c] = x[r * p + c];\n}\n");
    }
    void notThere()
    {
        QFETCH(QString, source);
        const auto made = proposals(source.toStdString(), "fuse-launches");
        QVERIFY2(made.empty(), made.empty() ? "" : made[0].source.c_str());
    }

private:
    static constexpr auto kScratch = "// warploom: scratch t f32[n]\n";
    static constexpr auto kCall = "t, y, n";
    static constexpr auto kFunction = "__device__ float f(const float* t, int i) { return t[i ^ 1]; }\n";
    static constexpr auto kVariable = "__device__ int seen;\n";

    /// A map, and sums of rows of what it writes.
    static std::string rows(const std::string& body, const std::string& read)
    {
        const bool readsSums = body.find("y[i]") != std::string::npos;
        return std::string("// warploom: scratch t f32[rows, cols]\n"
                           "// warploom: launch a<<<ceil_div(rows * cols, 256), 256>>>(")
            + (readsSums ? "y" : "x")
            + ", bias, t, rows * cols, cols)\n"
              "// warploom: launch sums<<<ceil_div(rows, 256), 256>>>(t, y, rows, cols)\n"
              "__device__ float last() { return 2; }\n"
            + map("a",
                  std::string("float* ") + (readsSums ? "y" : "x") + ", const float* bias, float* t, int n, int cols",
                  body)
            + "__global__ void sums(const float* in, float* y, int rows, int cols) {\n"
              "    int r = blockIdx.x * blockDim.x + threadIdx.x;\n"
              "    int last = 0;\n"
              "    if (r >= rows) return;\n"
              "    float sum = 0;\n"
              "    for (int c = 0; c < cols; ++c)\n"
              "        sum += "
            + read + ";\n    y[r] = sum + last;\n}\n";
    }

    static std::string map(const std::string& name, const std::string& parameters, const std::string& body)
    {
        return "__global__ void " + name + "(" + parameters
            + ") {\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i < n) {\n        " + body
            + "\n    }\n}\n";
    }

    /// A number for each element says more of it.
    static std::string maskedPair(const std::string& first, const std::string& second)
    {
        return "// warploom: scratch t f32[n]\n"
               "// warploom: launch a<<<ceil_div(n, 256), 256>>>(x, t, m, z, n)\n"
               "// warploom: launch b<<<ceil_div(n, 256), 256>>>(t, y, m, z, n)\n"
            + map("a", "const float* x, float* t, int* m, float* z, int n", first)
            + map("b", "const float* t, float* y, int* m, float* z, int n", second);
    }

    /// Two kernels: a(x, t, n), and b with the arguments \p call for (t or x, y, n).
    static std::string pair(const std::string& first, const std::string& second, const std::string& scratch = kScratch,
                            const std::string& call = kCall, const std::string& more = "",
                            const std::string& between = "", const std::string& step = "")
    {
        const bool readsInput = call[0] == 'x';
        return scratch + "// warploom: launch a<<<ceil_div(n, 256), 256>>>(x, t, n)\n" + step
            + "// warploom: launch b<<<ceil_div(n, 256), 256>>>(" + call + ")\n" + more
            + map("a", "float* x, float* t, int n", first) + between
            + map("b", readsInput ? "float* x, float* y, int n" : "float* t, float* y, int n", second);
    }
};

QTEST_APPLESS_MAIN(TestFuseLaunches)
#include "tst_FuseLaunches.moc"
