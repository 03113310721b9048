// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestAtomicMoves : public QObject {
    Q_OBJECT

private slots:
    void reduceSum()
    {
        const auto made = proposals(baseline("reduce_sum"), "accumulate-local");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "<<<min(ceil_div(n, BLOCK), BLOCKS), BLOCK>>>");
        VERIFY_CONTAINS(made[0].source, "total += double(x[i]);");
        VERIFY_CONTAINS(made[0].source, "double blockSum_double(double value)");
        COMPARE_GOLDEN("accumulate-local-reduce_sum", made[0].source);
        QVERIFY(proposals(made[0].source, "accumulate-local").empty());
        QVERIFY(proposals(baseline("reduce_sum"), "privatize-histogram").empty());
    }

    void histogram()
    {
        const auto made = proposals(baseline("histogram"), "privatize-histogram", {{"counts", "i32", "out", {"256"}}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "__shared__ int counts_block[256];");
        VERIFY_CONTAINS(made[0].source, "atomicAdd(&counts_block[values[i]], 1);");
        COMPARE_GOLDEN("privatize-histogram-histogram", made[0].source);
        QVERIFY(proposals(made[0].source, "privatize-histogram", {{"counts", "i32", "out", {"256"}}}).empty());
        QVERIFY(proposals(baseline("histogram"), "accumulate-local").empty());
    }

    void histogramOfASize()
    {
        const auto made = proposals("// warploom: launch k<<<ceil_div(n, 256), 256>>>(v, h, n, bins)\n"
                                    "__global__ void k(const int* v, unsigned* h, int n, int width) {\n"
                                    "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                                    "    if (i >= n) return;\n"
                                    "    int b = v[i] % width;\n"
                                    "    atomicAdd(h + b, 1u);\n}\n",
                                    "privatize-histogram", {{"h", "u32", "out", {"bins"}}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "256, bins * 4>>>");
        VERIFY_CONTAINS(made[0].source, "extern __shared__ unsigned int h_block[];");
        VERIFY_CONTAINS(made[0].source, "bin < width");
    }

    void placesOfDataAreNoTotal()
    {
        QVERIFY(proposals("// warploom: launch k<<<ceil_div(n, 256), 256>>>(v, h, n)\n"
                          "__global__ void k(const int* v, int* h, int n) {\n"
                          "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                          "    if (i >= n) return;\n"
                          "    int b = v[i] % 7;\n"
                          "    atomicAdd(h + b, 1);\n}\n",
                          "accumulate-local")
                    .empty());
    }

    void unknownExtent() { QVERIFY(proposals(baseline("histogram"), "privatize-histogram").empty()); }

    void oldValueWanted()
    {
        QVERIFY(proposals("// warploom: launch k<<<1, 256>>>(x, y, n)\n"
                          "__global__ void k(int* x, int* y, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; "
                          "if (i < n) { int old = atomicAdd(x, 1); } }\n",
                          "accumulate-local")
                    .empty());
    }
};

QTEST_APPLESS_MAIN(TestAtomicMoves)
#include "tst_AtomicMoves.moc"
