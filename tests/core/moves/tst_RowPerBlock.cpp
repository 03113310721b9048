// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestRowPerBlock : public QObject {
    Q_OBJECT

private slots:
    /// Segments of a few elements keep a thread each, at sizes where they are so on average.
    void exceptShortRows()
    {
        const std::vector<BufferFact> buffers = {{"values", "f32", "in", {"elements"}},
                                                 {"offsets", "i32", "in", {"segments + 1"}},
                                                 {"sums", "f32", "out", {"segments"}}};
        const auto made = proposals(baseline("segmented_reduce"), "row-per-block", buffers);
        QCOMPARE(made.size(), std::size_t{4});
        const auto& source = made[3].source;
        VERIFY_CONTAINS(source, "// warploom: launch add_segments_short<<<");
        VERIFY_CONTAINS(source, " when (elements) < SHORT_ROW * (segments)\n");
        VERIFY_CONTAINS(source, " when !((elements) < SHORT_ROW * (segments))\n");
        QCOMPARE(errorOf(source), std::string());
        COMPARE_GOLDEN("row-per-block-except-short", source);
        // Without the shape nobody knows how long they are.
        QCOMPARE(proposals(baseline("segmented_reduce"), "row-per-block").size(), std::size_t{3});
        auto conditional = baseline("segmented_reduce");
        conditional.insert(conditional.find('\n', conditional.find("warploom: launch")), " when segments > 1");
        QCOMPARE(proposals(conditional, "row-per-block", buffers).size(), std::size_t{3});
    }

    /// Rows that leave early leave as a whole: what decides it is the same for all of their threads.
    void rowsThatLeaveEarly()
    {
        const auto made = proposals(masked("if (o[r] == 0) return;\n    " + kSum), "row-per-block");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "    if (o[r] == 0) return;\n    float s = 0;");
        VERIFY_CONTAINS(made[0].source, "s = blockSum(s);");
        VERIFY_CONTAINS(made[1].source, "s = warpSum(s);");
        VERIFY_LACKS(made[1].source, "__syncthreads");
        const auto stored = proposals(
            masked("if (o[r] == 0) {\n        y[r] = 0.0f;\n        return;\n    }\n    " + kSum), "row-per-block");
        QCOMPARE(stored.size(), std::size_t{2});
        VERIFY_CONTAINS(stored[0].source, "        if (threadIdx.x == 0)\n            y[r] = 0.0f;\n        return;");
        VERIFY_CONTAINS(stored[1].source,
                        "        if (threadIdx.x % 32 == 0)\n            y[r] = 0.0f;\n        return;");
        for (const auto& one : stored)
            QCOMPARE(errorOf(one.source), std::string());
    }

    /// A row that is left may be filled by its threads; nobody waits there for threads that go on.
    void rowsThatAreFilledAndLeft()
    {
        const auto made = proposals(
            masked("if (o[r] == 0) {\n        for (int c = 0; c < cols; ++c)\n            y[r * cols + c] = 0.0f;\n    "
                   "    return;\n    }\n    "
                       + kSum
                       + "\n    for (int c = 0; c < cols; ++c)\n        y[r * cols + c] = "
                         "x[r * cols + c] * s;",
                   false),
            "row-per-block");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source,
                        "        for (int c = threadIdx.x; c < cols; c += blockDim.x)\n            y[r * cols + c] = "
                        "0.0f;\n        return;");
        VERIFY_LACKS(made[1].source, "__syncwarp");
    }

    void rowsThatLeaveLater()
    {
        const auto made = proposals(
            masked(
                "int first = o[r];\n    if (first < 0 || o[r + 1] == first) return;\n    " + kSum
                    + "\n    if (s == 0.0f) { y[r] = 1; return; }\n    for (int c = 0; c < cols; ++c) x[r * cols + c] "
                      "/= s;",
                true, "float* x"),
            "row-per-block");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "if (s == 0.0f) { if (threadIdx.x == 0)");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void rowsWhoseThreadsWouldPart_data()
    {
        QTest::addColumn<std::string>("exit");
        const auto add = [](const char* name, const std::string& exit) { QTest::newRow(name) << exit; };
        add("on what the row gets", "if (y[r] == 0) return;");
        add("on what the row gets before it is left", "if (y[r] == 0) { y[r] = 1; return; }");
        add("on what an addition gives", "if (atomicAdd(&y[r], 1.0f) > 0) return;");
        add("on the thread's number in its block", "if (threadIdx.x == 3) return;");
        add("on a vote", "if (__any_sync(0xffffffffu, o[r] == 0)) return;");
        add("on what it counts", "int k = 0;\n    if (k++ == o[r]) return;");
        add("on a pointer that may be anywhere", "if (*reinterpret_cast<const int* const*>(o)[r] == 0) return;");
        add("with another way", "if (o[r] == 0) return; else y[r] = 2;");
        add("on what only this row's condition declares", "if (int k = o[r]) return;");
        add("from the midst of a choice", "if (o[r] == 0) { if (o[r + 1] == 0) return; y[r] = 0; return; }");
        add("from a loop", "for (int c = 0; c < cols; ++c) if (x[r * cols + c] < 0) return;");
        add("with two stores that others read",
            "if (o[r] == 0) { y[r] = 1; for (int c = 0; c < cols; ++c) y[r * cols + c] += "
            "1; return; }");
        add("with a sum",
            "if (o[r] == 0) { float t = 0; for (int c = 0; c < cols; ++c) t += x[r * cols + c]; y[r] = t; "
            "return; }");
        add("with a barrier", "if (o[r] == 0) { __syncthreads(); return; }");
    }
    void rowsWhoseThreadsWouldPart()
    {
        QFETCH(std::string, exit);
        QVERIFY(proposals(masked(exit + "\n    " + kSum), "row-per-block").empty());
    }

    /// What two parameters of one buffer say of each other nobody knows.
    void masksThatAreWritten()
    {
        auto source = masked("if (o[r] == 0) return;\n    " + kSum);
        source.replace(source.find("(x, y, o,"), 9, "(x, o, o,");
        QVERIFY(proposals(source, "row-per-block").empty());
    }

    /// Threads of a warp that have columns of their own do not leave together.
    void columnsDoNotLeave()
    {
        const std::string column = "float s = 0; for (int c = 0; c < cols; ++c) s += x[c * rows + r]; y[r] = s;";
        QVERIFY(!proposals(masked(column), "share-columns").empty());
        QVERIFY(proposals(masked("if (o[r] == 0) return;\n    " + column), "share-columns").empty());
    }

    /// What a later kernel has been given is called by an earlier one too.
    void functionsOfLaterKernels()
    {
        auto second = kernel(kSum);
        second.replace(second.find("k<<<"), 1, "l");
        second.replace(second.find("void k("), 6, "void l");
        const auto line = second.find("__global__");
        const auto both =
            kernel(kSum).insert(kernel(kSum).find("__global__"), second.substr(0, line)) + second.substr(line);
        const auto later = proposals(both, "row-per-block");
        QCOMPARE(later.size(), std::size_t{4});
        VERIFY_CONTAINS(later[2].title, " in l");
        const auto made = proposals(later[2].source, "row-per-block");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source,
                        "static __device__ __forceinline__ float blockSum(float value);\n\n__global__ void k(");
        QCOMPARE(countOf(made[0].source, "float blockSum(float value)\n"), 1);
        QCOMPARE(countOf(made[1].source, "blockSum(float value);"), 0);
    }

    void softmaxByBlock()
    {
        const auto made = proposals(baseline("softmax"), "row-per-block");
        QCOMPARE(made.size(), std::size_t{2});
        const auto& text = made[0].source;
        VERIFY_CONTAINS(text, "launch softmax_rows<<<rows, BLOCK>>>(x, y, rows, cols)");
        VERIFY_CONTAINS(text, "int row = blockIdx.x;");
        // The maximum may fold the first column again, so that rows stay aligned.
        VERIFY_CONTAINS(text,
                        "for (int c = threadIdx.x; c < cols; c += blockDim.x)\n        largest = fmaxf(largest, "
                        "in[c]);\n    largest = blockMax(largest);");
        VERIFY_CONTAINS(text, "sum = blockSum(sum);");
        COMPARE_GOLDEN("row-per-block-softmax", text);
    }

    void softmaxByWarp()
    {
        const auto text = proposals(baseline("softmax"), "row-per-block").at(1).source;
        VERIFY_CONTAINS(text, "<<<ceil_div(rows, BLOCK / 32), BLOCK>>>");
        VERIFY_CONTAINS(text, "c = threadIdx.x % 32; c < cols; c += 32");
        VERIFY_CONTAINS(text, "largest = warpMax(largest);");
        VERIFY_LACKS(text, "__syncthreads");
    }

    void layernorm()
    {
        const auto text = proposals(baseline("layernorm"), "row-per-block").at(0).source;
        QCOMPARE(countOf(text, "= blockSum("), 2);
        QCOMPARE(countOf(text, "float blockSum(float value)"), 1);
        VERIFY_CONTAINS(text, "float mean = sum / cols;");
        COMPARE_GOLDEN("row-per-block-layernorm", text);
    }

    void effectsHappenOnce()
    {
        const auto made = proposals(
            kernel("float s = 0; for (int c = 0; c < cols; ++c) s += x[r * cols + c]; y[r] += s;"), "row-per-block");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "if (threadIdx.x == 0)\n        y[r] += s;");
        VERIFY_CONTAINS(made[1].source, "if (threadIdx.x % 32 == 0)\n        y[r] += s;");
    }

    void rewrittenRowsAreWaitedFor()
    {
        const auto made = proposals(kernel("for (int c = 0; c < cols; ++c) y[r * cols + c] = x[r * cols + c];\n"
                                           "    for (int c = 0; c < cols; ++c) y[r * cols + c] *= 2;"),
                                    "row-per-block");
        QCOMPARE(made.size(), std::size_t{2});
        QCOMPARE(countOf(made[0].source, "__syncthreads();"), 1);
        QCOMPARE(countOf(made[1].source, "__syncwarp();"), 1);
    }

    void extremaInOtherWords()
    {
        const auto made = proposals(
            kernel("float m = -1e30f; for (int c = 0; c < cols; ++c) { float v = x[r * cols + c]; if (v > m) m = v; }\n"
                   "    float l = 1e30f; for (int c = 0; c < cols; ++c) l = x[r * cols + c] < l ? x[r * cols + c] : "
                   "l;\n    y[r] = m - l;"),
            "row-per-block");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "m = blockMax(m);");
        VERIFY_CONTAINS(made[0].source, "l = blockMin(l);");
    }

    void placesOfExtrema()
    {
        const auto made = proposals(baseline("argmax"), "row-per-block");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "float best_value = in[best];\n    blockFirstMax(best_value, best);");
        VERIFY_CONTAINS(made[1].source, "warpFirstMax(best_value, best);");
        VERIFY_CONTAINS(made[0].source, "if (threadIdx.x == 0)\n        index[row] = best;");
        COMPARE_GOLDEN("row-per-block-argmax", made[0].source);
        for (const auto& one : made)
            QCOMPARE(errorOf(one.source), std::string());
    }

    /// Of rows of 128 elements, a warp would do little before it reduces what it found.
    void shortRows()
    {
        MoveRequest request{baseline("argmax"), "test.cu", {"row-per-block"}, {}, {}};
        request.timeSizes = {{"rows", {8192, 1'048'576}}, {"cols", {32000, 128}}};
        const auto made = proposeMoves(request);
        QVERIFY(made.has_value());
        QCOMPARE(made->proposals.size(), std::size_t{3});
        COMPARE_GOLDEN("row-per-block-argmax-lanes", made->proposals[2].source);
        const auto kept = proposals(made->proposals[2].source, "keep-extremum");
        QCOMPARE(kept.size(), std::size_t{1});
        const auto both = proposals(kept[0].source, "vectorize");
        QCOMPARE(both.size(), std::size_t{1});
        VERIFY_CONTAINS(both[0].source, "c += GROUP * 4");
        // Lanes that take other steps than they are leave gaps.
        auto gaps = kept[0].source;
        gaps.replace(gaps.find("c += GROUP"), 10, "c += 32");
        QVERIFY(proposals(gaps, "vectorize").empty());
        request.timeSizes = {{"rows", {8192, 1'048'576}}, {"cols", {32000, 257}}};
        const auto longer = proposeMoves(request);
        QVERIFY(longer.has_value());
        QCOMPARE(longer->proposals.size(), std::size_t{2});
    }

    void placesWithTheirValues()
    {
        const std::string source =
            "// warploom: launch k<<<ceil_div(rows, 128), 128>>>(x, y, z, rows, cols)\n"
            "__global__ void k(const float* x, int* y, float* z, int rows, int cols) {\n"
            "    int r = blockIdx.x * blockDim.x + threadIdx.x;\n    if (r >= rows) return;\n"
            "    float low = 1e30f; int at = 0;\n"
            "    for (int c = 0; c < cols; ++c) { if (x[r * cols + c] < low) { low = x[r * cols + c]; "
            "at = c; } }\n    y[r] = at;\n    z[r] = low;\n}\n";
        const auto made = proposals(source, "row-per-block");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "blockFirstMin(low, at);");
        // The last of equals is something else.
        auto last = source;
        last.replace(last.find("< low"), 5, "<= low");
        QVERIFY(proposals(last, "row-per-block").empty());
        // A place from elsewhere stays where nothing is below what all begin with.
        auto none = source;
        none.replace(none.find("int at = 0"), 10, "int at = -1");
        QCOMPARE(proposals(none, "row-per-block").size(), std::size_t{2});
    }

    void severalPlaces_data()
    {
        QTest::addColumn<QString>("body");
        QTest::addColumn<bool>("isKnown");
        const char* start = "float l = 1e30f, m = -1e30f; int p = cols, q = cols; for (int c = 0; c < cols; ++c) { ";
        const char* end = " } y[r] = l; x[r] = p; y[rows + r] = m; x[rows + r] = q;";
        const auto add = [&](const char* name, const std::string& loop, bool isKnown) {
            QTest::newRow(name) << QString::fromStdString(start + loop + end) << isKnown;
        };
        add("of a named element",
            "const float v = z[r * cols + c]; if (v < l) { l = v; p = c; } if (v > m) { m = v; q = c; }", true);
        add("of what is worked out",
            "float v = z[r * cols + c]; float w = v * v; if (l > w) { p = c; l = w; } if (v > m) { m = v; q = c; }",
            true);
        add("one or the other",
            "float v = z[r * cols + c]; if (v < l) { l = v; p = c; } else if (v > m) { m = v; q = c; }", false);
        add("the last of equals",
            "float v = z[r * cols + c]; if (v < l) { l = v; p = c; } if (v >= m) { m = v; q = c; }", false);
        add("into the same place",
            "float v = z[r * cols + c]; if (v < l) { l = v; p = c; } if (v > m) { m = v; p = c; }", false);
        add("the element changes",
            "float v = z[r * cols + c]; if (v < l) { l = v; p = c; } v = -v; if (v > m) { m = v; q = c; }", false);
        add("compared with the other one",
            "float v = z[r * cols + c]; if (v < l) { l = v; p = c; } if (v > l) { m = v; q = c; }", false);
        add("a sum beside it", "float v = z[r * cols + c]; if (v < l) { l = v; p = c; } m += v;", false);
    }
    void severalPlaces()
    {
        QFETCH(QString, body);
        QFETCH(bool, isKnown);
        auto source = kernel(body.toStdString());
        source.replace(source.find("(x, y,"), 6, "(x, y, z,");
        source.replace(source.find("const float* x, float* y,"), 25, "int* x, float* y, const float* z,");
        const auto made = proposals(source, "row-per-block");
        QCOMPARE(made.size(), std::size_t{isKnown ? 2u : 0u});
        if (!isKnown)
            return;
        VERIFY_CONTAINS(made[0].source, "blockFirstMin(l, p);\n    blockFirstMax(m, q);");
        VERIFY_CONTAINS(made[1].source, "warpFirstMin(l, p);\n    warpFirstMax(m, q);");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    /// Each line of the grid has rows of its own.
    void linesOfAGrid()
    {
        auto source = kernel("float s = 0; for (int c = 0; c < cols; ++c) s += x[(blockIdx.y * rows + r) * cols + c];\n"
                             "    y[blockIdx.y * rows + r] = s;");
        source.replace(source.find("<<<ceil_div(rows, 128), 128>>>"), 30, "<<<dim3(ceil_div(rows, 128), 3), 128>>>");
        const auto made = proposals(source, "row-per-block");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "<<<dim3(rows, 3), BLOCK>>>");
        VERIFY_CONTAINS(made[1].source, "<<<dim3(ceil_div(rows, BLOCK / 32), 3), BLOCK>>>");
        auto two = source;
        two.replace(two.find("128>>>"), 6, "dim3(64, 2)>>>");
        QVERIFY(proposals(two, "row-per-block").empty());
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("running sum")
            << "float s = 0; for (int c = 0; c < cols; ++c) { s += x[r * cols + c]; y[r * cols + c] = s; }";
        QTest::newRow("sum with a start")
            << "float s = 1; for (int c = 0; c < cols; ++c) s += x[r * cols + c]; y[r] = s;";
        QTest::newRow("online softmax")
            << "float m = 0, d = 0; for (int c = 0; c < cols; ++c) { float v = x[r * cols + c]; float n = fmaxf(m, v); "
               "d = d * expf(m - n) + expf(v - n); m = n; } y[r] = d;";
        QTest::newRow("last place of the maximum")
            << "float m = 0; int at = 0; for (int c = 0; c < cols; ++c) if (x[r * "
               "cols + c] >= m) { m = x[r * cols + c]; at = c; } y[r] = at;";
        QTest::newRow("shifted") << "for (int c = 0; c < cols; ++c) y[r * cols + c] = y[r * cols + c + 1];";
        QTest::newRow("columns already")
            << "float s = 0; for (int c = 0; c < cols; ++c) s += x[c * rows + r]; y[r] = s;";
        QTest::newRow("search") << "float s = 0; for (int c = 0; c < cols; ++c) { if (x[r * cols + c] < 0) break; s += "
                                   "x[r * cols + c]; } y[r] = s;";
        QTest::newRow("no loop") << "y[r] = x[r];";
        QTest::newRow("columns of a byte")
            << "for (int c = 0; c < cols; ++c) y[r * cols + (unsigned char)c] = x[r * cols + c];";
        QTest::newRow("cut off at each step")
            << "int s = 0; for (int c = 0; c < cols; ++c) s += x[r * cols + c]; y[r] = s;";
        QTest::newRow("columns that overlap")
            << "for (int c = 0; c < cols; ++c) for (int t = 0; t < 4; ++t) y[r * cols + c + t] = x[r * cols + c];";
        QTest::newRow("narrow columns")
            << "float s = 0; for (unsigned char c = 0; c < cols; ++c) s += x[r * cols + c]; y[r] = s;";
        QTest::newRow("compared with another sign")
            << "int m = 0; for (int c = 0; c < cols; ++c) m = max(m, __float_as_uint(x[r * cols + c])); y[r] = m;";
        QTest::newRow("kept in another type")
            << "double m = 0; int at = 0; for (int c = 0; c < cols; ++c) if (x[r * cols + c] > m) { m = x[r * cols + "
               "c]; at = c; } y[r] = at;";
    }
    void notThere()
    {
        QFETCH(QString, body);
        QVERIFY(proposals(kernel(body.toStdString()), "row-per-block").empty());
    }

    /// Threads of a group read what others of it write: they wait for each other.
    void rowsInPlace_data()
    {
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("block");
        QTest::addColumn<QString>("warp");
        QTest::newRow("read before the loop")
            << "float f = y[r * cols]; for (int c = 0; c < cols; ++c) y[r * cols + c] -= f;"
            << "float f = y[r * cols];\n    __syncthreads();" << "float f = y[r * cols];\n    __syncwarp();";
        QTest::newRow("written by one, read by all")
            << "y[r] = x[r]; for (int c = 0; c < cols; ++c) x[r * cols + c] *= y[r];"
            << "y[r] = x[r];\n    __syncthreads();" << "y[r] = x[r];\n    __syncwarp();";
        QTest::newRow("read by all, written by one")
            << "for (int c = 0; c < cols; ++c) x[r * cols + c] *= y[r];\n    y[r] = 0;"
            << "*= y[r];\n    __syncthreads();\n    if" << "*= y[r];\n    __syncwarp();\n    if";
        QTest::newRow("read by neighbours, then written")
            << "for (int c = 1; c < cols; ++c) x[r * cols + c] = y[r * cols + c - 1];\n"
               "    for (int c = 0; c < cols; ++c) y[r * cols + c] = 0;"
            << "c - 1];\n    __syncthreads();" << "c - 1];\n    __syncwarp();";
    }
    void rowsInPlace()
    {
        QFETCH(QString, body);
        QFETCH(QString, block);
        QFETCH(QString, warp);
        const auto source =
            QString::fromStdString(kernel(body.toStdString())).replace("const float* x", "float* x").toStdString();
        const auto made = proposals(source, "row-per-block");
        QCOMPARE(made.size(), std::size_t{2});
        QCOMPARE(countOf(made[0].source, block.toStdString()), 1);
        QCOMPARE(countOf(made[1].source, warp.toStdString()), 1);
    }

    /// What one thread wrote in the order of columns another may have read.
    void passedTwice()
    {
        const auto body = "for (int c = 0; c < cols; ++c) y[r * cols + c] = x[r * cols + c + 1];";
        QCOMPARE(proposals(kernel(body), "row-per-block").size(), std::size_t{2});
        const auto twice = QString::fromStdString(kernel(body)).replace("(x, y, rows", "(x, x, rows");
        QVERIFY(proposals(twice.toStdString(), "row-per-block").empty());
    }

    /// blockIdx and threadIdx are unsigned and have 32 bits; what is counted with them may have more, or a sign.
    void typesStay()
    {
        const std::string source =
            "// warploom: tune BLOCK = 128 256\n"
            "// warploom: launch k<<<ceil_div(rows, BLOCK), BLOCK>>>(x, y, rows, cols)\n"
            "// warploom: launch k<<<ceil_div(rows, 100), 100>>>(x, y, rows, cols)\n"
            "__global__ void k(const unsigned* x, unsigned* y, int rows, int cols)\n{\n"
            "    const auto r = (long long)blockIdx.x * blockDim.x + threadIdx.x;\n    if (r >= rows) return;\n"
            "    unsigned s = 0;\n    for (auto c = 0; c < cols; ++c) s += x[r * cols + c];\n"
            "    for (long long c = -2; c < cols; ++c) s += x[r * cols + c];\n    y[r] = s;\n}\n";
        QVERIFY(proposals(source, "row-per-block").empty());
        auto once = source;
        once.replace(once.find("    for (long long c = -2"),
                     std::string("    for (long long c = -2; c < cols; ++c) s").size(),
                     "    unsigned t = 0;\n    for (long long c = -2; c < cols; ++c) t");
        const auto made = proposals(once, "row-per-block");
        QCOMPARE(made.size(), std::size_t{2});
        for (const auto& one : made)
            QCOMPARE(errorOf(one.source), std::string());
        VERIFY_CONTAINS(made[0].source, "const auto r = static_cast<long long>(blockIdx.x);");
        VERIFY_CONTAINS(made[0].source, "for (auto c = static_cast<int>(threadIdx.x); c");
        VERIFY_CONTAINS(made[0].source, "for (long long c = static_cast<long long>(-2) + threadIdx.x; c");
        VERIFY_CONTAINS(made[0].source, "partial[lane] : static_cast<unsigned int>(0);");
        // All launches get the same blocks.
        QCOMPARE(countOf(made[0].source, "<<<rows, BLOCK_2>>>"), 2);
        QCOMPARE(countOf(made[1].source, "<<<ceil_div(rows, BLOCK_2 / 32), BLOCK_2>>>"), 2);
    }

    void rowsWithLoadedBounds()
    {
        const auto made = proposals(baseline("segmented_reduce"), "row-per-block");
        QCOMPARE(made.size(), std::size_t{3});
        VERIFY_CONTAINS(made[0].source,
                        "const int i_end = offsets[s + 1];\n"
                        "    for (int i = offsets[s] + threadIdx.x; i < i_end; i += blockDim.x)");
        VERIFY_CONTAINS(made[1].source, "sum = warpSum(sum);");
        // Segments may be shorter than a warp.
        VERIFY_CONTAINS(made[2].source, "tune GROUP = 8 4 16 2 32");
        VERIFY_CONTAINS(made[2].source, "<<<ceil_div(segments, BLOCK / GROUP), BLOCK>>>");
        VERIFY_CONTAINS(made[2].source, "int s = blockIdx.x * (blockDim.x / GROUP) + threadIdx.x / GROUP;");
        COMPARE_GOLDEN("row-per-block-segmented_reduce", made[2].source);
        for (const auto& one : made) {
            QCOMPARE(errorOf(one.source), std::string());
            QVERIFY(proposals(one.source, "row-per-block").empty());
        }
    }

    void rowsWithComputedBounds()
    {
        const auto made = proposals(baseline("prefix_sum"), "row-per-block");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[1].source, "for (int i = (chunk * 1024) + threadIdx.x % 32; i < end; i += 32)");
        VERIFY_CONTAINS(made[1].source, "<<<ceil_div(CHUNKS, BLOCK / 32), BLOCK>>>(x, before, n, CHUNKS)");
    }

    /// A sparse matrix by a vector: bounds through variables, and a gather within.
    void sparseRows()
    {
        const auto made =
            proposals("// warploom: launch k<<<ceil_div(m, 128), 128>>>(a, at, row, v, y, m)\n"
                      "__global__ void k(const double* a, const int* at, const long long* row, const double* v, "
                      "double* y, int m) "
                      "{\n    int r = threadIdx.x + blockDim.x * blockIdx.x;\n    if (r < m) {\n"
                      "        const long long first = row[r], last = row[r + 1];\n        double t = 0.0;\n"
                      "        for (long long p = first; p < last; p++)\n            t += a[p] * v[at[p]];\n"
                      "        y[r] = 2 * t;\n    }\n}\n",
                      "row-per-block");
        QCOMPARE(made.size(), std::size_t{3});
        VERIFY_CONTAINS(made[0].source, "p = first + threadIdx.x; p < last; p += blockDim.x");
        VERIFY_CONTAINS(made[0].source, "t = blockSum_double(t);");
        VERIFY_CONTAINS(made[2].source, "t = groupSum_double(t);");
    }

    void boundsThatAreNoRows_data()
    {
        QTest::addColumn<QString>("loop");
        QTest::newRow("written bounds") << "for (int c = o[r]; c < o[r + 1]; ++c) s += x[c]; o[r] = 0;";
        QTest::newRow("one start for all") << "for (int c = o[0]; c < cols; ++c) s += x[c];";
        QTest::newRow("start of a group") << "for (int c = o[r / cols]; c < o[r / cols + 1]; ++c) s += x[c];";
        QTest::newRow("windows that overlap") << "for (int c = r; c < r + cols; ++c) s += x[c];";
        QTest::newRow("a bound that counts") << "int e = cols; for (int c = o[r]; c < e--; ++c) s += x[c];";
        QTest::newRow("gathers only") << "for (int c = o[r]; c < o[r + 1]; ++c) s += x[c * cols];";
    }
    void boundsThatAreNoRows()
    {
        QFETCH(QString, loop);
        const auto source = "// warploom: launch k<<<ceil_div(rows, 128), 128>>>(x, o, y, rows, cols)\n"
                            "__global__ void k(const float* x, int* o, float* y, int rows, int cols)\n{\n"
                            "    int r = blockIdx.x * blockDim.x + threadIdx.x;\n    if (r >= rows) return;\n"
                            "    float s = 0; "
            + loop.toStdString() + " y[r] = s;\n}\n";
        QCOMPARE(errorOf(source), std::string());
        QVERIFY(proposals(source, "row-per-block").empty());
    }

    void nothingTwice()
    {
        for (const auto& made : proposals(baseline("softmax"), "row-per-block"))
            QVERIFY(proposals(made.source, "row-per-block").empty());
    }

private:
    inline static const std::string kSum =
        "float s = 0;\n    for (int c = 0; c < cols; ++c)\n        s += x[r * cols + c];\n    y[r] = s;";

    /// A thread a row, with a number for each.
    static std::string masked(const std::string& body, bool storesSum = true,
                              const std::string& first = "const float* x")
    {
        auto text = body;
        if (const auto at = text.find("\n    y[r] = s;"); !storesSum && at != std::string::npos)
            text.erase(at, std::string("\n    y[r] = s;").size());
        return "// warploom: launch k<<<ceil_div(rows, 128), 128>>>(x, y, o, rows, cols)\n"
               "__global__ void k("
            + first
            + ", float* y, const int* o, int rows, int cols)\n{\n"
              "    int r = blockIdx.x * blockDim.x + threadIdx.x;\n    if (r >= rows) return;\n    "
            + text + "\n}\n";
    }

    static std::string kernel(const std::string& body)
    {
        return "// warploom: launch k<<<ceil_div(rows, 128), 128>>>(x, y, rows, cols)\n"
               "__global__ void k(const float* x, float* y, int rows, int cols)\n{\n"
               "    int r = blockIdx.x * blockDim.x + threadIdx.x;\n    if (r >= rows) return;\n    "
            + body + "\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestRowPerBlock)
#include "tst_RowPerBlock.moc"
