// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// A kernel with a thread a column; \p body goes between the guard and the end.
std::string columnKernel(const std::string& body, const std::string& guard = "if (c >= n) return;")
{
    return "// warploom: launch down<<<dim3(ceil_div(n, 128), b), 128>>>(x, y, n, m)\n"
           "extern \"C\" __global__ void down(const float* x, float* y, int n, int m)\n{\n"
           "    int c = blockIdx.x * blockDim.x + threadIdx.x;\n    "
        + guard + "\n    " + body + "\n}\n";
}

const std::string kSum = "float s = 0; for (int r = 0; r < m; ++r) s += x[(blockIdx.y * m + r) * n + c]; "
                         "y[blockIdx.y * n + c] = s;";

}  // namespace

class TestShareColumns : public QObject {
    Q_OBJECT

private slots:
    void sumsDown()
    {
        const auto made = proposals(columnKernel(kSum), "share-columns");
        QCOMPARE(made.size(), std::size_t{1});
        const auto& text = made[0].source;
        VERIFY_CONTAINS(text, "launch down<<<dim3(ceil_div(n, COLUMNS), b), BLOCK>>>(x, y, n, m)");
        VERIFY_CONTAINS(text, "int c = blockIdx.x * COLUMNS + threadIdx.x % COLUMNS;");
        VERIFY_CONTAINS(text, "for (int r = threadIdx.x / COLUMNS; r < m; r += blockDim.x / COLUMNS)");
        VERIFY_CONTAINS(text, "s = columnSum(s);");
        // What is written is one thread's.
        VERIFY_CONTAINS(text, "if (threadIdx.x / COLUMNS == 0)");
        QCOMPARE(errorOf(text), std::string());
        VERIFY_CONTAINS(text, "// warploom: tune COLUMNS = 32 64 128\n");
        VERIFY_CONTAINS(text, "// warploom: tune BLOCK = 512 ");
        VERIFY_CONTAINS(text, "// warploom: require BLOCK % COLUMNS == 0\n");
        QVERIFY(proposals(text, "share-columns").empty());
        QVERIFY(proposals(text, "row-per-block").empty());
    }

    /// Softmax over the channels of pixels: three loops, the last one writes.
    void channelSoftmax()
    {
        const auto source = readFile(sourceFolder() / "tests/bench/agent/unseen/channel_softmax/baseline.cu");
        const auto made = proposals(source, "share-columns");
        QCOMPARE(made.size(), std::size_t{1});
        COMPARE_GOLDEN("share-columns-channel_softmax", made[0].source);
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    /// Threads that a condition only kept out must not keep the others waiting.
    void surplusThreadsLeave()
    {
        const auto made = proposals(columnKernel("{" + kSum + "}", "if (c < n)"), "share-columns");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "if (!(c < n))\n        return;\n");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    /// A sum that starts from an element is added to it once, not once a warp.
    void startsFromSomething()
    {
        const auto made = proposals(
            columnKernel("float s = y[c]; for (int r = 0; r < m; ++r) s += x[r * n + c]; y[c] = s;"), "share-columns");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "float s = 0; for (int r = threadIdx.x / COLUMNS;");
        VERIFY_CONTAINS(made[0].source, "float total = s + y[c];");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("along a row") << "float s = 0; for (int r = 0; r < m; ++r) s += x[c * m + r]; y[c] = s;";
        QTest::newRow("one value") << "y[c] = x[c];";
        QTest::newRow("steps of few elements")
            << "float s = 0; for (int r = 0; r < m; ++r) s += x[c + r * 2]; y[c] = s;";
        QTest::newRow("each step needs the last")
            << "float s = 0; for (int r = 0; r < m; ++r) { s = s * 0.5f + x[r * n + c]; y[r * n + c] = s; }";
        QTest::newRow("stops early")
            << "float s = 0; for (int r = 0; r < m; ++r) { if (s > 9) break; s += x[r * n + c]; } y[c] = s;";
        QTest::newRow("reads what the step before wrote")
            << "for (int r = 1; r < m; ++r) y[r * n + c] = y[(r - 1) * n + c] + x[r * n + c];";
        QTest::newRow("every step writes the same") << "for (int r = 0; r < m; ++r) y[c] = x[r * n + c];";
        QTest::newRow("asks which thread it is")
            << "float s = 0; for (int r = 0; r < m; ++r) s += x[r * n + c] * threadIdx.x; y[c] = s;";
        QTest::newRow("the block's width")
            << "float s = 0; for (int r = 0; r < m; ++r) s += x[r * n + c]; y[c] = s * blockDim.x;";
    }
    void notThere()
    {
        QFETCH(QString, body);
        const auto source = columnKernel(body.toStdString());
        QCOMPARE(errorOf(source), std::string());
        QVERIFY(proposals(source, "share-columns").empty());
    }
};

QTEST_APPLESS_MAIN(TestShareColumns)
#include "tst_ShareColumns.moc"
