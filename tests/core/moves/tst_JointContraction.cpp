// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// Contractions whose one loop feeds several sums.
class TestJointContraction : public QObject {
    Q_OBJECT

private slots:
    void experts()
    {
        // Gate and up come from alternating rows of one matrix, by pointers that the loop moves.
        const auto source = readFile(sourceFolder() / "tests/bench/agent/unseen/expert_glu/baseline.cu");
        const auto made = proposals(source, "tensor-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        const auto& text = made[0].source;
        VERIFY_CONTAINS(text,
                        "RightTile* const right_tile_up = reinterpret_cast<RightTile*>(right_tile_gate + STAGES);");
        VERIFY_CONTAINS(text, "const bool is_copied = hidden_dim % 2 == 0;");
        VERIFY_CONTAINS(text, "const bool right_is_wide_up = hidden_dim % 8 == 0;");
        VERIFY_CONTAINS(text, "multiplyAdd(sums_up[i][2 * j], left_part[buffer][i], part_up[0], part_up[1]);");
        VERIFY_CONTAINS(text, "float gate = lines_gate[item / kColumns][item % kColumns];");
        VERIFY_CONTAINS(text, "STAGES * (TILE_M + 2 * TILE_N) * TILE_K * 2");
        VERIFY_CONTAINS(text, "// warploom: tune TILE_N = 128 64 256");
        VERIFY_CONTAINS(text, "2 * TILE_M * TILE_N <= 4096 * min(");
        // The tokens are loaded once for both.
        QCOMPARE(countOf(text, "left_tile = "), 1);
        QCOMPARE(errorOf(text), std::string());
        COMPARE_GOLDEN("tensor-contraction-expert-glu", text);
    }

    void expertsByWarpgroups()
    {
        const auto source = readFile(sourceFolder() / "tests/bench/agent/unseen/expert_glu/baseline.cu");
        const auto made = proposals(source, "wgmma-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "float sums_gate[kTall][TILE_N / 2] = {};");
        VERIFY_CONTAINS(made[0].source, "multiplyAdd(sums_up[i], descriptorOf(&left_tile[stage]");
        VERIFY_CONTAINS(made[0].source, "2 * TILE_M * TILE_N <= 16384 * min(WARPGROUPS, 2 / MIN_BLOCKS)");
        QCOMPARE(errorOf(made[0].source), std::string());
        COMPARE_GOLDEN("wgmma-contraction-expert-glu", made[0].source);
    }

    void separateMatricesAhead()
    {
        const auto made = proposals(kernel("float", kPair), "pipeline-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "2 * THREAD_M * THREAD_N + 2 * THREAD_M + 4 * THREAD_N) + 30 <= min(255");
        QCOMPARE(errorOf(made[0].source), std::string());
        COMPARE_GOLDEN("pipeline-contraction-pair", made[0].source);
        // Sums of doubles take twice the registers.
        QVERIFY(!proposals(kernel("double", kPair), "pipeline-contraction").empty());
    }

    void separateMatrices()
    {
        const auto made = proposals(kernel("float", kPair), "tile-contraction");
        QCOMPARE(made.size(), std::size_t{2});
        COMPARE_GOLDEN("tile-contraction-pair", made[0].source);
        COMPARE_GOLDEN("tile-contraction-pair-registers", made[1].source);
        for (const auto& one : made) {
            QCOMPARE(countOf(one.source, "? a[i * k + p] :"), 1);
            QCOMPARE(countOf(one.source, "? u[j * k + p] :"), 1);
            QCOMPARE(countOf(one.source, "? v[p * n + j] :"), 1);
            QCOMPARE(errorOf(one.source), std::string());
        }
    }

    /// Two products a round for one sum: what both take comes once, and there is one sum of them.
    void severalProductsOfASum()
    {
        const std::string two = "float s = 0;\nfor (int p = 0; p < k; ++p) { s += L(a[i * k + p]) * L(u[p * n + j]); "
                                "s += L(a[i * k + p]) * L(v[p * n + j]); }\nc[i * n + j] = s;";
        const auto tensor = proposals(kernel("half", two), "tensor-contraction");
        QCOMPARE(tensor.size(), std::size_t{1});
        VERIFY_CONTAINS(tensor[0].source, "STAGES * (TILE_M + 2 * TILE_N) * TILE_K * 2");
        VERIFY_CONTAINS(tensor[0].source, "require TILE_M * TILE_N <= 4096 * min(");
        VERIFY_CONTAINS(tensor[0].source, "multiplyAdd(sums[i_2][2 * j_2], left_part[buffer][i_2], part[0], part[1]);");
        VERIFY_CONTAINS(tensor[0].source,
                        "multiplyAdd(sums[i_2][2 * j_2], left_part[buffer][i_2], part_2[0], part_2[1]);");
        QCOMPARE(countOf(tensor[0].source, "float s = lines"), 2);
        const auto warpgroups = proposals(kernel("half", two), "wgmma-contraction");
        QCOMPARE(warpgroups.size(), std::size_t{1});
        VERIFY_CONTAINS(warpgroups[0].source, "// warploom: tune TILE_N = 128 256");
        QCOMPARE(countOf(warpgroups[0].source, "multiplyAdd(sums["), 2);
        for (const char* move : {"tile-contraction", "pipeline-contraction"}) {
            const auto made = proposals(kernel("float", two), move);
            QVERIFY(!made.empty());
            for (const auto& one : made)
                QCOMPARE(errorOf(one.source), std::string());
        }
        QCOMPARE(errorOf(tensor[0].source), std::string());
        // The order of additions is the loops': the second is part of what follows the first.
        const auto apart = proposals(kernel("half",
                                            "float s = 0;\nfor (int p = 0; p < k; ++p) s += L(a[i * k + p]) * "
                                            "L(u[p * n + j]);\nfor (int p = 0; p < k; ++p) s += L(a[i * k + "
                                            "p]) * L(v[p * n + j]);\nc[i * n + j] = s;"),
                                     "tensor-contraction");
        QCOMPARE(apart.size(), std::size_t{1});
        VERIFY_LACKS(apart[0].source, "right_tile_2");
        VERIFY_CONTAINS(apart[0].source, "v[p * n + j]");
        // Moves that know one product leave it alone.
        QVERIFY(proposals(kernel("float", two), "tensor-split").empty());
    }

    void manySums()
    {
        const std::string four = "float s = 0, r = 0, q = 0, o = 0;\n"
                                 "for (int p = 0; p < k; ++p) { s += L(a[i * k + p]) * L(u[j * k + p]); "
                                 "r += L(a[i * k + p]) * L(v[p * n + j]); q += L(b[p * m + i]) * L(u[j * k + p]); "
                                 "o += L(b[p * m + i]) * L(v[p * n + j]); }\nc[i * n + j] = s * r - q * o;";
        const auto made = proposals(kernel("half", four), "tensor-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "STAGES * (2 * TILE_M + 2 * TILE_N) * TILE_K * 2");
        VERIFY_CONTAINS(made[0].source, "4 * TILE_M * TILE_N <= 4096");
        VERIFY_CONTAINS(made[0].source,
                        "multiplyAdd(sums_r[i_2][2 * j_2], left_part_s[buffer][i_2], part_r[0], part_r[1]);");
        VERIFY_CONTAINS(made[0].source,
                        "multiplyAdd(sums_o[i_2][2 * j_2], left_part_q[buffer][i_2], part_r[0], part_r[1]);");
        QCOMPARE(errorOf(made[0].source), std::string());
        // One instruction cannot take tiles that lie either way.
        QVERIFY(proposals(kernel("half", four), "wgmma-contraction").empty());
    }

    void defaultsFitIntoSharedMemory()
    {
        // Nothing in common: eight tiles a slice.
        const std::string apart =
            "float s = 0, r = 0, q = 0, o = 0;\n"
            "for (int p = 0; p < k; ++p) { s += L(a[i * k + p]) * L(u[j * k + p]); "
            "r += L(b[i * k + p]) * L(v[j * k + p]); q += L(a[i * k + p + n]) * L(u[j * k + p + "
            "n]); o += L(b[i * k + p + n]) * L(v[j * k + p + n]); }\nc[i * n + j] = s * r * q * o;";
        const auto tensor = proposals(kernel("half", apart), "tensor-contraction");
        QCOMPARE(tensor.size(), std::size_t{1});
        VERIFY_CONTAINS(tensor[0].source, "STAGES * (4 * TILE_M + 4 * TILE_N)");
        VERIFY_CONTAINS(tensor[0].source, "tune STAGES = 2 3 4 5");
        QVERIFY(proposals(kernel("half", apart), "wgmma-contraction").empty());
        std::string doubles = apart;
        doubles.replace(0, 5, "double");
        const auto tiled = proposals(kernel("double", doubles), "tile-contraction");
        QCOMPARE(tiled.size(), std::size_t{2});
        VERIFY_CONTAINS(tiled[0].source, "tune TILE = 16 8\n");
        VERIFY_CONTAINS(tiled[1].source, "tune TILE_K = 8 16 32");
    }

    void moreThanRegistersHold()
    {
        std::string body = "float s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0;\nfor (int p = 0; p < k; ++p) {\n";
        for (const char* sum : {"s1", "s2", "s3", "s4", "s5"})
            body += std::string(sum) + " += L(a[i * k + p]) * L(u[j * k + p]);\n";
        body += "}\nc[i * n + j] = s1 + s2 + s3 + s4 + s5;";
        expectNothing(body);
    }

    void otherWordsForTheSame_data()
    {
        QTest::addColumn<std::string>("body");
        const auto add = [](const char* name, const char* body) { QTest::newRow(name) << std::string(body); };
        add("a value with a name",
            "float s = 0; float r = 0; for (int p = 0; p < k; ++p) { float x = L(a[i * k + p]); "
            "s += x * L(u[j * k + p]); r += x * L(v[p * n + j]); } c[i * n + j] = s * r;");
        add("an index with a name",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) { const int at = p * n + j; "
            "s += L(a[i * k + p]) * L(u[at]); r += L(a[i * k + p]) * L(v[at]); } "
            "c[i * n + j] = s * r;");
        add("one order and the other",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) { s += L(u[j * k + p]) * "
            "L(a[i * k + p]); r = r + L(a[i * k + p]) * L(v[p * n + j]); } "
            "c[i * n + j] = s * r;");
        add("fmaf",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) { s = fmaf(L(u[j * k + p]), L(a[i * k + p]), s); "
            "r = fmaf(L(a[i * k + p]), L(v[p * n + j]), r); } c[i * n + j] = s * r;");
        add("both begin from data",
            "float s = L(v[j]); float r = L(v[n + j]); for (int p = 0; p < k; ++p) { s += "
            "L(a[i * k + p]) * L(u[j * k + p]); r += L(a[i * k + p]) * L(v[p * n + j]); } "
            "c[i * n + j] = s * r;");
        add("an address",
            "const auto* x = &a[i * k]; float s = 0, r = 0; for (int p = 0; p < k; ++p) { s += L(x[p]) * "
            "L(u[j * k + p]); r += L(x[p]) * L(v[p * n + j]); } c[i * n + j] = s * r;");
        add("a pointer from a pointer",
            "const auto* x = a + i * k; const auto* y = u + 2 * j * k; const auto* z = y + k; "
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) { const float f = L(*x++); "
            "s += f * L(*y++); r += f * L(*z++); } c[i * n + j] = s * r;");
        add("a loop each",
            "float s = 0; for (int p = 0; p < k; ++p) s += L(a[i * k + p]) * L(u[j * k + p]); float r = 0; "
            "for (int p = 0; p < k; ++p) { r += L(a[i * k + p]) * L(v[p * n + j]); } c[i * n + j] = s * r;");
        add("a row with a name",
            "const int row = i * k; float s = 0, r = 0; for (int p = 0; p < k; ++p) { s += "
            "L(a[row + p]) * L(u[j * k + p]); r += L(a[row + p]) * L(v[p * n + j]); } "
            "c[i * n + j] = s * r;");
    }
    void otherWordsForTheSame()
    {
        QFETCH(std::string, body);
        for (const auto& [type, move] :
             {std::pair{"half", "tensor-contraction"}, std::pair{"float", "tile-contraction"}}) {
            const auto made = proposals(kernel(type, body), move);
            QVERIFY2(!made.empty(), body.c_str());
            QCOMPARE(errorOf(made[0].source), std::string());
            // Both sums are of tiles, whose common factor is loaded once.
            VERIFY_LACKS(made[0].source, "right_tile[");
            VERIFY_CONTAINS(made[0].source, "left_tile[");
            // Named by their sums, or numbered where the round is taken as it stands.
            const bool isNamed = made[0].source.find("right_tile_s[") != std::string::npos;
            VERIFY_CONTAINS(made[0].source, isNamed ? "right_tile_r[" : "right_tile_1[");
            VERIFY_CONTAINS(made[0].source, isNamed ? "right_tile_s[" : "right_tile_2[");
        }
    }

    /// Rounds that are no products are tiled as they stand, and never computed by what can do products only.
    void foldsOfPairs_data()
    {
        QTest::addColumn<std::string>("body");
        const auto add = [](const char* name, const char* body) { QTest::newRow(name) << std::string(body); };
        add("one sum in the other",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) { s += L(a[i * k + p]) * "
            "L(u[j * k + p]); r += L(a[i * k + p]) * s; } c[i * n + j] = s * r;");
        add("one sum added to the other",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) { s += L(a[i * k + p]) * "
            "L(u[j * k + p]); r += s; } c[i * n + j] = s * r;");
        add("only the last",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) { s += L(a[i * k + p]) * L(u[j * k + p]); "
            "r = L(a[i * k + p]) * L(v[p * n + j]); } c[i * n + j] = s * r;");
        add("taken off",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) { s += L(a[i * k + p]) * L(u[j * k + p]); "
            "r -= L(a[i * k + p]) * L(v[p * n + j]); } c[i * n + j] = s * r;");
        add("a sum of one row",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) { s += L(a[i * k + p]) * "
            "L(u[j * k + p]); r += L(a[i * k + p]) * L(a[i * k + p]); } c[i * n + j] = s * r;");
        add("a sum of one column",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) { s += L(a[i * k + p]) * "
            "L(u[j * k + p]); r += L(u[j * k + p]) * L(v[p * n + j]); } c[i * n + j] = s * r;");
    }
    void foldsOfPairs()
    {
        QFETCH(std::string, body);
        for (const char* type : {"float", "half"})
            for (const char* move : {"tensor-contraction", "wgmma-contraction", "tensor-split", "split-contraction"})
                QVERIFY2(proposals(kernel(type, body), move).empty(), move);
        for (const char* move : {"tile-contraction", "pipeline-contraction"}) {
            const auto made = proposals(kernel("float", body), move);
            QVERIFY2(!made.empty(), move);
            QCOMPARE(errorOf(made[0].source), std::string());
            VERIFY_CONTAINS(made[0].source, "2 values that go from step to step: s, r.");
        }
    }

    void notThere_data()
    {
        QTest::addColumn<std::string>("body");
        const auto add = [](const char* name, const char* body) { QTest::newRow(name) << std::string(body); };
        add("one begins from the other",
            "float s = 0; float r = s; for (int p = 0; p < k; ++p) { s += L(a[i * k + p]) "
            "* L(u[j * k + p]); r += L(a[i * k + p]) * L(v[p * n + j]) + s; } "
            "c[i * n + j] = s * r;");
        add("set anew",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) { if (p % 8 == 0) r = 0; s += L(a[i * k + p]) "
            "* L(u[j * k + p]); r += L(a[i * k + p]) * L(v[p * n + j]); } c[i * n + j] = s * r;");
        add("some of the time",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) { s += L(a[i * k + p]) * "
            "L(u[j * k + p]); if (p > 2) r += L(a[i * k + p]) * L(v[p * n + j]); } "
            "c[i * n + j] = s * r;");
        add("a store between",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) { s += L(a[i * k + p]) * L(u[j * k + "
            "p]); c[i * n + j] = s; r += L(a[i * k + p]) * L(v[p * n + j]); } c[i * n + j] = s * r;");
        add("a store before",
            "float s = 0, r = 0; c[i * n + j] = 1; for (int p = 0; p < k; ++p) { s += L(a[i * k + p]) * "
            "L(u[j * k + p]); r += L(a[i * k + p]) * L(v[p * n + j]); } c[i * n + j] += s * r;");
        add("other ends",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) s += L(a[i * k + p]) * L(u[j * k + p]); "
            "for (int p = 0; p < k - 1; ++p) r += L(a[i * k + p]) * L(v[p * n + j]); "
            "c[i * n + j] = s * r;");
        add("the second loop uses the first one's sum",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) s += L(a[i * k + p]) * L(u[j * k + p]); for (int p = 0; p "
            "< "
            "k; ++p) r += L(a[i * k + p]) * s; c[i * n + j] = s * r;");
        add("a store between the loops",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) s += L(a[i * k + p]) * L(u[j * k + p]); c[i * n + j] = s; "
            "for (int p = 0; p < k; ++p) r += L(a[i * k + p]) * L(v[p * n + j]); c[i * n + j] += r;");
        add("into a factor",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) { s += L(b[i * k + p]) * L(u[j * k + p]); r += c[i * k + "
            "p] "
            "* L(v[p * n + j]); } c[i * n + j] = s * r;");
        add("up to the row",
            "float s = 0, r = 0; for (int p = 0; p < i; ++p) { s += L(a[i * k + p]) * L(u[j * k + p]); "
            "r += L(a[i * k + p]) * L(v[p * n + j]); } c[i * n + j] = s * r;");
        add("not from the start",
            "float s = 0, r = 0; for (int p = 1; p < k; ++p) { s += L(a[i * k + p]) * "
            "L(u[j * k + p]); r += L(a[i * k + p]) * L(v[p * n + j]); } c[i * n + j] = s * r;");
        add("left in the middle",
            "float s = 0, r = 0; for (int p = 0; p < k; ++p) { s += L(a[i * k + p]) * "
            "L(u[j * k + p]); if (s > 9) break; r += L(a[i * k + p]) * L(v[p * n + j]); } "
            "c[i * n + j] = s * r;");
        add("a pointer that moves sometimes",
            "const auto* x = a + i * k; float s = 0, r = 0; for (int p = 0; p < k; "
            "++p) { s += L(a[i * k + p]) * L(u[j * k + p]); "
            "r += (p > 1 ? L(*x++) : 0.0f) * L(v[p * n + j]); } c[i * n + j] = s * r;");
        add("a pointer that is used after",
            "const auto* x = a + i * k; float s = 0, r = 0; for (int p = 0; p < k; ++p) "
            "{ const float f = L(*x++); s += f * L(u[j * k + p]); r += f * "
            "L(v[p * n + j]); } c[i * n + j] = s * r * L(*x);");
        add("a pointer that a lambda reads",
            "const auto* x = a + i * k; const auto first = [&] { return L(*x); }; float s = 0, r = 0; for (int p = 0; "
            "p < "
            "k; ++p) { s += L(*x++) * L(u[j * k + p]); r += first() * L(v[p * n + j]); } c[i * n + j] = s * r;");
        add("a pointer with another name",
            "const auto* x = a + i * k; const auto*& y = x; float s = 0, r = 0; for (int p = 0; p < k; ++p) { s += "
            "L(*x++) * L(u[j * k + p]); r += L(y[0]) * L(v[p * n + j]); } c[i * n + j] = s * r;");
        add("a pointer that moves twice",
            "const auto* x = a + i * k; float s = 0, r = 0; for (int p = 0; p < k; ++p) { "
            "s += L(*x++) * L(u[j * k + p]); r += L(*x++) * L(v[p * n + j]); } "
            "c[i * n + j] = s * r;");
        add("a value that a sum decides",
            "int s = 0; float r = 0; for (int p = 0; p < k; ++p) { s += int(a[i * k + p]) * "
            "int(u[j * k + p]); r += L(a[i * k + p + s]) * L(v[p * n + j]); } "
            "c[i * n + j] = s * r;");
    }
    void notThere()
    {
        QFETCH(std::string, body);
        expectNothing(body);
    }

    void buffersThatAreTheSame()
    {
        auto source = kernel("float", kPair);
        QVERIFY(!proposals(source, "tile-contraction").empty());
        source.replace(source.find("(a, b, u, v, c, m"), 17, "(a, b, u, c, c, m");
        QVERIFY(proposals(source, "tile-contraction").empty());
    }

    void sumsOfOthersAreNotMixed()
    {
        // Products of doubles are not for half's units.
        const auto source = kernel("half",
                                   "float s = 0; double r = 0; for (int p = 0; p < k; ++p) { s += L(a[i * k + p]) "
                                   "* L(u[j * k + p]); r += double(L(a[i * k + p])) * L(v[p * n + j]); } "
                                   "c[i * n + j] = s * r;");
        QVERIFY(proposals(source, "tensor-contraction").empty());
        const auto tiled = proposals(source, "tile-contraction");
        QCOMPARE(tiled.size(), std::size_t{2});
        VERIFY_CONTAINS(tiled[1].source, "double sums_r[THREAD_M][THREAD_N] = {};");
        VERIFY_CONTAINS(tiled[1].source, "* TILE_K * 8 <= 49152");
    }

private:
    /// Not from any move that handles several sums.
    static void expectNothing(const std::string& body)
    {
        for (const char* type : {"float", "half"}) {
            const auto source = kernel(type, body);
            QCOMPARE(errorOf(source), std::string());
            for (const char* move : {"tile-contraction", "tensor-contraction", "wgmma-contraction",
                                     "pipeline-contraction", "tensor-split", "split-contraction"})
                QVERIFY2(proposals(source, move).empty(), move);
        }
    }

    static constexpr const char* kPair =
        "float gate = 0.0f;\n    float up = 0.0f;\n    for (int p = 0; p < k; ++p) {\n"
        "        gate += L(a[i * k + p]) * L(u[j * k + p]);\n        up += L(a[i * k + p]) * L(v[p * n + j]);\n    }\n"
        "    c[i * n + j] = gate / (1 + expf(-gate)) * up;";

    /// In \p body L(x) loads an element as a float.
    static std::string kernel(const std::string& type, std::string body)
    {
        for (auto at = body.find("L("); at != std::string::npos; at = body.find("L(", at)) {
            const auto end = body.find(')', at);
            const auto place = body.substr(at + 2, end - at - 2);
            body.replace(at, end - at + 1, type == "half" ? "__half2float(" + place + ")" : place);
        }
        const std::string header = type == "half" ? "#include <cuda_fp16.h>\n" : "";
        return "// warploom: launch g<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, u, v, c, m, n, "
               "k)\n"
            + header + "__global__ void g(const " + type + "* a, const " + type + "* b, const " + type + "* u, const "
            + type
            + "* v, float* c, int m, int n, int k)\n{\n"
              "    int j = blockIdx.x * blockDim.x + threadIdx.x;\n"
              "    int i = blockIdx.y * blockDim.y + threadIdx.y;\n"
              "    if (i >= m || j >= n)\n        return;\n    "
            + body + "\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestJointContraction)
#include "tst_JointContraction.moc"
