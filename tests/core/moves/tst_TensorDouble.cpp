// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestTensorDouble : public QObject {
    Q_OBJECT

private slots:
    void dgemm()
    {
        const auto made = proposals(product("a[i * k + p]", "b[p * n + j]"), "tensor-double");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "mma.sync.aligned.m16n8k8.row.col.f64.f64.f64.f64");
        VERIFY_CONTAINS(made[0].source, "const bool left_is_wide = k % 2 == 0;");
        VERIFY_CONTAINS(made[0].source, "const bool right_is_wide = n % 2 == 0;");
        // Single doubles can be copied wherever lines begin: there is no second way.
        VERIFY_LACKS(made[0].source, "is_copied");
        COMPARE_GOLDEN("tensor-double-dgemm", made[0].source);
        QCOMPARE(errorOf(made[0].source), std::string());
        for (const char* move : {"tensor-double", "pipeline-contraction", "tile-contraction"})
            QVERIFY(proposals(made[0].source, move).empty());
    }

    void everyLayout_data()
    {
        QTest::addColumn<QString>("left");
        QTest::addColumn<QString>("right");
        QTest::addColumn<QString>("readsLeft");
        QTest::addColumn<QString>("readsRight");
        const QString leftAlong =
            QStringLiteral("left_part[item / 2][item % 2 + 2],|&left_tile[stage][placeInTile<TILE_K, 2>(|down + ");
        const QString leftAcross =
            QStringLiteral("left_part[item / 2][item % 2 * 2 + 1],|&left_tile[stage][placeInTile<TILE_M, 4>(|step + ");
        const QString rightAlong = QStringLiteral(
            "right_part[item / 2][item % 2 * 2 + 1],|&right_tile[stage][placeInTile<TILE_K, 2>(|across + ");
        const QString rightAcross =
            QStringLiteral("right_part[item / 2][item % 2 + 2],|&right_tile[stage][placeInTile<TILE_N, 4>(|step + ");
        QTest::newRow("row, row") << "a[i * k + p]" << "b[p * n + j]" << leftAlong << rightAcross;
        QTest::newRow("row, column") << "a[i * k + p]" << "b[j * k + p]" << leftAlong << rightAlong;
        QTest::newRow("column, row") << "a[p * m + i]" << "b[p * n + j]" << leftAcross << rightAcross;
        QTest::newRow("column, column") << "a[p * m + i]" << "b[j * k + p]" << leftAcross << rightAlong;
    }
    void everyLayout()
    {
        QFETCH(QString, left);
        QFETCH(QString, right);
        QFETCH(QString, readsLeft);
        QFETCH(QString, readsRight);
        const auto made = proposals(product(left.toStdString(), right.toStdString()), "tensor-double");
        QCOMPARE(made.size(), std::size_t{1});
        for (const QString& reads : {readsLeft, readsRight})
            for (const QString& part : reads.split('|'))
                VERIFY_CONTAINS(made[0].source, part.toStdString());
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void linesOfUnknownLength()
    {
        const auto made = proposals(product("a[i * (k + 1) + p]", "b[p * n + j]"), "tensor-double");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "const bool left_is_wide = false;");
        VERIFY_LACKS(made[0].source, "is_copied");
    }

    /// Two neighbours may be apart where a run ends within a copy: those are loaded element by element.
    void runs()
    {
        const auto made = proposals(product("a[p / n * n * m + i * n + p % n]", "b[p * n + j]"), "tensor-double");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "const bool is_copied = k % 2 == 0 && n % 2 == 0;");
        VERIFY_CONTAINS(made[0].source, "? a[p / n * n * m + i * n + p % n] : 0.0;");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void layers()
    {
        auto source = product("a[(blockIdx.z * k + p) * m + i]", "b[(p * 3 + blockIdx.z) * n + j]");
        source.replace(source.find("ceil_div(m, 16))"), 16, "ceil_div(m, 16), 3)");
        const auto made = proposals(source, "tensor-double");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "dim3(ceil_div(n, TILE_N), ceil_div(m, TILE_M), 3)");
        VERIFY_CONTAINS(made[0].source, "const bool left_is_wide = m % 2 == 0;");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void severalSums()
    {
        auto source = product("a[i * k + p]", "b[p * n + j]");
        const std::string one = "double s = 0; for (int p = 0; p < k; ++p) s += a[i * k + p] * b[p * n + j];";
        source.replace(source.find(one), one.size(),
                       "double s = 0, r = 0; for (int p = 0; p < k; ++p) { s += a[i * k + p] * b[p * n + j]; r += a[i "
                       "* k + p] * b[(p + k) * n + j]; }");
        source.replace(source.find("= s;"), 4, "= s / r;");
        const auto made = proposals(source, "tensor-double");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "double sums_r[kTall][kBroad * 2][4] = {};");
        VERIFY_CONTAINS(made[0].source, "STAGES * (TILE_M + 2 * TILE_N) * TILE_K * 8");
        VERIFY_CONTAINS(made[0].source, "tune TILE_N = 64 128 32");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    /// What users write into shared tiles is a product as well once it is read where it comes from.
    void tiledByHand()
    {
        for (const char* bound : {"(depth - 1) / SIDE + 1", "(depth + SIDE - 1) / SIDE", "depth / SIDE + 1"}) {
            const auto made = proposals(tiled(bound), "tensor-double");
            QVERIFY2(made.size() == 1, bound);
            VERIFY_CONTAINS(made[0].source, "dim3(ceil_div(rows, TILE_N), ceil_div(cols, TILE_M))");
            VERIFY_LACKS(made[0].source, "__shared__ double");
            QVERIFY(!proposals(tiled(bound), "pipeline-contraction").empty());
            QVERIFY(!proposals(tiled(bound), "tile-contraction").empty());
        }
        // By as many as a tile has.
        auto steps = tiled("depth");
        for (auto at = steps.find("t * SIDE"); at != std::string::npos; at = steps.find("t * SIDE"))
            steps.replace(at, 8, "t");
        steps.replace(steps.find("t++"), 3, "t += SIDE");
        QCOMPARE(proposals(steps, "tensor-double").size(), std::size_t{1});
        // The last slice in part, or not at all.
        for (const char* bound : {"depth / SIDE", "(depth - 2) / SIDE + 1", "(depth - 1) / 15 + 1"})
            QVERIFY2(proposals(tiled(bound), "tensor-double").empty(), bound);
    }

    void whatTheTaskTolerates()
    {
        MoveRequest request{product("a[i * k + p]", "b[p * n + j]"), "test.cu", {"tensor-double"}, {}, {}};
        request.rtol = 1e-12;
        QVERIFY(proposeMoves(request)->proposals.size() == 1);
        request.rtol = 1e-16;
        QVERIFY(proposeMoves(request)->proposals.empty());
        request.atol = 1e-14;
        QVERIFY(proposeMoves(request)->proposals.size() == 1);
    }

    void nearMisses_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::newRow("summed in float") << "double s = 0;" << "float s = 0;";
        QTest::newRow("a factor of floats") << "const double* b" << "const float* b";
        QTest::newRow("cut to a float") << "s += a[i * k + p]" << "s += float(a[i * k + p])";
        QTest::newRow("cut to a float and back") << "s += a[i * k + p]" << "s += double(float(a[i * k + p]))";
        QTest::newRow("multiplied as floats")
            << "s += a[i * k + p] * b[p * n + j]" << "s = fmaf(a[i * k + p], b[p * n + j], s)";
        QTest::newRow("added up as floats")
            << "s += a[i * k + p] * b[p * n + j]" << "s += float(a[i * k + p] * b[p * n + j])";
        QTest::newRow("cut to whole numbers") << "s += a[i * k + p]" << "s += int(a[i * k + p])";
        QTest::newRow("starts elsewhere") << "double s = 0;" << "double s = 1;";
        QTest::newRow("skips the first") << "int p = 0; p < k" << "int p = 1; p < k";
        QTest::newRow("every second") << "++p" << "p += 2";
        QTest::newRow("subtracts") << "s += " << "s -= ";
        QTest::newRow("every second element") << "b[p * n + j]" << "b[(p * n + j) * 2]";
        QTest::newRow("of both indices") << "a[i * k + p]" << "a[(i + j) * k + p]";
        QTest::newRow("lines that grow") << "a[i * k + p]" << "a[i * i + p]";
        QTest::newRow("into a factor") << "c[i * n + j] = s;" << "a[i * n + j] = s;";
        QTest::newRow("a depth of each row") << "p < k" << "p < k - i";
        QTest::newRow("a volatile sum") << "double s = 0;" << "volatile double s = 0;";
    }
    void nearMisses()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        auto source = product("a[i * k + p]", "b[p * n + j]");
        if (to.startsWith("a[i * n"))
            source.replace(source.find("const double* a"), 15, "double* a");
        const auto at = source.find(from.toStdString());
        QVERIFY(at != std::string::npos);
        source.replace(at, from.size(), to.toStdString());
        QCOMPARE(errorOf(source), std::string());
        QVERIFY2(proposals(source, "tensor-double").empty(), source.c_str());
    }

    void otherSpellings_data()
    {
        QTest::addColumn<QString>("update");
        QTest::newRow("fma") << "s = fma(a[i * k + p], b[p * n + j], s);";
        QTest::newRow("by itself") << "s = s + b[p * n + j] * a[i * k + p];";
        QTest::newRow("read-only loads") << "s += __ldg(&a[i * k + p]) * __ldg(&b[p * n + j]);";
    }
    void otherSpellings()
    {
        QFETCH(QString, update);
        auto source = product("a[i * k + p]", "b[p * n + j]");
        const std::string plain = "s += a[i * k + p] * b[p * n + j];";
        source.replace(source.find(plain), plain.size(), update.toStdString());
        QCOMPARE(errorOf(source), std::string());
        QCOMPARE(proposals(source, "tensor-double").size(), std::size_t{1});
    }

    void floatsAreNone()
    {
        QVERIFY(proposals(baseline("sgemm"), "tensor-double").empty());
        QVERIFY(proposals(baseline("hgemm"), "tensor-double").empty());
    }

private:
    static std::string product(const std::string& left, const std::string& right)
    {
        return "// warploom: launch g<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)\n"
               "__global__ void g(const double* a, const double* b, double* c, int m, int n, int k) {\n"
               "    int j = blockIdx.x * blockDim.x + threadIdx.x;\n"
               "    int i = blockIdx.y * blockDim.y + threadIdx.y;\n"
               "    if (i >= m || j >= n) return;\n"
               "    double s = 0; for (int p = 0; p < k; ++p) s += "
            + left + " * " + right + ";\n    c[i * n + j] = s;\n}\n";
    }

    /// A left factor and a result in columns, lanes of rows.
    static std::string tiled(const std::string& bound)
    {
        return "// warploom: launch mm<<<dim3(ceil_div(cols, 16), ceil_div(rows, 16)), dim3(16, 16)>>>(x, y, z, rows, "
               "cols, depth)\n"
               "#define SIDE 16\n#define X(r, p) x[(r) + (size_t)(p) * rows]\n"
               "__global__ void mm(const double* x, const double* y, double* z, int rows, int cols, int depth)\n{\n"
               "    __shared__ double left[SIDE][SIDE], right[SIDE][SIDE];\n"
               "    const int lx = threadIdx.x, ly = threadIdx.y;\n"
               "    const int r = blockIdx.y * SIDE + ly, c = blockIdx.x * SIDE + lx;\n"
               "    double sum = 0.0;\n    for (int t = 0; t < "
            + bound
            + "; t++) {\n"
              "        left[ly][lx] = r < rows && t * SIDE + lx < depth ? X(r, t * SIDE + lx) : 0.0;\n"
              "        right[ly][lx] = c < cols && t * SIDE + ly < depth ? y[(t * SIDE + ly) * cols + c] : 0.0;\n"
              "        __syncthreads();\n        for (int q = 0; q < SIDE; q++)\n"
              "            sum += left[ly][q] * right[q][lx];\n        __syncthreads();\n    }\n"
              "    if (r < rows && c < cols)\n        z[r + (size_t)c * rows] = sum > 9 ? 9 : sum;\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestTensorDouble)
#include "tst_TensorDouble.moc"
