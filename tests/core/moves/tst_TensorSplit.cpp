// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <regex>

#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestTensorSplit : public QObject {
    Q_OBJECT

private slots:
    void sgemm()
    {
        const auto made = proposals(baseline("sgemm"), "tensor-split");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32");
        VERIFY_CONTAINS(made[0].source, "const bool is_wide = k % 4 == 0 && n % 4 == 0;");
        // As precise as float: nothing is said about what the task tolerates.
        VERIFY_LACKS(made[0].source, "PRODUCTS");
        COMPARE_GOLDEN("tensor-split-sgemm", made[0].source);
    }

    void epilogueAndLayers()
    {
        const auto activated = proposals(baseline("gemm_bias_gelu"), "tensor-split");
        QCOMPARE(activated.size(), std::size_t{1});
        VERIFY_CONTAINS(activated[0].source, "float z = sum + bias[col];");
        QCOMPARE(errorOf(activated[0].source), std::string());
        const auto layers = proposals(baseline("batched_gemm"), "tensor-split");
        QCOMPARE(layers.size(), std::size_t{1});
        VERIFY_CONTAINS(layers[0].source, "a += size_t(blockIdx.z) * m * k;");
        VERIFY_CONTAINS(layers[0].source, "(size_t(blockIdx.z) * m * k) % 4 == 0");
        QCOMPARE(errorOf(layers[0].source), std::string());
    }

    void everyLayout_data()
    {
        QTest::addColumn<QString>("left");
        QTest::addColumn<QString>("right");
        QTest::addColumn<QString>("readsLeft");
        QTest::addColumn<QString>("readsRight");
        const QString leftAlong = QStringLiteral("left_tile[stage][(left_place ^ step)");
        const QString leftAcross = QStringLiteral("left_tile[stage][left_place + (step");
        const QString rightAlong = QStringLiteral("right_tile[stage][(right_place ^ step)");
        const QString rightAcross = QStringLiteral("right_tile[stage][right_place + (step");
        QTest::newRow("row, row") << "a[i * k + p]" << "b[p * n + j]" << leftAlong << rightAcross;
        QTest::newRow("row, column") << "a[i * k + p]" << "b[j * k + p]" << leftAlong << rightAlong;
        QTest::newRow("column, row") << "a[p * m + i]" << "b[p * n + j]" << leftAcross << rightAcross;
        QTest::newRow("column, column") << "a[p * m + i]" << "b[j * k + p]" << leftAcross << rightAlong;
    }
    void everyLayout()
    {
        QFETCH(QString, left);
        QFETCH(QString, right);
        QFETCH(QString, readsLeft);
        QFETCH(QString, readsRight);
        const auto made = proposals(product(left.toStdString(), right.toStdString()), "tensor-split");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, readsLeft.toStdString());
        VERIFY_CONTAINS(made[0].source, readsRight.toStdString());
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void whatTheTaskTolerates()
    {
        MoveRequest request{baseline("sgemm"), "test.cu", {"tensor-split"}, {}, {}};
        request.rtol = 1e-2;
        const auto coarse = proposeMoves(request);
        QVERIFY(coarse && coarse->proposals.size() == 1);
        VERIFY_CONTAINS(coarse->proposals[0].source, "tune PRODUCTS = 1 3");
        VERIFY_CONTAINS(coarse->proposals[0].source, "if constexpr (PRODUCTS == 3) {");
        VERIFY_CONTAINS(coarse->proposals[0].source, "value != value ?");
        QCOMPARE(errorOf(coarse->proposals[0].source), std::string());
        request.rtol = 1e-5;
        const auto fine = proposeMoves(request);
        QVERIFY(fine && fine->proposals.size() == 1);
        QVERIFY(fine->proposals[0].source == proposals(baseline("sgemm"), "tensor-split")[0].source);
        request.rtol = 1e-7;
        const auto finest = proposeMoves(request);
        QVERIFY(finest && finest->proposals.empty());
        request.atol = 1e-4;
        const auto absolute = proposeMoves(request);
        QVERIFY(absolute && absolute->proposals.size() == 1);
    }

    void sumsThatAreNotFinite()
    {
        // The user's own loop stands by, whatever it calls its variables.
        auto source = product("a[i * k + p]", "b[p * n + j]");
        const std::string loop = "for (int p = 0; p < k; ++p) s += a[i * k + p] * b[p * n + j];";
        const auto made = proposals(source, "tensor-split");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(countOf(made[0].source, loop), 1);
        VERIFY_CONTAINS(made[0].source, "if ((__float_as_uint(s) & 0x7f800000u) == 0x7f800000u) {");
    }

    void theLoopsOwnDirective()
    {
        auto source = product("a[i * k + p]", "b[p * n + j]");
        source.insert(source.find("for (int p"), "\n    #pragma unroll 4\n    ");
        for (const auto& made : proposals(source, "tensor-split")) {
            QCOMPARE(errorOf(made.source), std::string());
            QCOMPARE(countOf(made.source, "#pragma unroll 1\n                    #pragma"), 0);
        }
    }

    void otherNames()
    {
        auto source = product("a[i * k + p]", "b[p * n + j]");
        for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{{"a", "left_tile"},
                                                                                       {"b", "parts"},
                                                                                       {"c", "ring"},
                                                                                       {"i", "stage"},
                                                                                       {"j", "lane"},
                                                                                       {"p", "step"},
                                                                                       {"s", "sums"},
                                                                                       {"m", "TILE_M"},
                                                                                       {"n", "kTall"},
                                                                                       {"k", "PRODUCTS"}})
            source = std::regex_replace(source, std::regex("\\b" + from + "\\b"), to);
        const auto made = proposals(source, "tensor-split");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(errorOf(made[0].source), std::string());
        VERIFY_CONTAINS(made[0].source, "for (int step = 0; step < PRODUCTS; ++step) sums += left_tile[stage * ");
    }

    void anotherNameForFloat()
    {
        auto source = product("a[i * k + p]", "b[p * n + j]");
        for (auto at = source.find("float"); at != std::string::npos; at = source.find("float", at + 4))
            source.replace(at, 5, "real");
        const auto made = proposals("using real = float;\n" + source, "tensor-split");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(errorOf(made[0].source), std::string());
        QVERIFY(proposals("using real = double;\n" + source, "tensor-split").empty());
    }

    void nothingTwice()
    {
        for (const char* task : {"sgemm", "gemm_bias_gelu", "batched_gemm"})
            for (const auto& made : proposals(baseline(task), "tensor-split"))
                for (const char* move : {"tensor-split", "tensor-contraction", "pipeline-contraction"})
                    QVERIFY(proposals(made.source, move).empty());
    }

    void composition()
    {
        const auto fixed = proposals(baseline("sgemm"), "restrict-const");
        QCOMPARE(fixed.size(), std::size_t{1});
        const auto made = proposals(fixed[0].source, "tensor-split");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void nearMisses_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::newRow("summed in double") << "float s = 0;" << "double s = 0;";
        QTest::newRow("summed as an integer") << "float s = 0;" << "int s = 0;";
        QTest::newRow("starts elsewhere") << "float s = 0;" << "float s = 1;";
        QTest::newRow("skips the first") << "int p = 0; p < k" << "int p = 1; p < k";
        QTest::newRow("every second") << "++p" << "p += 2";
        QTest::newRow("subtracts") << "s += " << "s -= ";
        QTest::newRow("a factor to a whole number") << "+= a[i * k + p]" << "+= float(int(a[i * k + p]))";
        QTest::newRow("another function of a factor") << "+= a[i * k + p]" << "+= fabsf(a[i * k + p])";
        QTest::newRow("of the sum's own column") << "a[i * k + p]" << "a[i * k + j]";
        QTest::newRow("of both indices") << "a[i * k + p]" << "a[(i + j) * k + p]";
        QTest::newRow("every second element") << "a[i * k + p]" << "a[2 * (i * k + p)]";
        QTest::newRow("ends early") << "c[i * n + j] = s;" << "for (int q = 0; q < 2; ++q) return;";
        QTest::newRow("meets the block") << "c[i * n + j] = s;" << "c[i * n + j] = s; __syncthreads();";
        QTest::newRow("one factor is double") << "const float* b" << "const double* b";
        QTest::newRow("one factor is whole") << "const float* b" << "const int* b";
        QTest::newRow("a sum that others may see") << "float s = 0;" << "volatile float s = 0;";
        QTest::newRow("in place") << "(a, b, c, m" << "(a, c, c, m";
        QTest::newRow("no launch") << "warploom: launch g<" << "no launch g<";
    }
    void nearMisses()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        auto source = product("a[i * k + p]", "b[p * n + j]");
        const auto at = source.find(from.toStdString());
        QVERIFY(at != std::string::npos);
        source.replace(at, from.size(), to.toStdString());
        QVERIFY(proposals(source, "tensor-split").empty());
    }

private:
    static std::string product(const std::string& left, const std::string& right)
    {
        return "// warploom: launch g<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)\n"
               "__global__ void g(const float* a, const float* b, float* c, int m, int n, int k) {\n"
               "    int j = blockIdx.x * blockDim.x + threadIdx.x;\n"
               "    int i = blockIdx.y * blockDim.y + threadIdx.y;\n"
               "    if (i >= m || j >= n) return;\n"
               "    float s = 0;\n    for (int p = 0; p < k; ++p) s += "
            + left + " * " + right + ";\n    c[i * n + j] = s;\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestTensorSplit)
#include "tst_TensorSplit.moc"
