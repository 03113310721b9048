// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestRestrictConst : public QObject {
    Q_OBJECT

private slots:
    void allPointers()
    {
        const auto made = proposals(baseline("vector_add"), "restrict-const");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(
            made[0].source,
            "vector_add(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, int n)");
    }

    void constWhereOnlyRead()
    {
        const auto made = proposals("__global__ void k(float *in, float *out, int *count) {\n"
                                    "    out[threadIdx.x] = in[threadIdx.x] + __ldg(in);\n"
                                    "    atomicAdd(count, 1);\n"
                                    "}\n",
                                    "restrict-const");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source,
                        "k(const float *__restrict__ in, float *__restrict__ out, int *__restrict__ count)");
    }

    void aliasesStayCompilable()
    {
        const auto made = proposals("__global__ void k(float* in, float* out) { float* p = in + 1; out[0] = p[0]; }\n",
                                    "restrict-const");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "k(float* __restrict__ in, float* __restrict__ out)");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("source");
        QTest::newRow("no pointers") << "__global__ void k(int n) {}";
        QTest::newRow("already") << "__global__ void k(const float* __restrict__ x) {}";
        QTest::newRow("no kernel") << "__device__ void k(float* x) {}";
        QTest::newRow("one buffer twice")
            << "// warploom: launch k<<<1, 1>>>(x, x)\n__global__ void k(float* a, float* b) {}";
    }
    void notThere()
    {
        QFETCH(QString, source);
        QVERIFY(proposals(source.toStdString(), "restrict-const").empty());
    }

    void nothingTwice()
    {
        QVERIFY(proposals(proposals(baseline("softmax"), "restrict-const").at(0).source, "restrict-const").empty());
    }
};

QTEST_APPLESS_MAIN(TestRestrictConst)
#include "tst_RestrictConst.moc"
