// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const char* const kDescription = R"toml(format    = 1
name      = "doubles"
title     = "Products of doubles"
summary   = "as the baseline"
tags      = ["contraction", "double-precision"]
baseline  = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "a"
type = "f64"
shape = ["m", "k"]
role = "in"
fill = "uniform(-1, 1)"

[[buffer]]
name = "b"
type = "f64"
shape = ["2 * n", "k + 8"]
role = "in"
fill = "uniform(-1, 1)"

[[buffer]]
name = "c"
type = "f64"
shape = ["m", "n"]
role = "out"

[[size]]
name = "timed"
m = 512
n = 512
k = 512
use = ["time", "verify"]

[[size]]
name = "emulator"
m = 48
n = 72
k = 64
use = ["emulator"]

[[size]]
name = "emulator_ragged"
m = 19
n = 29
k = 37
use = ["emulator"]

[verify]
rtol = 1e-12
atol = 1e-12

[domain]
sizes = { m = [1, 4096], n = [1, 4096], k = [1, 4096] }

[work]
reads  = "8 * m * k + 8 * n * k"
writes = "8 * m * n"
flops  = "2 * m * n * k"
)toml";

const char* const kHead =
    "// warploom: launch product<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)\n";

const char* const kPlain =
    R"(extern "C" __global__ void product(const double* a, const double* b, double* c, int m, int n, int k)
{
    int j = blockIdx.x * blockDim.x + threadIdx.x;
    int i = blockIdx.y * blockDim.y + threadIdx.y;
    if (i >= m || j >= n)
        return;
    SUMS
}
)";

/// A result in columns, shared tiles, and the count of slices as many write it.
const char* const kTiled = R"(#define SIDE 16
extern "C" __global__ void product(const double* a, const double* b, double* c, int m, int n, int k)
{
    __shared__ double left[SIDE][SIDE];
    __shared__ double right[SIDE][SIDE];
    int x = threadIdx.x, y = threadIdx.y;
    int row = blockIdx.y * SIDE + y;
    int col = blockIdx.x * SIDE + x;
    double sum = 0;
    for (int t = 0; t < (k - 1) / SIDE + 1; ++t) {
        if (row < m && t * SIDE + x < k)
            left[y][x] = a[row + (size_t)(t * SIDE + x) * m];
        else
            left[y][x] = 0;
        if (col < n && t * SIDE + y < k)
            right[y][x] = b[(size_t)(t * SIDE + y) * n + col];
        else
            right[y][x] = 0;
        __syncthreads();
        for (int q = 0; q < SIDE; ++q)
            sum += left[y][q] * right[q][x];
        __syncthreads();
    }
    if (row < m && col < n) {
        sum = sum < -2 ? -2 : sum;
        sum = sum > 3 ? 3 : sum;
        c[row + (size_t)col * m] = sum;
    }
}
)";

std::string sumOf(const std::string& left, const std::string& right)
{
    return replacedAll(kPlain, "SUMS",
                       "double s = 0;\n    for (int p = 0; p < k; ++p)\n        s += " + left + " * " + right
                           + ";\n    c[i * n + j] = s;");
}

/// Several tiles in each direction, and less to emulate.
std::string withSmallTiles(std::string source)
{
    for (const auto& [from, to] : {std::pair<std::string, std::string>{"TILE_M = 128 64 256 32", "TILE_M = 32 64 128"},
                                   std::pair<std::string, std::string>{"TILE_N = 128 64 256 32", "TILE_N = 32 64 128"},
                                   std::pair<std::string, std::string>{"WARPS_N = 4 2 1", "WARPS_N = 2 4 1"}})
        source = replacedAll(source, from, to);
    return source;
}

Result<Task> doubleTask(const TemporaryFolder& folder, const std::string& kernel)
{
    folder.write("task.toml", kDescription);
    folder.write("baseline.cu", kHead + kernel);
    folder.write("reference.cu", kHead + kernel);
    return loadTask(folder.path());
}

}  // namespace

/// Products of doubles on tensor cores and off them: every layout, several sums, tiles that others made.
class tst_DoubleMovesProven : public QObject {
    Q_OBJECT

private slots:
    void productsAreRight_data()
    {
        QTest::addColumn<std::string>("kernel");
        QTest::addColumn<std::string>("move");
        const auto add = [](const std::string& name, const std::string& kernel, const std::string& move) {
            QTest::newRow((name + ", " + move).c_str()) << kernel << move;
        };
        for (const char* move : {"tensor-double", "pipeline-contraction"})
            add("row, row", sumOf("a[i * k + p]", "b[p * n + j]"), move);
        add("row, column", sumOf("a[i * k + p]", "b[j * k + p]"), "tensor-double");
        add("column, row", sumOf("a[p * m + i]", "b[p * n + j]"), "tensor-double");
        for (const char* move : {"tensor-double", "pipeline-contraction"})
            add("read-only loads", sumOf("__ldg(&a[i * k + p])", "__ldg(&b[j * k + p])"), move);
        add("column, column", sumOf("a[p * m + i]", "b[j * k + p]"), "tensor-double");
        add("lines that begin anywhere", sumOf("a[p * m + i]", "b[j * (k + 1) + p]"), "tensor-double");
        add("runs", sumOf("a[i * k + p]", "b[p / 8 * 8 * n + j * 8 + p % 8]"), "tensor-double");
        add("two sums, read either way",
            replacedAll(kPlain, "SUMS",
                        "double s = 0, r = 0;\n    for (int p = 0; p < k; ++p) {\n        s += a[i * k + p] * b[p * n "
                        "+ j];\n        r += a[i * k + p] * b[(j + n) * k + p];\n    }\n    c[i * n + j] = s - r * s;"),
            "tensor-double");
        add("two products of a sum",
            replacedAll(kPlain, "SUMS",
                        "double s = 0;\n    for (int p = 0; p < k; ++p) {\n        s += a[i * k + p] * b[p * n + "
                        "j];\n        s += a[p * m + i] * b[j * k + p];\n    }\n    c[i * n + j] = s;"),
            "tensor-double");
        for (const char* move : {"tensor-double", "pipeline-contraction", "tile-contraction#1"})
            add("tiled by hand", kTiled, move);
    }
    void productsAreRight()
    {
        QFETCH(std::string, kernel);
        QFETCH(std::string, move);
        const TemporaryFolder folder;
        const auto task = doubleTask(folder, kernel);
        QVERIFY2(task.has_value(), task ? "" : task.error().toString().c_str());
        const auto made = madeBy(*task, {move});
        QVERIFY2(made.has_value(), made ? "" : made.error().toString().c_str());
        const auto objection = objectionToSource(*task, move == "tensor-double" ? withSmallTiles(*made) : *made);
        QVERIFY2(objection.empty(), objection.c_str());
    }

    /// Layers of pairs of orbitals, lines of an odd length, a quotient in the epilogue.
    void amplitudesAreRight()
    {
        const auto task = loadTask(sourceFolder() / "tests/bench/agent/unseen/mp2_amplitudes");
        QVERIFY2(task.has_value(), task ? "" : task.error().toString().c_str());
        const auto made = madeBy(*task, {"tensor-double"});
        QVERIFY2(made.has_value(), made ? "" : made.error().toString().c_str());
        const auto objection = objectionToSource(*task, withSmallTiles(*made));
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_DoubleMovesProven)
#include "tst_DoubleMovesProven.moc"
