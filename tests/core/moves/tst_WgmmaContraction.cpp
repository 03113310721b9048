// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestWgmmaContraction : public QObject {
    Q_OBJECT

private slots:
    void hgemm()
    {
        const auto made = proposals(baseline("hgemm"), "wgmma-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "wgmma.mma_async.sync.aligned.m64n256k16.f32.f16.f16");
        VERIFY_CONTAINS(made[0].source, "wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16");
        VERIFY_CONTAINS(made[0].source, "const bool left_is_wide = k % 8 == 0;");
        VERIFY_CONTAINS(made[0].source, "const bool right_is_wide = n % 8 == 0;");
        VERIFY_CONTAINS(made[0].source, "const bool is_copied = k % 2 == 0 && n % 2 == 0;");
        COMPARE_GOLDEN("wgmma-contraction-hgemm", made[0].source);
    }

    void bytes()
    {
        const auto source = readFile(sourceFolder() / "tests/bench/agent/unseen/asr_ffn_int8/baseline.cu");
        const auto made = proposals(source, "wgmma-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "wgmma.mma_async.sync.aligned.m64n256k32.s32.s8.s8 {");
        // No signs and no layouts follow: integers have none to choose.
        VERIFY_CONTAINS(made[0].source, "}, %128, %129, adds;");
        VERIFY_CONTAINS(made[0].source, "constexpr int kDepth = 128;");
        COMPARE_GOLDEN("wgmma-contraction-asr_ffn_int8", made[0].source);
    }

    void bgemm()
    {
        const auto made = proposals(baseline("bgemm"), "wgmma-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16");
        COMPARE_GOLDEN("wgmma-contraction-bgemm", made[0].source);
    }

    void everyLayout_data()
    {
        QTest::addColumn<QString>("left");
        QTest::addColumn<QString>("right");
        QTest::addColumn<QString>("turns");
        QTest::newRow("row, row") << "a[i * k + p]" << "b[p * n + j]" << "0, 1";
        QTest::newRow("row, column") << "a[i * k + p]" << "b[j * k + p]" << "0, 0";
        QTest::newRow("column, row") << "a[p * m + i]" << "b[p * n + j]" << "1, 1";
        QTest::newRow("column, column") << "a[p * m + i]" << "b[j * k + p]" << "1, 0";
    }
    void everyLayout()
    {
        QFETCH(QString, left);
        QFETCH(QString, right);
        QFETCH(QString, turns);
        const auto made = proposals(product("half", left.toStdString(), right.toStdString()), "wgmma-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(countOf(made[0].source, "adds, 1, 1, " + turns.toStdString() + ";"), 2);
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    /// A user's own names stay, also where the move would like them.
    void namesAreFree()
    {
        auto source = product("half", "a[i * k + p]", "b[p * n + j]");
        const std::string store = "c[i * n + j] = s";
        source.replace(source.find(store), store.size(), "float sums = s; c[i * n + j] = sums > 0 ? sums : 0");
        const auto made = proposals(source, "wgmma-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "float sums_2[kTall][TILE_N / 2] = {};");
        VERIFY_CONTAINS(made[0].source, "float sums = s; c[i * n + j] = sums > 0 ? sums : 0;");
        // Its launch's tunables and names are input of other moves.
        for (const char* move : {"restrict-const", "tensor-contraction", "tile-contraction"})
            for (const auto& next : proposals(made[0].source, move))
                QCOMPARE(errorOf(next.source), std::string());
    }

    /// Where lines of the result are whole vectors, they are read and written as such; else nothing has changed.
    void vectorsOfTheResult_data()
    {
        QTest::addColumn<QString>("end");
        QTest::addColumn<QString>("part");
        QTest::newRow("stored") << "c[i * n + j] = s;" << "*reinterpret_cast<float4*>(&c[i * n + j]) =";
        QTest::newRow("added to") << "c[i * n + j] += s;" << "c_vec[piece][element] += s;";
        QTest::newRow("read first") << "c[i * n + j] = fmaxf(s + c[i * n + j], 0.0f);"
                                    << "= *reinterpret_cast<const float4*>(&c[i * n + j]);";
        QTest::newRow("of an index") << "int at = i * n + j;\n    c[at] = s;" << "float4*>(&c[i * n + j]) =";
        QTest::newRow("of a wider index") << "size_t at = i * n + j;\n    c[at] = s;"
                                          << "float4*>(&c[static_cast<size_t>(i * n + j)]) =";
        QTest::newRow("through a pointer") << "float* to = c + i * n;\n    to[j] = s;" << "float4*>(&(c + i * n)[j]) =";
        QTest::newRow("in two steps") << "int o = i * n; int at = o + j; c[at] = s;" << "float4*>(&c[(i * n) + j]) =";
        QTest::newRow("the index is used") << "int at = i * n + j; c[at] = at > 9 ? s : 0;"
                                           << "int at = i * n + (j + element);";
        QTest::newRow("by column") << "c[i * n + j] = s + c[i * n + j] * j;" << "* (j + element);";
    }
    void vectorsOfTheResult()
    {
        QFETCH(QString, end);
        QFETCH(QString, part);
        const auto made = proposals(ending(end.toStdString()), "wgmma-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, part.toStdString());
        VERIFY_CONTAINS(made[0].source, "        if (n % 4 == 0) {\n");
        VERIFY_CONTAINS(made[0].source, end.section(QLatin1String("\n    "), -1).toStdString());
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void elementsOfTheResult_data()
    {
        QTest::addColumn<QString>("end");
        QTest::newRow("every second") << "c[2 * (i * n + j)] = s;";
        QTest::newRow("lines of another length") << "c[i * (n + 1) + j] = s;";
        QTest::newRow("sometimes") << "if (s > 0) c[i * n + j] = s;";
        QTest::newRow("in turn") << "for (int q = 0; q < 2; ++q) c[i * n + j] = s + q;";
        QTest::newRow("an index that moves") << "int at = i * n; at += j; c[at] = s;";
        QTest::newRow("an index that is read") << "int at = i * n + j + int(c[0]); c[at] = s;";
        QTest::newRow("an index of the sum") << "int at = i * n + j + int(s); c[at] = s;";
        QTest::newRow("the next one is read") << "c[i * n + j] = s + c[i * n + j + 1];";
        QTest::newRow("by several threads") << "atomicAdd(&c[i * n + j], s);";
        QTest::newRow("off by one") << "c[i * n + j + 1] = s;";
    }
    void elementsOfTheResult()
    {
        QFETCH(QString, end);
        const auto made = proposals(ending(end.toStdString()), "wgmma-contraction");
        for (const auto& proposal : made) {
            VERIFY_LACKS(proposal.source, "float4");
            QCOMPARE(errorOf(proposal.source), std::string());
        }
    }

    void resultThatLiesTheOtherWay()
    {
        const auto made = proposals(ending("c[j * m + i] = s;"), "wgmma-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "dim3(ceil_div(n, TILE_M), ceil_div(m, TILE_N))");
        VERIFY_CONTAINS(made[0].source, "if (m % 4 == 0) {");
        VERIFY_CONTAINS(made[0].source, "*reinterpret_cast<float4*>(&c[j * m + i])");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void notThere()
    {
        QVERIFY(proposals(baseline("sgemm"), "wgmma-contraction").empty());
        // Every second element.
        QVERIFY(proposals(product("half", "a[2 * (i * k + p)]", "b[p * n + j]"), "wgmma-contraction").empty());
        // What is cut to a whole number is not what the tensor cores multiply.
        auto cut = product("half", "a[i * k + p]", "b[p * n + j]");
        const std::string call = "__half2float(a[i * k + p])";
        cut.replace(cut.find(call), call.size(), "float(int(__half2float(a[i * k + p])))");
        QVERIFY(proposals(cut, "wgmma-contraction").empty());
        for (const char* task : {"hgemm", "bgemm"})
            for (const auto& made : proposals(baseline(task), "wgmma-contraction"))
                QVERIFY(proposals(made.source, "wgmma-contraction").empty());
    }

    void linesOfUnknownLength()
    {
        // Where lines start cannot be told: no copies of 16 bytes, but all the rest.
        const auto made = proposals(product("half", "a[i * (k + 1) + p]", "b[p * n + j]"), "wgmma-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "const bool left_is_wide = false;");
        VERIFY_CONTAINS(made[0].source, "const bool right_is_wide = n % 8 == 0;");
        VERIFY_CONTAINS(made[0].source, "const bool is_copied = false && n % 2 == 0;");
    }

    void nearMisses_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::newRow("summed in double") << "float s = 0;" << "double s = 0;";
        QTest::newRow("summed in half") << "float s = 0;" << "half s = 0;";
        QTest::newRow("starts elsewhere") << "float s = 0;" << "float s = 1;";
        QTest::newRow("skips the first") << "int p = 0; p < k" << "int p = 1; p < k";
        QTest::newRow("every second") << "++p" << "p += 2";
        QTest::newRow("subtracts") << "s += " << "s -= ";
        QTest::newRow("of the sum's own column") << "a[i * k + p]" << "a[i * k + j]";
        QTest::newRow("of both indices") << "a[i * k + p]" << "a[(i + j) * k + p]";
        QTest::newRow("stored in the loop") << "c[i * n + j] = s;" << "for (int q = 0; q < 2; ++q) return;";
        QTest::newRow("other types") << "const half* b" << "const float* b";
    }
    void nearMisses()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        auto source = product("half", "a[i * k + p]", "b[p * n + j]");
        const auto at = source.find(from.toStdString());
        QVERIFY(at != std::string::npos);
        source.replace(at, from.size(), to.toStdString());
        QVERIFY(proposals(source, "wgmma-contraction").empty());
    }

    void unsignedAndWideIndices()
    {
        auto source = product("half", "a[i * k + p]", "b[p * n + j]");
        for (auto at = source.find("int "); at != std::string::npos; at = source.find("int ", at + 8))
            source.replace(at, 4, "unsigned ");
        const auto made = proposals(source, "wgmma-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        // Never below zero, where the difference of two unsigned numbers is large.
        VERIFY_CONTAINS(made[0].source, "const auto left_rest = i < m && p < k ? m - i : 0;");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void conversionsByAnyName()
    {
        auto source = product("__nv_bfloat16", "a[i * k + p]", "b[p * n + j]");
        const std::string call = "__bfloat162float(a[i * k + p])";
        source.replace(source.find(call), call.size(), "float(a[i * k + p])");
        const auto made = proposals(source, "wgmma-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "bf16");
    }

private:
    /// A product that does \p end with its sum s.
    static std::string ending(const std::string& end)
    {
        auto source = product("half", "a[i * k + p]", "b[p * n + j]");
        const std::string store = "c[i * n + j] = s;";
        return source.replace(source.find(store), store.size(), end);
    }

    static std::string product(const std::string& type, const std::string& left, const std::string& right)
    {
        const std::string convert = type == "half" ? "__half2float" : "__bfloat162float";
        const std::string header = type == "half" ? "cuda_fp16.h" : "cuda_bf16.h";
        return "// warploom: launch g<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)\n"
               "#include <"
            + header + ">\n__global__ void g(const " + type + "* a, const " + type
            + "* b, float* c, int m, int n, int k) {\n"
              "    int j = blockIdx.x * blockDim.x + threadIdx.x;\n"
              "    int i = blockIdx.y * blockDim.y + threadIdx.y;\n"
              "    if (i >= m || j >= n) return;\n"
              "    float s = 0; for (int p = 0; p < k; ++p) s += "
            + convert + "(" + left + ") * " + convert + "(" + right + ");\n    c[i * n + j] = s;\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestWgmmaContraction)
#include "tst_WgmmaContraction.moc"
