// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestKeepExtremum : public QObject {
    Q_OBJECT

private slots:
    void argmax()
    {
        const auto made = proposals(baseline("argmax"), "keep-extremum");
        QCOMPARE(made.size(), std::size_t{1});
        COMPARE_GOLDEN("keep-extremum-argmax", made[0].source);
        QVERIFY(proposals(made[0].source, "keep-extremum").empty());
    }

    /// A row of a block or warp, read 16 bytes at a time.
    void composes()
    {
        const auto rows = proposals(proposals(baseline("argmax"), "keep-extremum").at(0).source, "row-per-block");
        QCOMPARE(rows.size(), std::size_t{2});
        for (const auto& row : rows) {
            const auto made = proposals(row.source, "vectorize");
            QCOMPARE(made.size(), std::size_t{1});
            VERIFY_CONTAINS(made[0].source, "best_value = x_vec[");
        }
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("loop");
        QTest::newRow("kept already")
            << "float v = x[0]; for (int c = 1; c < n; ++c) if (x[c] < v) { v = x[c]; b = c; }";
        QTest::newRow("last of equals") << "for (int c = 1; c < n; ++c) if (x[c] <= x[b]) b = c;";
        QTest::newRow("another array") << "for (int c = 1; c < n; ++c) if (x[c] < y[b]) b = c;";
        QTest::newRow("does more") << "for (int c = 1; c < n; ++c) { if (x[c] < x[b]) b = c; y[c] = b; }";
        QTest::newRow("in one statement") << "if (n > 3) for (int c = 1; c < n; ++c) if (x[c] < x[b]) b = c;";
        QTest::newRow("another place") << "for (int c = 1; c < n; ++c) if (x[c] < x[b]) b = c + 1;";
    }
    void notThere()
    {
        QFETCH(QString, loop);
        const auto kernel = [](const std::string& text) {
            return "// warploom: launch g<<<1, 128>>>(x, y, n)\n"
                   "__global__ void g(const float* x, float* y, int n) {\n    int b = 0;\n    "
                + text + "\n    y[threadIdx.x] = b;\n}\n";
        };
        const auto least = proposals(kernel("for (int c = 1; c < n; ++c) if (x[c] < x[b]) b = c;"), "keep-extremum");
        QCOMPARE(least.size(), std::size_t{1});
        VERIFY_CONTAINS(least[0].source, "float b_value = 1 < n ? x[b] : float(0);");
        QVERIFY(proposals(kernel(loop.toStdString()), "keep-extremum").empty());
    }

    void otherTypesAndBounds()
    {
        const auto made = proposals("// warploom: launch g<<<1, 128>>>(x, y, n)\n"
                                    "__global__ void g(const unsigned* x, int* y, int n) {\n    int b = 0;\n"
                                    "    for (int c = 1; c < (n > 9 ? n : 9); ++c)\n        if (x[c] > x[b])\n"
                                    "            b = c;\n    for (int c = 1; c < n & 7; ++c)\n        b += 0;\n"
                                    "    y[threadIdx.x] = b;\n}\n",
                                    "keep-extremum");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(errorOf(made[0].source), std::string());
        VERIFY_CONTAINS(made[0].source, "b_value = 1 < (n > 9 ? n : 9) ? x[b] : static_cast<unsigned int>(0);");
    }

    /// What stands behind the loop need not load what the loop has kept, and the first element is there in any case.
    void readBehind()
    {
        const std::string loop = "// warploom: launch g<<<1, 128>>>(x, y, n)\n"
                                 "__global__ void g(const float* x, float* y, int n) {\n    int b = 0;\n"
                                 "    for (int c = 0; c < n; ++c)\n        if (x[c] > x[b])\n            b = c;\n";
        const auto made = proposals(loop + "    float v = x[b];\n    y[threadIdx.x] = v;\n}\n", "keep-extremum");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "float b_value = x[b];\n    for");
        VERIFY_CONTAINS(made[0].source, "float v = b_value;");
        // What is read later may be another one.
        const auto later =
            proposals(loop + "    b = 1;\n    float v = x[b];\n    y[threadIdx.x] = v;\n}\n", "keep-extremum");
        QCOMPARE(later.size(), std::size_t{1});
        VERIFY_CONTAINS(later[0].source, "float v = x[b];");
    }

    /// Where the search does not begin with the first element, it begins where it did.
    void otherStarts()
    {
        const auto made = proposals("// warploom: launch g<<<1, 128>>>(x, y, n)\n"
                                    "__global__ void g(const int* x, int* y, int n) {\n    int b = threadIdx.x;\n"
                                    "    for (int c = 1; c < n; ++c)\n        if (x[c] > x[b])\n            b = c;\n"
                                    "    y[threadIdx.x] = b;\n}\n",
                                    "keep-extremum");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "for (int c = 1; c < n; ++c)");
    }
};

QTEST_APPLESS_MAIN(TestKeepExtremum)
#include "tst_KeepExtremum.moc"
