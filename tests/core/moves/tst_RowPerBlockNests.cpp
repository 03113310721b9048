// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// Rows that a thread walks by loops within loops.
class TestRowPerBlockNests : public QObject {
    Q_OBJECT

private slots:
    /// Rows that are walked by nests: the loop that goes from element to element is shared, the others are everybody's.
    void nests()
    {
        const auto source = readFile(sourceFolder() / "tests/bench/agent/unseen/group_norm_silu/baseline.cu");
        const auto made = proposals(source, "row-per-block");
        QCOMPARE(made.size(), std::size_t{3});
        COMPARE_GOLDEN("row-per-block-group_norm_silu", made[0].source);
        VERIFY_CONTAINS(made[0].source, "for (int p = threadIdx.x; p < pixels; p += blockDim.x)");
        VERIFY_CONTAINS(made[0].source, "for (int k = 0; k < per_group; ++k)");
        VERIFY_CONTAINS(made[2].source, "for (int k = threadIdx.x / 32; k < per_group; k += blockDim.x / 32)");
        VERIFY_CONTAINS(made[2].source, "for (int p = threadIdx.x % 32; p < pixels; p += 32)");
        for (const auto& one : made) {
            QCOMPARE(errorOf(one.source), std::string());
            QVERIFY(proposals(one.source, "row-per-block").empty());
            QCOMPARE(proposals(one.source, "vectorize").size(), std::size_t{1});
        }
    }

    /// Three loops, a row that / and % find, and as many of them as the kernel works out.
    void deepNests()
    {
        const auto made =
            proposals(nest("float s = 0;\n    for (int i = 0; i < h; ++i)\n        for (int j = 0; j < w; "
                           "++j) {\n            const float* p = x + at + (size_t(i) * w + j) * n;\n"
                           "            for (int c = 0; c < n; ++c)\n                s += p[c];\n"
                           "        }\n    for (int i = 0; i < h; ++i)\n        for (int j = 0; j < w; ++j)"
                           "\n            for (int c = 0; c < n; ++c)\n                "
                           "y[at + (size_t(i) * w + j) * n + c] = s * x[at + (size_t(i) * w + j) * n + c];"),
                      "row-per-block");
        QCOMPARE(made.size(), std::size_t{3});
        const auto& text = made[0].source;
        VERIFY_CONTAINS(text, "<<<images * parts, BLOCK>>>");
        QCOMPARE(countOf(text, "for (int c = threadIdx.x; c < n; c += blockDim.x)"), 2);
        VERIFY_CONTAINS(text, "        }\n    s = blockSum(s);");
        QCOMPARE(countOf(made[2].source, "for (int j = threadIdx.x / 32; j < w; j += blockDim.x / 32)"), 2);
        COMPARE_GOLDEN("row-per-block-nests", made[2].source);
    }

    /// The loop between neighbours may be an outer one.
    void outerLoopsOfNests()
    {
        const auto made =
            proposals(nest("float s = 0;\n    for (int c = 0; c < n; ++c)\n        for (int i = 0; i < h; "
                           "++i)\n            s += x[at + i * n + c];\n    y[job] = s;"),
                      "row-per-block");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "for (int c = threadIdx.x; c < n; c += blockDim.x)\n        for (int i = 0; i");
    }

    void nestsThatAreNone_data()
    {
        QTest::addColumn<QString>("body");
        const QString heads = "for (int i = 0; i < h; ++i) { %1 for (int c = 0; c < n; ++c) { %2 } %3 } y[job] = s;";
        const QString add = "s += x[at + i * n + c];";
        const QString copy = "y[at + i * n + c] = x[at + i * n + c];";
        QTest::newRow("a sum of each round") << heads.arg("float t = 0;", "t += x[at + i * n + c];", "s += t * t;");
        QTest::newRow("counted once a round") << heads.arg("s += 1;", add, "");
        QTest::newRow("a variable that runs along") << heads.arg("at += n;", "s += x[at + c];", "");
        QTest::newRow("written once a round") << heads.arg("y[at + 2 * i] = 0;", add, "");
        QTest::newRow("read where it is written") << heads.arg("float t = y[at + i];", "y[at + i * n + c] = t;", "");
        QTest::newRow("rounds that overlap") << heads.arg("", "y[at + i + c] = x[at + i + c];", "");
        QTest::newRow("rounds of their own length")
            << "for (int i = 0; i < h; ++i) for (int c = 0; c < i; ++c) y[at + i * n + c] = x[at + i * n + c];";
        QTest::newRow("places that are loaded")
            << heads.arg("int t = int(x[i]);", "y[at + t + c] = x[at + i * n + c];", "");
        QTest::newRow("left early") << heads.arg("if (x[i] < 0) break;", copy, "");
        QTest::newRow("two rounds at once")
            << heads.arg("", add, "for (int c = 0; c < n; ++c) s *= x[at + i * n + c];");
        QTest::newRow("shifted rounds") << heads.arg("", "y[at + i * n + c] = y[at + i * n + c + n];", "");
    }
    void nestsThatAreNone()
    {
        QFETCH(QString, body);
        const auto source = nest("float s = 0; " + body.toStdString());
        QCOMPARE(errorOf(source), std::string());
        const auto made = proposals(source, "row-per-block");
        QVERIFY2(made.empty(), made.empty() ? "" : made[0].source.c_str());
    }

private:
    static std::string nest(const std::string& body)
    {
        return "// warploom: launch k<<<ceil_div(images * parts, 64), 64>>>(x, y, images, parts, h, w, n)\n"
               "__global__ void k(const float* x, float* y, int images, int parts, int h, int w, int n)\n{\n"
               "    int job = blockIdx.x * blockDim.x + threadIdx.x;\n    if (job >= images * parts)\n        return;\n"
               "    size_t at = (size_t(job / parts) * parts + job % parts) * h * w * n;\n    "
            + body + "\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestRowPerBlockNests)
#include "tst_RowPerBlockNests.moc"
