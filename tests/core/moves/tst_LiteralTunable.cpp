// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestLiteralTunable : public QObject {
    Q_OBJECT

private slots:
    void blockOfOneDimension()
    {
        const auto made = proposals(baseline("vector_add"), "literal-tunable");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "// warploom: tune BLOCK = 256 128 512 64 1024 32\n");
        VERIFY_CONTAINS(made[0].source, "launch vector_add<<<ceil_div(n, BLOCK), BLOCK>>>(a, b, c, n)");
        COMPARE_GOLDEN("literal-tunable-vector_add", made[0].source);
    }

    void blockOfTwoDimensions()
    {
        const auto made = proposals(baseline("transpose"), "literal-tunable");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source,
                        "dim3(ceil_div(cols, BLOCK_X), ceil_div(rows, BLOCK_Y)), dim3(BLOCK_X, BLOCK_Y)");
        VERIFY_CONTAINS(made[0].source, "require BLOCK_X * BLOCK_Y <= 1024");
    }

    /// Rows of a block go with the first axis of the grid where the kernel says so.
    void axesThatCross()
    {
        const auto made = proposals("// warploom: let COLUMNS = ceil_div(w, 8)\n"
                                    "// warploom: launch k<<<dim3(COLUMNS, h), dim3(32, 8)>>>(x, w, h)\n"
                                    "__global__ void k(float* x, int w, int h) {\n"
                                    "    int c = blockIdx.x * blockDim.y + threadIdx.y;\n"
                                    "    if (c < w) for (int i = threadIdx.x; i < 64; i += blockDim.x)\n"
                                    "        x[(blockIdx.y * w + c) * 64 + i] = 0;\n}\n",
                                    "literal-tunable");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "// warploom: let COLUMNS = ceil_div(w, BLOCK_Y)\n");
        VERIFY_CONTAINS(made[0].source, "launch k<<<dim3(COLUMNS, h), dim3(BLOCK_X, BLOCK_Y)>>>");
    }

    void literalsBehindLets()
    {
        const auto made = proposals(baseline("conv2d"), "literal-tunable");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "let ACROSS = ceil_div(width, BLOCK_X)");
        VERIFY_CONTAINS(made[0].source, "let DOWN = ceil_div(height, BLOCK_Y)");
    }

    void roundingUpByHand()
    {
        const auto made = proposals(
            "// warploom: launch k<<<(n + 255) / 256, 256>>>(x, n)\n"
            "__global__ void k(float* x, int n) { int i = blockIdx.x * 256 + threadIdx.x; if (i < n) x[i] = 0; }\n",
            "literal-tunable");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "<<<(n + BLOCK - 1) / BLOCK, BLOCK>>>");
        VERIFY_CONTAINS(made[0].source, "blockIdx.x * BLOCK + threadIdx.x");
    }

    void namedConstant_data()
    {
        QTest::addColumn<QString>("definition");
        QTest::newRow("macro") << "#define TILE 16\n";
        QTest::newRow("constexpr") << "constexpr int TILE = 16;\n";
        QTest::newRow("static const") << "static const int TILE = 16;\n";
    }
    void namedConstant()
    {
        QFETCH(QString, definition);
        const auto source = "// warploom: launch k<<<dim3(ceil_div(w, 16), ceil_div(h, 16)), dim3(16, 16)>>>(x, w, h)\n"
            + definition.toStdString()
            + "__global__ void k(float* x, int w, int h) {\n"
              "    __shared__ float tile[TILE][TILE];\n"
              "    int c = blockIdx.x * TILE + threadIdx.x, r = blockIdx.y * TILE + threadIdx.y;\n"
              "    tile[threadIdx.y][threadIdx.x] = 1;\n"
              "    __syncthreads();\n"
              "    if (c < w && r < h) x[r * w + c] = tile[threadIdx.x][threadIdx.y];\n"
              "}\n";
        const auto made = proposals(source, "literal-tunable");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "// warploom: tune TILE = 16 8 32 4\n");
        VERIFY_CONTAINS(made[0].source, "<<<dim3(ceil_div(w, TILE), ceil_div(h, TILE)), dim3(TILE, TILE)>>>");
        VERIFY_LACKS(made[0].source, definition.toStdString());
        QVERIFY(proposals(made[0].source, "literal-tunable").empty());
    }

    void binsAreNoTiles()
    {
        const auto made =
            proposals("// warploom: launch k<<<64, 256>>>(v, h, n)\n"
                      "#define BINS 256\n"
                      "__global__ void k(const int* v, int* h, int n) {\n"
                      "    __shared__ int local[BINS];\n"
                      "    for (int i = threadIdx.x; i < n; i += blockDim.x) atomicAdd(&local[v[i]], 1);\n"
                      "    for (int b = threadIdx.x; b < BINS; b += blockDim.x) atomicAdd(&h[b], local[b]);\n"
                      "}\n",
                      "literal-tunable");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "<<<64, BLOCK>>>");
        VERIFY_CONTAINS(made[0].source, "#define BINS 256");
    }

    void unrollFactor()
    {
        const auto made = proposals("__global__ void k(float* x, int n) {\n"
                                    "#pragma unroll 8\n"
                                    "    for (int i = 0; i < n; ++i) x[i] = 0;\n"
                                    "}\n",
                                    "literal-tunable");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "#pragma unroll UNROLL\n");
        VERIFY_CONTAINS(made[0].source, "tune UNROLL = 8 4 16 2 1\n");
    }

    void nothingTwice()
    {
        for (const char* task : {"vector_add", "transpose", "conv2d", "sgemm"})
            for (const auto& made : proposals(baseline(task), "literal-tunable"))
                QVERIFY(proposals(made.source, "literal-tunable").empty());
    }
};

QTEST_APPLESS_MAIN(TestLiteralTunable)
#include "tst_LiteralTunable.moc"
