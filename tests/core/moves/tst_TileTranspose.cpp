// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestTileTranspose : public QObject {
    Q_OBJECT

private slots:
    void transpose()
    {
        const auto made = proposals(baseline("transpose"), "tile-transpose");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "__shared__ float tile[TILE][TILE + PAD];");
        VERIFY_CONTAINS(made[0].source,
                        "<<<dim3(ceil_div(cols, TILE), ceil_div(rows, TILE)), dim3(TILE, TILE_ROWS)>>>");
        COMPARE_GOLDEN("tile-transpose-transpose", made[0].source);
    }

    void theUsersExpressionStays()
    {
        const auto made = proposals(kernel("y[j * rows + i] = 2.0f * x[i * cols + j] + bias[j];"), "tile-transpose");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "tile[threadIdx.y + step][threadIdx.x] = x[i * cols + j];");
        VERIFY_CONTAINS(made[0].source, "y[j * rows + i] = 2.0f * tile[threadIdx.x][threadIdx.y + step] + bias[j];");
    }

    void stridedLoad()
    {
        const auto made =
            proposals("// warploom: launch k<<<dim3(ceil_div(rows, 32), ceil_div(cols, 8)), dim3(32, 8)>>>(x, bias, y, "
                      "rows, cols)\n"
                      "__global__ void k(const float* x, const float* bias, float* y, int rows, int cols) {\n"
                      "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                      "    int j = blockIdx.y * blockDim.y + threadIdx.y;\n"
                      "    if (i >= rows || j >= cols) return;\n"
                      "    y[j * rows + i] = x[i * cols + j];\n}\n",
                      "tile-transpose");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "const int i = blockIdx.x * TILE + threadIdx.y + step;");
        VERIFY_CONTAINS(made[0].source, "if (!(i >= rows || j >= cols))");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("copy") << "y[i * cols + j] = x[i * cols + j];";
        QTest::newRow("both strided") << "y[j * rows + i] = x[j * rows + i];";
        QTest::newRow("in place") << "y[j * rows + i] = y[i * cols + j];";
        QTest::newRow("two loads to turn") << "y[j * rows + i] = x[i * cols + j] + bias[i * cols + j];";
        QTest::newRow("accumulates") << "y[j * rows + i] += x[i * cols + j];";
        QTest::newRow("atomic") << "atomicAdd(&y[j * rows + i], x[i * cols + j]);";
        QTest::newRow("not always loaded") << "y[j * rows + i] = i > 0 ? x[(i - 1) * cols + j] : 0;";
    }
    void notThere()
    {
        QFETCH(QString, body);
        QVERIFY(proposals(kernel(body.toStdString()), "tile-transpose").empty());
    }

    void planesToChannelsLast()
    {
        const auto made = proposals(channelsLast("y[i] = x[((n * C + c) * H + h) * W + w];"), "tile-transpose");
        QCOMPARE(made.size(), std::size_t{1});
        // Height and width are one direction.
        VERIFY_CONTAINS(made[0].source, "ceil_div(W * H, TILE) * ceil_div(C, TILE) * N");
        COMPARE_GOLDEN("tile-transpose-channels-last", made[0].source);
        QVERIFY(proposals(made[0].source, "tile-transpose").empty());
    }

    void whatTheValueNeedsStays()
    {
        const auto made = proposals(channelsLast("float v = x[((n * C + c) * H + h) * W + w] * bias[c];\n"
                                                 "    y[i] = h > 0 ? v : 0.0f;"),
                                    "tile-transpose");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "* bias[c];");
        VERIFY_CONTAINS(made[0].source, "= h > 0 ? v : 0.0f;");
        // Height is asked for, so height and width stay two.
        VERIFY_CONTAINS(made[0].source, "ceil_div(W, TILE) * ceil_div(C, TILE)");
    }

    void batches()
    {
        const auto made = proposals(
            "// warploom: launch k<<<dim3(ceil_div(n, 16), ceil_div(m, 16), b), dim3(16, 16)>>>(in, out, m, n)\n"
            "__global__ void k(const short* in, short* out, size_t rows, size_t cols) {\n"
            "    const size_t q = blockIdx.x * blockDim.x + threadIdx.x;\n"
            "    const size_t p = blockIdx.y * blockDim.y + threadIdx.y;\n"
            "    const short* from = in + blockIdx.z * rows * cols;\n"
            "    if (p < rows && q < cols)\n"
            "        out[(blockIdx.z * cols + q) * rows + p] = from[p * cols + q];\n}\n",
            "tile-transpose");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "<<<ceil_div(n, TILE) * ceil_div(m, TILE) * b, dim3(TILE, TILE_ROWS)>>>");
        VERIFY_CONTAINS(made[0].source, "__shared__ short tile[TILE][TILE + PAD];");
        VERIFY_CONTAINS(made[0].source, "tune TILE = 64 32");
        VERIFY_CONTAINS(made[0].source, "const long long q = q_first + threadIdx.x;");
    }

    void fromTheSlowestOn()
    {
        // The largest divisor first, and shifts; all three directions reversed.
        const auto made =
            proposals("// warploom: launch k<<<ceil_div(a * b * 64, 256), 256>>>(x, y, a * b * 64, a, b)\n"
                      "__global__ void k(const double* x, double* y, unsigned all, unsigned a, unsigned b) {\n"
                      "    unsigned id = blockIdx.x * blockDim.x + threadIdx.x;\n"
                      "    if (id >= all) return;\n"
                      "    unsigned u = id / (b * 64);\n"
                      "    unsigned left = id % (b * 64);\n"
                      "    unsigned v = left >> 6;\n"
                      "    unsigned w = left & 63;\n"
                      "    y[(w * b + v) * a + u] = x[id];\n}\n",
                      "tile-transpose");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "__shared__ double tile");
        VERIFY_CONTAINS(made[0].source, "ceil_div(64, TILE) * ceil_div(a, TILE) * b");
    }

    /// Axes that run the other way on one side or both, places by functions, and results where they are read.
    void mirrored_data()
    {
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("expected");
        QTest::newRow("what is written") << "y[((n * C + C - 1 - c) * H + h) * W + w] = x[i];"
                                         << "- (long long)H * W - (long long)H * W * c]";
        QTest::newRow("what is read") << "y[i] = x[((n * C + c) * H + h) * W + (W - 1 - w)];" << "- w - 1];";
        QTest::newRow("both") << "y[((n * C + C - 1 - c) * H + h) * W + W - w - 1] = x[i];" << "- w - 1] =";
        QTest::newRow("another axis") << "y[((n * C + c) * H + (H - h - 1)) * W + w] = x[i];"
                                      << "- W - (long long)W * h]";
        QTest::newRow("by a name") << "int up = H - 1 - h; y[((n * C + c) * H + up) * W + w] = x[i];"
                                   << "- W - (long long)W * h]";
        QTest::newRow("by a function") << "y[at(n, c, h, w, C, H, W)] = x[i];" << "] = tile[threadIdx.x]";
        QTest::newRow("with a value of its own")
            << "float v = x[i]; y[at(n, c, h, w, C, H, W)] = h > 2 ? 0.5f * (float)(int)v + bias[c] : 0.0f;"
            << "h > 2 ? 0.5f * (float)(int)v + bias[c] : 0.0f;";
    }
    void mirrored()
    {
        QFETCH(QString, body);
        QFETCH(QString, expected);
        auto source = channelsLast(body.toStdString());
        source.insert(source.find("__global__"),
                      "__device__ int at(int a, int b, int c, int d, int bs, int cs, int ds) {\n"
                      "    return ((a * bs + b) * cs + c) * ds + d;\n}\n");
        const auto made = proposals(source, "tile-transpose");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(errorOf(made[0].source), std::string());
        VERIFY_CONTAINS(made[0].source, expected.toStdString());
    }

    void fromTheInputsSide()
    {
        const auto made = proposals(
            "// warploom: launch k<<<min(ceil_div(a * b * c, 256), 512), 256>>>(x, y, a, b, c, gain)\n"
            "__device__ size_t at(int p, int q, int r, int qs, int rs) { return ((size_t)p * qs + q) * rs + r; }\n"
            "__global__ void k(const short* x, float* y, int a, int b, int c, float gain) {\n"
            "    const size_t all = (size_t)a * b * c;\n"
            "    const size_t step = (size_t)gridDim.x * blockDim.x;\n"
            "    for (size_t i = blockIdx.x * (size_t)blockDim.x + threadIdx.x; i < all; i += step) {\n"
            "        const int r = i % c;\n"
            "        const int q = (i / c) % b;\n"
            "        const int p = i / ((size_t)b * c);\n"
            "        y[at(r, p, b - 1 - q, a, b)] = gain * (float)x[i] + 1;\n    }\n}\n",
            "tile-transpose");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "__shared__ short tile[TILE][TILE + PAD];");
        VERIFY_CONTAINS(made[0].source, "gain * (float)tile[threadIdx.x][threadIdx.y + step");
        COMPARE_GOLDEN("tile-transpose-scattered", made[0].source);
    }

    void permutationNotThere_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("fastest axis stays") << "y[((h * N + n) * W + w) * C + c] = x[i];";
        QTest::newRow("in place") << "y[i] = y[((n * C + c) * H + h) * W + w];";
        QTest::newRow("conditional") << "y[i] = h > 0 ? x[((n * C + c) * H + h - 1) * W + w] : 0;";
        QTest::newRow("two loads") << "y[i] = x[((n * C + c) * H + h) * W + w] + bias[((n * C + c) * W + w) * H + h];";
        QTest::newRow("gathered") << "y[i] = x[((n * C + int(bias[c])) * H + h) * W + w];";
        QTest::newRow("accumulates") << "y[i] += x[((n * C + c) * H + h) * W + w];";
        QTest::newRow("atomic") << "atomicAdd(&y[i], x[((n * C + c) * H + h) * W + w]);";
        QTest::newRow("two stores") << "y[i + N * C] = 0; y[i] = x[((n * C + c) * H + h) * W + w];";
        QTest::newRow("choice") << "if (c > 1) y[i] = x[((n * C + c) * H + h) * W + w];";
        QTest::newRow("asks threads") << "y[i] = x[((n * C + c) * H + h) * W + w] + threadIdx.x;";
        QTest::newRow("changes an index") << "++c; y[i] = x[((n * C + c) * H + h) * W + w];";
        QTest::newRow("barrier") << "__syncthreads(); y[i] = x[((n * C + c) * H + h) * W + w];";
        QTest::newRow("every other one, mirrored") << "y[i] = x[((n * C + c) * H + h) * W + 2 * (W - 1 - w)];";
        QTest::newRow("halves") << "y[((n * C + c) * H + h) * W + w / 2] = x[i];";
        QTest::newRow("a function that is not known") << "y[((n * C + c) * H + h) * W + abs(w)] = x[i];";
        QTest::newRow("unrelated divisor") << "int k = i % (C + 1); y[i] = x[((n * C + c) * H + h) * W + w] + k;";
    }
    void permutationNotThere()
    {
        QFETCH(QString, body);
        const auto made = proposals(channelsLast(body.toStdString()), "tile-transpose");
        QVERIFY2(made.empty(), made.empty() ? "" : made[0].source.c_str());
    }

    void nothingForUnrelatedSizes()
    {
        auto source = channelsLast("y[i] = x[((n * C + c) * H + h) * W + w];");
        source.replace(source.find("N * C * H * W, C"), 13, "all");
        QVERIFY(proposals(source, "tile-transpose").empty());
    }

    void nothingForShortDirections()
    {
        const auto answer = [](std::int64_t channels) {
            return proposeMoves({channelsLast("y[i] = x[((n * C + c) * H + h) * W + w];"),
                                 "test.cu",
                                 {"tile-transpose"},
                                 {},
                                 {"N", "C", "H", "W"},
                                 {{"N", {8}}, {"C", {channels}}, {"H", {64}}, {"W", {64}}}});
        };
        QCOMPARE(answer(3)->proposals.size(), std::size_t{0});
        QCOMPARE(answer(64)->proposals.size(), std::size_t{1});
    }

    void nothingTwice()
    {
        QVERIFY(proposals(proposals(baseline("transpose"), "tile-transpose").at(0).source, "tile-transpose").empty());
    }

private:
    static std::string channelsLast(const std::string& body)
    {
        return "// warploom: launch k<<<ceil_div(N * C * H * W, 256), 256>>>(x, bias, y, N * C * H * W, C, H, W, N)\n"
               "__global__ void k(const float* x, const float* bias, float* y, int all, int C, int H, int W, int N) {\n"
               "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= all) return;\n"
               "    int c = i % C;\n    int w = i / C % W;\n    int h = i / (C * W) % H;\n    int n = i / (C * W * "
               "H);\n    "
            + body + "\n}\n";
    }

    static std::string kernel(const std::string& body)
    {
        return "// warploom: launch k<<<dim3(ceil_div(cols, 32), ceil_div(rows, 8)), dim3(32, 8)>>>(x, bias, y, rows, "
               "cols)\n"
               "__global__ void k(const float* x, const float* bias, float* y, int rows, int cols) {\n"
               "    int j = blockIdx.x * blockDim.x + threadIdx.x;\n    int i = blockIdx.y * blockDim.y + "
               "threadIdx.y;\n"
               "    if (i < rows && j < cols) "
            + body + "\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestTileTranspose)
#include "tst_TileTranspose.moc"
