// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

constexpr const char* kDigits =
    "    int n = id % N;\n    int token = id / N;\n    int t = token % T;\n    int b = token / T;\n";

/// y[b][t][n] = sum over c of x[t][b][c] * w[n][c], by one number for all.
std::string kernel(const std::string& digits = kDigits, const std::string& total = "batch * steps * features",
                   const std::string& place = "id")
{
    return "// warploom: let COUNT = " + total
        + "\n// warploom: launch k<<<ceil_div(COUNT, 256), 256>>>(x, w, y, COUNT, steps, batch, depth, features)\n"
          "__global__ void k(const float* x, const float* w, float* y, int count, int T, int B, int C, int N)\n{\n"
          "    int id = blockIdx.x * blockDim.x + threadIdx.x;\n    if (id >= count)\n        return;\n"
        + digits
        + "    float s = 0.0f;\n    for (int c = 0; c < C; ++c)\n        s += x[(t * B + b) * C + c] * w[n * C + c];\n"
          "    y["
        + place + "] = s;\n}\n";
}

std::string tiled(const std::string& source)
{
    const auto made = proposals(source, "tile-contraction");
    return made.empty() ? std::string() : made[0].source;
}

}  // namespace

class TestPlainDigits : public QObject {
    Q_OBJECT

private slots:
    void layers()
    {
        const auto made = proposals(kernel(), "tile-contraction");
        QVERIFY(!made.empty());
        VERIFY_CONTAINS(made[0].title, std::string("a grid of an index's digits"));
        COMPARE_GOLDEN("plain-digits-layers", made[0].source);
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void written_data()
    {
        QTest::addColumn<std::string>("digits");
        QTest::newRow("each from the whole")
            << std::string("    int b = id / (T * N);\n    int t = id / N % T;\n    int n = id % N;\n");
        QTest::newRow("divided twice") << std::string(
            "    int b = id / N / T;\n    int t = (id / N) % T;\n    int n = id % N;\n");
        QTest::newRow("what is taken off") << std::string(
            "    int b = id / (T * N);\n    int r = id - b * (T * N);\n    int t = r / N;\n    int n = r - N * t;\n");
        QTest::newRow("what is left of a layer") << std::string(
            "    int b = id / (T * N);\n    int r = id % (T * N);\n    int t = r / N;\n    int n = r % N;\n");
    }
    void written()
    {
        QFETCH(std::string, digits);
        const auto text = tiled(kernel(digits));
        QVERIFY(!text.empty());
        QCOMPARE(errorOf(text), std::string());
        VERIFY_CONTAINS(text, "blockIdx.z");
    }

    /// Rows by pointers of their own, numbers of other types.
    void pointers()
    {
        auto source = kernel("    const int n = (int)(id % N);\n    const long long token = id / N;\n"
                             "    const int t = (int)(token % T);\n    const int b = (int)(token / T);\n"
                             "    const float* row = x + ((long long)t * B + b) * C;\n");
        source.replace(source.find("x[(t * B + b) * C + c]"), 22, "row[c]");
        source.replace(source.find("int id = "), 9, "const long long id = (long long)");
        const auto text = tiled(source);
        VERIFY_CONTAINS(text, "y[(((long long)int(blockIdx.z) * T + t) * N + n)] = s;");
        QCOMPARE(errorOf(text), std::string());
    }

    /// Of two digits the rows end where a parameter says.
    void rowsAndColumns()
    {
        auto source = kernel("    int n = id % N;\n    int t = id / N;\n", "steps * features");
        source.replace(source.find("t * B + b"), 9, "t");
        const auto text = tiled(source);
        QVERIFY(!text.empty());
        QCOMPARE(errorOf(text), std::string());
    }

    void leftAlone_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::newRow("more than its digits") << kernel(kDigits, "batch * steps * features + 1");
        QTest::newRow("of two lengths") << kernel(
            "    int n = id % N;\n    int token = id / C;\n    int t = token % T;\n    int b = token / T;\n");
        QTest::newRow("rows without an end")
            << kernel("    int n = id % N;\n    int t = id / N;\n    const int b = 0;\n", "batch * batch * features");
        QTest::newRow("something else is taken off") << kernel(
            "    int token = id / N;\n    int n = id - token * C;\n    int t = token % T;\n    int b = token / T;\n");
        QTest::newRow("changed") << kernel(std::string(kDigits) + "    if (n > 3)\n        id += 1;\n");
    }
    void leftAlone()
    {
        QFETCH(std::string, source);
        QVERIFY2(tiled(source).empty(), tiled(source).c_str());
    }
};

QTEST_APPLESS_MAIN(TestPlainDigits)
#include "tst_PlainDigits.moc"
