// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "PlainFormKernels.h"

using namespace warploom;
using namespace warploom::test;

/// Sums of blocks by trees and shuffles.
class TestPlainTree : public QObject {
    Q_OBJECT

private slots:
    void trees()
    {
        const std::string tree =
            "__shared__ float part[256];\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
            "    part[threadIdx.x] = i < n ? x[i] : 0.0f;\n    __syncthreads();\n"
            "    for (int s = blockDim.x / 2; s > 0; s /= 2) {\n"
            "        if (threadIdx.x < s)\n            part[threadIdx.x] += part[threadIdx.x + s];\n"
            "        __syncthreads();\n    }\n";
        const auto added =
            launched("ceil_div(n, 256), 256", tree + "    if (threadIdx.x == 0)\n        atomicAdd(y, part[0]);");
        VERIFY_CONTAINS(plainOf(added), "if (i < n)\n        atomicAdd(y, x[i]);");
        VERIFY_LACKS(plainOf(added), "__shared__");
        const auto stored =
            launched("ceil_div(n, 256), 256", tree + "    if (threadIdx.x == 0)\n        y[blockIdx.x] = part[0];");
        QVERIFY(plainOf(stored).empty());
        const auto shuffled = proposals(stored, "shuffle-tree");
        QCOMPARE(shuffled.size(), std::size_t{1});
        VERIFY_CONTAINS(shuffled[0].source, "const float blocksSum = blockSum(i < n ? x[i] : 0.0f);");
        VERIFY_CONTAINS(shuffled[0].source, "y[blockIdx.x] = blocksSum;");
        VERIFY_LACKS(shuffled[0].source, "part[256]");
        QVERIFY(proposals(shuffled[0].source, "shuffle-tree").empty());
    }

    /// Each thread's addition can stand for a tree only if nobody needs its barriers, or what it cuts off.
    void treesThatStay_data()
    {
        QTest::addColumn<std::string>("from");
        QTest::addColumn<std::string>("to");
        QTest::newRow("as it is") << std::string() << std::string();
        QTest::newRow("another array")
            << std::string("float part[256];")
            << std::string("float part[256];\n    __shared__ float other[256];\n    other[threadIdx.x] = 1;");
        QTest::newRow("memory behind the barriers")
            << std::string("    if (threadIdx.x == 0)") << std::string("    y[1] = x[0];\n    if (threadIdx.x == 0)");
        QTest::newRow("integers of reals") << std::string("__shared__ float") << std::string("__shared__ int");
    }
    void treesThatStay()
    {
        QFETCH(std::string, from);
        QFETCH(std::string, to);
        auto source =
            launched("ceil_div(n, 256), 256",
                     "__shared__ float part[256];\n    float v = x[threadIdx.x];\n    part[threadIdx.x] = v;\n"
                     "    __syncthreads();\n    for (int s = blockDim.x / 2; s > 0; s /= 2) {\n"
                     "        if (threadIdx.x < s)\n            part[threadIdx.x] += part[threadIdx.x + s];\n"
                     "        __syncthreads();\n    }\n    if (threadIdx.x == 0)\n        atomicAdd(y, part[0]);");
        QVERIFY(source.find(from) != std::string::npos);
        source.replace(source.find(from), from.size(), to);
        QCOMPARE(plainOf(source).find("atomicAdd(y, v)") != std::string::npos, from.empty());
    }

    void valuesThatChangeBehindATree()
    {
        const auto plain =
            plainOf(launched("ceil_div(n, 256), 256",
                             "__shared__ float part[256];\n    float v = x[threadIdx.x];\n    part[threadIdx.x] = v;\n"
                             "    __syncthreads();\n    for (int s = blockDim.x / 2; s > 0; s /= 2) {\n"
                             "        if (threadIdx.x < s)\n            part[threadIdx.x] += part[threadIdx.x + s];\n"
                             "        __syncthreads();\n    }\n    v = 0;\n    if (threadIdx.x == 0)\n"
                             "        atomicAdd(y, part[0]);"));
        VERIFY_CONTAINS(plain, "atomicAdd(y, v)");
        VERIFY_LACKS(plain, "v = 0;");
    }

    /// What is half of one block is not half of the other.
    void treesOfTwoLaunches()
    {
        const std::string body =
            "__shared__ float part[512];\n    part[threadIdx.x] = x[threadIdx.x];\n    __syncthreads();\n"
            "    for (int s = 128; s > 0; s /= 2) {\n        if (threadIdx.x < s)\n"
            "            part[threadIdx.x] += part[threadIdx.x + s];\n        __syncthreads();\n    }\n"
            "    y[blockIdx.x] = part[0];";
        const auto source = launched("n, 256", body);
        QCOMPARE(proposals(source, "shuffle-tree").size(), std::size_t{1});
        QVERIFY(proposals("// warploom: launch g<<<n, 512>>>(x, y, o, n, m)\n" + source, "shuffle-tree").empty());
    }

    void treesThatAreNone_data()
    {
        QTest::addColumn<std::string>("from");
        QTest::addColumn<std::string>("to");
        QTest::newRow("other elements used") << std::string("= part[0]") << std::string("= part[1]");
        QTest::newRow("half a block") << std::string("blockDim.x / 2") << std::string("blockDim.x / 4");
        QTest::newRow("to the last but one") << std::string("s > 0") << std::string("s > 1");
        QTest::newRow("a product") << std::string("part[threadIdx.x] += ") << std::string("part[threadIdx.x] *= ");
        QTest::newRow("another partner") << std::string("part[threadIdx.x + s]")
                                         << std::string("part[threadIdx.x + s + 1]");
        QTest::newRow("no barrier") << std::string("        __syncthreads();\n    }")
                                    << std::string("        ;\n    }");
        QTest::newRow("blocks of 96") << std::string(", 256>>>") << std::string(", 96>>>");
        QTest::newRow("blocks of 16") << std::string(", 256>>>") << std::string(", 16>>>");
    }
    void treesThatAreNone()
    {
        QFETCH(std::string, from);
        QFETCH(std::string, to);
        auto source =
            launched("ceil_div(n, 256), 256",
                     "__shared__ float part[256];\n    part[threadIdx.x] = x[threadIdx.x];\n    __syncthreads();\n"
                     "    for (int s = blockDim.x / 2; s > 0; s /= 2) {\n"
                     "        if (threadIdx.x < s)\n            part[threadIdx.x] += part[threadIdx.x + s];\n"
                     "        __syncthreads();\n    }\n    y[blockIdx.x] = part[0];");
        QCOMPARE(proposals(source, "shuffle-tree").size(), std::size_t{1});
        QVERIFY(source.find(from) != std::string::npos);
        source.replace(source.find(from), from.size(), to);
        QVERIFY(proposals(source, "shuffle-tree").empty());
    }
};

QTEST_APPLESS_MAIN(TestPlainTree)
#include "tst_PlainTree.moc"
