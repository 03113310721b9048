// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// Rows of what \p loop does, with its variables set \p before.
std::string rowsOf(const std::string& before, const std::string& loop, const std::string& after = {},
                   const std::string& head = "for (int c = 0; c < cols; ++c)")
{
    return "// warploom: launch along<<<ceil_div(rows, 128), 128>>>(x, w, y, z, total, rows, cols)\n"
           "__global__ void along(const float* x, const float* w, float* y, float* z, float* total, int rows, int "
           "cols) "
           "{\n    int row = blockIdx.x * blockDim.x + threadIdx.x;\n    if (row >= rows)\n        return;\n    const "
           "int at = row * cols;\n    "
        + before + "\n    " + head + " {\n        " + loop + "\n    }\n    " + after + "\n}\n";
}

std::vector<MoveProposal> scans(const std::string& source)
{
    const auto made = proposals(source, "scan-row");
    for (const auto& one : made)
        if (const auto error = errorOf(one.source); !error.empty())
            qFatal("%s\n%s", error.c_str(), one.source.c_str());
    return made;
}

const std::string kBoth = "float sum = 0.0f;\n    float peak = -1e30f;";
const std::string kChain = "sum += x[at + c];\n        peak = fmaxf(peak, sum);\n        y[at + c] = peak - sum;";

}  // namespace

/// Scans of several variables in one loop, which may be worked out from each other.
class TestLinkedFolds : public QObject {
    Q_OBJECT

private slots:
    void underwater()
    {
        const auto made = scans(readFile(sourceFolder() / "tests/bench/agent/unseen/underwater/baseline.cu"));
        QCOMPARE(made.size(), std::size_t{2});
        COMPARE_GOLDEN("scan-row-underwater-block", made[0].source);
        COMPARE_GOLDEN("scan-row-underwater-warp", made[1].source);
        // Everything is read once and written once, 16 bytes a thread.
        QCOMPARE(countOf(made[0].source, "reinterpret_cast<const uint4*>(&ret["), 1);
        QCOMPARE(countOf(made[0].source, "__stcg("), 1);
        QCOMPARE(countOf(made[1].source, "__syncthreads"), 0);
        // Nothing is left to do.
        QVERIFY(scans(made[0].source).empty());
        QVERIFY(scans(made[1].source).empty());
    }

    void levels()
    {
        // A barrier for the sum, one for what comes of it, and two of blockMin.
        const auto two = scans(
            rowsOf(kBoth + " float least = 0;", kChain + " least = min(least, peak - sum);", "total[row] = least;"));
        QCOMPARE(two.size(), std::size_t{2});
        QCOMPARE(countOf(two[0].source, "__syncthreads();"), 4);
        VERIFY_CONTAINS(two[0].source, "least = blockMin(least_own);");
        // Those that do not need each other go together.
        const auto one = scans(rowsOf(kBoth,
                                      "const float v = x[at + c];\n        sum += v;\n        peak = v > peak ? v "
                                      ": peak;\n        y[at + c] = peak - sum;"));
        QCOMPARE(one.size(), std::size_t{2});
        QCOMPARE(countOf(one[0].source, "__syncthreads();"), 1);
    }

    /// What stands before the update reads what the elements before have left.
    void readsBeforeItsUpdate()
    {
        const auto made = scans(rowsOf(kBoth,
                                       "peak = fmaxf(peak, sum);\n        sum += x[at + c];\n        y[at + c] = "
                                       "peak;"));
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "peak_values[round][k] = sum;\n                    sum = sum + sum_values");
    }

    void functionsOfOneName()
    {
        // fmaxf and max of floats are two functions.
        const auto made = scans(rowsOf(kBoth + " float last = 0;",
                                       kChain + "\n        last = max(last, x[at + c]);\n        z[at + c] = last;"));
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, " scanWarpMax(");
        VERIFY_CONTAINS(made[0].source, " scanWarpMax_other(");
    }

    void choicesOfElements()
    {
        const auto made = scans(rowsOf(kBoth,
                                       "peak = x[at + c] > peak ? x[at + c] : peak;\n        sum += peak;\n      "
                                       "  y[at + c] = sum;"));
        QCOMPARE(made.size(), std::size_t{2});
    }

    /// What a function does to a variable that it is lent is written out.
    void byReference()
    {
        const auto made =
            scans("__device__ void add(float& a, float b) { a += b; }\n"
                  + rowsOf(kBoth, "add(sum, x[at + c]);\n        peak = fmaxf(peak, sum);\n        y[at + c] = peak;"));
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, " scanWarpSum(");
        VERIFY_CONTAINS(made[0].source, " scanWarpMax(");
        VERIFY_LACKS(made[0].source, "void add(");
    }

    void notThere_data()
    {
        QTest::addColumn<std::string>("source");
        const auto add = [](const char* name, const std::string& loop, const std::string& before = kBoth,
                            const std::string& after = {}) { QTest::newRow(name) << rowsOf(before, loop, after); };
        const std::string sum = "sum += x[at + c];\n        ";
        const std::string peak = "peak = fmaxf(peak, sum);\n        ";
        add("each of the other", "sum += x[at + c] - peak;\n        " + peak + "y[at + c] = sum;");
        add("of itself",
            "const float size = fabsf(sum);\n        sum += x[at + c] - size;\n        " + peak + "y[at + c] = peak;");
        add("no fold", "sum = x[at + c] - fabsf(sum);\n        " + peak + "y[at + c] = peak;");
        add("begins anew", "sum = fmaxf(sum, 0.0f) + x[at + c];\n        " + peak + "y[at + c] = peak;");
        add("updated twice", sum + peak + "sum += peak;\n        y[at + c] = peak;");
        add("in one statement", "peak = fmaxf(peak, sum += x[at + c]);\n        y[at + c] = peak;");
        add("the place of the largest", sum + "if (sum > peak) { peak = sum; place = c; }\n        y[at + c] = peak;",
            kBoth + " int place = 0;", "total[row] = place;");
        add("writes where a fold says", sum + "count += 1;\n        y[at + count] = sum;", kBoth + " int count = 0;");
        add("reads what it wrote two rounds ago", sum + peak + "y[at + c] = c > 1 ? y[at + c - 2] + peak : peak;");
        add("folds what it wrote",
            "y[at + c] = 2 * x[at + c];\n        sum += y[at + (c ^ 1)];\n        " + peak + "z[at + c] = peak;");
        add("leaves early", sum + peak + "y[at + c] = peak;\n        if (sum > 9) break;");
        add("skips", sum + "if (sum < 0) continue;\n        " + peak + "y[at + c] = peak;");
        add("sets a global", "counter = c;\n        " + sum + peak + "y[at + c] = peak;");
        add("keeps what was called with", "sum += held(x[at + c]);\n        " + peak + "y[at + c] = peak;");
        add("writes a total on its way", sum + peak + "total[row] = peak;");
        add("no scan", "sum += x[at + c];\n        peak = fmaxf(peak, x[at + c]);", kBoth, "total[row] = sum + peak;");
        add("sets afterwards", kChain, kBoth, "sum *= 2;\n    total[row] = sum;");
        add("writes elsewhere afterwards", kChain, kBoth, "y[at] = 0;");
        add("without a value before", kChain, "float sum; sum = 0;\n    float peak = -1e30f;");
        QTest::newRow("steps") << rowsOf(kBoth, kChain, {}, "for (int c = 0; c < cols; c += 2)");
        QTest::newRow("until a fold says") << rowsOf(kBoth, kChain, {}, "for (int c = 0; c < cols && c < sum; ++c)");
    }
    void notThere()
    {
        QFETCH(std::string, source);
        const auto text =
            "__device__ void add(float& a, float b) { a += b; }\n__device__ int counter;\n__device__ float "
            "before;\n__device__ float held(float v) { before += v; return before; }\n"
            + source;
        QCOMPARE(errorOf(text), std::string());
        const auto made = scans(text);
        QVERIFY2(made.empty(), made.empty() ? "" : made[0].source.c_str());
    }

    /// Each of notThere() is one change away from this.
    void there() { QCOMPARE(scans(rowsOf(kBoth, kChain)).size(), std::size_t{2}); }
};

QTEST_APPLESS_MAIN(TestLinkedFolds)
#include "tst_LinkedFolds.moc"
