// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

constexpr auto kGuard = "if (v > best[4]) {";
constexpr auto kShift = "for (; p > 0 && best[p - 1] < v; --p) best[p] = best[p - 1];";

QString kernel()
{
    return QStringLiteral("// warploom: launch k<<<ceil_div(m, 128), 128>>>(x, y, m, n)\n"
                          "__global__ void k(const float* x, float* y, int m, int n) {\n"
                          "    int r = blockIdx.x * blockDim.x + threadIdx.x;\n    if (r < m) {\n"
                          "    float best[5];\n"
                          "    for (int i = 0; i < 5; ++i) best[i] = -1e30f;\n"
                          "    for (int c = 0; c < n; ++c) {\n        const float v = x[r * n + c];\n        ")
        + kGuard + " int p = 4; " + kShift
        + " best[p] = v; }\n"
          "    }\n"
          "    for (int i = 0; i < 5; ++i) y[5 * r + i] = 2 * best[i];\n    }\n}\n";
}

}  // namespace

class TestSelectPerWarp : public QObject {
    Q_OBJECT

private slots:
    void topK()
    {
        const auto made = proposals(baseline("top_k"), "select-per-warp");
        QCOMPARE(made.size(), std::size_t{2});
        const auto& text = made[0].source;
        VERIFY_CONTAINS(text, "let LANES = cols >= 2048 ? 32 : GROUP");
        VERIFY_CONTAINS(text, "<<<ceil_div(rows, BLOCK / LANES), BLOCK>>>(x, largest, rows, cols, LANES)");
        VERIFY_CONTAINS(text, "elements + head + (vector + load * lanes) * 4);\n");
        VERIFY_CONTAINS(text, "list[0] = fmaxf(list[0], value);");
        VERIFY_CONTAINS(text, "largest[size_t(row) * 8 + k] = kept;");
        COMPARE_GOLDEN("select-per-warp-top_k", text);
        VERIFY_CONTAINS(made[1].source, "launch top_rows<<<rows, BLOCK>>>(x, largest, rows, cols)");
        VERIFY_CONTAINS(made[1].source, "__shared__ float lists[32][8];");
        COMPARE_GOLDEN("select-per-warp-top_k-block", made[1].source);
        // Nothing is left to do.
        for (const auto& one : made)
            QVERIFY(proposals(one.source, "select-per-warp").empty());
    }

    void otherWords_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        QTest::addColumn<QString>("part");
        QTest::newRow("five of eight") << "" << "" << "float best[8];";
        QTest::newRow("columns by bound") << "" << "" << "let LANES = n >= 2048 ? 32 : GROUP";
        QTest::newRow("epilogue") << "" << "" << "y[5 * r + i] = 2 * kept;";
        QTest::newRow("rejected first") << "if (v > best[4]) {" << "if (v <= best[4]) continue; {" << "";
        QTest::newRow("while") << kShift << "while (0 < p && v > best[p - 1]) { best[p] = best[p - 1]; p--; }"
                               << "fmaxf";
        QTest::newRow("exchanged") << " int p = 4; " + QString(kShift) + " best[p] = v; }"
                                   << "} for (int j = 0; j < 5; ++j) if (v > best[j]) { float t = best[j]; "
                                      "best[j] = v; v = t; }"
                                   << "";
        QTest::newRow("smallest") << "" << "" << "fminf(list[0], value)";
        QTest::newRow("integers") << "" << "" << "list[0] = max(list[0], value);";
        QTest::newRow("halves") << "" << "" << "__align__(16) __half loaded[LOADS][8];";
        QTest::newRow("macro") << "-1e30f" << "LOWEST" << "best[slot] = LOWEST;";
        QTest::newRow("macro writes") << "y[5 * r + i] = 2 * best[i];" << "{ PUT(5 * r + i, best[i]) }"
                                      << "y[5 * r + i] = kept;";
        QTest::newRow("weighted") << "x[r * n + c]" << "x[r * n + c] * w[c]" << "-";
        QTest::newRow("of its column") << "x[r * n + c]" << "x[r * n + c] * c"
                                       << "values[slot] = loaded[load][lane] * c;";
    }
    void otherWords()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        QFETCH(QString, part);
        auto source = kernel();
        const QString tag = QTest::currentDataTag();
        if (tag == "rejected first")
            source.replace("if (v > best[4]) { int p", "if (v <= best[4]) continue; int p")
                .replace("best[p] = v; }", "best[p] = v;");
        else if (tag == "exchanged")
            source
                .replace("if (v > best[4]) { int p = 4; " + QString(kShift) + " best[p] = v; }",
                         "for (int j = 0; j < 5; ++j) if (v > best[j]) { float t = best[j]; best[j] = v; v = t; }")
                .replace("const float v", "float v");
        else if (tag == "smallest")
            source.replace("v > best", "v < best").replace("best[p - 1] < v", "best[p - 1] > v");
        else if (tag == "integers")
            source.replace("float", "int").replace("-1e30f", "-2147483647 - 1");
        else if (tag == "halves")
            source.replace("const float* x", "const __half* x").replace("x[r * n + c]", "__half2float(x[r * n + c])");
        else if (!replaced.isEmpty())
            source.replace(replaced, by);
        if (tag == "macro")
            source.prepend("#define LOWEST (-1e30f)\n");
        if (tag == "macro writes")
            source.prepend("#define PUT(i, b) y[i] = b;\n");
        if (tag == "halves")
            source.prepend("#include <cuda_fp16.h>\n");
        if (tag == "weighted")
            source.replace("(const float* x,", "(const float* x, const float* w,").replace("(x, y, m", "(x, x, y, m");
        QCOMPARE(errorOf(source.toStdString()), std::string());
        const auto made = proposals(source.toStdString(), "select-per-warp");
        // Two elements a column are not what it knows.
        QCOMPARE(made.size(), std::size_t(part == "-" ? 0 : 2));
        for (const auto& one : made) {
            QCOMPARE(errorOf(one.source), std::string());
            if (!part.startsWith("let"))
                VERIFY_CONTAINS(one.source, part.toStdString());
        }
        if (part.startsWith("let"))
            VERIFY_CONTAINS(made[0].source, part.toStdString());
    }

    /// All threads of a warp get the merged list, but only some of a block.
    void listUsedBeside()
    {
        auto source = kernel();
        source.replace("for (int i = 0; i < 5; ++i) y[5 * r + i] = 2 * best[i];",
                       "const float top = best[0];\n    for (int i = 0; i < 5; ++i) y[5 * r + i] = best[i] - top;");
        const auto made = proposals(source.toStdString(), "select-per-warp");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].title, "a warp or some lanes");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        QTest::newRow("no list") << "best[5]" << "best[50]";
        QTest::newRow("another threshold") << "v > best[4]" << "v > best[3]";
        QTest::newRow("begins elsewhere") << "int p = 4" << "int p = 3";
        QTest::newRow("sorts the other way") << "best[p - 1] < v" << "best[p - 1] > v";
        QTest::newRow("shifts by two") << "best[p] = best[p - 1]" << "best[p] = best[p - 2]";
        QTest::newRow("goes too far") << "p > 0 &&" << "p > 1 &&";
        QTest::newRow("never put") << "best[p] = v; }" << "best[p] = 0; }";
        QTest::newRow("starts with data") << "best[i] = -1e30f" << "best[i] = x[i]";
        QTest::newRow("columns apart") << "x[r * n + c]" << "x[c * m + r]";
        QTest::newRow("counts too") << "best[p] = v; }" << "best[p] = v; y[r]++; }";
        QTest::newRow("writes what it reads") << "= 2 * best[i]" << "= best[i] + y[5 * r]";
        QTest::newRow("one place for all") << "y[5 * r + i]" << "y[r]";
        QTest::newRow("part of the list") << "i < 5; ++i) y" << "i < 3; ++i) y";
        QTest::newRow("another place") << "2 * best[i]" << "2 * best[4 - i]";
        QTest::newRow("column in a macro") << "x[r * n + c]" << "x[r * n + HERE]";
        QTest::newRow("writes nothing") << "y[5 * r + i] = 2 * best[i];" << "{}";
        QTest::newRow("stops early") << "{ int p" << "{ if (c > 9) break; int p";
    }
    void notThere()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        auto source = kernel();
        QVERIFY(source.contains(replaced));
        source.replace(replaced, by).prepend("#define HERE c\n");
        QCOMPARE(errorOf(source.toStdString()), std::string());
        QVERIFY(proposals(source.toStdString(), "select-per-warp").empty());
    }
};

QTEST_APPLESS_MAIN(TestSelectPerWarp)
#include "tst_SelectPerWarp.moc"
