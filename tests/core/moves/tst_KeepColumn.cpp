// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// A kernel whose warps share columns; \p second follows a loop that reads x.
std::string columnKernel(const std::string& second, const std::string& first = "s += x[r * n + c];")
{
    return "// warploom: tune BLOCK = 256 128 512 1024\n"
           "// warploom: launch down<<<ceil_div(n, 32), BLOCK>>>(x, y, n, m)\n"
           "extern \"C\" __global__ void down(float* x, float* y, int n, int m)\n{\n"
           "    int c = blockIdx.x * 32 + threadIdx.x % 32;\n    if (c >= n) return;\n    float s = 0;\n"
           "    int off = 0;\n"
           "    for (int r = threadIdx.x / 32; r < m; r += blockDim.x / 32) "
        + first + "\n    " + second + "\n}\n";
}

const std::string kScale =
    "for (int q = threadIdx.x / 32; q < m; q += blockDim.x / 32) y[q * n + c] = x[q * n + c] * s;";

std::vector<MoveProposal> kept(const std::string& source, std::int64_t rows = 0)
{
    MoveRequest request{source, "test.cu", {"keep-column"}, {}, {"n", "m"}};
    if (rows > 0)
        request.timeSizes = {{"n", {1024}}, {"m", {rows}}};
    const auto answer = proposeMoves(request);
    return answer ? answer->proposals : std::vector<MoveProposal>{};
}

}  // namespace

class TestKeepColumn : public QObject {
    Q_OBJECT

private slots:
    void keepsWhatTwoLoopsRead()
    {
        const auto made = kept(columnKernel(kScale), 64);
        QCOMPARE(made.size(), std::size_t{1});
        const auto& text = made[0].source;
        VERIFY_CONTAINS(text, "// warploom: tune COLUMN_STEPS = 8 ");
        VERIFY_CONTAINS(text, "float x_column[COLUMN_STEPS];");
        VERIFY_CONTAINS(text, "x_column[step] = x[r * n + c];");
        // Whatever the loop calls its variable.
        VERIFY_CONTAINS(text, "y[q * n + c] = x_column[step] * s;");
        // What does not fit is read again.
        VERIFY_CONTAINS(text, "for (int q = COLUMN_STEPS * (blockDim.x / 32) + threadIdx.x / 32; q < m;");
        QCOMPARE(errorOf(text), std::string());
        COMPARE_GOLDEN("keep-column", text);
        QVERIFY(kept(text).empty());
    }

    void longColumnsGetLargerBlocks()
    {
        const auto made = kept(columnKernel(kScale), 500);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "// warploom: tune BLOCK = 1024 256 128 512\n");
        VERIFY_CONTAINS(made[0].source, "// warploom: tune COLUMN_STEPS = 16 ");
        // More would not fit into the registers that 1024 threads have.
        VERIFY_CONTAINS(kept(columnKernel(kScale), 5000).at(0).source, "// warploom: tune COLUMN_STEPS = 16 ");
    }

    void longerOnesInSharedMemory()
    {
        const auto made = kept(columnKernel(kScale), 5000);
        QCOMPARE(made.size(), std::size_t{2});
        const auto& text = made[1].source;
        VERIFY_CONTAINS(text, "// warploom: tune COLUMN_STEPS = 32 ");
        VERIFY_CONTAINS(text, "// warploom: require COLUMN_STEPS * 4 * BLOCK <= 212992\n");
        VERIFY_CONTAINS(text, "BLOCK, COLUMN_STEPS * 4 * BLOCK>>>");
        // Each thread has places of its own: nobody waits for another.
        VERIFY_CONTAINS(text, "reinterpret_cast<float*>(column_memory) + threadIdx.x;");
        VERIFY_CONTAINS(text, "y[q * n + c] = x_column[step * blockDim.x] * s;");
        QCOMPARE(errorOf(text), std::string());
        QVERIFY(kept(text, 5000).empty());
        // Not where the kernel has shared memory whose size the launch says.
        auto dynamic = columnKernel(kScale);
        dynamic.replace(dynamic.find("BLOCK>>>"), 5, "BLOCK, 1024");
        QCOMPARE(kept(dynamic, 5000).size(), std::size_t{1});
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("first");
        QTest::addColumn<QString>("second");
        const QString plain = "s += x[r * n + c];";
        const QString scale = QString::fromStdString(kScale);
        QTest::newRow("one loop") << plain << "y[c] = s;";
        QTest::newRow("another element")
            << plain << "for (int q = threadIdx.x / 32; q < m; q += blockDim.x / 32) y[q * n + c] = x[q * n + c + 1];";
        QTest::newRow("another array")
            << plain << "for (int q = threadIdx.x / 32; q < m; q += blockDim.x / 32) y[q * n + c] = s;";
        QTest::newRow("other threads") << plain
                                       << "for (int q = threadIdx.x % 32; q < m; q += 32) y[q * n + c] = x[q * n + c];";
        QTest::newRow("other bounds")
            << plain << "for (int q = threadIdx.x / 32; q < m - 1; q += blockDim.x / 32) y[q * n + c] = x[q * n + c];";
        QTest::newRow("written")
            << plain
            << "for (int q = threadIdx.x / 32; q < m; q += blockDim.x / 32) x[q * n + c] = x[q * n "
               "+ c] * s;";
        QTest::newRow("written in between") << plain << "x[c] = s; " + scale;
        QTest::newRow("moves in between") << "s += x[off + r * n + c];"
                                          << "off = 1; for (int q = threadIdx.x / 32; q < m; q += blockDim.x / 32) "
                                             "y[q * n + c] = x[off + q * n + c];";
        QTest::newRow("another place by the same name") << "s += x[off + r * n + c];"
                                                        << "for (int q = threadIdx.x / 32; q < m; q += blockDim.x / "
                                                           "32) { int off = 1; y[q * n + c] = x[off + q * n "
                                                           "+ c]; }";
        QTest::newRow("the bound moves") << plain << "m /= 2; " + scale;
        QTest::newRow("not in every step") << "if (r % 2) s += x[r * n + c];" << scale;
        QTest::newRow("not where another says so") << "s += y[r] > 0 ? x[r * n + c] : 0;" << scale;
        QTest::newRow("leaves in between") << plain << "if (s > 9) return; " + scale;
        QTest::newRow("stops early") << "{ if (s > 9) break; s += x[r * n + c]; }" << scale;
    }
    void notThere()
    {
        QFETCH(QString, first);
        QFETCH(QString, second);
        const auto source = columnKernel(second.toStdString(), first.toStdString());
        QCOMPARE(errorOf(source), std::string());
        QVERIFY(kept(source).empty());
    }
};

QTEST_APPLESS_MAIN(TestKeepColumn)
#include "tst_KeepColumn.moc"
