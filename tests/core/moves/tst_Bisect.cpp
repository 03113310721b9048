// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

QString kernel(const QString& search)
{
    return "// warploom: launch k<<<ceil_div(n, 128), 128>>>(x, edges, y, n, m)\n"
           "__global__ void k(const float* x, const int* edges, int* y, int n, int m) {\n"
           "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i < n) {\n        int p = 0;\n        "
        + search + "\n        y[i] = p;\n    }\n}\n";
}

}  // namespace

class TestBisect : public QObject {
    Q_OBJECT

private slots:
    void bucketize()
    {
        const std::vector<BufferFact> buffers = {{"values", "i32", "in", {"n"}},
                                                 {"boundaries", "i32", "in", {"count"}, true}};
        const auto made = proposals(baseline("bucketize"), "bisect", buffers);
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "node = 2 * node + (boundaries_tree[node] <= wanted ? 1 : 0);");
        VERIFY_CONTAINS(made[0].source, "(values, boundaries, bucket, n, count) when count < NEAR\n");
        VERIFY_CONTAINS(made[0].source, "(values, boundaries, bucket, n, count) when count >= NEAR\n");
        VERIFY_CONTAINS(made[1].source, "b += boundaries[b + half - 1] <= wanted ? half : 0;");
        COMPARE_GOLDEN("bisect-bucketize", made[0].source);
        COMPARE_GOLDEN("bisect-bucketize-place", made[1].source);
        for (const auto& one : made)
            QVERIFY(proposals(one.source, "bisect", buffers).empty());
        // Values come 16 bytes at a time then.
        const auto wide = proposals(made[0].source, "vectorize", buffers);
        QCOMPARE(wide.size(), std::size_t{2});
        VERIFY_CONTAINS(wide[0].source, "reinterpret_cast<const int4*>(&values[i])");
        VERIFY_CONTAINS(wide[0].source, "boundaries_tree[node] <= wanted");
    }

    void sizeOfTheTree()
    {
        MoveRequest request{
            baseline("bucketize"), "test.cu", {"bisect"}, {{"boundaries", "i32", "in", {"count"}, true}}, {}};
        request.timeSizes = {{"count", {2000}}};
        const auto answer = proposeMoves(request);
        QVERIFY(answer.has_value());
        VERIFY_CONTAINS(answer->proposals.at(0).source, "tune NEAR = 2048 ");
    }

    void otherWords_data()
    {
        QTest::addColumn<QString>("search");
        QTest::addColumn<QString>("part");
        QTest::addColumn<int>("proposals");
        QTest::newRow("the other side") << "while (p < m && x[i] > edges[p]) p++;"
                                        << "p += wanted > edges[p + half - 1]" << 2;
        QTest::newRow("for without a body")
            << "for (; p < m && edges[p] < x[i]; ++p) ;" << "edges[p + half - 1] < wanted" << 2;
        QTest::newRow("for that sets") << "p = 7; for (p = 0; p < m && edges[p] < x[i]; ++p) {}" << "        p = 0;\n"
                                       << 2;
        QTest::newRow("counted") << "for (int j = 0; j < m; ++j) if (edges[j] <= x[i]) ++p;"
                                 << "below += edges[below + half - 1] <= wanted" << 2;
        QTest::newRow("summed") << "for (int j = 0; j < m; ++j) p += edges[j] <= x[i];" << "p += below;" << 2;
        QTest::newRow("goes on") << "p = i % 2; while (p < m && edges[p] <= x[i]) p += 1;"
                                 << "int left = m - p; left > 0;" << 1;
        QTest::newRow("a value of its own")
            << "const int v = int(x[i]); while (p < m && edges[p] <= v) ++p;" << "edges[p + half - 1] <= v" << 2;
    }
    void otherWords()
    {
        QFETCH(QString, search);
        QFETCH(QString, part);
        QFETCH(int, proposals);
        const auto source = kernel(search).toStdString();
        QCOMPARE(errorOf(source), std::string());
        const auto made = test::proposals(source, "bisect", facts());
        QVERIFY(!made.empty());
        VERIFY_CONTAINS(made.back().source, part.toStdString());
        QCOMPARE(made.size(), std::size_t(proposals));
        for (const auto& one : made)
            QCOMPARE(errorOf(one.source), std::string());
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("search");
        QTest::newRow("another bound") << "while (p < n && edges[p] <= x[i]) ++p;";
        QTest::newRow("no bound") << "while (edges[p] <= x[i]) ++p;";
        QTest::newRow("equal elements") << "while (p < m && edges[p] != x[i]) ++p;";
        QTest::newRow("falling") << "while (p < m && edges[p] >= x[i]) ++p;";
        QTest::newRow("every second") << "while (p < m && edges[p] <= x[i]) p += 2;";
        QTest::newRow("shifted") << "while (p < m && edges[p + 1] <= x[i]) ++p;";
        QTest::newRow("around 256") << "while (p < m && edges[(unsigned char)p] <= x[i]) ++p;";
        QTest::newRow("along the values") << "while (p < m && edges[p] <= x[p]) ++p;";
        QTest::newRow("more to do") << "while (p < m && edges[p] <= x[i]) { ++p; y[p] = 1; }";
        QTest::newRow("an array that nobody vouches for") << "while (p < m && x[p] <= 2) ++p;";
        QTest::newRow("turned by its sign") << "while (p < m && edges[p] <= 7u) ++p;";
        QTest::newRow("counts with another weight") << "for (int j = 0; j < m; ++j) if (edges[j] <= x[i]) p += j;";
        QTest::newRow("counts from elsewhere") << "for (int j = 1; j < m; ++j) if (edges[j] <= x[i]) ++p;";
        QTest::newRow("moves its limit") << "while (p < m && edges[p] <= x[i]) ++p; m = 3;";
    }
    void notThere()
    {
        QFETCH(QString, search);
        const auto source = kernel(search).toStdString();
        QCOMPARE(errorOf(source), std::string());
        QVERIFY(proposals(source, "bisect", facts()).empty());
    }

    void onlyWhereItAscends()
    {
        const auto source = kernel("while (p < m && edges[p] <= x[i]) ++p;").toStdString();
        QCOMPARE(proposals(source, "bisect", facts()).size(), std::size_t{2});
        QVERIFY(proposals(source, "bisect").empty());
        QVERIFY(proposals(source, "bisect", {{"edges", "i32", "in", {"m"}}}).empty());
        QVERIFY(proposals(source, "bisect", {{"edges", "i32", "inout", {"m"}, true}}).empty());
        QVERIFY(proposals(source, "bisect", {{"edges", "i32", "in", {"m - 1"}, true}}).empty());
        // Halves of what ascends do not.
        QVERIFY(proposals(source, "bisect", {{"edges", "i64", "in", {"m"}, true}}).empty());
    }

private:
    static std::vector<BufferFact> facts() { return {{"edges", "i32", "in", {"m"}, true}}; }
};

QTEST_APPLESS_MAIN(TestBisect)
#include "tst_Bisect.moc"
