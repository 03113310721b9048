// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

std::vector<MoveProposal> proposed(const std::string& source,
                                   const std::map<std::string, std::vector<std::int64_t>>& sizes, int multiprocessors)
{
    MoveRequest request{source, "test.cu", {"whole-waves"}, {}, {}};
    request.timeSizes = sizes;
    request.multiprocessors = multiprocessors;
    const auto answer = proposeMoves(request);
    if (!answer)
        qFatal("%s\n%s", answer.error().toString().c_str(), source.c_str());
    return answer->proposals;
}

/// A map by blocks of 256 threads: 4096 blocks, or two by one of the launches.
QString map()
{
    return "// warploom: launch k<<<ceil_div(n, 256), 256>>>(x, y, n)\n"
           "__global__ void k(const float* x, float* y, int n) {\n    __shared__ float s[256];\n"
           "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (blockIdx.x * 256 >= n)\n        return;\n"
           "    s[threadIdx.x] = i < n ? x[i] : 0.0f;\n    __syncthreads();\n"
           "    if (i < n)\n        y[i] = s[255 - threadIdx.x];\n}\n";
}

}  // namespace

class TestWholeWaves : public QObject {
    Q_OBJECT

private slots:
    void vectorAdd()
    {
        const auto made = proposed(baseline("vector_add"), {{"n", {1 << 20}}}, 132);
        QCOMPARE(made.size(), std::size_t{1});
        COMPARE_GOLDEN("whole-waves-vector_add", made[0].source);
        QVERIFY(proposed(made[0].source, {{"n", {1 << 20}}}, 132).empty());
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void sharedMemory()
    {
        const auto made = proposed(map().toStdString(), {{"n", {1 << 20}}}, 132);
        QCOMPARE(made.size(), std::size_t{1});
        // A turn must not write what the one before still reads.
        VERIFY_CONTAINS(made[0].source, "block += gridDim.x) {\n        __syncthreads();\n");
        VERIFY_CONTAINS(made[0].source, "if (block * 256 >= n)\n            continue;");
        VERIFY_CONTAINS(made[0].source, "k<<<min(ceil_div(n, 256), BLOCKS), 256>>>(x, y, n, ceil_div(n, 256))");
        VERIFY_CONTAINS(made[0].source, "tune BLOCKS = 528 1056 792 660 396 264 132 2112\n");
        COMPARE_GOLDEN("whole-waves-shared", made[0].source);
    }

    /// Warps that leave alone meet no other, and functions may meet the threads of a block.
    void warps()
    {
        auto source = map().replace("__syncthreads();", "__syncwarp();").replace("blockIdx.x * 256 >= n", "i >= n");
        QCOMPARE(proposed(source.toStdString(), {{"n", {1 << 20}}}, 132).size(), std::size_t{1});
        source = map().replace("__syncthreads();", "meet<3>();");
        source.prepend("template <int N> __device__ void meet() { __syncthreads(); }\n");
        QCOMPARE(proposed(source.toStdString(), {{"n", {1 << 20}}}, 132).size(), std::size_t{1});
        QVERIFY(
            proposed(source.replace("blockIdx.x * 256 >= n", "i >= n").toStdString(), {{"n", {1 << 20}}}, 132).empty());
    }

    /// A loop over the grid needs no other, only fewer blocks.
    void gridLoop_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        QTest::addColumn<bool>("applies");
        QTest::newRow("as it is") << "" << "" << true;
        QTest::newRow("constants") << "blockDim.x" << "256" << true;
        QTest::newRow("in place") << "i = first" << "i = blockIdx.x * blockDim.x + threadIdx.x" << true;
        QTest::newRow("atomics") << "y[i] = v" << "atomicAdd(&y[i & 7], v)" << true;
        QTest::newRow("sum over turns") << "float v =" << "carry += x[i]; float v = carry +" << false;
        QTest::newRow("array over turns") << "float v =" << "kept[0] = x[i]; float v = kept[1] +" << false;
        QTest::newRow("block's number") << "y[i] = v" << "y[i] = v + blockIdx.x" << false;
        QTest::newRow("first of the block") << "y[i] = v" << "y[i] = v + first" << false;
        QTest::newRow("blocks counted") << "for (int" << "y[n + blockIdx.x] = 1; for (int" << false;
        QTest::newRow("written once a thread") << "for (int" << "y[n] += 1; for (int" << false;
        QTest::newRow("other step") << "i += stride" << "i += stride + 1" << false;
        QTest::newRow("half a step") << "stride = gridDim.x * blockDim.x" << "stride = gridDim.x * 128" << false;
        QTest::newRow("memory over turns") << "y[i] = v" << "y[i] = v + y[i - 1048576]" << false;
        QTest::newRow("slots over turns") << "y[i] = v" << "y[i % 1048576] += v" << false;
        QTest::newRow("in place over turns") << "y[i] = v" << "y[i] += v" << true;
        QTest::newRow("leaves") << "y[i] = v" << "if (v > 3) break; y[i] = v" << false;
        QTest::newRow("tuned") << "ceil_div(n, 256)" << "GRID" << false;
    }
    void gridLoop()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        QFETCH(bool, applies);
        QString source = "// warploom: tune GRID = 4096\n"
                         "// warploom: launch k<<<ceil_div(n, 256), 256>>>(x, y, n)\n"
                         "__global__ void k(const float* x, float* y, int n) {\n"
                         "    int first = blockIdx.x * blockDim.x + threadIdx.x;\n    float carry = 0;\n"
                         "    float kept[2];\n    int stride = gridDim.x * blockDim.x;\n"
                         "    for (int i = first; i < n; i += stride) {\n"
                         "        float v = x[i];\n        y[i] = v;\n    }\n}\n";
        if (!replaced.isEmpty()) {
            QVERIFY(source.contains(replaced));
            source.replace(replaced, by);
        }
        const auto made = proposed(source.toStdString(), {{"n", {1 << 20}}}, 132);
        QCOMPARE(made.size(), applies ? std::size_t{1} : std::size_t{0});
        if (!applies)
            return;
        VERIFY_CONTAINS(made[0].source, "k<<<min(ceil_div(n, 256), BLOCKS), 256>>>(x, y, n)");
        // The loop is there, however many waves there are.
        QCOMPARE(proposed(source.toStdString(), {{"n", {1 << 30}}}, 132).size(), std::size_t{1});
        QVERIFY(proposed(made[0].source, {{"n", {1 << 20}}}, 132).empty());
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        QTest::newRow("knows how many") << "int n) {" << "int n) {\n    if (gridDim.x == 1) return;";
        QTest::newRow("second dimension") << "blockIdx.x * 256 >= n" << "blockIdx.y * 256 >= n";
        QTest::newRow("plane of blocks") << "<<<ceil_div(n, 256), 256>>>" << "<<<dim3(ceil_div(n, 256), 2), 256>>>";
        QTest::newRow("threads leave alone") << "blockIdx.x * 256 >= n" << "i >= n";
        QTest::newRow("leaves by what it loads") << "blockIdx.x * 256 >= n" << "x[blockIdx.x] == 0";
        QTest::newRow("leaves a loop") << "y[i] = s"
                                       << "for (int j = 0; j < n; ++j) if (x[j] > 0) return; else y[i] = s";
        QTest::newRow("pointer moves") << "if (blockIdx" << "x += 1;\n    if (blockIdx";
        QTest::newRow("parameter changes") << "if (blockIdx" << "n /= 2;\n    if (blockIdx";
        QTest::newRow("ticket") << "y[i] = s" << "if (atomicAdd(&y[n], 1.0f) == 3) y[i] = s";
        QTest::newRow("message") << "y[i] = s" << "__threadfence(), y[i] = s";
        QTest::newRow("waits") << "y[i] = s" << "while (*(volatile float*)y == 0) {} y[i] = s";
        QTest::newRow("assembly") << "y[i] = s" << "asm volatile(\"bar.sync 0;\"); y[i] = s";
        QTest::newRow("cluster") << "(x, y, n)\n" << "(x, y, n) cluster=2\n";
        QTest::newRow("cooperative") << "(x, y, n)\n" << "(x, y, n) cooperative\n";
        QTest::newRow("unknown blocks") << "<<<ceil_div(n, 256)" << "<<<ceil_div(m, 256)";
        QTest::newRow("function asks") << "__global__" << "__device__ int at() { return blockIdx.x; }\n__global__";
        QTest::newRow("active lanes") << "y[i] = s" << "y[__activemask() & 1] = s";
        QTest::newRow("template asks") << "__global__"
                                       << "template <int N> __device__ int at() { return gridDim.x + N; }\n__global__";
        QTest::newRow("goto") << "y[i] = s" << "goto end; end: y[i] = s";
        QTest::newRow("template") << "__global__" << "template <int N> __global__";
    }
    void notThere()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        QVERIFY(map().contains(replaced));
        auto source = map().replace(replaced, by);
        if (source.contains("at()"))
            source.replace("x[i] : 0.0f", source.contains("int N") ? "x[at<1>()] : 0.0f" : "x[at()] : 0.0f");
        QVERIFY(proposed(source.toStdString(), {{"n", {1 << 20}}}, 132).empty());
    }

    void onlyWithWaves()
    {
        const auto source = map().toStdString();
        const auto count = [&](std::int64_t n, int multiprocessors) {
            return proposed(source, {{"n", {n}}}, multiprocessors).size();
        };
        QCOMPARE(count(1 << 20, 132), std::size_t{1});
        QCOMPARE(count(256 * 528, 132), std::size_t{0});  // one wave
        QCOMPARE(count(std::int64_t{1} << 30, 132), std::size_t{0});  // thousands
        QCOMPARE(count(1 << 20, 0), std::size_t{0});  // of an unknown card
        QVERIFY(proposed(source, {}, 132).empty());
    }
};

QTEST_APPLESS_MAIN(TestWholeWaves)
#include "tst_WholeWaves.moc"
