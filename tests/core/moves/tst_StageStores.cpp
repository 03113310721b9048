// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestStageStores : public QObject {
    Q_OBJECT

private slots:
    void cornerTurn()
    {
        const auto source = readFile(sourceFolder() / "tests/bench/agent/unseen/radar_corner_turn/baseline.cu");
        const auto made = proposals(source, "stage-stores");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source,
                        "<<<dim3(ceil_div(gates, TILE), channels, ceil_div(pulses, TILE)), dim3(TILE, TILE_ROWS)>>>");
        COMPARE_GOLDEN("stage-stores-radar_corner_turn", made[0].source);
    }

    void there_data()
    {
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("line");
        QTest::newRow("transposed") << "for (int p = 0; p < m; ++p)\n        y[i * m + p] = x[p * n + i];"
                                    << "tile[threadIdx.x][p - first] = x[p * n + i];";
        QTest::newRow("pointers of its own")
            << "float* to = y + i * m;\n    for (int p = 0; p < m; ++p)\n        to[p] = x[p * n + i] * z[p];"
            << "            float* to = y + i * m;\n            to[p] = tile[line][threadIdx.x];";
        QTest::newRow("two results") << "for (int p = 0; p < m; ++p) {\n        float v = x[p * n + i];\n        y[i * "
                                        "m + p] = v;\n        w[i * m + p] = "
                                        "v * v;\n    }"
                                     << "w[i * m + p] = tile2[line][threadIdx.x];";
        QTest::newRow("what every item has") << "const float scale = z[i];\n    for (int p = 0; p < m; ++p)\n        "
                                                "y[i * m + p] = scale * x[p * n + i];"
                                             << "tile[threadIdx.x][p - first] = scale * x[p * n + i];";
        QTest::newRow("a loop within") << "for (int p = 0; p < m; ++p) {\n        float s = 0;\n        for (int q = "
                                          "0; q < 3; ++q)\n            s += x[(p + q) * n "
                                          "+ i];\n        y[i * m + p] = s;\n    }"
                                       << "tile[threadIdx.x][p - first] = s;";
    }
    void there()
    {
        QFETCH(QString, body);
        QFETCH(QString, line);
        const auto made = proposals(columns(body.toStdString()), "stage-stores");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, line.toStdString());
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void blockSizesInWords()
    {
        auto source = columns("for (int p = 0; p < m; ++p)\n        y[i * m + p] = x[p * n + i];");
        source.replace(source.find("blockDim.x"), 10, "256");
        const auto made = proposals(source, "stage-stores");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "int i = blockIdx.x * TILE + threadIdx.x;");
        VERIFY_LACKS(made[0].source, "* 256 +");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("side by side") << "for (int p = 0; p < m; ++p)\n        y[p * n + i] = x[p * n + i];";
        QTest::newRow("lines on both sides") << "for (int p = 0; p < m; ++p)\n        y[i * m + p] = x[i * m + p];";
        QTest::newRow("a running sum") << "float s = 0;\n    for (int p = 0; p < m; ++p) {\n        s += x[p * n + "
                                          "i];\n        y[i * m + p] = s;\n    }";
        QTest::newRow("in place") << "for (int p = 0; p < m; ++p)\n        y[i * m + p] = y[p * n + i];";
        QTest::newRow("not always stored")
            << "for (int p = 0; p < m; ++p)\n        if (x[p * n + i] > 0)\n            y[i * m + p] = x[p * n + i];";
        QTest::newRow("two stores that meet") << "for (int p = 0; p < m; ++p) {\n        y[i * m + p] = x[p * n + "
                                                 "i];\n        y[i * m + p + 1] = 0;\n    }";
        QTest::newRow("counts layers")
            << "for (int p = 0; p < m; ++p)\n        y[i * m + p] = x[p * n + i] * gridDim.z;";
        QTest::newRow("skips some") << "for (int p = 0; p < m; ++p) {\n        if (x[p * n + i] < 0)\n            "
                                       "continue;\n        y[i * m + p] = 1;\n    }";
        QTest::newRow("ends early") << "for (int p = 0; p < m; ++p) {\n        y[i * m + p] = x[p * n + i];\n        "
                                       "if (x[p * n + i] < 0)\n            "
                                       "break;\n    }";
        QTest::newRow("adds") << "for (int p = 0; p < m; ++p)\n        y[i * m + p] += x[p * n + i];";
        QTest::newRow("every second") << "for (int p = 0; p < m; p += 2)\n        y[i * m + p] = x[p * n + i];";
        QTest::newRow("from the second") << "for (int p = 1; p < m; ++p)\n        y[i * m + p] = x[p * n + i];";
        QTest::newRow("as far as memory says")
            << "for (int p = 0; p < int(z[i]); ++p)\n        y[i * m + p] = x[p * n + i];";
        QTest::newRow("as far as its item says") << "for (int p = 0; p < i; ++p)\n        y[i * m + p] = x[p * n + i];";
        QTest::newRow("something follows")
            << "for (int p = 0; p < m; ++p)\n        y[i * m + p] = x[p * n + i];\n    w[i] = 1;";
        QTest::newRow("places from memory")
            << "for (int p = 0; p < m; ++p)\n        y[int(z[i]) * m + p] = x[p * n + i];";
    }
    void notThere()
    {
        QFETCH(QString, body);
        QVERIFY(proposals(columns(body.toStdString()), "stage-stores").empty());
    }

private:
    static std::string columns(const std::string& body)
    {
        return "// warploom: launch k<<<ceil_div(n, 256), 256>>>(x, y, z, w, n, m)\n"
               "__global__ void k(const float* x, float* y, const float* z, float* w, int n, int m)\n{\n"
               "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n)\n        return;\n    "
            + body + "\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestStageStores)
#include "tst_StageStores.moc"
