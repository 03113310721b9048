// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

using Sizes = std::map<std::string, std::vector<std::int64_t>>;

const std::vector<BufferFact> kGrid = {{"x", "f32", "in", {"height", "width"}},
                                       {"y", "f32", "out", {"height", "width"}}};

/// Three points of a row, with a guard of its own for each neighbour.
constexpr const char* kThree =
    "// warploom: launch g<<<dim3(ceil_div(width, 32), ceil_div(height, 8)), dim3(32, 8)>>>(x, y, height, width)\n"
    "__global__ void g(const float* x, float* y, int height, int width) {\n"
    "    int c = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    int r = blockIdx.y * blockDim.y + threadIdx.y;\n"
    "    if (r >= height || c >= width) return;\n"
    "    float s = x[r * width + c];\n"
    "    if (c > 0) s += x[r * width + c - 1];\n"
    "    if (c < width - 1) s += x[r * width + c + 1];\n"
    "    y[r * width + c] = s;\n}\n";

std::vector<MoveProposal> proposed(const std::string& source, const std::vector<BufferFact>& buffers,
                                   const Sizes& timed = {}, const std::string& move = "window")
{
    MoveRequest request{source, "test.cu", {move}, buffers, {}};
    request.timeSizes = timed;
    const auto answer = proposeMoves(request);
    if (!answer)
        qFatal("%s\n%s", answer.error().toString().c_str(), source.c_str());
    for (const auto& made : answer->proposals)
        if (const auto error = errorOf(made.source); !error.empty())
            qFatal("%s\n%s", error.c_str(), made.source.c_str());
    return answer->proposals;
}

std::string replaced(const std::string& text, const std::string& from, const std::string& to)
{
    auto result = QString::fromStdString(text);
    if (!result.contains(QString::fromStdString(from)))
        qFatal("no '%s'", from.c_str());
    return result.replace(QString::fromStdString(from), QString::fromStdString(to)).toStdString();
}

}  // namespace

class TestWindow : public QObject {
    Q_OBJECT

private slots:
    void stencil2d()
    {
        const std::vector<BufferFact> buffers = {{"x", "f32", "in", {"height", "width"}},
                                                 {"next", "f32", "out", {"height", "width"}}};
        const auto made = proposed(baseline("stencil2d"), buffers);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "float x_window[ROWS + 2][COLUMNS + 2];");
        VERIFY_CONTAINS(made[0].source, "if (!INSIDE && (row == 0 || row == height - 1");
        COMPARE_GOLDEN("window-stencil2d", made[0].source);
        // Nothing is left to do.
        QVERIFY(proposed(made[0].source, buffers).empty());
    }

    void stencil3d()
    {
        const std::vector<std::string> shape = {"depth", "height", "width"};
        const auto made =
            proposed(baseline("stencil3d"), {{"grid", "f32", "in", shape}, {"next", "f32", "out", shape}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "grid_window[PLANES + 2][ROWS + 2][COLUMNS + 2];");
        VERIFY_CONTAINS(made[0].source, "ceil_div(depth, PLANES)");
        COMPARE_GOLDEN("window-stencil3d", made[0].source);
    }

    /// The filter's size is known where it is timed; others go the old way.
    void conv2d()
    {
        const std::vector<std::string> shape = {"images", "height", "width"};
        const std::vector<BufferFact> buffers = {
            {"image", "f32", "in", shape}, {"filter", "f32", "in", {"k", "k"}}, {"result", "f32", "out", shape}};
        const Sizes timed = {{"k", {5}}, {"height", {1080}}, {"width", {1920}}, {"images", {64}}};
        const auto made = proposed(baseline("conv2d"), buffers, timed);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "float filter_table[25];");
        VERIFY_CONTAINS(made[0].source, "image_window[ROWS + 4][COLUMNS + 4];");
        VERIFY_CONTAINS(made[0].source, "if (k != 5 || ");
        COMPARE_GOLDEN("window-conv2d", made[0].source);
        QVERIFY(proposed(made[0].source, buffers, timed).empty());
        // Loops of unknown length have no window.
        QVERIFY(proposed(baseline("conv2d"), buffers).empty());
        VERIFY_CONTAINS(proposed(baseline("conv2d"), buffers, {{"k", {5, 7}}}).at(0).source, "_patch_7");
    }

    /// Threads in a line that divide their number by sizes.
    void depthwise()
    {
        const std::vector<std::string> shape = {"images", "channels", "height", "width"};
        const std::vector<BufferFact> buffers = {
            {"x", "f32", "in", shape}, {"filters", "f32", "in", {"channels", "3", "3"}}, {"y", "f32", "out", shape}};
        const auto made = proposed(baseline("depthwise_conv"), buffers, {{"height", {112, 14}}, {"width", {112, 14}}});
        QCOMPARE(made.size(), std::size_t{1});
        // Patches that both sizes consist of.
        VERIFY_CONTAINS(made[0].source, "tune ROWS = 7 ");
        VERIFY_CONTAINS(made[0].source, "tune COLUMNS = 2 ");
        VERIFY_CONTAINS(made[0].source, "filters_table[9]");
        COMPARE_GOLDEN("window-depthwise", made[0].source);
        QVERIFY(proposed(made[0].source, buffers).empty());
    }

    /// The same by other names, in another order, with other types and ways to write indices.
    void otherwiseWritten_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("expected");
        const QString head =
            QStringLiteral("// warploom: launch g<<<dim3(ceil_div(width, 32), ceil_div(height, 8)), dim3(32, 8)>>>(y, "
                           "x, width, height)\n"
                           "__global__ void g(double* out, const double* in, unsigned n, unsigned m) {\n"
                           "    unsigned v = blockIdx.y * blockDim.y + threadIdx.y;\n"
                           "    unsigned u = blockIdx.x * blockDim.x + threadIdx.x;\n");
        QTest::newRow("unsigned, doubles, guard around the body") << head
                + "    if (u < n && v < m) {\n        double s = in[v * n + u];\n"
                  "        if (v > 0 && v + 1 < m)\n            s = s * 2 - in[(v - 1) * n + u] - in[(v + 1) * n + "
                  "u];\n"
                  "        out[u + n * v] = s;\n    }\n}\n" << "in_window[ROWS + 2][COLUMNS]";
        QTest::newRow("pointers to the row") << head
                + "    if (u >= n || v >= m) return;\n    const double* row = in + size_t(v) * n;\n    double s = "
                  "row[u];\n"
                  "    if (u >= 2) s += __ldg(&row[u - 2]);\n    double* to = out + v * n;\n    to[u] = s;\n}\n"
                                             << "in_window[ROWS][COLUMNS + 2]";
        QTest::newRow("choices instead of branches") << head
                + "    if (u >= n || v >= m) return;\n    size_t at = size_t(v) * n + u;\n"
                  "    double left = u > 0 ? in[at - 1] : 0, right = u + 1 < n ? in[at + 1] : 0;\n"
                  "    out[at] = left + right - in[at];\n}\n"
                                                     << "in_window[ROWS][COLUMNS + 2]";
        QTest::newRow("a loop with a test of unsigned numbers") << head
                + "    if (u >= n || v >= m) return;\n    double s = 0;\n    for (int k = -3; k < 4; ++k)\n"
                  "        if (unsigned(int(u) + k) < n) s += in[v * n + u + k];\n    out[v * n + u] = s;\n}\n"
                                                                << "in_window[ROWS][COLUMNS + 6]";
        QTest::newRow("half precision, eight in a row") << "#include <cuda_fp16.h>\n"
                + QString(head).replace("const double*", "const __half*").replace("double*", "__half*")
                + "    if (u >= n || v >= m) return;\n    float s = __half2float(in[v * n + u]);\n"
                  "    if (u > 0) s += __half2float(in[v * n + u - 1]);\n    out[v * n + u] = __float2half(s);\n}\n"
                                                        << "tune COLUMNS = 8";
        QTest::newRow("edges leave first, with a value of their own") << head
                + "    if (u >= n || v >= m) return;\n    if (u == 0 || v == 0) {\n        out[v * n + u] = 0;\n"
                  "        return;\n    }\n    out[v * n + u] = in[v * n + u] - in[v * n + u - 1] - in[(v - 1) * n + "
                  "u];\n}\n" << "in_window[ROWS + 1][COLUMNS + 1]";
    }
    void otherwiseWritten()
    {
        QFETCH(QString, source);
        QFETCH(QString, expected);
        const auto made = proposed(source.toStdString(), kGrid);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, expected.toStdString());
    }

    /// Threads in a line, another layout of the filter, integers.
    void inALine()
    {
        const auto made = proposed(
            "// warploom: launch g<<<ceil_div(n * h * w, 128), 128>>>(x, f, y, n * h * w, h, w)\n"
            "__global__ void g(const int* a, const int* f, int* b, int all, int h, int w) {\n"
            "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i < all) {\n        int row = (i / w) % h;\n"
            "        int s = 0;\n        for (int d = 0; d <= 2; ++d)\n            if (row + d < h)\n"
            "                s += f[d] * a[i + d * w];\n        b[i] = s + i % w;\n    }\n}\n",
            {{"x", "i32", "in", {"n", "h", "w"}}, {"f", "i32", "in", {"3"}}, {"y", "i32", "out", {"n", "h", "w"}}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "int a_window[ROWS + 2][COLUMNS];");
        VERIFY_CONTAINS(made[0].source, "int f_table[3];");
        VERIFY_CONTAINS(made[0].source, "= s + (int)(patch_x);");
    }

    /// Blocks that are deep become flat, and what counts planes by the grid keeps them.
    void planes()
    {
        const std::vector<std::string> shape = {"depth", "height", "width"};
        const std::vector<BufferFact> buffers = {{"grid", "f32", "in", shape}, {"next", "f32", "out", shape}};
        auto deep = replaced(baseline("stencil3d"), "depth), dim3(32, 8)", "ceil_div(depth, 4)), dim3(32, 8, 4)");
        deep = replaced(deep, "= blockIdx.z;", "= blockIdx.z * blockDim.z + threadIdx.z;");
        deep = replaced(deep, "y >= height)", "y >= height || z >= depth)");
        const auto made = proposed(deep, buffers);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "BLOCK_Y * ROWS), ceil_div(depth, PLANES)), dim3(BLOCK_X, BLOCK_Y)>>>");
        auto called =
            replaced(baseline("stencil3d"), "extern", "__device__ int plane() { return blockIdx.z; }\nextern");
        called = replaced(called, "next[at] = sum;", "next[at] = sum + plane();");
        QVERIFY(proposed(called, buffers).empty());
        const auto counted = proposed(replaced(baseline("stencil3d"), "z == depth - 1", "z == gridDim.z - 1"), buffers);
        QVERIFY(counted.empty() || counted[0].source.find("PLANES") == std::string::npos);
    }

    /// Several statements on a line stay what they are.
    void onOneLine()
    {
        auto source = replaced(kThree, "threadIdx.x;\n    int r", "threadIdx.x; int r");
        source = replaced(source, "threadIdx.y;\n    if", "threadIdx.y; if");
        const auto made = proposed(source, kGrid);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "if (r >= height || c >= width) return;\n");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        QTest::newRow("in place") << "y[r * width + c] = s" << "y[r * width + c] = s + y[0]";
        QTest::newRow("nothing stored by some") << "y[r * width" << "if (s > 0) y[r * width";
        QTest::newRow("stored in a loop") << "y[r * width" << "for (int j = 0; j < 2; ++j) y[r * width";
        QTest::newRow("stored elsewhere") << "y[r * width + c] =" << "y[c * height + r] =";
        QTest::newRow("barrier") << "float s =" << "__syncthreads(); float s =";
        QTest::newRow("atomic") << "y[r * width + c] = s" << "atomicAdd(&y[r * width + c], s)";
        QTest::newRow("an unknown function") << "y[r * width + c] = s" << "y[r * width + c] = s; h(y)";
        QTest::newRow("threads used otherwise") << "float s =" << "float s = threadIdx.x +";
        QTest::newRow("volatile") << "const float* x" << "const volatile float* x";
        QTest::newRow("return in a loop") << "y[r * width"
                                          << "for (int j = 0; j < 2; ++j) if (s > j) return; y[r * width";
        QTest::newRow("shared memory") << "(32, 8)>>>" << "(32, 8), 1024>>>";
        QTest::newRow("another start") << "threadIdx.y;" << "threadIdx.y + 1;";
        QTest::newRow("a parameter is changed") << "float s =" << "width += 0; float s =";
        QTest::newRow("one buffer passed twice") << "(x, y, height" << "(y, y, height";
        QTest::newRow("a function asks for the thread") << "float s =" << "float s = t() +";
    }
    void notThere()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        const auto source =
            "__device__ void h(float* p);\n__device__ int t() { return threadIdx.x; }\n" + std::string(kThree);
        QCOMPARE(proposed(source, kGrid).size(), std::size_t{1});
        QVERIFY(proposed(::replaced(source, replaced.toStdString(), by.toStdString()), kGrid).empty());
    }

    /// A load of which it is not sure that it stays on the grid is left as it is.
    void loadsThatStay_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        QTest::addColumn<QString>("load");
        QTest::newRow("untested neighbour") << "if (c > 0) s" << "s" << "s += x[r * width + c - 1]";
        QTest::newRow("a test that lets one more through")
            << "c < width - 1" << "c <= width - 1" << "s += x[r * width + c + 1]";
        QTest::newRow("the other's test") << "c > 0" << "r > 0" << "s += x[r * width + c - 1]";
        QTest::newRow("unsigned numbers wrap") << "c > 0" << "c - 1u >= 0" << "s += x[r * width + c - 1]";
        QTest::newRow("depends on data") << "x[r * width + c - 1]" << "x[r * width + int(s)]"
                                         << "x[r * width + int(s)]";
        QTest::newRow("rows of another length")
            << "x[r * width + c + 1]" << "x[r * height + c + 1]" << "x[r * height + c + 1]";
        QTest::newRow("far away") << "c > 0) s += x[r * width + c - 1]" << "c > 99) s += x[r * width + c - 99]"
                                  << "x[r * width + c - 99]";
        QTest::newRow("a test of 8 bits") << "c > 0" << "(unsigned char)c > 0" << "s += x[r * width + c - 1]";
        QTest::newRow("a counter by another's name")
            << "if (c > 0) s += x[r * width + c - 1]"
            << "for (int k = 0; k < 2; ++k) { int d = k - 1; for (int k = 0; k < 2; ++k) if (c + d >= 0) s += x[r * "
               "width + c + d]; }"
            << "s += x[r * width + c + d]";
        QTest::newRow("a condition that counts")
            << "float s = x[r * width + c];"
            << "int q = 0; float s = x[r * width + c]; if (q++ > 5 && c < 0) s = 0;"
            << "across + 1]; if (q++ > 5 && c < 0) s = 0;";
    }
    void loadsThatStay()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        QFETCH(QString, load);
        const auto made = proposed(::replaced(kThree, replaced.toStdString(), by.toStdString()), kGrid);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, load.toStdString());
    }

    /// Shapes are what says that a neighbour exists.
    void needsShapes()
    {
        QVERIFY(proposed(kThree, {}).empty());
        QVERIFY(proposed(kThree, {{"x", "f32", "in", {"height", "width + 2"}}, kGrid[1]}).empty());
        QVERIFY(proposed(kThree, {{"x", "f32", "in", {"width"}}, kGrid[1]}).empty());
        QVERIFY(proposed(replaced(kThree, "(x, y, height", "(x, y, width"), kGrid).empty());
    }

    /// A source that another move has changed before.
    void composes()
    {
        const auto promised = proposals(kThree, "restrict-const", kGrid);
        QCOMPARE(promised.size(), std::size_t{1});
        const auto made = proposed(promised[0].source, kGrid);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "g_patch(const float* __restrict__ x, float* __restrict__ y,");
    }
};

QTEST_APPLESS_MAIN(TestWindow)
#include "tst_Window.moc"
