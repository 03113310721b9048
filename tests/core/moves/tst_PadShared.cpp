// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestPadShared : public QObject {
    Q_OBJECT

private slots:
    void columnsOfATile()
    {
        const auto made = proposals(kernel("tile[32][32]", "tile[threadIdx.x][threadIdx.y]"), "pad-shared");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "__shared__ float tile[32][32 + PAD];");
        VERIFY_CONTAINS(made[0].source, "// warploom: tune PAD = 1 0 2 4\n");
        VERIFY_CONTAINS(made[0].hypothesis, "32 lanes");
        COMPARE_GOLDEN("pad-shared-columns", made[0].source);
    }

    void narrowBlocksConflictLess()
    {
        const auto made = proposals("// warploom: launch k<<<1, dim3(16, 16)>>>(x)\n"
                                        + kernel("tile[16][16]", "tile[threadIdx.x][threadIdx.y]"),
                                    "pad-shared");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].hypothesis, "8 lanes");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("array");
        QTest::addColumn<QString>("use");
        QTest::newRow("rows") << "tile[32][32]" << "tile[threadIdx.y][threadIdx.x]";
        QTest::newRow("padded") << "tile[32][32 + 1]" << "tile[threadIdx.x][threadIdx.y]";
        QTest::newRow("odd") << "tile[32][33]" << "tile[threadIdx.x][threadIdx.y]";
        QTest::newRow("one dimension") << "tile[32]" << "tile[threadIdx.x]";
        QTest::newRow("broadcast") << "tile[32][32]" << "tile[threadIdx.y][0]";
        QTest::newRow("as a pointer") << "tile[32][32]"
                                      << "tile[threadIdx.x][threadIdx.y] + *(&tile[0][0] + threadIdx.x)";
    }
    void notThere()
    {
        QFETCH(QString, array);
        QFETCH(QString, use);
        QVERIFY(proposals(kernel(array.toStdString(), use.toStdString()), "pad-shared").empty());
    }

    void nothingTwice()
    {
        const auto once =
            proposals(kernel("tile[32][32]", "tile[threadIdx.x][threadIdx.y]"), "pad-shared").at(0).source;
        QVERIFY(proposals(once, "pad-shared").empty());
    }

private:
    static std::string kernel(const std::string& array, const std::string& use)
    {
        return "__global__ void k(float* x)\n{\n    __shared__ float " + array
            + ";\n    __syncthreads();\n    x[threadIdx.x] = " + use + ";\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestPadShared)
#include "tst_PadShared.moc"
