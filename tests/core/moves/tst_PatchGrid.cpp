// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestPatchGrid : public QObject {
    Q_OBJECT

private slots:
    void bilinearResize()
    {
        const std::vector<BufferFact> buffers = {{"x", "f32", "in", {"planes", "h", "w"}},
                                                 {"y", "f32", "out", {"planes", "oh", "ow"}}};
        const auto made = proposals(baseline("bilinear_resize"), "patch-grid", buffers);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "float y_patch[ROWS][COLUMNS];");
        COMPARE_GOLDEN("patch-grid-resize", made[0].source);
        QVERIFY(proposals(made[0].source, "patch-grid", buffers).empty());
        QVERIFY(proposals(baseline("bilinear_resize"), "window", buffers).empty());
    }

    /// Only rows have something to share.
    void otherwiseWritten()
    {
        const auto made =
            proposals("// warploom: launch g<<<dim3(ceil_div(m, 32), ceil_div(n, 8)), dim3(32, 8)>>>(o, n, m)\n"
                      "__global__ void g(double* o, unsigned n, unsigned m) {\n"
                      "    unsigned b = blockIdx.y * blockDim.y + threadIdx.y;\n"
                      "    unsigned a = blockIdx.x * blockDim.x + threadIdx.x;\n"
                      "    if (b < n && a < m) {\n        double t = b + 1.0;\n        double s = sin(t);\n        o[b "
                      "* m + a] = s + a;\n    }\n}\n",
                      "patch-grid", {{"o", "f64", "out", {"n", "m"}}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "double o_patch[ROWS][COLUMNS];");
    }

    /// What is stored across is patched along the result's rows.
    void storedAcross()
    {
        const auto made =
            proposals("// warploom: launch g<<<dim3(ceil_div(m, 32), ceil_div(n, 8)), dim3(32, 8)>>>(x, y, n, m)\n"
                      "__global__ void g(const float* x, float* y, int n, int m) {\n"
                      "    int c = blockIdx.x * blockDim.x + threadIdx.x;\n"
                      "    int r = blockIdx.y * blockDim.y + threadIdx.y;\n    if (r >= n || c >= m) return;\n"
                      "    float s = (r + 1.0f) / n;\n    y[c * n + r] = s + x[0];\n}\n",
                      "patch-grid", {{"x", "f32", "in", {"n", "m"}}, {"y", "f32", "out", {"n", "m"}}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].title, "threads along rows");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        QTest::newRow("nothing costly") << "/ n" << "* n";
        QTest::newRow("of both coordinates") << "(r + 1.0f)" << "(r + c)";
        QTest::newRow("stored by some") << "y[r * m" << "if (s > 0) y[r * m";
        QTest::newRow("in place") << "+ x[0]" << "+ y[0]";
        QTest::newRow("barrier") << "y[r * m" << "__syncthreads(); y[r * m";
        QTest::newRow("neighbours") << "+ x[0]" << "+ (c > 0 ? x[r * m + c - 1] : 0)";
    }
    void notThere()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        QString source = "// warploom: launch g<<<dim3(ceil_div(m, 32), ceil_div(n, 8)), dim3(32, 8)>>>(x, y, n, m)\n"
                         "__global__ void g(const float* x, float* y, int n, int m) {\n"
                         "    int c = blockIdx.x * blockDim.x + threadIdx.x;\n"
                         "    int r = blockIdx.y * blockDim.y + threadIdx.y;\n    if (r >= n || c >= m) return;\n"
                         "    float s = (r + 1.0f) / n;\n    y[r * m + c] = s + x[0];\n}\n";
        const std::vector<BufferFact> buffers = {{"x", "f32", "in", {"n", "m"}}, {"y", "f32", "out", {"n", "m"}}};
        QCOMPARE(proposals(source.toStdString(), "patch-grid", buffers).size(), std::size_t{1});
        QVERIFY(source.contains(replaced));
        source.replace(replaced, by);
        QVERIFY(proposals(source.toStdString(), "patch-grid", buffers).empty());
    }
};

QTEST_APPLESS_MAIN(TestPatchGrid)
#include "tst_PatchGrid.moc"
