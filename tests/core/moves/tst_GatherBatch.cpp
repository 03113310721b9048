// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// Rows of a sparse matrix by a vector.
QString sparse()
{
    return "// warploom: launch k<<<ceil_div(m, 128), 128>>>(a, at, row, v, y, m)\n"
           "__global__ void k(const double* a, const int* at, const int* row, const double* v, double* y, int m) {\n"
           "    int r = threadIdx.x + blockDim.x * blockIdx.x;\n    if (r < m) {\n        double t = 0.0;\n"
           "        for (int q = row[r]; q < row[r + 1]; ++q)\n            t += a[q] * v[at[q]];\n"
           "        y[r] = 2 * t;\n    }\n}\n";
}

/// Rows of a table, in other words.
QString rows()
{
    return "// warploom: launch k<<<ceil_div(m * w, 128), 128>>>(v, at, from, y, m * w, w)\n"
           "__global__ void k(const double* v, const long long* at, const int* from, double* y, int n, int w) {\n"
           "    const int e = blockIdx.x * blockDim.x + threadIdx.x;\n    if (e < n) {\n"
           "        double t = 0.;\n        int c = e % w;\n        const int g = e / w;\n"
           "        for (int q = from[g]; q < from[g + 1]; q++) {\n            const long long r = at[q];\n"
           "            t += v[c + r * w];\n        }\n"
           "        y[g * w + c] = t;\n    }\n}\n";
}

}  // namespace

class TestGatherBatch : public QObject {
    Q_OBJECT

private slots:
    void embeddingBag()
    {
        const auto made = proposals(baseline("embedding_bag"), "gather-batch");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "when dim % 4 == 0 && (bags * dim) % 4 == 0\n");
        VERIFY_CONTAINS(made[0].source, "*reinterpret_cast<const float4*>(&table[size_t(row[turn]) * dim + d]);");
        VERIFY_CONTAINS(made[0].source, "sum[lane] += gathered[turn][lane];");
        COMPARE_GOLDEN("gather-batch-embedding_bag", made[0].source);
        VERIFY_CONTAINS(made[1].source, "gathered[turn] = table[size_t(row[turn]) * dim + d];");
        COMPARE_GOLDEN("gather-batch-embedding_bag-place", made[1].source);
        // Nothing is left to do.
        for (const auto& one : made)
            QVERIFY(proposals(one.source, "gather-batch").empty());
    }

    void sparseRows()
    {
        const auto made = proposals(sparse().toStdString(), "gather-batch");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "const int q_end = row[r + 1];");
        VERIFY_CONTAINS(made[0].source, "row_2[turn] = at[q + turn];");
        VERIFY_CONTAINS(made[0].source, "gathered[turn] = v[row_2[turn]];");
        VERIFY_CONTAINS(made[0].source, "t += a[(q + turn)] * gathered[turn];");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void indexInAVariable()
    {
        const auto made = proposals(rows().toStdString(), "gather-batch");
        QCOMPARE(made.size(), std::size_t{2});
        const auto& text = made[0].source;
        VERIFY_CONTAINS(text, "long long row[GATHERS];");
        VERIFY_CONTAINS(text, "*reinterpret_cast<const uint4*>(&v[c + row[turn] * w]);");
        VERIFY_CONTAINS(text, "t[lane] += gathered[turn][lane];");
        VERIFY_CONTAINS(text, "*reinterpret_cast<uint4*>(&y[g * w + c])");
        for (const auto& one : made)
            QCOMPARE(errorOf(one.source), std::string());
    }

    void statementOfAMacro()
    {
        auto source = sparse();
        source.replace("t += a[q] * v[at[q]];", "{ const int j = at[q]; ADD(t, v[j]) }");
        const auto made = proposals(source.prepend("#define ADD(s, b) s += b;\n").toStdString(), "gather-batch");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "gathered[turn] = v[row_2[turn]];");
        VERIFY_CONTAINS(made[0].source, "t += gathered[turn];");
    }

    void noColumns_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        QTest::newRow("start by column") << "q = from[g]" << "q = from[c]";
        QTest::newRow("rows of another length") << "r * w" << "r * n";
        QTest::newRow("column twice") << "c + r * w" << "2 * c + r * w";
        QTest::newRow("stored apart") << "y[g * w + c]" << "y[c * w + g]";
        QTest::newRow("index by column") << "at[q]" << "at[q + c]";
        QTest::newRow("bound by element") << "q < from[g + 1]" << "q < from[g] + e";
        QTest::newRow("table off its boundary") << "v[c + r * w]" << "(v + 1)[c + r * w]";
        QTest::newRow("sum that starts with data") << "t = 0." << "t = from[0]";
    }
    void noColumns()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        auto source = rows();
        QVERIFY(source.contains(replaced));
        source.replace(replaced, by);
        QCOMPARE(errorOf(source.toStdString()), std::string());
        // In batches, it may still be.
        for (const auto& made : proposals(source.toStdString(), "gather-batch"))
            VERIFY_LACKS(made.source, "_columns");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        QTest::newRow("no gather") << "v[at[q]]" << "v[q]";
        QTest::newRow("same index always") << "v[at[q]]" << "v[at[r]]";
        QTest::newRow("gather of a gather") << "v[at[q]]" << "v[at[at[q]]]";
        QTest::newRow("two gathers") << "a[q] *" << "a[at[q]] *";
        QTest::newRow("only sometimes") << "t += a[q]" << "if (at[q] >= 0) t += a[q]";
        QTest::newRow("writes") << "t += a[q]" << "y[q] = t += a[q]";
        QTest::newRow("stops") << "t += a[q] * v[at[q]];" << "{ t += a[q] * v[at[q]]; if (t > 9) break; }";
        QTest::newRow("strides") << "++q" << "q += 2";
        QTest::newRow("moves its end") << "t += a[q] * v[at[q]];" << "{ t += a[q] * v[at[q]]; m = 1; }";
        QTest::newRow("index where the loop says") << "t += a[q] * v[at[q]];"
                                                   << "{ int j = at[q + s]; t += a[q] * v[j]; s = q % 2; }";
        QTest::newRow("table where the loop says") << "t += a[q] * v[at[q]];"
                                                   << "{ const double* u = v + q; t += u[at[q]]; }";
        QTest::newRow("counter in a macro") << "a[q]" << "HERE";
        QTest::newRow("place that the loop sets") << "v[at[q]]" << "v[at[q] + int(t)]";
    }
    void notThere()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        auto source = sparse();
        QVERIFY(source.contains(replaced));
        source.replace(replaced, by);
        if (QString(QTest::currentDataTag()) == "moves its end")
            source.replace("q < row[r + 1]", "q < m");
        source.prepend("#define HERE a[q]\n").replace("int r =", "int s = 0;\n    int r =");
        QCOMPARE(errorOf(source.toStdString()), std::string());
        QVERIFY(proposals(source.toStdString(), "gather-batch").empty());
    }
};

QTEST_APPLESS_MAIN(TestGatherBatch)
#include "tst_GatherBatch.moc"
