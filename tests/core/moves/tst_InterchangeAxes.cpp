// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const std::vector<std::string> kPlate = {"rows", "cols"};

/// A kernel whose first thread index counts rows; \p grid and \p block are those of its launch.
std::string kernelOf(const std::string& body, const std::string& grid = "dim3(ceil_div(rows, 32), ceil_div(cols, 32))",
                     const std::string& block = "dim3(32, 32)")
{
    return "// warploom: launch k<<<" + grid + ", " + block
        + ">>>(a, b, y, rows, cols)\n"
          "__device__ inline int flat(int r, int c, int width) { return r * width + c; }\n"
          "__device__ int kept(int v, int last) { return v < 0 ? 0 : (v > last ? last : v); }\n"
          "__global__ void k(const float* a, const float* b, float* y, int rows, int cols) {\n"
          "    int r = blockIdx.x * blockDim.x + threadIdx.x;\n"
          "    int c = blockIdx.y * blockDim.y + threadIdx.y;\n"
          "    if (r >= rows || c >= cols) return;\n    "
        + body + "\n}\n";
}

/// A sweep that is launched there and back.
const std::string kSweeps =
    "// warploom: scratch other f64[rows, cols]\n"
    "// warploom: let DOWN = ceil_div(rows, 16)\n"
    "// warploom: launch sweep<<<dim3(DOWN, ceil_div(cols, 16)), dim3(16, 16)>>>(plate, other, rows, cols, 0.2)\n"
    "// warploom: launch sweep<<<dim3(DOWN, ceil_div(cols, 16)), dim3(16, 16)>>>(other, plate, rows, cols, 0.3)\n"
    "__global__ void sweep(const double* from, double* to, int rows, int cols, double weight) {\n"
    "    int r = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    int c = blockIdx.y * blockDim.y + threadIdx.y;\n"
    "    if (r < rows && c < cols) {\n"
    "        size_t at = (size_t)r * cols + c;\n"
    "        if (r == 0 || c == 0 || r == rows - 1 || c == cols - 1)\n"
    "            to[at] = from[at];\n"
    "        else\n"
    "            to[at] = weight * (from[at - 1] + from[at + 1] + from[at - cols] + from[at + cols]);\n"
    "    }\n}\n";

std::vector<MoveProposal> made(const std::string& source, const std::string& move = "interchange-axes",
                               const std::vector<BufferFact>& buffers = {})
{
    auto answer = proposals(source, move, buffers);
    for (const auto& one : answer)
        if (const auto error = errorOf(one.source); !error.empty())
            qFatal("%s\n%s", error.c_str(), one.source.c_str());
    return answer;
}

}  // namespace

class TestInterchangeAxes : public QObject {
    Q_OBJECT

private slots:
    void rolesAreExchanged()
    {
        const auto found = made(kSweeps);
        QCOMPARE(found.size(), std::size_t{1});
        VERIFY_CONTAINS(found[0].source, "int r = blockIdx.y * blockDim.y + threadIdx.y;");
        VERIFY_CONTAINS(found[0].source, "int c = blockIdx.x * blockDim.x + threadIdx.x;");
        // Of both launches.
        QCOMPARE(countOf(found[0].source, "<<<dim3(ceil_div(cols, 16), DOWN), dim3(16, 16)>>>"), 2);
        COMPARE_GOLDEN("interchange-axes-sweeps", found[0].source);
        // What is along rows stays.
        QVERIFY(made(found[0].source).empty());
    }

    /// Neighbourhoods are seen behind it, in what is launched several times and lies in scratches too.
    void windowsFollow()
    {
        const std::vector<BufferFact> plate = {{"plate", "f64", "inout", kPlate}};
        const auto direct = made(kSweeps, "window", plate);
        QCOMPARE(direct.size(), std::size_t{1});
        VERIFY_CONTAINS(direct[0].title, "threads along rows");
        QCOMPARE(countOf(direct[0].source, "dim3(BLOCK_X, BLOCK_Y)"), 2);
        VERIFY_CONTAINS(direct[0].source, "double from_window[ROWS + 2][COLUMNS + 2];");
        COMPARE_GOLDEN("window-sweeps", direct[0].source);
        // A scratch of another shape may not have all that there is of the plate.
        auto narrow = QString::fromStdString(kSweeps).replace("f64[rows, cols]", "f64[cols, rows]").toStdString();
        QVERIFY(made(narrow, "window", plate).empty());
        // Launches that count in other numbers are other kernels.
        narrow = QString::fromStdString(kSweeps)
                     .replace("(other, plate, rows, cols", "(other, plate, cols, rows")
                     .toStdString();
        QVERIFY(made(narrow, "window", plate).empty());
    }

    void exchanged_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("a map") << "y[r * cols + c] = a[r * cols + c] + b[r * cols + c];";
        QTest::newRow("a value a row") << "y[r * cols + c] = a[r * cols + c] * b[r];";
        QTest::newRow("a value a column") << "y[r * cols + c] = a[r * cols + c] * b[c];";
        QTest::newRow("a function of the place") << "y[flat(r, c, cols)] = a[flat(r, cols - 1 - c, cols)];";
        QTest::newRow("a place on the plate")
            << "float s = 0; for (int p = -3; p <= 3; ++p) { int q = kept(r + p, rows - 1); "
               "s += a[q * cols + c]; } y[r * cols + c] = s;";
        QTest::newRow("min and max") << "y[r * cols + c] = a[min(max(r - 2, 0), rows - 1) * cols + c];";
        QTest::newRow("a pointer to the row") << "const float* row = a + (size_t)r * cols; y[r * cols + c] = row[c];";
        QTest::newRow("a table") << "y[r * cols + c] = b[(int)a[r * cols + c]];";
        QTest::newRow("guarded") << "if (c > 0 && a[r * cols + c] > 0) y[r * cols + c] = a[r * cols + c - 1];";
        QTest::newRow("an atomic") << "atomicAdd(&y[r * cols + c], a[r * cols + c]);";
    }
    void exchanged()
    {
        QFETCH(QString, body);
        const auto found = made(kernelOf(body.toStdString()));
        QCOMPARE(found.size(), std::size_t{1});
        VERIFY_CONTAINS(found[0].source, "<<<dim3(ceil_div(cols, 32), ceil_div(rows, 32)), dim3(32, 32)>>>");
    }

    void blocks_data()
    {
        QTest::addColumn<QString>("grid");
        QTest::addColumn<QString>("block");
        QTest::addColumn<QString>("expected");
        QTest::newRow("wide enough the other way") << "dim3(ceil_div(rows, 8), ceil_div(cols, 32))" << "dim3(8, 32)"
                                                   << "<<<dim3(ceil_div(cols, 32), ceil_div(rows, 8)), dim3(32, 8)>>>";
        QTest::newRow("narrow: the grid is covered anew")
            << "dim3(ceil_div(rows, 64), ceil_div(cols, 4))" << "dim3(64, 4)"
            << "<<<dim3(ceil_div(cols, 64), ceil_div(rows, 4)), dim3(64, 4)>>>";
        QTest::newRow("one row") << "dim3(ceil_div(rows, 128), cols)" << "dim3(128, 1)"
                                 << "<<<dim3(ceil_div(cols, 128), rows), dim3(128, 1)>>>";
        QTest::newRow("few either way") << "dim3(ceil_div(rows, 8), ceil_div(cols, 8))" << "dim3(8, 8)"
                                        << "<<<dim3(ceil_div(cols, 8), ceil_div(rows, 8)), dim3(8, 8)>>>";
        QTest::newRow("narrow, and another grid") << "dim3(rows, ceil_div(cols, 4))" << "dim3(64, 4)" << "";
        QTest::newRow("of an unknown size")
            << "dim3(ceil_div(rows, 16), ceil_div(cols, cols))" << "dim3(16, cols)" << "";
    }
    void blocks()
    {
        QFETCH(QString, grid);
        QFETCH(QString, block);
        QFETCH(QString, expected);
        const auto found =
            made(kernelOf("y[r * cols + c] = a[r * cols + c];", grid.toStdString(), block.toStdString()));
        QCOMPARE(found.size(), std::size_t{expected.isEmpty() ? 0u : 1u});
        if (!found.empty())
            VERIFY_CONTAINS(found[0].source, expected.toStdString());
    }

    /// Whole blocks need no guard, and a third dimension may be the one that has the neighbours.
    void otherGrids()
    {
        const auto whole = made("// warploom: launch k<<<dim3(h / 16, w / 32), dim3(16, 32)>>>(x, y, w)\n"
                                "__global__ void k(const float* x, float* y, int w) {\n"
                                "    int i = (blockIdx.x * 16 + threadIdx.x) * w + blockIdx.y * 32 + threadIdx.y;\n"
                                "    y[i] = 2 * x[i];\n}\n");
        QCOMPARE(whole.size(), std::size_t{1});
        VERIFY_CONTAINS(whole[0].source, "<<<dim3(w / 32, h / 16), dim3(32, 16)>>>");
        VERIFY_CONTAINS(whole[0].source, "(blockIdx.y * 16 + threadIdx.y) * w + blockIdx.x * 32 + threadIdx.x");
        const auto deep = made(
            "// warploom: launch k<<<dim3(ceil_div(d, 4), ceil_div(h, 4), ceil_div(w, 32)), dim3(4, 4, 32)>>>(x, y, "
            "d, h, w)\n"
            "__global__ void k(const float* x, float* y, int d, int h, int w) {\n"
            "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
            "    int j = blockIdx.y * blockDim.y + threadIdx.y;\n"
            "    int k = blockIdx.z * blockDim.z + threadIdx.z;\n"
            "    if (i < d && j < h && k < w) y[(i * h + j) * w + k] = x[(i * h + j) * w + k];\n}\n");
        QCOMPARE(deep.size(), std::size_t{1});
        VERIFY_CONTAINS(deep[0].source, "<<<dim3(ceil_div(w, 32), ceil_div(h, 4), ceil_div(d, 4)), dim3(32, 4, 4)>>>");
        VERIFY_CONTAINS(deep[0].source, "int k = blockIdx.x * blockDim.x + threadIdx.x;");
    }

    void leftAlone_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("along rows already") << "y[c * rows + r] = a[c * rows + r];";
        QTest::newRow("a transpose") << "y[c * rows + r] = a[r * cols + c];";
        QTest::newRow("one array the other way") << "y[r * cols + c] = a[r * cols + c] + b[c * rows + r];";
        QTest::newRow("no neighbours") << "y[r * cols + 16 * c] = a[r * cols + 16 * c];";
        QTest::newRow("columns that data chooses") << "y[(int)a[r] * cols + c] = a[r * cols + c];";
        QTest::newRow("a barrier") << "y[r * cols + c] = a[r * cols + c]; __syncthreads();";
        QTest::newRow("a shuffle") << "y[r * cols + c] = __shfl_xor_sync(~0u, a[r * cols + c], 1);";
        QTest::newRow("shared memory")
            << "__shared__ float t[32]; t[threadIdx.x] = a[r]; y[r * cols + c] = t[threadIdx.x];";
        QTest::newRow("lanes") << "y[r * cols + c] = a[r * cols + c] * (r % warpSize);";
        QTest::newRow("assembly") << "asm volatile(\"\"); y[r * cols + c] = a[r * cols + c];";
    }
    void leftAlone()
    {
        QFETCH(QString, body);
        QVERIFY(made(kernelOf(body.toStdString())).empty());
    }

    /// Functions that ask which thread they are for, or touch memory of their own, are not looked into.
    void functions()
    {
        const auto with = [](const std::string& function, const std::string& body) {
            const auto text = kernelOf(body);
            return text.substr(0, text.find("__global__")) + function + text.substr(text.find("__global__"));
        };
        QVERIFY(
            made(with("__device__ int lane() { return threadIdx.x; }\n", "y[r * cols + c] = a[r * cols + c] * lane();"))
                .empty());
        QVERIFY(made(with("__device__ float at(const float* p, int i) { return p[i]; }\n",
                          "y[r * cols + c] = at(a, c * rows + r);"))
                    .empty());
    }

    void gridsThatAreTooHigh()
    {
        const auto source = kernelOf("y[r * cols + c] = a[r * cols + c];");
        const auto of = [&](std::int64_t rows) {
            const auto answer = proposeMoves(
                {source, "test.cu", {"interchange-axes"}, {}, {"rows", "cols"}, {{"rows", {rows}}, {"cols", {64}}}});
            return answer ? answer->proposals.size() : 99;
        };
        QCOMPARE(of(1'000'000), std::size_t{1});
        // Along y there are 65535 blocks at most.
        QCOMPARE(of(4'000'000), std::size_t{0});
    }
};

QTEST_APPLESS_MAIN(TestInterchangeAxes)
#include "tst_InterchangeAxes.moc"
