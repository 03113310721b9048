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
    }
    void notThere()
    {
        QFETCH(QString, body);
        QVERIFY(proposals(kernel(body.toStdString()), "tile-transpose").empty());
    }

    void nothingTwice()
    {
        QVERIFY(proposals(proposals(baseline("transpose"), "tile-transpose").at(0).source, "tile-transpose").empty());
    }

private:
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
