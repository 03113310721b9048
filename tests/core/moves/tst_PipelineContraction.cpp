// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestPipelineContraction : public QObject {
    Q_OBJECT

private slots:
    void sgemm()
    {
        const auto made = proposals(baseline("sgemm"), "pipeline-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "sums[i][j] += left_part[buffer][i] * right_part[buffer][j];");
        // Columns of b are neighbours: whole vectors of them are copied where its rows begin on a vector's boundary.
        VERIFY_CONTAINS(made[0].source, "if (n % 4 == 0) {");
        COMPARE_GOLDEN("pipeline-contraction-sgemm", made[0].source);
    }

    void everyLayoutIsReadAlongItsNeighbours_data()
    {
        QTest::addColumn<QString>("left");
        QTest::addColumn<QString>("right");
        QTest::addColumn<QString>("leftCopy");
        QTest::addColumn<QString>("rightCopy");
        QTest::addColumn<QString>("condition");
        const auto turned = [](const char* side) {
            return QStringLiteral("copyAsync<4>(&%1_tile[stage][%1_along][%1_line + i_2 * %1_apart]").arg(side);
        };
        const auto wide = [](const char* side) {
            return QStringLiteral("copyAsync<16>(&%1_tile[stage][%1_line + i_2 * %1_apart][%1_along]").arg(side);
        };
        const auto any = [](const char* side) {
            return QStringLiteral("copyAsync<4>(&%1_tile[stage][%1_line][%1_along], is_in").arg(side);
        };
        QTest::newRow("row, row") << "a[i * k + p]" << "b[p * n + j]" << turned("left") << wide("right")
                                  << "if (n % 4 == 0) {";
        QTest::newRow("row, column") << "a[i * k + p]" << "b[j * k + p]" << turned("left") << turned("right") << "";
        QTest::newRow("column, row") << "a[p * m + i]" << "b[p * n + j]" << wide("left") << wide("right")
                                     << "if (m % 4 == 0 && n % 4 == 0) {";
        QTest::newRow("column, column") << "a[p * m + i]" << "b[j * k + p]" << wide("left") << turned("right")
                                        << "if (m % 4 == 0) {";
        // Every other element: no neighbours.
        QTest::newRow("strided") << "a[2 * (p * m + i)]" << "b[p * n + j]" << any("left") << wide("right")
                                 << "if (n % 4 == 0) {";
        // A line that begins at an odd place cannot be read in vectors.
        QTest::newRow("shifted") << "a[i * k + p]" << "b[p * n + j + 1]" << turned("left") << any("right") << "";
    }
    void everyLayoutIsReadAlongItsNeighbours()
    {
        QFETCH(QString, left);
        QFETCH(QString, right);
        QFETCH(QString, leftCopy);
        QFETCH(QString, rightCopy);
        QFETCH(QString, condition);
        const auto made = proposals(product("float", QStringLiteral("s += %1 * %2;").arg(left, right).toStdString()),
                                    "pipeline-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        const std::string& source = made[0].source;
        VERIFY_CONTAINS(source, leftCopy.toStdString());
        VERIFY_CONTAINS(source, rightCopy.toStdString());
        VERIFY_CONTAINS(source, condition.toStdString());
        QCOMPARE(source.find("loadNarrow") == std::string::npos, condition.isEmpty());
        QCOMPARE(errorOf(source), std::string());
    }

    void epilogueAndNamesStay()
    {
        auto source =
            product("float", "s = fmaf(b[p * n + j], a[i * k + p], s);", "c[i * n + j] = 0.5f * s + c[i * n + j];");
        const auto made = proposals(source, "pipeline-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "fmaf(right_part[buffer][j_2], left_part[buffer][i_2], sums[i_2][j_2])");
        VERIFY_CONTAINS(made[0].source, "c[i * n + j] = 0.5f * s + c[i * n + j];");
        VERIFY_CONTAINS(made[0].source, "float s = sums[i_2][j_2];");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void batchesAdvanceTheirPointers()
    {
        const auto made = proposals(baseline("batched_gemm"), "pipeline-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        const std::string& source = made[0].source;
        VERIFY_CONTAINS(source, "    a += size_t(blockIdx.z) * m * k;\n    b += size_t(blockIdx.z) * k * n;\n");
        VERIFY_CONTAINS(source, "dim3(ceil_div(n, TILE_N), ceil_div(m, TILE_M), batch)");
        // Each product of the batch begins where vectors may, or is copied element by element.
        VERIFY_CONTAINS(source, "n % 4 == 0 && (size_t(blockIdx.z) * k * n) % 4 == 0) {");
        QCOMPARE(proposals(baseline("batched_gemm"), "tile-contraction").size(), std::size_t{2});
        // A body that moves a pointer must not be run for several elements.
        const std::string moving = "// warploom: launch m<<<ceil_div(n, 128), 128>>>(x, y, n, k)\n"
                                   "__global__ void m(const float* x, float* y, int n, int k) {\n"
                                   "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n) return;\n"
                                   "    x += k;\n    y[i] = x[i];\n}\n";
        for (const char* move : {"coarsen", "vectorize", "row-per-block", "split-sum", "tile-transpose"})
            QVERIFY2(proposals(moving, move).empty(), move);
        // Threads that advance differently are not of one product.
        auto odd = baseline("batched_gemm");
        odd.replace(odd.find("a += size_t(blockIdx.z)"), 23, "a += size_t(threadIdx.x)");
        QVERIFY(proposals(odd, "pipeline-contraction").empty());
        auto twice = baseline("batched_gemm");
        twice.insert(twice.find("    b += size_t"), "    a += 1;\n");
        QVERIFY(proposals(twice, "pipeline-contraction").empty());
    }

    void notThere()
    {
        // Copies of 2 bytes there are none.
        const auto halves = "#include <cuda_fp16.h>\n"
            + product("half", "s += __half2float(a[i * k + p]) * __half2float(b[p * n + j]);");
        QVERIFY(proposals(halves, "pipeline-contraction").empty());
        for (const auto& made : proposals(baseline("sgemm"), "pipeline-contraction"))
            QVERIFY(proposals(made.source, "pipeline-contraction").empty());
        auto shared = product("float", "s += a[i * k + p] * b[p * n + j];");
        shared.replace(shared.find("dim3(16, 16)>>>"), 15, "dim3(16, 16), 1024>>>");
        QVERIFY(proposals(shared, "pipeline-contraction").empty());
    }

    void doubles()
    {
        const auto made = proposals(product("double", "s += a[i * k + p] * b[p * n + j];"), "pipeline-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "if (n % 2 == 0) {");
        VERIFY_CONTAINS(made[0].source, "copyAsync<8>");
    }

private:
    static std::string product(const std::string& type, const std::string& update,
                               const std::string& epilogue = "c[i * n + j] = s;")
    {
        const std::string sum = type == "double" ? "double" : "float";
        return "// warploom: launch g<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)\n"
               "__global__ void g(const "
            + type + "* a, const " + type + "* b, " + sum
            + "* c, int m, int n, int k) {\n"
              "    int j = blockIdx.x * blockDim.x + threadIdx.x;\n"
              "    int i = blockIdx.y * blockDim.y + threadIdx.y;\n"
              "    if (i >= m || j >= n) return;\n"
              "    "
            + sum + " s = 0; for (int p = 0; p < k; ++p) " + update + "\n    " + epilogue + "\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestPipelineContraction)
#include "tst_PipelineContraction.moc"
