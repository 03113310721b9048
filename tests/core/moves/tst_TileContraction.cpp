// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestTileContraction : public QObject {
    Q_OBJECT

private slots:
    void sgemm()
    {
        const auto made = proposals(baseline("sgemm"), "tile-contraction");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "sum += left_tile[threadIdx.y][step] * right_tile[step][threadIdx.x];");
        VERIFY_CONTAINS(made[1].source, "sums[i][j] += left_part[i] * right_part[j];");
        VERIFY_CONTAINS(made[1].source, "left_tile[TILE_K][TILE_M + PAD]");
        COMPARE_GOLDEN("tile-contraction-sgemm", made[0].source);
        COMPARE_GOLDEN("tile-contraction-sgemm-registers", made[1].source);
    }

    void epilogueStays()
    {
        const auto made =
            proposals(kernel("float s = 0; for (int p = 0; p < k; ++p) s = fmaf(b[p * n + j], a[i * k + p], s);\n"
                             "    c[i * n + j] = 0.5f * s + c[i * n + j];"),
                      "tile-contraction");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "s = fmaf(right_tile[step][threadIdx.x], left_tile[threadIdx.y][step], s);");
        VERIFY_CONTAINS(made[1].source, "c[i * n + j] = 0.5f * s + c[i * n + j];");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("one factor") << "float s = 0; for (int p = 0; p < k; ++p) s += a[i * k + p]; c[i * n + j] = s;";
        QTest::newRow("same row")
            << "float s = 0; for (int p = 0; p < k; ++p) s += a[i * k + p] * b[i * k + p]; c[i * n + j] = s;";
        const auto folds = [](const char* name, const std::string& start, const std::string& round) {
            QTest::newRow(name) << QString::fromStdString(start + " for (int p = 0; p < k; ++p) { " + round
                                                          + " } c[i * n + j] = s;");
        };
        const std::string apart = "fabsf(a[i * k + p] - b[p * n + j])";
        folds("leaves early", "float s = 0;", "s += " + apart + "; if (s > 9) break;");
        folds("needs its number", "float s = 0;", "s += p * " + apart + ";");
        folds("needs its row", "float s = 0;", "s += i * " + apart + ";");
        folds("needs a value from before", "float g = c[0]; float s = 0;", "s += g * " + apart + ";");
        folds("starts from memory", "float s = c[i * n + j];", "s = fmaxf(s, " + apart + ");");
        folds("starts at its row", "float s = i;", "s += " + apart + ";");
        folds("another sum comes in", "float s = 0;", "s += " + apart + " + a[p];");
        folds("loads at times", "float s = 0;", "if (a[i * k + p] > 0) s += b[p * n + j];");
        folds("loads in a choice", "float s = 0;", "s += a[i * k + p] > 0 ? b[p * n + j] : 1.0f;");
        folds("loads behind and", "float s = 0;", "if (a[i * k + p] > 0 && b[p * n + j] > 0) s += 1;");
        folds("place moves", "int q = 0; float s = 0;", "s += fabsf(a[i * k + q] - b[p * n + j]); q += 1;");
        folds("place was read", "float s = 0;", "s += fabsf(a[i * k + p] - b[int(a[i * k + p]) * n + j]);");
        folds("stores", "float s = 0;", "s += " + apart + "; c[i * n + j] = s;");
        folds("atomics", "float s = 0;", "s += atomicAdd(c, " + apart + ");");
        folds("asks for its warp", "float s = 0;", "s += __activemask() * " + apart + ";");
        folds("a loop within", "float s = 0;", "for (int q = 0; q < 2; ++q) s += " + apart + ";");
        folds("quotients of integers", "int s = 0;", "s += int(a[i * k + p]) / int(b[p * n + j]);");
        folds("an array of its own", "float t[2] = {0, 0}; float s = 0;", "t[1] += " + apart + "; s = t[1];");
    }
    void notThere()
    {
        QFETCH(QString, body);
        QVERIFY(proposals(kernel(body.toStdString()), "tile-contraction").empty());
    }

    void anythingOfPairs()
    {
        const auto made = proposals(kernel("float s = 0; for (int p = 0; p < k; ++p) {\n"
                                           "        const float t = a[i * k + p] - b[j * k + p];\n        s += t * t;\n"
                                           "    }\n    c[i * n + j] = sqrtf(s);"),
                                    "tile-contraction");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source,
                        "const float t = left_tile[threadIdx.y][step] - right_tile[step][threadIdx.x];");
        VERIFY_CONTAINS(made[1].source, "const float t = left_part[i_2] - right_part[j_2];");
        VERIFY_CONTAINS(made[1].source, "sums[i_2][j_2] += t * t;");
        VERIFY_CONTAINS(made[1].source, "c[i * n + j] = sqrtf(s);");
        // Zeros behind the depth add nothing.
        VERIFY_LACKS(made[1].source, "tile_begin + step < k");
        QVERIFY(made[1].hypothesis.rfind("every step of g", 0) == 0);
    }

    void stepsBehindTheDepth_data()
    {
        QTest::addColumn<QString>("round");
        QTest::addColumn<bool>("areIdle");
        const auto add = [](const char* round, bool areIdle) { QTest::newRow(round) << round << areIdle; };
        add("s += fabsf(a[i * k + p] - b[p * n + j]);", true);
        add("s = s + min(a[i * k + p], b[p * n + j]);", true);
        add("s = fmaf(a[i * k + p] - b[p * n + j], 2.0f, s);", true);
        add("s += __popc(__float_as_uint(a[i * k + p]) ^ __float_as_uint(b[p * n + j]));", false);
        add("s += __popc(int(a[i * k + p]) ^ int(b[p * n + j]));", true);
        add("s += a[i * k + p] == b[p * n + j] ? 1.0f : 0.0f;", false);
        add("s += a[i * k + p] == b[p * n + j];", false);
        add("s += a[i * k + p] != b[p * n + j];", true);
        add("s += expf(a[i * k + p] - b[p * n + j]);", false);
        add("s += a[i * k + p] / b[p * n + j];", false);
        add("s = fmaxf(s, a[i * k + p] + b[p * n + j]);", false);
        add("s = a[i * k + p] * b[p * n + j];", false);
        add("s += a[i * k + p] + b[p * n + j] + 1.0f;", false);
        add("s *= a[i * k + p] + b[p * n + j];", false);
        add("if (a[i * k + p] > b[p * n + j]) s += 1;", false);
        add("float t = a[i * k + p]; t -= 2; s += t + b[p * n + j];", false);
    }
    void stepsBehindTheDepth()
    {
        QFETCH(QString, round);
        QFETCH(bool, areIdle);
        const auto made = proposals(
            kernel("float s = 1.0f; for (int p = 0; p < k; ++p) { " + round.toStdString() + " } c[i * n + j] = s;"),
            "tile-contraction");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "float s = 1.0f;");
        VERIFY_CONTAINS(made[1].source, "sums[i_2][j_2] = 1.0f;");
        for (const auto& one : made)
            QCOMPARE(one.source.find("&& tile_begin + step < k") == std::string::npos, areIdle);
    }

    void severalValues()
    {
        const auto made =
            proposals(kernel("float s = -3e38f; int hits = 0;\n"
                             "    for (int p = 0; p < k; ++p) {\n"
                             "        const float t = a[i * k + p] - b[2 * (p * n + j)] * b[2 * (p * n + j) + 1];\n"
                             "        if (t > s)\n            s = t;\n        hits += t > 0.5f;\n    }\n"
                             "    c[i * n + j] = s + hits;"),
                      "tile-contraction");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[1].source, "const float t = left_part[i_2] - right_part_1[j_2] * right_part_2[j_2];");
        VERIFY_CONTAINS(made[1].source, "if (t > sums_s[i_2][j_2])");
        VERIFY_CONTAINS(made[1].source, "sums_hits[i_2][j_2] += t > 0.5f;");
        VERIFY_CONTAINS(made[1].source, "sums_s[i_2][j_2] = -3e38f;");
        VERIFY_CONTAINS(made[1].source, "sums_hits[i_2][j_2] = 0;");
        VERIFY_CONTAINS(made[1].source, "int hits = sums_hits[i_2][j_2];");
    }

    void otherMovesWantProducts()
    {
        const auto source = kernel("float s = 0; for (int p = 0; p < k; ++p) s += fabsf(a[i * k + p] - b[p * n + j]);\n"
                                   "    c[i * n + j] = s;");
        QCOMPARE(proposals(source, "pipeline-contraction").size(), std::size_t{1});
        for (const char* move : {"tensor-contraction", "tensor-split", "wgmma-contraction", "split-contraction"})
            QVERIFY(proposals(source, move).empty());
    }

    void nothingTwice()
    {
        for (const auto& made : proposals(baseline("sgemm"), "tile-contraction"))
            QVERIFY(proposals(made.source, "tile-contraction").empty());
    }

private:
    static std::string kernel(const std::string& body)
    {
        return "// warploom: launch g<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)\n"
               "__global__ void g(const float* a, const float* b, float* c, int m, int n, int k) {\n"
               "    int j = blockIdx.x * blockDim.x + threadIdx.x;\n    int i = blockIdx.y * blockDim.y + "
               "threadIdx.y;\n"
               "    if (i >= m || j >= n) return;\n    "
            + body + "\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestTileContraction)
#include "tst_TileContraction.moc"
