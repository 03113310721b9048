// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestPairTiles : public QObject {
    Q_OBJECT

private slots:
    void featureInteraction()
    {
        const auto made = proposals(baseline("feature_interaction"), "pair-tiles");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(errorOf(made[0].source), std::string());
        VERIFY_CONTAINS(made[0].source, "pair_products<<<ceil_div(ceil_div(RESULTS, PAIRS), WARPS), WARPS * 32, ");
        COMPARE_GOLDEN("pair-tiles-feature_interaction", made[0].source);
    }

    /// With the diagonal, of halves, and something done with the sum.
    void otherwiseSpelled()
    {
        const auto made = proposals(halves().toStdString(), "pair-tiles");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(errorOf(made[0].source), std::string());
        VERIFY_CONTAINS(made[0].source, "lower <= upper");
        VERIFY_CONTAINS(made[0].source, "= (product * s);");
        VERIFY_LACKS(made[0].source, "cp.async");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        const auto row = [](const char* name, const char* replaced, const char* by) {
            QTest::newRow(name) << QString::fromLatin1(replaced) << QString::fromLatin1(by);
        };
        row("rows as long as each other", "rest >= n - i) { rest -= n - i;", "rest >= n) { rest -= n;");
        row("taken off otherwise", "rest -= n - i;", "rest -= n - i - 1;");
        row("two rows at once", "++i;", "i += 2;");
        row("counted from elsewhere", "rest = t % p;", "rest = t % p + 1;");
        row("not from the first row on", "int i = 0, rest", "int i = 1, rest");
        row("two apart", "i + rest", "i + rest + 2");
        row("another array", "b[(t / p * n + j) * m + c]", "a2[(t / p * n + j) * m + c]");
        row("differences", ") * __half2float", ") - __half2float");
        row("stored elsewhere", "y[t] =", "y[t + 1] =");
        row("depends on the row", "v * s", "v * s * i");
        row("sums of something more", "float v = 0;", "float v = 1;");
        row("sums of other threads", "v * s", "__shfl_xor_sync(0xffffffffu, v, 1) * s");
        row("products of doubles", "__half2float(b", "(double)__half2float(b");
        row("rows of 256", "(t / p * n + i) * m", "(t / p * n + (unsigned char)i) * m");
        row("other samples", "b[(t / p * n + i) * m + c]", "b[(t / p * n + i) * m + c + t]");
    }
    void notThere()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        auto source = halves();
        QVERIFY(source.contains(replaced));
        source.replace(replaced, by);
        QVERIFY(proposals(source.toStdString(), "pair-tiles").empty());
    }

    void notTwice()
    {
        for (const auto& made : proposals(baseline("feature_interaction"), "pair-tiles"))
            QVERIFY(proposals(made.source, "pair-tiles").empty());
    }

private:
    static QString halves()
    {
        return QStringLiteral(R"(// warploom: launch g<<<ceil_div(count, 128), 128>>>(y, b, b, count, pairs, n, m, s)
#include <cuda_fp16.h>
__global__ void g(float* y, const half* b, const half* a2, int count, int p, int n, int m, float s) {
    const int t = blockIdx.x * 128 + threadIdx.x;
    if (t >= count) return;
    int i = 0, rest = t % p;
    while (rest >= n - i) { rest -= n - i; ++i; }
    int j = i + rest;
    float v = 0;
    for (int c = 0; c < m; ++c)
        v += __half2float(b[(t / p * n + i) * m + c]) * __half2float(b[(t / p * n + j) * m + c]);
    y[t] = v * s;
}
)");
    }
};

QTEST_APPLESS_MAIN(TestPairTiles)
#include "tst_PairTiles.moc"
