// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// Structures of two numbers stand at each place where LANES says so.
const char* const kDescription = R"toml(format    = 1
name      = "products"
title     = "A product for each mode"
summary   = "as the baseline"
tags      = ["contraction", "batched"]
baseline  = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "x"
type = "i32"
shape = ["fields", "depth", "modes"XLANES]
role = "in"
fill = "integers(-20, 20)"

[[buffer]]
name = "w"
type = "i32"
shape = ["modes", "rows", "depth"WLANES]
role = "in"
fill = "integers(-20, 20)"

[[buffer]]
name = "y"
type = "i32"
shape = ["fields", "rows", "modes"XLANES]
role = "out"

[[size]]
name = "timed"
fields = 64
depth = 48
rows = 40
modes = 24
use = ["time", "verify"]

[[size]]
name = "emulator"
fields = 5
depth = 19
rows = 23
modes = 9
use = ["emulator"]

[[size]]
name = "one"
fields = 1
depth = 1
rows = 1
modes = 3
use = ["verify", "emulator"]

[verify]
rtol = 0
atol = 0

[domain]
sizes = { fields = [1, 512], depth = [1, 512], rows = [1, 512], modes = [1, 512] }

[work]
reads  = "4 * fields * depth * modes + 4 * modes * rows * depth"
writes = "4 * fields * rows * modes"
flops  = "2 * fields * rows * depth * modes"
)toml";

struct BatchedStyle {
    std::string types;  ///< and functions
    std::string launch;
    std::string parameters;
    std::string body;
    bool hasPairs = false;  ///< x and y hold structures
    bool hasPairedWeights = false;
    bool knowsFields = false;
};

std::string kernelOf(const BatchedStyle& style)
{
    return "// warploom: launch products<<<" + style.launch + ">>>(y, x, w, modes, rows, depth"
        + (style.knowsFields ? ", fields" : "") + ")\n" + style.types + "extern \"C\" __global__ void products("
        + style.parameters + ", int modes, int rows, int depth" + (style.knowsFields ? ", int fields" : "") + ")\n{\n"
        + style.body + "}\n";
}

Result<Task> taskOf(const TemporaryFolder& folder, const BatchedStyle& style)
{
    const std::string pair = ", \"2\"";
    const auto description = replacedAll(replacedAll(kDescription, "XLANES", style.hasPairs ? pair : std::string()),
                                         "WLANES", style.hasPairedWeights ? pair : std::string());
    folder.write("task.toml", description);
    folder.write("baseline.cu", kernelOf(style));
    folder.write("reference.cu", kernelOf(style));
    return loadTask(folder.path());
}

const char* const kNumbers = "int* y, const int* x, const int* w";
const char* const kPairs = "int2* y, const int2* x, const int* w";
const char* const kThreads = "dim3(ceil_div(modes, 16), ceil_div(rows, 8), fields), dim3(16, 8)";
const char* const kIndices = "    const int k = blockIdx.x * blockDim.x + threadIdx.x;\n"
                             "    const int i = blockIdx.y * blockDim.y + threadIdx.y;\n    const int j = blockIdx.z;\n"
                             "    if (k >= modes || i >= rows)\n        return;\n";
const char* const kSumOfNumbers = "    int s = 0;\n    for (int p = 0; p < depth; ++p)\n"
                                  "        s += w[(k * rows + i) * depth + p] * x[(j * depth + p) * modes + k];\n"
                                  "    y[(j * rows + i) * modes + k] = s;\n";

/// A view of an array, and operators of complex numbers.
const char* const kViews = R"(
template <typename T>
class Cube {
public:
    __device__ Cube(T* data, int n1, int n2) : data_(data), n1_(n1), n2_(n2) {}
    __device__ T& operator()(int i, int j, int k) const { return data_[(i * n1_ + j) * n2_ + k]; }

private:
    T* data_;
    int n1_, n2_;
};

__device__ inline int2 operator*(int s, int2 z) { return make_int2(s * z.x, s * z.y); }

__device__ inline int2& operator+=(int2& a, int2 b)
{
    a.x += b.x;
    a.y += b.y;
    return a;
}
)";

const char* const kViewsOfAll = "    const Cube<const int2> X(x, depth, modes);\n"
                                "    const Cube<const int> W(w, rows, depth);\n"
                                "    const Cube<int2> Y(y, rows, modes);\n    int2 s = make_int2(0, 0);\n";

}  // namespace

/// Products of which there is one for each number that both factors share: tiles of them are right on the emulator.
class tst_BatchedProductsProven : public QObject {
    Q_OBJECT

private slots:
    void tiled_data()
    {
        QTest::addColumn<int>("style");
        const char* const names[] = {"numbers",
                                     "views of pairs",
                                     "pairs of a triangle",
                                     "pairs, the other triangle",
                                     "structures of two",
                                     "threads in three directions",
                                     "batch along y",
                                     "an early exit",
                                     "more than a loop"};
        for (int style = 0; style < int(std::size(names)); ++style)
            QTest::newRow(names[style]) << style;
    }
    void tiled()
    {
        QFETCH(int, style);
        const TemporaryFolder folder;
        const auto task = taskOf(folder, styles().at(std::size_t(style)));
        QVERIFY2(task, task ? "" : task.error().toString().c_str());
        for (const char* move : {"tile-contraction", "tile-contraction#1", "pipeline-contraction"}) {
            const auto made = madeBy(*task, {move});
            QVERIFY2(made, made ? "" : made.error().toString().c_str());
            const auto objection = objectionToSource(*task, *made);
            QVERIFY2(objection.empty(), objection.c_str());
        }
    }

private:
    static std::vector<BatchedStyle> styles()
    {
        const auto sum = [](const char* condition) {
            return std::string(kIndices) + kViewsOfAll + condition
                + "        for (int p = 0; p < depth; p++)\n            s += W(k, i, p) * X(j, p, k);\n"
                  "    Y(j, i, k) = 3 * s;\n";
        };
        const std::string structure =
            "struct Gauss {\n    int re, im;\n};\n"
            "__device__ Gauss operator*(const Gauss& a, const Gauss& b)\n{\n"
            "    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};\n}\n"
            "__device__ Gauss operator+(Gauss a, Gauss b) { return {a.re + b.re, a.im + b.im}; }\n";
        return {
            {"", kThreads, kNumbers, std::string(kIndices) + kSumOfNumbers},
            {kViews, kThreads, kPairs, sum(""), true},
            {kViews, kThreads, kPairs, sum("    if (k <= i)\n"), true},
            {kViews, kThreads, kPairs, sum("    if (i < k)\n"), true},
            {structure, "dim3(ceil_div(modes, 64), rows, fields), 64", "Gauss* y, const Gauss* x, const Gauss* w",
             "    const int k = blockIdx.x * blockDim.x + threadIdx.x;\n    const int i = blockIdx.y;\n"
             "    const int j = blockIdx.z;\n    if (k >= modes)\n        return;\n    Gauss s = {0, 0};\n"
             "    for (int p = 0; p < depth; ++p)\n"
             "        s = s + x[(j * depth + p) * modes + k] * w[(k * rows + i) * depth + p];\n"
             "    y[(j * rows + i) * modes + k] = s;\n",
             true, true},
            {"", "dim3(ceil_div(modes, 16), ceil_div(rows, 4), ceil_div(fields, 2)), dim3(16, 4, 2)", kNumbers,
             "    const int k = blockIdx.x * blockDim.x + threadIdx.x;\n"
             "    const int i = blockIdx.y * blockDim.y + threadIdx.y;\n"
             "    const int j = blockIdx.z * blockDim.z + threadIdx.z;\n"
             "    if (k >= modes || i >= rows || j >= fields)\n        return;\n"
                 + std::string(kSumOfNumbers),
             false, false, true},
            {"", "dim3(ceil_div(rows, 16), ceil_div(modes, 8), fields), dim3(16, 8)", kNumbers,
             replacedAll(replacedAll(replacedAll(kIndices, "int k =", "int t ="), "int i =", "int k ="),
                         "int t =", "int i =")
                 + kSumOfNumbers},
            {"", kThreads, kNumbers,
             std::string(kIndices)
                 + "    if (i < k) {\n        y[(j * rows + i) * modes + k] = 7;\n        return;\n    }\n"
                 + kSumOfNumbers},
            {"", kThreads, kNumbers,
             std::string(kIndices)
                 + "    int s = 5;\n    if (i + 1 > k) {\n        for (int p = 0; p < depth; ++p)\n"
                   "            s += w[(k * rows + i) * depth + p] * x[(j * depth + p) * modes + k];\n"
                   "        s *= 3;\n    }\n    y[(j * rows + i) * modes + k] = s;\n"},
        };
    }
};

QTEST_APPLESS_MAIN(tst_BatchedProductsProven)
#include "tst_BatchedProductsProven.moc"
