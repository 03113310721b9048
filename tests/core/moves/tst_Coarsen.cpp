// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestCoarsen : public QObject {
    Q_OBJECT

private slots:
    void elements()
    {
        const auto made = proposals(baseline("vector_add"), "coarsen");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "<<<ceil_div(ceil_div(n, 256), ITEMS), 256>>>");
        COMPARE_GOLDEN("coarsen-vector_add", made[0].source);
        QVERIFY(proposals(made[0].source, "coarsen").empty());
        QVERIFY(proposals(baseline("softmax"), "coarsen").empty());
    }

    /// Returns of the body, and loops that are short.
    void rows()
    {
        const auto jacobi = proposals(baseline("stencil2d"), "coarsen");
        QCOMPARE(jacobi.size(), std::size_t{1});
        VERIFY_CONTAINS(jacobi[0].source, "int row = (blockIdx.y * blockDim.y + threadIdx.y) * ITEMS + item;");
        QCOMPARE(countOf(jacobi[0].source, "continue;"), 2);
        QCOMPARE(countOf(jacobi[0].source, "return;"), 0);
        COMPARE_GOLDEN("coarsen-stencil2d", jacobi[0].source);
        QCOMPARE(proposals(baseline("stencil3d"), "coarsen").size(), std::size_t{1});
        QCOMPARE(proposals(baseline("bilinear_resize"), "coarsen").size(), std::size_t{1});
        QCOMPARE(proposals(baseline("depthwise_conv"), "coarsen").size(), std::size_t{1});
    }

    /// Vectors are elements too.
    void vectors()
    {
        const auto made = proposals(proposals(baseline("vector_add"), "vectorize").at(0).source, "coarsen");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "int i = ((blockIdx.x * ITEMS + item) * blockDim.x + threadIdx.x) * 4;");
        VERIFY_CONTAINS(made[0].source, "<<<ceil_div(ceil_div(n, 256 * 4), ITEMS), 256>>>");
        // More elements than 32 bits count stay so.
        const auto wide = proposals(baseline("jagged_to_dense"), "coarsen");
        QCOMPARE(wide.size(), std::size_t{1});
        VERIFY_CONTAINS(wide[0].source,
                        "long long i = (long long)((blockIdx.x * ITEMS + item)) * blockDim.x + threadIdx.x;");
        // A factor may be a tunable: it stays in words.
        auto tuned = proposals(baseline("vector_add"), "vectorize").at(0).source;
        tuned.replace(tuned.find("threadIdx.x) * 4;"), 17, "threadIdx.x) * WIDTH;");
        tuned = "// warploom: tune WIDTH = 4 2\n" + tuned;
        const auto words = proposals(tuned, "coarsen");
        QCOMPARE(words.size(), std::size_t{1});
        VERIFY_CONTAINS(words[0].source, "((blockIdx.x * ITEMS + item) * blockDim.x + threadIdx.x) * WIDTH;");
        // Nothing that counts elements by threads takes such an index for its own.
        for (const char* move : {"vectorize", "row-per-block", "split-sum"})
            QVERIFY2(proposals(proposals(baseline("vector_add"), "vectorize").at(0).source, move).empty(), move);
    }

    /// Grids that are written as dim3, and functions with returns of their own.
    void otherwiseWritten()
    {
        const auto made = proposals("// warploom: launch g<<<dim3(ceil_div(n, 128)), dim3(128)>>>(x, y, n)\n"
                                    "__global__ void g(const float* x, float* y, int n) {\n"
                                    "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n) return;\n"
                                    "    auto f = [](float v) { return v * 2; };\n    y[i] = f(x[i]);\n}\n",
                                    "coarsen");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "<<<dim3(ceil_div(ceil_div(n, 128), ITEMS)), dim3(128)>>>");
        VERIFY_CONTAINS(made[0].source, "return v * 2;");
        // What asks for the layer does so by a function too.
        const std::string layers = "__global__ void g(float* y, int h, int w) {\n"
                                   "    int c = blockIdx.x * blockDim.x + threadIdx.x;\n"
                                   "    int r = blockIdx.y * blockDim.y + threadIdx.y;\n"
                                   "    if (r < h && c < w) y[(layer() * h + r) * w + c] = 1;\n}\n"
                                   "// warploom: launch g<<<dim3(ceil_div(w, 32), ceil_div(h, 8), 3), dim3(32, 8)>>>"
                                   "(y, h, w)\n";
        QVERIFY(!proposals("__device__ int layer() { return blockIdx.z; }\n" + layers, "coarsen").empty());
        QVERIFY(proposals("__device__ int layer() { return blockIdx.y; }\n" + layers, "coarsen").empty());
        // Surplus threads, of which there are others then, do nothing.
        QVERIFY(proposals("// warploom: launch g<<<ceil_div(n, 128), 128>>>(c, y, n)\n"
                          "__global__ void g(int* c, int* y, int n) {\n"
                          "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    int s = atomicAdd(c, 1);\n"
                          "    if (i < n)\n        y[i] = s;\n}\n",
                          "coarsen")
                    .empty());
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("a loop of unknown length") << "for (int k = 0; k < w; ++k) y[r * w + c] += x[k];";
        QTest::newRow("a long loop") << "for (int k = 0; k < 64; ++k) y[r * w + c] += x[k];";
        QTest::newRow("a return in a loop") << "for (int k = 0; k < 4; ++k) if (x[k] > 0) return;";
        QTest::newRow("a barrier") << "__syncthreads(); y[r * w + c] = 1;";
        QTest::newRow("the thread's number") << "y[r * w + c] = threadIdx.y;";
        QTest::newRow("the grid's height") << "y[r * w + c] = gridDim.y;";
        QTest::newRow("the thread's number, in a function") << "y[r * w + c] = t();";
        QTest::newRow("who else is there") << "y[r * w + c] = __activemask();";
        QTest::newRow("a pointer that moves") << "y += r * w + c; *y = 1;";
        QTest::newRow("a number that moves") << "w += 1; y[r * w + c] = 1;";
    }
    void notThere()
    {
        QFETCH(QString, body);
        const auto kernel = [](const std::string& inner) {
            return "__device__ int t() { return threadIdx.x; }\n"
                   "// warploom: launch g<<<dim3(ceil_div(w, 32), ceil_div(h, 8)), dim3(32, 8)>>>(x, y, h, w)\n"
                   "__global__ void g(const float* x, float* y, int h, int w) {\n"
                   "    int c = blockIdx.x * blockDim.x + threadIdx.x;\n"
                   "    int r = blockIdx.y * blockDim.y + threadIdx.y;\n    if (r < h && c < w) {\n        "
                + inner + "\n    }\n}\n";
        };
        QCOMPARE(proposals(kernel("y[r * w + c] = x[r * w + c];"), "coarsen").size(), std::size_t{1});
        QVERIFY(proposals(kernel(body.toStdString()), "coarsen").empty());
    }
};

QTEST_APPLESS_MAIN(TestCoarsen)
#include "tst_Coarsen.moc"
