// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// Products of all columns with each other, of which one half is worked out.
const std::string kGram =
    R"(// warploom: launch gram<<<dim3(ceil_div(n, 32), ceil_div(n, 8)), dim3(32, 8)>>>(x, mean, g, n, m)
__global__ void gram(const float* x, const float* mean, float* g, int n, int m)
{
    int c = blockIdx.x * blockDim.x + threadIdx.x;
    int r = blockIdx.y * blockDim.y + threadIdx.y;
    if (r >= n || c >= n || c < r)
        return;
    float sum = 0;
    for (int k = 0; k < m; ++k)
        sum += x[k * n + r] * x[k * n + c];
    g[r * n + c] = sum;
    g[c * n + r] = sum;
}
)";

std::string replaced(const std::string& text, const std::string& from, const std::string& to)
{
    auto result = QString::fromStdString(text);
    if (!result.contains(QString::fromStdString(from)))
        qFatal("no '%s'", from.c_str());
    return result.replace(QString::fromStdString(from), QString::fromStdString(to)).toStdString();
}

/// The same with the columns' means taken off on the way.
std::string centred()
{
    return replaced(replaced(kGram, "x[k * n + r] * x[k * n + c]", "(x[k * n + r] - mean[r]) * (x[k * n + c] - own)"),
                    "    float sum = 0;", "    const float own = mean[c];\n    float sum = 0;");
}

std::vector<MoveProposal> made(const std::string& source, const std::string& move)
{
    auto all = proposals(source, move);
    for (const auto& one : all)
        if (const auto error = errorOf(one.source); !error.empty())
            qFatal("%s\n%s", error.c_str(), one.source.c_str());
    return all;
}

}  // namespace

/// Contractions of which a guard asks for one half, and those whose factors are worked out of what is loaded.
class TestHiddenContraction : public QObject {
    Q_OBJECT

private slots:
    void oneHalf()
    {
        const auto tiled = made(kGram, "tile-contraction");
        QCOMPARE(tiled.size(), std::size_t{2});
        // Blocks below the diagonal leave, those on it ask for each element.
        VERIFY_CONTAINS(tiled[1].source, "if (blockIdx.x * TILE_N + TILE_N <= blockIdx.y * TILE_M)\n        return;");
        VERIFY_CONTAINS(tiled[1].source, "if (r <= c) {");
        COMPARE_GOLDEN("tile-contraction-half", tiled[1].source);
        const auto ahead = made(kGram, "pipeline-contraction");
        QCOMPARE(ahead.size(), std::size_t{1});
        VERIFY_CONTAINS(ahead[0].source, "if (first_column + TILE_N <= first_row)");
    }

    void otherHalves_data()
    {
        QTest::addColumn<QString>("guard");
        QTest::addColumn<QString>("skipped");
        QTest::addColumn<QString>("asked");
        const auto row = [](const char* name, const char* guard, const char* skipped, const char* asked) {
            QTest::newRow(name) << QString::fromLatin1(guard) << QString::fromLatin1(skipped)
                                << QString::fromLatin1(asked);
        };
        const char* below = "if (blockIdx.y * TILE_M + TILE_M <= blockIdx.x * TILE_N)";
        row("below", "if (r >= n || c >= n || r < c)\n        return;", below, "if (c <= r) {");
        row("without the diagonal", "if (r >= n || c >= n || r >= c)\n        return;",
            "if (blockIdx.x * TILE_N + TILE_N <= blockIdx.y * TILE_M + 1)", "if (r < c) {");
        row("asked for later", "if (r >= n || c >= n)\n        return;\n    if (c > r)\n        return;", below,
            "if (c <= r) {");
    }
    void otherHalves()
    {
        QFETCH(QString, guard);
        QFETCH(QString, skipped);
        QFETCH(QString, asked);
        const auto source = replaced(kGram, "if (r >= n || c >= n || c < r)\n        return;", guard.toStdString());
        const auto tiled = made(source, "tile-contraction");
        QCOMPARE(tiled.size(), std::size_t{2});
        VERIFY_CONTAINS(tiled[1].source, skipped.toStdString());
        VERIFY_CONTAINS(tiled[1].source, asked.toStdString());
    }

    void withoutTheMean()
    {
        const auto tiled = made(centred(), "tile-contraction");
        QCOMPARE(tiled.size(), std::size_t{2});
        VERIFY_CONTAINS(tiled[1].source, "x[k * n + r] - mean[r]");
        VERIFY_CONTAINS(tiled[1].source, "x[k * n + c] - mean[c]");
        COMPARE_GOLDEN("tile-contraction-centred", tiled[1].source);
        // Copies ahead bring what is in memory.
        QVERIFY(made(centred(), "pipeline-contraction").empty());
    }

    void leftAlone_data()
    {
        QTest::addColumn<QString>("source");
        const auto row = [](const char* name, const std::string& from, const std::string& to, bool isCentred = false) {
            QTest::newRow(name) << QString::fromStdString(replaced(isCentred ? centred() : kGram, from, to));
        };
        row("elements of the diagonal", "c < r", "c != r");
        row("a band", "c < r", "c < r + 4");
        row("rows and columns of different numbers", "r >= n || c >= n || c < r", "r >= m || c >= n || c < r");
        row("something else in between", "        return;\n",
            "        return;\n    g[0] = 1;\n    if (r > c) return;\n");
        row("the last row of another array",
            "c < r)\n        return;\n    float sum = 0;\n    for (int k = 0; k < m; ++k)\n        sum += x[k * n + r]",
            "c <= r)\n        return;\n    float sum = 0;\n    for (int k = 0; k < m; ++k)\n        sum += mean[k * n "
            "+ r]");
        row("a factor of both", "mean[r]", "mean[r + c]", true);
        row("a factor of the results", "mean[r]", "g[r]", true);
        row("a mean that changes", "    float sum", "    if (m > 4) mean = x;\n    float sum", true);
        row("a mean that is needed again", "g[r * n + c] = sum", "g[r * n + c] = sum + own", true);
    }
    void leftAlone()
    {
        QFETCH(QString, source);
        for (const char* move : {"tile-contraction", "pipeline-contraction", "tensor-split"})
            QVERIFY2(made(source.toStdString(), move).empty(), move);
    }
};

QTEST_GUILESS_MAIN(TestHiddenContraction)
#include "tst_HiddenContraction.moc"
