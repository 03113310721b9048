// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestTileContraction : public QObject {
    Q_OBJECT

private slots:
    void sgemm()
    {
        const auto made = proposals(baseline("sgemm"), "tile-contraction");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "sum += left_tile[threadIdx.y][step] * right_tile[step][threadIdx.x];");
        VERIFY_CONTAINS(made[1].source, "sums[i][j] += left_part[i] * right_part[j];");
        VERIFY_CONTAINS(made[1].source, "left_tile[TILE_K][TILE_M + PAD]");
        COMPARE_GOLDEN("tile-contraction-sgemm", made[0].source);
        COMPARE_GOLDEN("tile-contraction-sgemm-registers", made[1].source);
    }

    void epilogueStays()
    {
        const auto made =
            proposals(kernel("float s = 0; for (int p = 0; p < k; ++p) s = fmaf(b[p * n + j], a[i * k + p], s);\n"
                             "    c[i * n + j] = 0.5f * s + c[i * n + j];"),
                      "tile-contraction");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "s = fmaf(right_tile[step][threadIdx.x], left_tile[threadIdx.y][step], s);");
        VERIFY_CONTAINS(made[1].source, "c[i * n + j] = 0.5f * s + c[i * n + j];");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("one factor") << "float s = 0; for (int p = 0; p < k; ++p) s += a[i * k + p]; c[i * n + j] = s;";
        QTest::newRow("sum of both")
            << "float s = 0; for (int p = 0; p < k; ++p) s += a[i * k + p] + b[p * n + j]; c[i * n + j] = s;";
        QTest::newRow("starts at one")
            << "float s = 1; for (int p = 0; p < k; ++p) s += a[i * k + p] * b[p * n + j]; c[i * n + j] = s;";
        QTest::newRow("same row")
            << "float s = 0; for (int p = 0; p < k; ++p) s += a[i * k + p] * b[i * k + p]; c[i * n + j] = s;";
        QTest::newRow("product and another number")
            << "float s = 0; for (int p = 0; p < k; ++p) s = a[i * k + p] * b[p "
               "* n + j] + float(n); c[i * n + j] = s;";
        QTest::newRow("product fused with another number") << "float s = 0; for (int p = 0; p < k; ++p) s = fmaf(a[i * "
                                                              "k + p], b[p * n + j], float(n)); c[i * n + j] = s;";
        QTest::newRow("sum added to itself")
            << "float s = 0; for (int p = 0; p < k; ++p) s += fmaf(a[i * k + p], b[p * n + j], s); c[i * n + j] = s;";
    }
    void notThere()
    {
        QFETCH(QString, body);
        QVERIFY(proposals(kernel(body.toStdString()), "tile-contraction").empty());
    }

    void nothingTwice()
    {
        for (const auto& made : proposals(baseline("sgemm"), "tile-contraction"))
            QVERIFY(proposals(made.source, "tile-contraction").empty());
    }

private:
    static std::string kernel(const std::string& body)
    {
        return "// warploom: launch g<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)\n"
               "__global__ void g(const float* a, const float* b, float* c, int m, int n, int k) {\n"
               "    int j = blockIdx.x * blockDim.x + threadIdx.x;\n    int i = blockIdx.y * blockDim.y + "
               "threadIdx.y;\n"
               "    if (i >= m || j >= n) return;\n    "
            + body + "\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestTileContraction)
#include "tst_TileContraction.moc"
