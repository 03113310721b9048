// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestVectorize : public QObject {
    Q_OBJECT

private slots:
    void rowsThatStayWhole()
    {
        const auto made = proposals(heads("y[((b * H + h) * S + s) * D + d] = x[i];"), "vectorize");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "int i = (blockIdx.x * blockDim.x + threadIdx.x) * 4;");
        VERIFY_CONTAINS(made[0].source, "if (D % 4 == 0) {");
        VERIFY_CONTAINS(made[0].source,
                        "*reinterpret_cast<float4*>(&y[((b * H + h) * S + s) * D + d]) = "
                        "*reinterpret_cast<const float4*>(&x[i]);");
        COMPARE_GOLDEN("vectorize-heads", made[0].source);
        QVERIFY(proposals(made[0].source, "vectorize").empty());
    }

    void rowsNotWhole_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("turned") << "y[((b * H + h) * D + d) * S + s] = x[i];";
        QTest::newRow("shifted") << "y[((b * H + h) * S + s) * D + d] = x[i + 1];";
        QTest::newRow("other pitch") << "y[((b * H + h) * S + s) * (D + 1) + d] = x[i];";
        QTest::newRow("gathered") << "y[((b * H + int(x[h])) * S + s) * D + d] = x[i];";
        QTest::newRow("in place") << "x[((b * H + h) * S + s) * D + d] = x[i];";
        QTest::newRow("accumulates") << "y[((b * H + h) * S + s) * D + d] += x[i];";
        QTest::newRow("choice") << "if (h > 0) y[((b * H + h) * S + s) * D + d] = x[i];";
    }
    void rowsNotWhole()
    {
        QFETCH(QString, body);
        // Along each row they may be vectors still, where their places allow it.
        for (const auto& made : proposals(heads(body.toStdString()), "vectorize")) {
            VERIFY_LACKS(made.source, "D % 4 == 0");
            VERIFY_CONTAINS(made.source, "% 16 == 0");
        }
    }

    void map()
    {
        const auto made = proposals(baseline("vector_add"), "vectorize");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "<<<ceil_div(n, 256 * 4), 256>>>");
        VERIFY_CONTAINS(made[0].source, "c_vec[lane] = a_vec[lane] + b_vec[lane];");
        VERIFY_CONTAINS(made[0].source, "if (n - i >= 4) {");
        COMPARE_GOLDEN("vectorize-vector_add", made[0].source);
    }

    void widthsFollowTheWidestType()
    {
        VERIFY_CONTAINS(only(map("double", "y[i] = 2 * x[i];")), "double2");
        const auto half = only("#include <cuda_fp16.h>\n" + map("__half", "y[i] = x[i] * x[i];"));
        VERIFY_CONTAINS(half, "uint4");
        VERIFY_CONTAINS(half, "lane < 8");
    }

    void indexUsedOtherwise()
    {
        VERIFY_CONTAINS(only(map("float", "y[i] = x[i] * i;")), "y_vec[lane] = x_vec[lane] * (i + lane);");
    }

    void gatherStaysScalar() { VERIFY_CONTAINS(only(map("int", "y[i] = x[x[i]];")), "y_vec[lane] = x[x_vec[lane]];"); }

    /// What is read over and over, column by column, where columns are whole vectors.
    void periods()
    {
        const auto text = only(rows("y[i] = x[i] + b[i % m];"));
        VERIFY_CONTAINS(text, "if (n - i >= 4 && m % 4 == 0) {");
        VERIFY_CONTAINS(text, "*reinterpret_cast<float4*>(b_vec) = *reinterpret_cast<const float4*>(&b[i % m]);");
        VERIFY_CONTAINS(text, "y_vec[lane] = x_vec[lane] + b_vec[lane];");
        // Where they are not, a thread still has four elements, not all that follow.
        VERIFY_CONTAINS(text, "for (int i_tail = i; i_tail < n && i_tail - i < 4; ++i_tail) {");
        VERIFY_CONTAINS(text, "y[i_tail] = x[i_tail] + b[i_tail % m];");
        QCOMPARE(errorOf(text), std::string());
        VERIFY_CONTAINS(only(rows("int d = i % m; y[i] = x[i] * b[d] + d;")), "&b[i % m]");
    }

    /// Rows of the grid are rows of the arrays: vectors where these are whole ones.
    void rowsOfTheGrid()
    {
        const auto kernel = [](const std::string& before, const std::string& body) {
            return "// warploom: launch k<<<dim3(ceil_div(n, 128), m), 128>>>(x, y, n, m)\n"
                   "__global__ void k(const float* x, float* y, int n, int m)\n{\n"
                   "    int c = blockIdx.x * blockDim.x + threadIdx.x;\n    "
                + before + "\n    if (c < n)\n        " + body + "\n}\n";
        };
        const auto text = only(kernel("int r = blockIdx.y;", "y[r * n + c] = 2 * x[r * n + c];"));
        VERIFY_CONTAINS(text, "launch k<<<dim3(ceil_div(n, 128 * 4), m), 128>>>");
        VERIFY_CONTAINS(text, "if (n - c >= 4 && n % 4 == 0) {");
        VERIFY_CONTAINS(text, "&x[r * n + c]);");
        VERIFY_CONTAINS(text, "c_tail < n && c_tail - c < 4");
        QCOMPARE(errorOf(text), std::string());
        const auto refuses = [&](const std::string& before, const std::string& body) {
            return proposals(kernel(before, body), "vectorize").empty();
        };
        // Rows of another length, and another element's number.
        QVERIFY(refuses("int r = blockIdx.y;", "y[r * m + c] = 2 * x[r * m + c];"));
        QVERIFY(refuses("int i = blockIdx.y * n + c;", "y[blockIdx.y * n + c] = 2 * x[i];"));
        QVERIFY(refuses("int r = threadIdx.y;", "y[r * n + c] = 2 * x[r * n + c];"));
    }

    /// Rows of threads that stand under each other.
    void blocksOfRows()
    {
        const auto kernel = [](const std::string& body) {
            return "// warploom: launch k<<<dim3(ceil_div(n, 32), ceil_div(m, 8)), dim3(32, 8)>>>(x, y, n, m)\n"
                   "__global__ void k(const float* x, float* y, int n, int m)\n{\n"
                   "    int c = blockIdx.x * blockDim.x + threadIdx.x;\n"
                   "    int r = blockIdx.y * blockDim.y + threadIdx.y;\n    if (c >= n || r >= m)\n        return;\n   "
                   " "
                + body + "\n}\n";
        };
        const auto text = only(kernel("y[r * n + c] = 2 * x[r * n + c] + x[c];"));
        VERIFY_CONTAINS(text, "launch k<<<dim3(ceil_div(n, 32 * 4), ceil_div(m, 8)), dim3(32, 8)>>>");
        VERIFY_CONTAINS(text, "int c = (blockIdx.x * blockDim.x + threadIdx.x) * 4;");
        VERIFY_CONTAINS(text, "int r = blockIdx.y * blockDim.y + threadIdx.y;");
        VERIFY_CONTAINS(text, "if (n - c >= 4 && n % 4 == 0) {");
        const auto refuses = [&](const std::string& body) { return proposals(kernel(body), "vectorize").empty(); };
        // Neighbours lie a column apart: axes are exchanged first.
        VERIFY_CONTAINS(only(kernel("y[c * m + r] = 2 * x[c * m + r];")), "if (m - r >= 4 && m % 4 == 0) {");
        QVERIFY(refuses("y[r * m + c] = 2 * x[r * m + c];"));  // rows of another length
        QVERIFY(refuses("y[r * n + c] = x[r * n + threadIdx.x];"));
        // Four sums one after the other are no gain.
        QVERIFY(refuses("float s = 0; for (int k = 0; k < m; ++k) s = s * c + x[k]; y[r * n + c] = s;"));
    }

    void notPeriods_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("shifted") << "y[i] = x[i] + b[i % m + 1];";
        QTest::newRow("another number") << "y[i] = x[i] + b[(i + 1) % m];";
        QTest::newRow("cut off") << "y[i] = x[i] + b[(unsigned char)i % m];";
        QTest::newRow("cut off after") << "y[i] = x[i] + b[(unsigned char)(i % m)];";
        QTest::newRow("cut off in a variable") << "unsigned char d = i % m; y[i] = x[i] + b[d];";
        QTest::newRow("in some cases") << "y[i] = x[i] > 0 ? b[i % m] : 0;";
        QTest::newRow("by a number") << "y[i] = x[i] + b[i % 6];";
        QTest::newRow("a size that moves") << "m += 1; y[i] = x[i] + b[i % m];";
    }
    void notPeriods()
    {
        QFETCH(QString, body);
        const auto made = proposals(rows(body.toStdString()), "vectorize");
        for (const auto& one : made)
            VERIFY_LACKS(one.source, "b_vec");
    }

    /// Of a member that is stored the others are kept; of what is no index all stays.
    void partsAndCasts()
    {
        VERIFY_CONTAINS(only(map("float2", "y[i].x = x[i].y;")),
                        "*reinterpret_cast<uint4*>(y_vec) = *reinterpret_cast<const uint4*>(&y[i]);");
        VERIFY_CONTAINS(only(map("float", "y[i] = x[i] + x[(unsigned char)i];")),
                        "y_vec[lane] = x_vec[lane] + x[(unsigned char)(i + lane)];");
        VERIFY_CONTAINS(only(map("float", "y[i] = x[i] + x[(int)(i * 0.5f)];")), "+ x[(int)((i + lane) * 0.5f)];");
        QVERIFY(proposals(map("float", "y[(unsigned char)i] = x[i];"), "vectorize").empty());
    }

    void inPlaceLoadsFirst()
    {
        const auto text = only(map("float", "y[i] += x[i];"));
        VERIFY_CONTAINS(text, "*reinterpret_cast<float4*>(y_vec) = *reinterpret_cast<const float4*>(&y[i]);");
        VERIFY_CONTAINS(text, "*reinterpret_cast<float4*>(&y[i]) = *reinterpret_cast<const float4*>(y_vec);");
    }

    void rowLoopsFallBack()
    {
        const auto rows = proposals(baseline("softmax"), "row-per-block").at(0).source;
        const auto made = proposals(rows, "vectorize");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(countOf(made[0].source, "if (cols % 4 == 0) {"), 3);
        QCOMPARE(countOf(made[0].source, "for (int c = threadIdx.x * 4; c < cols; c += blockDim.x * 4) {"), 3);
        COMPARE_GOLDEN("vectorize-softmax-rows", made[0].source);
        QVERIFY(proposals(made[0].source, "vectorize").empty());
    }

    void gridStrideLoop()
    {
        const auto text =
            only("__global__ void k(const float* x, float* y, int n) {\n"
                 "    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x)\n"
                 "        y[i] = x[i];\n}\n");
        VERIFY_CONTAINS(
            text,
            "for (int i = (blockIdx.x * blockDim.x + threadIdx.x) * 4; i < n; i += (blockDim.x * gridDim.x) * 4) {");
        VERIFY_CONTAINS(text, "for (int i_tail = i; i_tail < n; ++i_tail) {");
    }

    /// Elements change threads: what a thread has of its own, set after its declaration, may not go with them.
    void ownValues_data()
    {
        QTest::addColumn<QString>("set");
        QTest::addColumn<bool>("isThere");
        QTest::newRow("by some") << "float v = 1;\n    if (threadIdx.x > 3)\n        v = 2;" << false;
        QTest::newRow("to its own") << "float v = 1;\n    v = threadIdx.x;" << false;
        QTest::newRow("added to, by some") << "float v = 1;\n    if (threadIdx.x > 3)\n        v += m;" << false;
        QTest::newRow("counted") << "float v = 1;\n    for (int i = 0; i < threadIdx.x; ++i)\n        v += 1;" << false;
        QTest::newRow("its own, before") << "float v = threadIdx.x;\n    v += m;" << false;
        QTest::newRow("by all") << "float v = 1;\n    if (m > 3)\n        v = 2;" << true;
        QTest::newRow("by all, in a loop")
            << "float v = 1;\n    for (int i = 0; i < m; ++i)\n        v += w[i];" << true;
        QTest::newRow("worked out together")
            << "float v = threadIdx.x;\n    for (int i = 16; i > 0; i /= 2)\n        v += __shfl_xor_sync(~0u, v, i);"
            << true;
        QTest::newRow("anew, from memory") << "float v = threadIdx.x;\n    v += 3;\n    v = w[m];" << true;
        QTest::newRow("anew, by some") << "float v = threadIdx.x;\n    if (threadIdx.x > 3)\n        v = w[m];"
                                       << false;
        QTest::newRow("anew, from its own") << "float v = 1;\n    v = w[threadIdx.x];" << false;
        QTest::newRow("from what it was") << "float v = threadIdx.x;\n    v = v + w[m];" << false;
        QTest::newRow("worked out together, then its own")
            << "float v = threadIdx.x;\n    v = __shfl_sync(~0u, v, 0);\n    if (threadIdx.x > 3)\n        v = 2;"
            << false;
    }
    void ownValues()
    {
        QFETCH(QString, set);
        QFETCH(bool, isThere);
        const auto source = "// warploom: launch g<<<n, 32>>>(x, y, w, n, m)\n"
                            "__global__ void g(const float* x, float* y, const float* w, int n, int m)\n{\n    "
            + set.toStdString()
            + "\n    for (int c = threadIdx.x; c < m; c += blockDim.x)\n"
              "        y[blockIdx.x * m + c] = x[blockIdx.x * m + c] * v;\n}\n";
        QCOMPARE(errorOf(source), std::string());
        QCOMPARE(!proposals(source, "vectorize").empty(), isThere);
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("source");
        const auto add = [](const char* name, const std::string& source) {
            QTest::newRow(name) << QString::fromStdString(source);
        };
        add("shifted", map("float", "y[i + 1] = x[i + 1];"));
        add("strided", map("float", "y[2 * i] = x[2 * i];"));
        add("reads its neighbour", map("float", "y[i] = y[i + 4] + x[i];"));
        add("returns", map("float", "{ if (x[i] < 0) return; y[i] = x[i]; }"));
        add("barrier", map("float", "{ y[i] = x[i]; __syncthreads(); }"));
        add("vectors already", map("float4", "y[i] = x[i];"));
        add("another start",
            "__global__ void k(const float* x, float* y, int n) { for (int i = 1 + threadIdx.x; i < n; i += "
            "blockDim.x) y[i] = x[i]; }");
        add("read by other threads",
            "__global__ void k(const float* x, float* y, float* z, int n) { for (int i = threadIdx.x; i < n; i += "
            "blockDim.x) y[i] = x[i]; z[threadIdx.x] = y[threadIdx.x]; }");
        add("no launch",
            "__global__ void k(const float* x, float* y, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i "
            "< n) y[i] = x[i]; }");
        add("a parameter is changed", map("float", "{ n += 1; y[i] = x[i] + n; }"));
        add("a function asks for the thread",
            "__device__ int t() { return threadIdx.x; }\n__device__ int u() { return t(); }\n"
                + map("float", "y[i] = x[i] + u();"));
        add("one buffer passed twice",
            "// warploom: launch k<<<ceil_div(n, 128), 128>>>(x, x, n)\n"
                + map("float", "y[i] = x[i];").substr(map("", "").find('\n') + 1));
    }
    void notThere()
    {
        QFETCH(QString, source);
        const auto made = proposals(source.toStdString(), "vectorize");
        QVERIFY2(made.empty(), made.empty() ? "" : made[0].source.c_str());
    }

    /// What threads share a loop for has to be the same whichever of them takes an element.
    void sharedLoops_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("bound");
        QTest::addColumn<QString>("body");
        const QString copy = "y[r * n + j] = x[r * n + j];";
        QTest::newRow("a value of each thread") << "" << "n" << "y[r * n + j] = x[r * n + j] + f[threadIdx.x];";
        QTest::newRow("the same, worked out before")
            << "int t = threadIdx.x; float s = f[t];" << "n" << "y[r * n + j] = x[r * n + j] + s;";
        QTest::newRow("by a function") << "" << "n" << "y[r * n + j] = x[r * n + j] + t();";
        QTest::newRow("only some threads") << "if (threadIdx.x < 32)" << "n" << copy;
        QTest::newRow("threads that left") << "if (threadIdx.x >= 100) return;" << "n" << copy;
        QTest::newRow("ends of their own") << "int e = threadIdx.x < 9 ? n : 0;" << "e"
                                           << "y[16 * r + j] = x[16 * r + j];";
        QTest::newRow("an end that moves") << "int e = n;" << "e" << "if (x[16 * r + j] > 0) e = 0;";
        QTest::newRow("an end that is stored over") << "" << "c[0]" << "c[0] = x[16 * r + j];";
        QTest::newRow("a row that moves") << "int o = 0; float s = 0;" << "n" << "o += 16; s += x[o + j];";
        QTest::newRow("written by each thread itself") << "float s = 0; for (int j = threadIdx.x; j < n; j += "
                                                          "blockDim.x) { y[r * n + j] = 1; if (f[j] > 0) break; }"
                                                       << "n" << "s += y[r * n + j];";
    }
    void sharedLoops()
    {
        QFETCH(QString, before);
        QFETCH(QString, bound);
        QFETCH(QString, body);
        const auto source = [](const QString& first, const QString& end, const QString& inside) {
            return QString("// warploom: launch k<<<m, 128>>>(x, y, f, c, n)\n"
                           "__device__ float t() { return threadIdx.x; }\n"
                           "__global__ void k(const float* x, float* y, const float* f, int* c, int n)\n{\n"
                           "    int r = blockIdx.x;\n    %1\n"
                           "    for (int j = threadIdx.x; j < %2; j += blockDim.x) {\n        %3\n    }\n}\n")
                .arg(first, end, inside)
                .toStdString();
        };
        QCOMPARE(proposals(source("", "n", "y[r * n + j] = x[r * n + j];"), "vectorize").size(), std::size_t{1});
        const auto made = proposals(source(before, bound, body), "vectorize");
        QVERIFY2(made.empty(), made.empty() ? "" : made[0].source.c_str());
    }

    /// What threads of one warp have in common they may use.
    void warpsOfRows()
    {
        VERIFY_CONTAINS(only("// warploom: launch k<<<ceil_div(m, 4), 128>>>(x, y, f, m, n)\n"
                             "__global__ void k(const float* x, float* y, const float* f, int m, int n)\n{\n"
                             "    int lane = threadIdx.x & 31;\n"
                             "    int r = blockIdx.x * 4 + threadIdx.x / 32;\n    if (r >= m)\n        return;\n"
                             "    for (int j = lane; j < n; j += 32)\n"
                             "        y[r * n + j] = x[r * n + j] * f[r];\n}\n"),
                        "y_vec[lane_2] = x_vec[lane_2] * f[r];");
    }

    void boundsAndGrids()
    {
        const auto shift =
            only(QString::fromStdString(map("float", "y[i] = x[i];")).replace("i < n", "i < n >> 1").toStdString());
        VERIFY_CONTAINS(shift, "if ((n >> 1) - i >= 4) {");
        const auto dim3 = only(QString::fromStdString(map("float", "y[i] = x[i];"))
                                   .replace("<<<ceil_div(n, 128), 128>>>", "<<<dim3(ceil_div(n, 128)), dim3(128)>>>")
                                   .toStdString());
        VERIFY_CONTAINS(dim3, "<<<dim3(ceil_div(n, 128 * 4)), dim3(128)>>>");
    }

    /// Rows as long as a product, walked by a nest, at places that the body gives names.
    void nestsOfRows()
    {
        const auto source = [](const QString& place) {
            return "// warploom: launch k<<<rows, 32>>>(x, y, h, w)\n"
                   "__global__ void k(const float* x, float* y, int h, int w)\n{\n    int r = blockIdx.x;\n"
                   "    const float* in = x + size_t(r) * (h * w);\n    float s = 0;\n    int all = h * w;\n"
                   "    for (int i = threadIdx.x; i < all; i += blockDim.x)\n        s += in[i];\n    s = "
                   "__shfl_sync(~0u, s, 0);\n"
                   "    for (int a = 0; a < h; ++a)\n        for (int b = threadIdx.x; b < w; b += blockDim.x) {\n"
                   "            int at = "
                + place.toStdString()
                + ";\n            const float* from = in + at;\n"
                  "            y[r * h * w + at] = *from + s;\n        }\n}\n";
        };
        const auto made = proposals(source("a * w + b"), "vectorize");
        QCOMPARE(made.size(), std::size_t{1});
        const auto& text = made[0].source;
        VERIFY_CONTAINS(text, "if (all % 4 == 0)");
        VERIFY_CONTAINS(text, "if (w % 4 == 0)");
        VERIFY_CONTAINS(text, "reinterpret_cast<const float4*>(&in[i])");
        VERIFY_CONTAINS(text, "(&y[r * h * w + (a * w + b)]) = ");
        // Once for what is not aligned.
        QCOMPARE(countOf(text, "int at = a * w + b;"), 1);
        QCOMPARE(errorOf(text), std::string());
        auto sums = source("a * w + b");
        sums.replace(sums.find("h * w)"), 5, "h + w");
        sums.replace(sums.find("i < all"), 7, "i < h + w");
        VERIFY_CONTAINS(proposals(sums, "vectorize").at(0).source, "if ((h + w) % 4 == 0)");
        // Where rounds overlap, threads would write what others read or write.
        for (const char* place : {"a + b", "a * h + b", "a * w + b * 2", "a * w + b + int(x[a])"})
            QCOMPARE(countOf(proposals(source(place), "vectorize").at(0).source, "&y["), 0);
    }

    /// Rows that are timed with a length that is no whole number of vectors: from their first boundary on.
    void oddRows()
    {
        const auto source = row("s += x[r * n + j];", "atomicAdd(y + r, s);");
        const auto text = onlyTimed(source, {50257});
        VERIFY_CONTAINS(text,
                        "const int j_head = min(int(-reinterpret_cast<unsigned long long>(&x[r * n]) % 16 / 4), n);");
        VERIFY_CONTAINS(text, "const int j_whole = (n - j_head) / 4 * 4;");
        VERIFY_CONTAINS(text, "for (int j = j_head + threadIdx.x * 4; j < j_head + j_whole; j += blockDim.x * 4) {");
        VERIFY_CONTAINS(text, "for (int j_edge = threadIdx.x; j_edge < n - j_whole; j_edge += blockDim.x) {");
        VERIFY_CONTAINS(text, "const int j = j_edge < j_head ? j_edge : j_edge + j_whole;");
        VERIFY_LACKS(text, "n % 4 == 0");
        QCOMPARE(errorOf(text), std::string());
        QVERIFY(timed(text, {50257}).empty());
        // One that is aligned takes part in the same code; where all are, or none is known, there is no head.
        QCOMPARE(onlyTimed(source, {32000, 50257}), text);
        for (const auto& sizes : {std::vector<std::int64_t>{32000}, std::vector<std::int64_t>{}}) {
            const auto even = onlyTimed(source, sizes);
            VERIFY_CONTAINS(even, "if (n % 4 == 0) {");
            VERIFY_LACKS(even, "j_head");
        }
    }

    /// The rows' first elements as the kernel names them.
    void oddRowsByAnyName_data()
    {
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("start");
        QTest::newRow("pointer") << "in[j]" << "(in)";
        QTest::newRow("dereferenced") << "*(in + j)" << "((in + 0))";
        QTest::newRow("column first") << "x[j + r * n]" << "(&x[r * n])";
        QTest::newRow("shifted") << "x[r * n + j + 3]" << "(&x[r * n + 0 + 3])";
        QTest::newRow("another pitch") << "x[r * (n + 1) + j]" << "(&x[r * (n + 1)])";
        QTest::newRow("where data says") << "x[o + j]" << "(&x[o])";
    }
    void oddRowsByAnyName()
    {
        QFETCH(QString, value);
        QFETCH(QString, start);
        const auto text = onlyTimed(row("s += " + value.toStdString() + ";", "atomicAdd(y + r, s);"), {50257});
        VERIFY_CONTAINS(text, "-reinterpret_cast<unsigned long long>" + start.toStdString() + " % 16 / 4");
        VERIFY_CONTAINS(text, "s += x_vec[lane];");
        QCOMPARE(errorOf(text), std::string());
    }

    /// Loops over the same rows find their boundary once; stores are aligned as the loads are.
    void oddRowsOfSeveralLoops()
    {
        const auto rows = proposals(baseline("softmax"), "row-per-block").at(0).source;
        const auto made = timedAs(rows, {{"rows", {4096}}, {"cols", {50257}}});
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(countOf(made[0].source, "const int c_head"), 1);
        QCOMPARE(countOf(made[0].source, "for (int c = c_head + threadIdx.x * 4;"), 3);
        VERIFY_CONTAINS(made[0].source, "*reinterpret_cast<float4*>(&out[c]) = ");
        COMPARE_GOLDEN("vectorize-softmax-odd-rows", made[0].source);
        // Another end is another number of vectors.
        const auto apart = onlyTimed(
            row("s += x[r * n + j];", "for (int j = threadIdx.x; j < n - 1; j += blockDim.x) s += x[r * n + j];"),
            {50257});
        VERIFY_CONTAINS(apart, "const int j_whole_2 = ((n - 1) - j_head_2) / 4 * 4;");
        QCOMPARE(errorOf(apart), std::string());
    }

    /// Narrower elements are on boundaries of their own vectors where the widest are.
    void oddRowsOfTwoTypes()
    {
        const auto text = onlyTimed("// warploom: launch k<<<m, 128>>>(x, y, m, n)\n#include <cuda_bf16.h>\n"
                                    "__global__ void k(const __nv_bfloat16* x, float* y, int m, int n)\n{\n"
                                    "    int r = blockIdx.x;\n"
                                    "    for (int j = threadIdx.x; j < n; j += blockDim.x)\n"
                                    "        y[r * n + j] = __bfloat162float(x[r * n + j]);\n}\n",
                                    {50257});
        VERIFY_CONTAINS(text, "(&y[r * n]) % 16 / 4");
        VERIFY_CONTAINS(text, "*reinterpret_cast<uint2*>(x_vec) = *reinterpret_cast<const uint2*>(&x[r * n + j]);");
    }

    /// What is aligned elsewhere stays single there, and keeps its vectors where rows are aligned.
    void oddRowsWithWeights()
    {
        const auto source = row("y[r * n + j] = x[r * n + j] * f[j];", "");
        const auto text = onlyTimed(source, {50257});
        VERIFY_CONTAINS(text, "if (n % 4 == 0) {");
        VERIFY_CONTAINS(text, "y_vec[lane] = x_vec[lane] * f_vec[lane];");
        VERIFY_CONTAINS(text, "y_vec[lane] = x_vec[lane] * f[(j + lane)];");
        QCOMPARE(countOf(text, "const int j_head"), 1);
        QCOMPARE(errorOf(text), std::string());
        QVERIFY(timed(text, {50257}).empty());
    }

    /// Columns are what they are: places of extrema and comparisons go by them.
    void oddRowsKnowTheirColumns()
    {
        const auto text = onlyTimed(row("float v = x[r * n + j]; if (j == o) s += v;", "y[r] = s;"), {50257});
        VERIFY_CONTAINS(text, "if ((j + lane) == o) s += v;");
        VERIFY_CONTAINS(text, "        float v = x[r * n + j]; if (j == o) s += v;");
    }

    /// Of equals the first is kept: what stands before the vectors is read before them.
    void oddRowsInOrder()
    {
        const auto text = onlyTimed(row("float v = x[r * n + j]; if (v > s) { s = v; o = j; }", "y[r] = o;"), {50257});
        const auto head = text.find("for (int j = threadIdx.x; j < j_head; j += blockDim.x) {");
        const auto vectors = text.find("for (int j = j_head + threadIdx.x * 4; j < j_head + j_whole;");
        const auto tail = text.find("for (int j = j_head + j_whole + threadIdx.x; j < n; j += blockDim.x) {");
        QVERIFY2(head < vectors && vectors < tail && tail != std::string::npos, text.c_str());
        QCOMPARE(errorOf(text), std::string());
        QVERIFY(timed(text, {50257}).empty());
    }

    void notOddRows_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("in place, shifted") << "y[r * n + j] = y[r * n + j + 1];";
        QTest::newRow("strided") << "y[r * n + 2 * j] = x[r * n + 2 * j];";
        QTest::newRow("where each thread says") << "s += x[p + j];";
        QTest::newRow("by its column") << "int k = j > 5 ? 1 : 0; s += x[r * n + k * 16 + j];";
        QTest::newRow("by its column, in vectors") << "int k = j > 5 ? 1 : 0; s += x[k * 16 + j];";
    }
    void notOddRows()
    {
        QFETCH(QString, body);
        const auto made = timed(row(body.toStdString(), "y[r] += s;"), {50257});
        QVERIFY2(made.empty(), made.empty() ? "" : made[0].source.c_str());
    }

    /// What starts elsewhere than what is stored stays single.
    void oddRowsThatStartApart()
    {
        const auto text = onlyTimed(row("y[r * n + j + 1] = x[r * n + j];", ""), {50257});
        VERIFY_CONTAINS(text, "(&y[r * n + 0 + 1]) % 16 / 4");
        VERIFY_CONTAINS(text, "y_vec[lane] = x[r * n + (j + lane)];");
        QCOMPARE(errorOf(text), std::string());
    }

    /// Two loops that hand elements on to each other need the same owners.
    void oddRowsThatChangeHands()
    {
        const auto between = [](const std::string& first, const std::string& second) {
            return row("y[r * n + j] = x[r * n + j];",
                       first + "for (int j = threadIdx.x; j < n; j += blockDim.x) y[" + second + " + j] += 1;");
        };
        VERIFY_CONTAINS(onlyTimed(between("", "r * n"), {50257}), "j_head");
        QVERIFY(timed(between("", "r * n + 1"), {50257}).empty());
        VERIFY_LACKS(onlyTimed(between("r += 1;", "r * n"), {50257}), "j_head");
        // Where it matters in which order a thread reads, others have the last elements.
        QVERIFY(
            timed(row("y[r * n + j] = x[r * n + j];",
                      "for (int j = threadIdx.x; j < n; j += blockDim.x) { float v = y[r * n + j]; if (v > s) { s = "
                      "v; o = j; } }"),
                  {50257})
                .empty());
    }

    /// A loop that stands alone in another one gets a block for what it declares.
    void oddRowsInANest()
    {
        const auto text = onlyTimed(row("s += x[r * n + j];",
                                        "for (int a = 0; a < 3; ++a)\n        for (int j = threadIdx.x; j < n; j += "
                                        "blockDim.x)\n            s += x[(r + a) * n + j];"),
                                    {50257});
        VERIFY_CONTAINS(text, "(&x[(r + a) * n])");
        QCOMPARE(errorOf(text), std::string());
    }

    /// Loops down the columns take a vector of each row.
    void columnsOfRows()
    {
        const auto made = only(columns("    for (int j = 0; j < m; ++j) {\n        const float w = f[j];\n"
                                       "        if (c[j] != 0) {\n            sum += w * x[size_t(j) * n + i];\n"
                                       "            count++;\n        }\n    }\n    y[i] = sum / max(count, 1);\n"));
        VERIFY_CONTAINS(made, "const int first = (blockIdx.x * blockDim.x + threadIdx.x) * OUTPUTS;");
        VERIFY_CONTAINS(made, "if (first >= n)");
        VERIFY_CONTAINS(made, "#pragma unroll 4\n    for (int j = 0; j < m; ++j) {");
        VERIFY_CONTAINS(made, "copyWide<OUTPUTS * 4>(line, placeOf(0));");
        VERIFY_CONTAINS(made, "sum_of[output] += w * line[output];");
        VERIFY_CONTAINS(made, "count_of[output]++;");
        VERIFY_CONTAINS(made, "stored[output] = sum / max(count, 1);");
        VERIFY_CONTAINS(made, "dim3(ceil_div(ceil_div(n, 128), OUTPUTS), 3), 128");
        // Rows that memory tells, windows of several rows.
        VERIFY_CONTAINS(only(columns("    for (int j = 0; j < m; ++j)\n        sum = fmaxf(sum, x[c[j] * n + i]);\n"
                                     "    y[i] = sum;\n")),
                        "return &x[c[j] * n + i];");
        VERIFY_CONTAINS(only(columns("    for (int p = 0; p < 3; ++p)\n        for (int q = 0; q < 3; ++q)\n"
                                     "            if (p + q < m)\n                sum += x[(p * 3 + q) * n + i];\n"
                                     "    y[i] = sum;\n")),
                        "sum_of[output] += line[output];");
    }

    void notColumnsOfRows_data()
    {
        QTest::addColumn<QString>("body");
        const auto loop = [](const char* name, const char* round) {
            QTest::newRow(name)
                << QString("    for (int j = 0; j < m; ++j) {\n        %1\n    }\n    y[i] = sum;\n").arg(round);
        };
        loop("along rows", "sum += x[i * m + j];");
        loop("longer for some", "for (int k = 0; k < i; ++k) sum += x[k * n + i];");
        loop("some columns only", "if (i > j) sum += x[j * n + i];");
        loop("at times", "if (sum < 3) sum += x[j * n + i];");
        loop("where its sum says", "sum += x[int(sum) * n + i];");
        loop("where it was told on the way", "int k = c[i]; sum += x[k * n + i];");
        loop("stores on the way", "sum += x[j * n + i]; y[j * n + i] = sum;");
        loop("ends early", "sum += x[j * n + i]; if (sum > 3) break;");
        loop("no columns", "sum += x[j];");
    }
    void notColumnsOfRows()
    {
        QFETCH(QString, body);
        // Its stores may become vectors all the same.
        for (const auto& made : proposals(columns(body.toStdString()), "vectorize"))
            VERIFY_LACKS(made.source, "OUTPUTS");
    }

    /// Two places a thread, in rows that a remainder tells apart.
    void rowsOfAMap()
    {
        const auto made = only(pairs("    float low = x[at * d + c];\n    float high = x[at * d + c + half];\n"
                                     "    x[at * d + c] = low - high;\n    x[at * d + c + half] = low + high;\n"));
        VERIFY_CONTAINS(made, "const int row = item / groups;");
        VERIFY_CONTAINS(made, "float low = line[output];");
        VERIFY_CONTAINS(made, "float high = line_2[output];");
        VERIFY_CONTAINS(made, "stored[output] = low - high;");
        VERIFY_CONTAINS(made, "copyWide<OUTPUTS * 4>(&placeOf(0), stored_2);");
        VERIFY_CONTAINS(made, "// warploom: tune OUTPUTS = 4 2 8");
        VERIFY_CONTAINS(made, "ceil_div(ceil_div((m * half), half) * ceil_div(half, OUTPUTS), 128)");
        // Values without a name, of arrays that nothing is stored to.
        VERIFY_CONTAINS(only(pairs("    y[at * d + c] = x[c] * x[at * d + c + half];\n")),
                        "stored[output] = line[output] * line_2[output];");
        // Blocks of half a row.
        const auto blocks = only("// warploom: launch k<<<dim3(s, m), d / 2>>>(x, s, m, d)\n"
                                 "__global__ void k(float* x, int s, int m, int d)\n{\n"
                                 "    int c = threadIdx.x;\n    float* row = x + (blockIdx.y * s + blockIdx.x) * d;\n"
                                 "    float low = row[c], high = row[c + d / 2];\n"
                                 "    row[c] = low - high;\n    row[c + d / 2] = low + high;\n}\n");
        VERIFY_CONTAINS(blocks, "float high = line_2[output];");
        VERIFY_CONTAINS(blocks, "groups = ((d / 2) + OUTPUTS - 1) / OUTPUTS;");
    }

    void notRowsOfAMap_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("loads after a store") << "    x[at * d + c] = 1;\n    x[at * d + c + half] = x[at * d + c];\n";
        QTest::newRow("loads another's") << "    float low = x[at * d + half - c];\n    x[at * d + c] = low;\n";
        QTest::newRow("loads at times") << "    float low = c > 3 ? x[at * d + c] : 0;\n    y[at * d + c] = low;\n";
        QTest::newRow("stores at times") << "    float low = x[at * d + c];\n    if (low > 0) y[at * d + c] = low;\n";
        QTest::newRow("adds") << "    float low = x[at * d + c];\n    atomicAdd(&y[at * d + c], low);\n";
        QTest::newRow("one of two") << "    float low = x[at * d + 2 * c];\n    y[at * d + c] = low;\n";
        QTest::newRow("stores every other") << "    float low = x[at * d + c];\n    y[at * d + 2 * c] = low;\n";
        QTest::newRow("what it stores for all") << "    float low = x[0] + x[at * d + c];\n    x[at * d + c] = low;\n";
        QTest::newRow("where memory says") << "    float low = y[int(x[at * d + c])];\n    y[at * d + c] = low;\n";
    }
    void notRowsOfAMap()
    {
        QFETCH(QString, body);
        QVERIFY(proposals(pairs(body.toStdString()), "vectorize").empty());
    }

    void nothingTwice()
    {
        QVERIFY(proposals(proposals(baseline("vector_add"), "vectorize").at(0).source, "vectorize").empty());
    }

private:
    /// A column a thread.
    static std::string columns(const std::string& body)
    {
        return "// warploom: launch k<<<dim3(ceil_div(n, 128), 3), 128>>>(x, y, f, c, n, m)\n"
               "__global__ void k(const float* x, float* y, const float* f, const int* c, int n, int m)\n{\n"
               "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n)\n        return;\n"
               "    float sum = 0;\n    int count = 0;\n"
            + body + "}\n";
    }

    /// Rows of d, of which each thread has two columns.
    static std::string pairs(const std::string& body)
    {
        return "// warploom: launch k<<<ceil_div(m * half, 128), 128>>>(x, y, m, d, half)\n"
               "__global__ void k(float* x, float* y, int m, int d, int half)\n{\n"
               "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= m * half)\n        return;\n"
               "    int c = i % half;\n    int at = i / half;\n"
            + body + "}\n";
    }

    static std::string heads(const std::string& body)
    {
        return "// warploom: launch k<<<ceil_div(B * S * H * D, 256), 256>>>(x, y, B * S * H * D, S, H, D)\n"
               "__global__ void k(float* x, float* y, int n, int S, int H, int D) {\n"
               "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n) return;\n"
               "    int d = i % D;\n    int h = i / D % H;\n    int s = i / (D * H) % S;\n"
               "    int b = i / (D * H * S);\n    "
            + body + "\n}\n";
    }

    static std::string map(const std::string& type, const std::string& body)
    {
        return "// warploom: launch k<<<ceil_div(n, 128), 128>>>(x, y, n)\n__global__ void k(const " + type + "* x, "
            + type + "* y, int n)\n{\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i < n)\n        "
            + body + "\n}\n";
    }

    static std::string rows(const std::string& body)
    {
        return "// warploom: launch k<<<ceil_div(n, 128), 128>>>(x, b, y, n, m)\n__global__ void k(const float* x, "
               "const "
               "float* b, float* y, int n, int m)\n{\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= "
               "n)\n        return;\n    "
            + body + "\n}\n";
    }

    /// A block's row of x: \p body for each column j, then \p after.
    static std::string row(const std::string& body, const std::string& after)
    {
        return "// warploom: launch k<<<m, 128>>>(x, y, f, c, m, n)\n"
               "__global__ void k(const float* x, float* y, const float* f, const int* c, int m, int n)\n{\n"
               "    int r = blockIdx.x;\n    const float* in = x + r * n;\n    int o = c[r];\n"
               "    float s = 0;\n    int p = 0;\n    if (threadIdx.x > 5) p = 3;\n    for (int j = threadIdx.x; j < "
               "n; j += blockDim.x) {\n        "
            + body + "\n    }\n    " + after + "\n}\n";
    }

    using Sizes = std::map<std::string, std::vector<std::int64_t>>;
    static std::vector<MoveProposal> timedAs(const std::string& source, const Sizes& sizes)
    {
        MoveRequest request{source, "test.cu", {"vectorize"}, {}, {}};
        request.timeSizes = sizes;
        const auto answer = proposeMoves(request);
        if (!answer)
            qFatal("%s\n%s", answer.error().toString().c_str(), source.c_str());
        return answer->proposals;
    }
    /// Where rows are timed with these numbers of columns.
    static std::vector<MoveProposal> timed(const std::string& source, const std::vector<std::int64_t>& columns)
    {
        return timedAs(source, {{"m", std::vector<std::int64_t>(columns.size(), 100)}, {"n", columns}});
    }
    static std::string onlyTimed(const std::string& source, const std::vector<std::int64_t>& columns)
    {
        const auto made = timed(source, columns);
        return made.size() == 1 ? made[0].source : "expected one proposal, got " + std::to_string(made.size());
    }

    static std::string only(const std::string& source)
    {
        const auto made = proposals(source, "vectorize");
        return made.size() == 1 ? made[0].source : "expected one proposal, got " + std::to_string(made.size());
    }
};

QTEST_APPLESS_MAIN(TestVectorize)
#include "tst_Vectorize.moc"
