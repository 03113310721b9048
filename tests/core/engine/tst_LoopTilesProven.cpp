// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// Integers, so that whatever is summed has to be the same to the last bit.
const char* const kLoopTilesTask = R"toml(format    = 1
name      = "tiles"
title     = "All against all"
summary   = "as the baseline"
tags      = ["all-pairs"]
baseline  = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "x"
type = "u8"
shape = ["n", "m"]
role = "in"
fill = "integers(0, 200)"

[[buffer]]
name = "w"
type = "i8"
shape = ["k", "m"]
role = "in"
fill = "integers(-90, 90)"

[[buffer]]
name = "b"
type = "i32"
shape = ["k"]
role = "in"
fill = "integers(-9, 9)"

[[buffer]]
name = "y"
type = "i32"
shape = ["n"]
role = "inout"
fill = "integers(0, 9)"

[[buffer]]
name = "p"
type = "i32"
shape = ["n", "k"]
role = "inout"
fill = "integers(0, 9)"

[[buffer]]
name = "s"
type = "i32"
shape = ["n", "n"]
role = "inout"
fill = "integers(0, 9)"

[[size]]
name = "timed"
n = 4096
m = 128
k = 512
use = ["time", "verify"]

[[size]]
name = "emulator"
n = 130
m = 32
k = 64
use = ["emulator"]

[[size]]
name = "emulator_ragged"
n = 77
m = 19
k = 35
use = ["emulator"]

[[size]]
name = "emulator_tiny"
n = 2
m = 1
k = 1
use = ["emulator"]

[verify]
rtol = 0
atol = 0

[domain]
sizes = { n = [1, 65536], m = [1, 4096], k = [1, 4096] }

[work]
reads  = "n * m + k * m"
writes = "4 * n"
flops  = "2 * n * m * k"
)toml";

const char* const kParameters = "const unsigned char* x, const signed char* w, const int* b, int* y, int* p, int* s, "
                                "int n, int m, int k";

/// A thread an item.
std::string itemKernel(const std::string& body)
{
    return std::string("// warploom: launch items<<<ceil_div(n, 64), 64>>>(x, w, b, y, p, s, n, m, k)\n"
                       "extern \"C\" __global__ void items(")
        + kParameters + ")\n{\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n)\n        return;\n"
        + body + "}\n";
}

/// A thread an element of a matrix of \p columns columns.
std::string planeKernel(const std::string& columns, const std::string& guard, const std::string& body)
{
    return "// warploom: launch plane<<<dim3(ceil_div(" + columns
        + ", 16), ceil_div(n, 8)), dim3(16, 8)>>>(x, w, b, y, p, s, n, m, k)\n"
          "extern \"C\" __global__ void plane("
        + kParameters
        + ")\n{\n    int c = blockIdx.x * blockDim.x + threadIdx.x;\n    int r = blockIdx.y * blockDim.y + "
          "threadIdx.y;\n    if ("
        + guard + ") {\n" + body + "    }\n}\n";
}

std::string objectionTo(const std::string& kernel, const std::vector<std::string>& moves)
{
    const TemporaryFolder folder;
    folder.write("task.toml", kLoopTilesTask);
    folder.write("baseline.cu", kernel);
    folder.write("reference.cu", kernel);
    const auto task = loadTask(folder.path());
    if (!task)
        return task.error().toString();
    const auto source = madeBy(*task, moves);
    return source ? objectionToSource(*task, *source) : source.error().toString();
}

const char* const kDistance = "            int d = x[i * m + h] - w[j * m + h];\n            sum += d * d;\n";

/// The first of the nearest vectors.
std::string nearest(const std::string& step)
{
    return itemKernel("    int least = 1 << 30, at = -1;\n    for (int j = 0; j < k; ++j) {\n        int sum = 0;\n"
                      "        for (int h = 0; h < m; ++h) {\n"
                      + step
                      + "        }\n        if (sum < least) {\n            least = sum;\n            at = j;\n"
                        "        }\n    }\n    y[i] = at * 3 + least;\n");
}

}  // namespace

/// Loops over what all threads read, and products that a guard or a zero point hides.
class tst_LoopTilesProven : public QObject {
    Q_OBJECT

private slots:
    void itemsAreRight_data()
    {
        QTest::addColumn<std::string>("kernel");
        const auto add = [](const char* name, const std::string& kernel) { QTest::newRow(name) << kernel; };
        add("all pairs",
            itemKernel("    int sum = 0;\n    const int own = x[i * m];\n    for (int j = 0; j < n; ++j)\n"
                       "        sum += abs(x[j * m] - own) * (j + 1);\n    y[i] = sum;\n"));
        add("all other pairs",
            itemKernel("    int sum = 0, own = x[i * m];\n    for (int j = 0; j < n; ++j) {\n        const int other = "
                       "x[j * m];\n        if (j != i && other > own)\n            sum += other - own;\n    }\n"
                       "    y[i] = sum;\n"));
        add("two arrays and a record",
            itemKernel("    int sum = y[i];\n    short last[2];\n    last[0] = last[1] = 0;\n    for (int j = 0; j < "
                       "k; ++j) {\n        last[j % "
                       "2] = b[j];\n        sum += w[j * m] * last[0] - last[1] + i;\n    }\n    if (sum > 0)\n"
                       "        y[i] = sum;\n"));
        add("nearest", nearest(kDistance));
        add("nearest by sums of distances", nearest("            sum += abs(x[i * m + h] - w[j * m + h]);\n"));
        add("nearest with weights", nearest("            sum += (x[i * m + h] - w[j * m + h]) * (int)w[h];\n"));
        add("nearest with a start of its own",
            itemKernel(
                "    int least = 1 << 30;\n    for (int j = 0; j < k; ++j) {\n        const int start = b[j];\n"
                "        int sum = m, most = -1000;\n        for (int h = 0; h < m; ++h) {\n            "
                "const int d = x[i * m + h] - w[j * m + h];\n            sum += d;\n            most = max(most, "
                "d);\n        }\n        least = min(least, sum * start - most);\n    }\n    y[i] = least;\n"));
    }
    void itemsAreRight()
    {
        QFETCH(std::string, kernel);
        const auto objection = objectionTo(kernel, {"tile-loop"});
        QVERIFY2(objection.empty(), objection.c_str());
    }

    void triangles_data()
    {
        QTest::addColumn<std::string>("kernel");
        const auto add = [](const char* name, const std::string& guard, const std::string& stores) {
            QTest::newRow(name) << planeKernel("n", "r < n && c < n && " + guard,
                                               "        int sum = 0;\n        for (int h = 0; h < k; ++h)\n            "
                                               "sum += p[r * k + h] * p[c * k + "
                                               "h];\n"
                                                   + stores);
        };
        const std::string one = "        s[r * n + c] = sum;\n";
        const std::string both = one + "        s[c * n + r] = sum;\n";
        add("upper half, both stored", "c >= r", both);
        add("upper half", "r <= c", one);
        add("below the diagonal", "c < r", both);
    }
    void triangles()
    {
        QFETCH(std::string, kernel);
        for (const char* move : {"tile-contraction", "tile-contraction#1", "pipeline-contraction"}) {
            const auto objection = objectionTo(kernel, {move});
            QVERIFY2(objection.empty(), (move + (": " + objection)).c_str());
        }
    }

    void workedFactorsAreRight_data()
    {
        QTest::addColumn<std::string>("kernel");
        const auto add = [](const char* name, const std::string& before, const std::string& sum) {
            QTest::newRow(name) << planeKernel("k", "r < n && c < k",
                                               before + "        for (int h = 0; h < m; ++h)\n            sum += " + sum
                                                   + ";\n        p[r * k + c] = sum;\n");
        };
        add("a zero point off each", "        int sum = 0;\n        const int zero = b[c];\n",
            "(x[r * m + h] - 17) * (w[c * m + h] - zero)");
        add("from the bias on", "        int sum = b[c];\n", "(x[r * m + h] - k) * w[c * m + h]");
    }
    void workedFactorsAreRight()
    {
        QFETCH(std::string, kernel);
        for (const char* move : {"tile-contraction", "tile-contraction#1"}) {
            const auto objection = objectionTo(kernel, {move});
            QVERIFY2(objection.empty(), (move + (": " + objection)).c_str());
        }
    }

    void zeroPoints_data()
    {
        QTest::addColumn<std::string>("kernel");
        const auto add = [](const char* name, const std::string& before, const std::string& factors) {
            QTest::newRow(name) << planeKernel("k", "r < n && c < k",
                                               before + "        for (int h = 0; h < m; ++h)\n            sum += "
                                                   + factors + ";\n        p[r * k + c] = sum > 0 ? sum : -sum / 2;\n");
        };
        const std::string zeros = "        int sum = b[c];\n        const int zero = b[c];\n";
        add("of both", zeros, "(x[r * m + h] - 117) * (w[c * m + h] - zero)");
        add("of the left", "        int sum = 0;\n", "(x[r * m + h] - k) * w[c * m + h]");
        add("of the right", zeros, "(int)x[r * m + h] * ((int)w[c * m + h] - zero)");
    }
    void zeroPoints()
    {
        QFETCH(std::string, kernel);
        const auto objection = objectionTo(kernel, {"lift-zero-points#1"});
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_LoopTilesProven)
#include "tst_LoopTilesProven.moc"
