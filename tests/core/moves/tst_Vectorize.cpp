// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestVectorize : public QObject {
    Q_OBJECT

private slots:
    void map()
    {
        const auto made = proposals(baseline("vector_add"), "vectorize");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "<<<ceil_div(n, 256 * 4), 256>>>");
        VERIFY_CONTAINS(made[0].source, "c_vec[lane] = a_vec[lane] + b_vec[lane];");
        VERIFY_CONTAINS(made[0].source, "if (n - i >= 4) {");
        COMPARE_GOLDEN("vectorize-vector_add", made[0].source);
    }

    void widthsFollowTheWidestType()
    {
        VERIFY_CONTAINS(only(map("double", "y[i] = 2 * x[i];")), "double2");
        const auto half = only("#include <cuda_fp16.h>\n" + map("__half", "y[i] = x[i] * x[i];"));
        VERIFY_CONTAINS(half, "uint4");
        VERIFY_CONTAINS(half, "lane < 8");
    }

    void indexUsedOtherwise()
    {
        VERIFY_CONTAINS(only(map("float", "y[i] = x[i] * i;")), "y_vec[lane] = x_vec[lane] * (i + lane);");
    }

    void gatherStaysScalar() { VERIFY_CONTAINS(only(map("int", "y[i] = x[x[i]];")), "y_vec[lane] = x[x_vec[lane]];"); }

    void inPlaceLoadsFirst()
    {
        const auto text = only(map("float", "y[i] += x[i];"));
        VERIFY_CONTAINS(text, "*reinterpret_cast<float4*>(y_vec) = *reinterpret_cast<const float4*>(&y[i]);");
        VERIFY_CONTAINS(text, "*reinterpret_cast<float4*>(&y[i]) = *reinterpret_cast<const float4*>(y_vec);");
    }

    void rowLoopsFallBack()
    {
        const auto rows = proposals(baseline("softmax"), "row-per-block").at(0).source;
        const auto made = proposals(rows, "vectorize");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(countOf(made[0].source, "if (cols % 4 == 0) {"), 3);
        QCOMPARE(countOf(made[0].source, "for (int c = threadIdx.x * 4; c < cols; c += blockDim.x * 4) {"), 3);
        COMPARE_GOLDEN("vectorize-softmax-rows", made[0].source);
        QVERIFY(proposals(made[0].source, "vectorize").empty());
    }

    void gridStrideLoop()
    {
        const auto text =
            only("__global__ void k(const float* x, float* y, int n) {\n"
                 "    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x)\n"
                 "        y[i] = x[i];\n}\n");
        VERIFY_CONTAINS(
            text,
            "for (int i = (blockIdx.x * blockDim.x + threadIdx.x) * 4; i < n; i += (blockDim.x * gridDim.x) * 4) {");
        VERIFY_CONTAINS(text, "for (int i_tail = i; i_tail < n; ++i_tail) {");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("source");
        const auto add = [](const char* name, const std::string& source) {
            QTest::newRow(name) << QString::fromStdString(source);
        };
        add("shifted", map("float", "y[i + 1] = x[i + 1];"));
        add("strided", map("float", "y[2 * i] = x[2 * i];"));
        add("reads its neighbour", map("float", "y[i] = y[i + 4] + x[i];"));
        add("returns", map("float", "{ if (x[i] < 0) return; y[i] = x[i]; }"));
        add("barrier", map("float", "{ y[i] = x[i]; __syncthreads(); }"));
        add("vectors already", map("float4", "y[i] = x[i];"));
        add("another start",
            "__global__ void k(const float* x, float* y, int n) { for (int i = 1 + threadIdx.x; i < n; i += "
            "blockDim.x) y[i] = x[i]; }");
        add("read by other threads",
            "__global__ void k(const float* x, float* y, float* z, int n) { for (int i = threadIdx.x; i < n; i += "
            "blockDim.x) y[i] = x[i]; z[threadIdx.x] = y[threadIdx.x]; }");
        add("no launch",
            "__global__ void k(const float* x, float* y, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i "
            "< n) y[i] = x[i]; }");
    }
    void notThere()
    {
        QFETCH(QString, source);
        const auto made = proposals(source.toStdString(), "vectorize");
        QVERIFY2(made.empty(), made.empty() ? "" : made[0].source.c_str());
    }

    void nothingTwice()
    {
        QVERIFY(proposals(proposals(baseline("vector_add"), "vectorize").at(0).source, "vectorize").empty());
    }

private:
    static std::string map(const std::string& type, const std::string& body)
    {
        return "// warploom: launch k<<<ceil_div(n, 128), 128>>>(x, y, n)\n__global__ void k(const " + type + "* x, "
            + type + "* y, int n)\n{\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i < n)\n        "
            + body + "\n}\n";
    }

    static std::string only(const std::string& source)
    {
        const auto made = proposals(source, "vectorize");
        return made.size() == 1 ? made[0].source : "expected one proposal, got " + std::to_string(made.size());
    }
};

QTEST_APPLESS_MAIN(TestVectorize)
#include "tst_Vectorize.moc"
