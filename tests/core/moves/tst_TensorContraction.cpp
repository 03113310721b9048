// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestTensorContraction : public QObject {
    Q_OBJECT

private slots:
    void hgemm()
    {
        const auto made = proposals(baseline("hgemm"), "tensor-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32");
        VERIFY_CONTAINS(made[0].source, "const bool left_is_wide = k % 8 == 0;");
        VERIFY_CONTAINS(made[0].source, "const bool right_is_wide = n % 8 == 0;");
        VERIFY_CONTAINS(made[0].source, "const bool is_copied = k % 2 == 0 && n % 2 == 0;");
        VERIFY_CONTAINS(made[0].source, "= __float2half(sum);");
        COMPARE_GOLDEN("tensor-contraction-hgemm", made[0].source);
    }

    void bgemm()
    {
        const auto made = proposals(baseline("bgemm"), "tensor-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32");
        VERIFY_CONTAINS(made[0].source, "const bool is_copied = k % 2 == 0;");
        VERIFY_LACKS(made[0].source, "loadTransposed");
        COMPARE_GOLDEN("tensor-contraction-bgemm", made[0].source);
    }

    void everyLayout_data()
    {
        QTest::addColumn<QString>("left");
        QTest::addColumn<QString>("right");
        QTest::addColumn<QString>("readsLeft");
        QTest::addColumn<QString>("readsRight");
        const QString plain = QStringLiteral("loadMatrices");
        const QString turned = QStringLiteral("loadTransposed");
        QTest::newRow("row, row") << "a[i * k + p]" << "b[p * n + j]" << plain << turned;
        QTest::newRow("row, column") << "a[i * k + p]" << "b[j * k + p]" << plain << plain;
        QTest::newRow("column, row") << "a[p * m + i]" << "b[p * n + j]" << turned << turned;
        QTest::newRow("column, column") << "a[p * m + i]" << "b[j * k + p]" << turned << plain;
    }
    void everyLayout()
    {
        QFETCH(QString, left);
        QFETCH(QString, right);
        QFETCH(QString, readsLeft);
        QFETCH(QString, readsRight);
        const auto made = proposals(product("half", left.toStdString(), right.toStdString()), "tensor-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, (readsLeft + "(left_part[buffer]").toStdString());
        VERIFY_CONTAINS(made[0].source, (readsRight + "(right_part[buffer]").toStdString());
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void bytes_data()
    {
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("update");
        QTest::addColumn<QString>("instruction");
        QTest::newRow("signed") << "signed char" << "s += a[i * k + p] * b[j * k + p];" << "k32.row.col.s32.s8.s8.s32";
        QTest::newRow("by another name") << "int8_t" << "s += int32_t(a[i * k + p]) * int32_t(b[j * k + p]);"
                                         << "k32.row.col.s32.s8.s8.s32";
        QTest::newRow("unsigned") << "unsigned char" << "s += int(a[i * k + p]) * b[j * k + p];"
                                  << "k32.row.col.s32.u8.u8.s32";
        QTest::newRow("through short") << "signed char" << "s += short(a[i * k + p]) * b[j * k + p];"
                                       << "k32.row.col.s32.s8.s8.s32";
        QTest::newRow("along the output") << "signed char" << "s += a[i * k + p] * b[p * n + j];" << "";
        QTest::newRow("read as unsigned") << "signed char"
                                          << "s += static_cast<unsigned char>(a[i * k + p]) * b[j * k + p];" << "";
        QTest::newRow("as a float") << "signed char" << "s += int(float(a[i * k + p])) * b[j * k + p];" << "";
    }
    void bytes()
    {
        QFETCH(QString, type);
        QFETCH(QString, update);
        QFETCH(QString, instruction);
        const auto source =
            "#include <cstdint>\n"
            "// warploom: launch g<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)\n"
            "__global__ void g(const ELEMENT* a, const ELEMENT* b, float* c, int m, int n, int k)\n{\n"
            "    int j = blockIdx.x * blockDim.x + threadIdx.x;\n"
            "    int i = blockIdx.y * blockDim.y + threadIdx.y;\n"
            "    if (i >= m || j >= n)\n        return;\n    int s = 0;\n"
            "    for (int p = 0; p < k; ++p)\n        "
            + update.toStdString() + "\n    c[i * n + j] = s * 0.5f;\n}\n";
        const auto typed = QString::fromStdString(source).replace("ELEMENT", type).toStdString();
        QCOMPARE(errorOf(typed), std::string());
        const auto made = proposals(typed, "tensor-contraction");
        QCOMPARE(made.empty(), instruction.isEmpty());
        QCOMPARE(proposals(typed, "wgmma-contraction").empty(), instruction.isEmpty());
        if (made.empty())
            return;
        VERIFY_CONTAINS(made[0].source, instruction.toStdString());
        VERIFY_CONTAINS(made[0].source, "tune TILE_K = 128 64");
        VERIFY_CONTAINS(made[0].source, "int sums[kTall][kBroad * 2][4] = {};");
        VERIFY_CONTAINS(made[0].source, "const bool left_is_wide = k % 16 == 0;");
        VERIFY_CONTAINS(made[0].source, "const bool is_copied = k % 4 == 0;");
    }

    void floatsOfBytesAreNone()
    {
        // The sum is one of floats, which the tensor cores have no bytes for.
        auto source = product("signed char", "a[i * k + p]", "b[j * k + p]");
        QVERIFY(proposals(source, "tensor-contraction").empty());
    }

    void notThere()
    {
        QVERIFY(proposals(baseline("sgemm"), "tensor-contraction").empty());
        // Every second element.
        QVERIFY(proposals(product("half", "a[2 * (i * k + p)]", "b[p * n + j]"), "tensor-contraction").empty());
        // What is cut to a whole number is not what the tensor cores multiply.
        auto cut = product("half", "a[i * k + p]", "b[p * n + j]");
        const std::string call = "__half2float(a[i * k + p])";
        cut.replace(cut.find(call), call.size(), "float(int(__half2float(a[i * k + p])))");
        QVERIFY(proposals(cut, "tensor-contraction").empty());
        for (const char* task : {"hgemm", "bgemm"})
            for (const auto& made : proposals(baseline(task), "tensor-contraction"))
                QVERIFY(proposals(made.source, "tensor-contraction").empty());
    }

    void resultThatLiesTheOtherWay()
    {
        // Neighbours in the result are rows of the block: columns of the product, which keep their dimension of the
        // grid.
        auto source = product("half", "a[i * k + p]", "b[p * n + j]");
        source.replace(source.find("c[i * n + j] = s;"), 17, "c[j * m + i] = s;");
        const auto made = proposals(source, "tensor-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "dim3(ceil_div(n, TILE_M), ceil_div(m, TILE_N))");
        VERIFY_CONTAINS(made[0].source, "min(GROUP, static_cast<int>(gridDim.x) - group)");
        VERIFY_CONTAINS(made[0].source, "const int i = first_column + across + item % kColumns;");
        VERIFY_CONTAINS(made[0].source, "if (m % 4 == 0) {");
        VERIFY_CONTAINS(made[0].source, "left_at = [&](int j, int p) { return &b[p * n + j]; };");
        VERIFY_CONTAINS(made[0].source, "right_at = [&](int i, int p) { return &a[i * k + p]; };");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void whichWayTheResultLies_data()
    {
        QTest::addColumn<QString>("end");
        QTest::addColumn<bool>("isTurned");
        QTest::newRow("rows") << "c[i * n + j] = s;" << false;
        QTest::newRow("columns") << "c[j * m + i] = s;" << true;
        QTest::newRow("columns, rows read") << "c[j * m + i] = s + __half2float(a[i * n + j]);" << true;
        QTest::newRow("rows, columns read") << "c[i * n + j] = s + __half2float(a[j * m + i]);" << false;
        QTest::newRow("every second, columns") << "c[2 * (j * m + i)] = s + __half2float(a[j]);" << true;
        QTest::newRow("every second, rows") << "c[2 * (i * n + j)] = s + __half2float(a[i]);" << false;
        QTest::newRow("apart, columns read") << "c[j * m + i * n] = s + __half2float(a[j * m + i]);" << true;
        QTest::newRow("apart, rows read") << "c[j * m + i * n] = s + __half2float(a[i * n + j]);" << false;
        QTest::newRow("apart, one a row") << "c[j * m + i * n] = s + __half2float(a[i]);" << false;
        QTest::newRow("both") << "c[j * m + i] = s; c[m * n + i * n + j] = s;" << false;
        QTest::newRow("unknown") << "c[j * m / 2 + i % 3] = s;" << false;
    }
    void whichWayTheResultLies()
    {
        QFETCH(QString, end);
        QFETCH(bool, isTurned);
        auto source = product("half", "a[i * k + p]", "b[p * n + j]");
        source.replace(source.find("c[i * n + j] = s;"), 17, end.toStdString());
        const auto made = proposals(source, "tensor-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source,
                        isTurned ? "dim3(ceil_div(n, TILE_M), ceil_div(m, TILE_N))"
                                 : "dim3(ceil_div(n, TILE_N), ceil_div(m, TILE_M))");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void layers_data()
    {
        QTest::addColumn<QString>("left");
        QTest::addColumn<QString>("leftIsWide");
        QTest::newRow("of whole matrices") << "a[blockIdx.z * m * k + i * k + p]" << "k % 8 == 0";
        QTest::newRow("as far apart as is passed") << "a[blockIdx.z * n + i * k + p]" << "k % 8 == 0 && n % 8 == 0";
        QTest::newRow("of a constant size") << "a[blockIdx.z * 4096 + i * k + p]" << "k % 8 == 0";
        QTest::newRow("off the boundary") << "a[blockIdx.z * 4097 + i * k + p]" << "false";
        QTest::newRow("one element on") << "a[blockIdx.z * m * k + i * k + p + 1]" << "false";
        QTest::newRow("a quotient") << "a[blockIdx.z / 2 * k + i * k + p]" << "k % 8 == 0";
        QTest::newRow("of which only a part is known") << "a[blockIdx.z / 2 * 4 + i * k + p]" << "false";
    }
    void layers()
    {
        QFETCH(QString, left);
        QFETCH(QString, leftIsWide);
        auto source = product("half", left.toStdString(), "b[p * n + j]");
        source.replace(source.find("ceil_div(m, 16))"), 16, "ceil_div(m, 16), 3)");
        const auto made = proposals(source, "tensor-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, ("const bool left_is_wide = " + leftIsWide + ";").toStdString());
        VERIFY_CONTAINS(made[0].source, "dim3(ceil_div(n, TILE_N), ceil_div(m, TILE_M), 3)");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void linesOfUnknownLength()
    {
        // Where lines start cannot be told: no copies of 16 bytes, but all the rest.
        const auto made = proposals(product("half", "a[i * (k + 1) + p]", "b[p * n + j]"), "tensor-contraction");
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
        QVERIFY(proposals(source, "tensor-contraction").empty());
    }

    void unsignedAndWideIndices()
    {
        auto source = product("half", "a[i * k + p]", "b[p * n + j]");
        for (auto at = source.find("int "); at != std::string::npos; at = source.find("int ", at + 8))
            source.replace(at, 4, "unsigned ");
        const auto made = proposals(source, "tensor-contraction");
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
        const auto made = proposals(source, "tensor-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "bf16");
    }

private:
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

QTEST_APPLESS_MAIN(TestTensorContraction)
#include "tst_TensorContraction.moc"
