// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const std::vector<BufferFact> kImages = {{"x", "f32", "in", {"n", "h", "w"}}, {"y", "f32", "out", {"n", "h", "w"}}};

/// Weights that depend on what they weigh, and a window that is cut at the edges.
constexpr const char* kWeights =
    "// warploom: launch g<<<dim3(ceil_div(w, 16), ceil_div(h, 16), n), dim3(16, 16)>>>(x, y, w, h)\n"
    "typedef float real;\n"
    "__global__ void g(const real* x, float* y, int w, int h) {\n"
    "    const int u = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    const int v = blockIdx.y * blockDim.y + threadIdx.y;\n"
    "    if (u >= w || v >= h)\n        return;\n"
    "    const real* src = x + (size_t)blockIdx.z * h * w;\n"
    "    const float here = src[v * w + u];\n"
    "    if (here < 0) {\n        y[(size_t)blockIdx.z * h * w + v * w + u] = 0;\n        return;\n    }\n"
    "    const int top = max(v - 4, 0);\n"
    "    const int bottom = min(v + 4, h - 1);\n"
    "    float s = 0;\n    float t = 0;\n"
    "    for (int r = top; r <= bottom; ++r) {\n"
    "        for (int c = max(u - 4, 0); c <= min(u + 4, w - 1); ++c) {\n"
    "            const float there = src[r * w + c];\n"
    "            if (there < 0)\n                continue;\n"
    "            const float weight = expf((here - there) * (there - here) - (c - u) * (c - u) - (r - v) * (r - v));\n"
    "            s += weight * there;\n            t += weight;\n        }\n    }\n"
    "    y[(size_t)blockIdx.z * h * w + v * w + u] = s / t;\n}\n";

/// The third largest of nine, where there are nine.
constexpr const char* kRank =
    "// warploom: launch g<<<dim3(ceil_div(w, 32), ceil_div(h, 8), n), dim3(32, 8)>>>(x, y, w, h)\n"
    "__global__ void g(const float* x, float* y, int w, int h) {\n"
    "    int c = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    int r = blockIdx.y * blockDim.y + threadIdx.y;\n"
    "    if (r < h && c < w) {\n"
    "        const float* image = x + (size_t)blockIdx.z * h * w;\n"
    "        float a = -1e30f, b = -1e30f, d = -1e30f;\n"
    "        for (int p = -1; p <= 1; ++p)\n"
    "            for (int q = -1; q <= 1; ++q)\n"
    "                if (r + p >= 0 && r + p < h && c + q >= 0 && c + q < w) {\n"
    "                    float e = image[(r + p) * w + c + q];\n"
    "                    d = fmaxf(d, fminf(b, e));\n"
    "                    b = fmaxf(b, fminf(a, e));\n"
    "                    a = fmaxf(a, e);\n                }\n"
    "        y[(size_t)blockIdx.z * h * w + r * w + c] = d;\n    }\n}\n";

std::vector<MoveProposal> staged(const std::string& source, const std::vector<BufferFact>& buffers = kImages)
{
    const auto made = proposals(source, "stage-window", buffers);
    for (const auto& one : made)
        if (const auto error = errorOf(one.source); !error.empty())
            qFatal("%s\n%s", error.c_str(), one.source.c_str());
    return made;
}

std::string replaced(const std::string& text, const std::string& from, const std::string& to)
{
    auto result = QString::fromStdString(text);
    if (!result.contains(QString::fromStdString(from)))
        qFatal("no '%s'", from.c_str());
    return result.replace(QString::fromStdString(from), QString::fromStdString(to)).toStdString();
}

}  // namespace

/// Windows of which anything is made, in shared memory.
class TestStageWindow : public QObject {
    Q_OBJECT

private slots:
    void weights()
    {
        const auto made = staged(kWeights);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "__shared__ real x_tile[BLOCK_Y * ROWS + 8][BLOCK_X + 8];");
        VERIFY_CONTAINS(made[0].source, "if (INSIDE || (c >= 0 && c < w))");
        VERIFY_CONTAINS(made[0].source, "tune UNROLL = 9 1\n");
        VERIFY_CONTAINS(made[0].source, "require 4 * (BLOCK_X + 8) * (BLOCK_Y * ROWS + 8) <= 49152");
        COMPARE_GOLDEN("stage-window-weights", made[0].source);
        // Nothing is left to do.
        QVERIFY(staged(made[0].source).empty());
    }

    void ranks()
    {
        const auto made = staged(kRank);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "float e = x_tile[down + p + 1][across + q + 1];");
        COMPARE_GOLDEN("stage-window-ranks", made[0].source);
    }

    /// Windows over planes have planes of their own; what all planes share has none.
    void planes()
    {
        const std::vector<std::string> shape = {"d", "h", "w"};
        const std::string source =
            "// warploom: launch g<<<dim3(ceil_div(w, 32), ceil_div(h, 8), d), dim3(32, 8)>>>(x, m, y, w, h, d)\n"
            "__global__ void g(const short* x, const unsigned char* m, short* y, unsigned w, unsigned h, unsigned d) "
            "{\n"
            "    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;\n"
            "    unsigned j = blockIdx.y * blockDim.y + threadIdx.y;\n"
            "    unsigned k = blockIdx.z;\n"
            "    if (j >= h || i >= w)\n        return;\n"
            "    short least = x[(k * h + j) * w + i];\n"
            "    if (i > 0 && i < w - 1 && j > 0 && j < h - 1 && k > 0 && k < d - 1)\n"
            "        for (int a = -1; a < 2; ++a)\n            for (int b = -1; b < 2; ++b)\n"
            "                for (int c = -1; c < 2; ++c)\n"
            "                    if (m[(j + b) * w + i + c])\n"
            "                        least = min(least, x[((k + a) * h + (j + b)) * w + (i + c)]);\n"
            "    y[(k * h + j) * w + i] = least;\n}\n";
        const auto made =
            staged(source, {{"x", "i16", "in", shape}, {"m", "u8", "in", {"h", "w"}}, {"y", "i16", "out", shape}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "short x_tile[PLANES + 2][BLOCK_Y * ROWS + 2][BLOCK_X + 2];");
        VERIFY_CONTAINS(made[0].source, "unsigned char m_tile[BLOCK_Y * ROWS + 2][BLOCK_X + 2];");
        VERIFY_CONTAINS(made[0].source, "ceil_div(d, PLANES)), dim3(BLOCK_X, BLOCK_Y)>>>");
        COMPARE_GOLDEN("stage-window-planes", made[0].source);
    }

    void otherwiseWritten_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::addColumn<std::string>("expected");
        const std::string rank = kRank;
        QTest::newRow("a read-only load")
            << replaced(rank, "image[(r + p) * w + c + q]", "__ldg(&image[(r + p) * w + c + q])")
            << std::string("e = x_tile[down + p + 1]");
        QTest::newRow("a row's pointer") << replaced(rank, "float e = image[(r + p) * w + c + q]",
                                                     "const float* row = image + (r + p) * w; float e = row[c + q]")
                                         << std::string("float e = x_tile[down + p + 1]");
        QTest::newRow("one result is added to") << replaced(rank, "+ c] = d", "+ c] += d")
                                                << std::string("y[(size_t)blockIdx.z * h * w + r * w + c] += d;");
        QTest::newRow("results are counted")
            << replaced(rank, "y[(size_t)blockIdx.z * h * w + r * w + c] = d", "atomicAdd(&y[int(d)], 1.0f)")
            << std::string("atomicAdd(&y[int(d)], 1.0f);");
        QTest::newRow("another read of the array stays")
            << replaced(rank, "float a = -1e30f", "float a = image[0]") << std::string("float a = image[0]");
        QTest::newRow("64-bit coordinates")
            << replaced(rank, "int c = block", "long long c = (long long)block")
            << std::string("const long long first_c = (long long)(blockIdx.x) * BLOCK_X;");
        QTest::newRow("a macro for the whole read")
            << replaced(replaced(rank, "image[(r + p) * w + c + q]", "AT(p, q)"), "__global__",
                        "#define AT(p, q) image[(r + p) * w + c + q]\n__global__")
            << std::string("float e = x_tile[down + p + 1][across + q + 1];");
        QTest::newRow("a macro for half of the value")
            << replaced(replaced(rank, "image[(r + p) * w + c + q]", "OF(image, (r + p) * w + c + q) * 2)"),
                        "__global__", "#define OF(a, i) (1 + a[i]\n__global__")
            << std::string("float e = (1 + x_tile[down + p + 1][across + q + 1] * 2)");
        QTest::newRow("wide") << replaced(replaced(rank, "int q = -1; q <= 1", "int q = -12; q <= 12"), "c + q >= 0",
                                          "c + q > -1")
                              << std::string("x_tile[BLOCK_Y * ROWS + 2][BLOCK_X + 24];");
    }
    void otherwiseWritten()
    {
        QFETCH(std::string, source);
        QFETCH(std::string, expected);
        const auto made = staged(source);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, expected);
    }

    /// Edges that are repeated instead of left out.
    void edges_data()
    {
        QTest::addColumn<std::string>("row");
        QTest::addColumn<bool>("isKept");
        const auto add = [](const char* name, const char* row, bool isKept) {
            QTest::newRow(name) << std::string(row) << isKept;
        };
        add("calls", "min(max(r + p, 0), h - 1)", true);
        add("calls, the other way round", "max(0, min(h - 1, p + r))", true);
        add("choices", "(r + p < 0 ? 0 : r + p >= h ? h - 1 : r + p)", true);
        add("choices that keep", "(r + p < h ? (r + p >= 0 ? r + p : 0) : h - 1)", true);
        add("a function of its own", "clamped(r + p, 0, h - 1)", true);
        add("without a last", "max(r + p, 0)", false);
        add("without a first", "min(r + p, h - 1)", false);
        add("the end of another axis", "min(max(r + p, 0), w - 1)", false);
        add("one too far", "min(max(r + p, 0), h)", false);
        add("one too late", "(r + p < 0 ? 0 : r + p > h ? h - 1 : r + p)", false);
        add("another is kept", "(max(p, 0) + r)", false);
        add("round the edge", "((r + p + h) % h)", false);
        add("mirrored", "abs(r + p)", false);
    }
    void edges()
    {
        QFETCH(std::string, row);
        QFETCH(bool, isKept);
        auto source = replaced(kRank, "if (r + p >= 0 && r + p < h && c + q >= 0 && c + q < w) {", "{");
        source = replaced(source, "image[(r + p) * w + c + q]", "image[" + row + " * w + column]");
        source = replaced(source, "float e =", "const int column = min(max(c + q, 0), w - 1); float e =");
        source = replaced(source, "__global__",
                          "__device__ int clamped(int a, int least, int most) { return min(max(a, least), most); }\n"
                          "__global__");
        const auto made = staged(source);
        QCOMPARE(made.size(), isKept ? std::size_t{1} : std::size_t{0});
        if (isKept)
            VERIFY_CONTAINS(made[0].source, "float e = x_tile[down + p + 1][across + q + 1];");
    }

    void notThere_data()
    {
        QTest::addColumn<std::string>("from");
        QTest::addColumn<std::string>("to");
        const auto add = [](const char* name, const char* from, const char* to) {
            QTest::newRow(name) << std::string(from) << std::string(to);
        };
        const char* load = "float e = image[(r + p) * w + c + q]";
        add("in place", "y[(size_t)blockIdx.z * h * w + r * w + c] = d", "((float*)image)[r * w + c] = d");
        add("written through another name", "const float* image = x +", "float* image = (float*)x +");
        add("a barrier", "y[(size_t)", "__syncthreads(); y[(size_t)");
        add("a shuffle", "= d;", "= d + __shfl_down_sync(0xffffffff, d, 1);");
        add("rows that go on in the next", "&& c + q >= 0 && c + q < w", "");
        add("edges of one side only", "&& c + q < w", "");
        add("neighbours round the edge", load, "float e = image[(r + p) * w + (c + q + w) % w]");
        add("where data says", load, "float e = image[(r + int(a)) * w + c + q]");
        add("a step that the launch gives", load, "float e = image[(r + p) * w + c + q * h]");
        add("of unknown size", "int q = -1; q <= 1", "int q = -h; q <= h");
        add("too far away", "int q = -1; q <= 1", "int q = -40; q <= 40");
        add("few reads", "int p = -1; p <= 1", "int p = 0; p <= 1");
        add("the block's own shape", "float a = -1e30f", "float a = -1e30f * blockDim.x");
        add("shared memory of its own", "float a = -1e30f", "__shared__ float own[32]; float a = own[0]");
        add("a volatile array", "const float* x", "const volatile float* x");
        add("columns across", load, "float e = image[(c + q) * h + r + p]");
    }
    void notThere()
    {
        QFETCH(std::string, from);
        QFETCH(std::string, to);
        auto source = replaced(kRank, from, to);
        if (to.find("volatile") != std::string::npos)
            source = replaced(source, "const float* image", "const volatile float* image");
        QVERIFY2(staged(source).empty(), source.c_str());
    }

    /// Shapes are what says that a neighbour exists.
    void needsShapes()
    {
        QVERIFY(staged(kRank, {}).empty());
        QVERIFY(staged(kRank, {{"x", "f32", "in", {"n", "h", "w + 2"}}, kImages[1]}).empty());
        QVERIFY(staged(replaced(kRank, "(x, y, w, h)", "(x, y, w, w)")).empty());
        QVERIFY(staged(replaced(kRank, "(x, y, w, h)", "(y, y, w, h)")).empty());
    }

    /// A source that another move has changed before.
    void composes()
    {
        const auto promised = proposals(kRank, "restrict-const", kImages);
        QCOMPARE(promised.size(), std::size_t{1});
        const auto made = staged(promised[0].source);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "g_element(const float* __restrict__ x, float* __restrict__ y,");
    }
};

QTEST_APPLESS_MAIN(TestStageWindow)
#include "tst_StageWindow.moc"
