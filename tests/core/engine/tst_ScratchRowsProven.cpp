// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const char* const kDescription = R"toml(format    = 1
name      = "rows"
title     = "A thread a row, with scratches"
summary   = "as the baseline"
tags      = ["recurrence"]
baseline  = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "x"
type = "TYPE"
shape = ["rows", "n"]
role = "in"
fill = "integers(-9, 9)"

[[buffer]]
name = "y"
type = "TYPE"
shape = ["rows", "n"]
role = "out"

[[size]]
name = "timed"
rows = 3000
n = 100
use = ["time", "verify"]

[[size]]
name = "emulator"
rows = 40
n = 24
use = ["emulator"]

[[size]]
name = "emulator_ragged"
rows = 37
n = 13
use = ["emulator"]

[[size]]
name = "emulator_tiny"
rows = 3
n = 1
use = ["emulator"]

[verify]
rtol = 1e-11
atol = 1e-11

[domain]
x     = { range = [-16, 16], special = ["ties"] }
sizes = { rows = [1, 65536], n = [1, 1024] }

[work]
reads  = "8 * rows * n"
writes = "8 * rows * n"
)toml";

/// Forth, and back through what was kept.
const char* const kThereAndBack = R"(// warploom: scratch slope f64[rows, n]
// warploom: scratch kept f64[rows * n]
// warploom: launch solve<<<ceil_div(rows, 64), 64>>>(x, slope, kept, y, rows, n)
__global__ void solve(const double* x, double* slope, double* kept, double* y, int count, int n)
{
    int r = blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= count)
        return;
    long long at = (long long)r * n;
    slope[at] = 1.0 / 40;
    kept[at] = x[at] / 40;
    for (int i = 1; i < n; ++i) {
        double pivot = 40 - slope[at + i - 1];
        slope[at + i] = 1 / pivot;
        kept[at + i] = (x[at + i] - kept[at + i - 1]) / pivot;
    }
    y[at + n - 1] = kept[at + n - 1];
    for (int i = n - 2; i >= 0; --i)
        y[at + i] = kept[at + i] - slope[at + i] * y[at + i + 1];
}
)";

/// The row before is kept, through pointers and a macro, one element longer than the row.
const char* const kTable = R"(// warploom: let WIDE = n + 1
// warploom: scratch line i32[rows, WIDE]
// warploom: launch table<<<ceil_div(rows, 32), 32>>>(x, line, y, rows, n)
#define MORE(a, b) ((a) > (b) ? (a) : (b))
__global__ void table(const int* x, int* line, int* y, int rows, int n)
{
    const int r = threadIdx.x + blockIdx.x * blockDim.x;
    if (r < rows) {
        int* L = line + (size_t)r * (n + 1);
        const int* own = x + (size_t)r * n;
        for (int j = 0; j <= n; ++j)
            L[j] = -j;
        for (int i = 0; i < n; ++i) {
            int corner = L[0];
            L[0] = -i - 1;
            for (int j = 1; j <= n; ++j) {
                int best = MORE(MORE(L[j - 1], L[j]) - 1, corner + own[i] * own[j - 1]);
                corner = L[j];
                L[j] = best;
            }
            y[(size_t)r * n + i] = L[n];
        }
    }
}
)";

/// Two kernels that hand scratches on; one does not know how many rows there are.
const char* const kHanded = R"(// warploom: scratch a i32[rows, n]
// warploom: scratch b i32[rows, n]
// warploom: zero b
// warploom: launch fill<<<ceil_div(rows * n, 128), 128>>>(x, y, rows * n)
// warploom: launch sums<<<ceil_div(rows, 64), 64>>>(y, a, n, rows)
// warploom: launch step<<<ceil_div(rows, 64), 64>>>(a, b, n, rows - 1)
// warploom: launch step<<<ceil_div(rows, 64), 64>>>(b, a, n, rows - 1)
// warploom: launch last<<<ceil_div(rows, 64), 64>>>(a, b, y, n, rows)
__global__ void fill(const int* x, int* y, int count)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count)
        y[i] = x[i] + 1;
}

__global__ void sums(const int* y, int* to, int n, int rows)
{
    const int r = blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= rows)
        return;
    int sum = 0;
    for (int i = 0; i < n; ++i)
        to[r * n + i] = sum += y[r * n + i];
}

__global__ void step(const int* from, int* to, int n, int last)
{
    const int r = blockIdx.x * blockDim.x + threadIdx.x;
    if (r > last)
        return;
    for (int i = 0; i < n; ++i) {
        to[r * n + i] += from[r * n + n - 1 - i];
        if (i + 1 < n)
            to[r * n + i] -= 2 * from[r * n + i + 1];
    }
}

__global__ void last(const int* a, const int* b, int* y, int n, int rows)
{
    const int r = blockIdx.x * blockDim.x + threadIdx.x;
    for (int i = 0; i < n && r < rows; ++i)
        y[r * n + i] = a[r * n + i] - b[r * n + i];
}
)";

Result<Task> rowsTask(const TemporaryFolder& folder, const std::string& type, const std::string& body)
{
    folder.write("task.toml", replacedAll(kDescription, "TYPE", type));
    folder.write("baseline.cu", body);
    folder.write("reference.cu", body);
    return loadTask(folder.path());
}

}  // namespace

class TestScratchRowsProven : public QObject {
    Q_OBJECT

private slots:
    void proven_data()
    {
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("body");
        QTest::addColumn<QStringList>("moves");
        const auto row = [](const char* name, const char* type, const char* body, const QStringList& moves) {
            QTest::newRow(name) << QString(type) << QString(body) << moves;
        };
        row("there and back", "f64", kThereAndBack, {"transpose-scratch"});
        row("unrolled", "f64", kThereAndBack, {"transpose-scratch", "unroll"});
        row("a table", "i32", kTable, {"transpose-scratch"});
        row("several launches", "i32", kHanded, {"transpose-scratch"});
    }
    void proven()
    {
        QFETCH(QString, type);
        QFETCH(QString, body);
        QFETCH(QStringList, moves);
        const TemporaryFolder folder;
        const auto task = rowsTask(folder, type.toStdString(), body.toStdString());
        QVERIFY2(task.has_value(), task ? "" : task.error().toString().c_str());
        std::vector<std::string> steps;
        for (const auto& move : moves)
            steps.push_back(move.toStdString());
        const auto source = madeBy(*task, steps);
        QVERIFY2(source.has_value(), source ? "" : source.error().toString().c_str());
        QCOMPARE(objectionToSource(*task, *source), std::string());
    }
};

QTEST_GUILESS_MAIN(TestScratchRowsProven)
#include "tst_ScratchRowsProven.moc"
