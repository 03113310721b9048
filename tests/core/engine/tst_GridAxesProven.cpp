// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const char* const kDescription = R"toml(format    = 1
name      = "grid"
title     = "Grids whose axes are turned"
summary   = "as the baseline"
tags      = ["stencil"]
baseline  = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "x"
type = "IN"
shape = ["n", "h", "w"]
role = "XROLE"
fill = "integers(-50, 50)"

[[buffer]]
name = "g"
type = "f32"
shape = ["2 * radius + 1"]
role = "in"
fill = "uniform(0.1, 0.3)"
OUTPUT
[[size]]
name = "timed"
n = 2
h = 200
w = 320
radius = 2
use = ["time", "verify"]

[[size]]
name = "timed_wide"
n = 1
h = 128
w = 640
radius = 4
use = ["time"]

[[size]]
name = "emulator"
n = 2
h = 32
w = 48
radius = 2
use = ["emulator"]

[[size]]
name = "emulator_wide"
n = 1
h = 40
w = 40
radius = 4
use = ["emulator"]

[[size]]
name = "emulator_ragged"
n = 3
h = 19
w = 37
radius = 3
use = ["emulator"]

[[size]]
name = "emulator_tiny"
n = 1
h = 3
w = 2
radius = 4
use = ["emulator"]

[verify]
rtol = 1e-5
atol = 1e-4

[domain]
x     = { range = [-100, 100], special = ["ties"] }
g     = { range = [0, 1], special = [] }
sizes = { n = [1, 8], h = [3, 1024], w = [2, 1024], radius = [1, 6] }

[work]
reads  = "4 * n * h * w"
writes = "4 * n * h * w"
)toml";

/// Down the columns of a plate, there and back.
const char* const kSweeps = R"(// warploom: scratch other f64[n, h, w]
// warploom: launch relax<<<dim3(ceil_div(h, 16), ceil_div(w, 16), n), dim3(16, 16)>>>(x, other, g, h, w)
// warploom: launch relax<<<dim3(ceil_div(h, 16), ceil_div(w, 16), n), dim3(16, 16)>>>(other, x, g, h, w)
#define AT(r, c) (((size_t)blockIdx.z * h + (r)) * w + (c))
__global__ void relax(const double* from, double* to, const float* g, int h, int w)
{
    int r = blockIdx.x * blockDim.x + threadIdx.x;
    int c = blockIdx.y * blockDim.y + threadIdx.y;
    if (r >= h || c >= w)
        return;
    double sum = -4.0 * from[AT(r, c)];
    if (r > 0)
        sum += from[AT(r - 1, c)];
    if (r < h - 1)
        sum += from[AT(r + 1, c)];
    if (c > 0)
        sum += from[AT(r, c - 1)];
    if (c < w - 1)
        sum += from[AT(r, c + 1)];
    to[AT(r, c)] = from[AT(r, c)] + g[0] * sum;
}
)";

/// The same kernel for rows and columns of one thread an element each: the second stands on rows.
const char* const kFilters = R"(// warploom: scratch smooth MID[n, h, w]
// warploom: launch along<<<dim3(ceil_div(w, 32), ceil_div(h, 8), n), dim3(32, 8)>>>(x, g, smooth, radius, h, w)
// warploom: launch down<<<dim3(ceil_div(h, 64), ceil_div(w, 4), n), dim3(64, 4)>>>(smooth, g, y, radius, h, w)
__device__ int within(int place, int count)
{
    return min(max(place, 0), count - 1);
}

__global__ void along(const float* x, const float* g, MID* y, int radius, int h, int w)
{
    const int c = blockIdx.x * blockDim.x + threadIdx.x;
    const int r = blockIdx.y * blockDim.y + threadIdx.y;
    if (c >= w || r >= h)
        return;
    const float* row = x + ((size_t)blockIdx.z * h + r) * w;
    MID sum = 0;
    for (int t = 0; t < 2 * radius + 1; ++t)
        sum += g[t] * row[within(c + t - radius, w)];
    y[((size_t)blockIdx.z * h + r) * w + c] = sum;
}

__global__ void down(const MID* x, const float* g, OUT* y, int radius, int h, int w)
{
    const int r = blockIdx.x * blockDim.x + threadIdx.x;
    const int c = blockIdx.y * blockDim.y + threadIdx.y;
    if (c >= w || r >= h)
        return;
    const MID* image = x + (size_t)blockIdx.z * h * w;
    MID sum = 0;
    for (int t = -radius; t <= radius; ++t) {
        const int there = r + t < 0 ? 0 : r + t >= h ? h - 1 : r + t;
        sum += g[t + radius] * image[there * w + c];
    }
    y[((size_t)blockIdx.z * h + r) * w + c] = sum;
}
)";

/// Written where it is read, mirrored and scaled.
const char* const kTurned = R"(// warploom: launch turn<<<min(ceil_div(n * h * w, 128), 24), 128>>>(x, y, g, n, h, w)
__device__ size_t place(int a, int b, int c, int bs, int cs)
{
    return ((size_t)a * bs + b) * cs + c;
}

__global__ void turn(const short* x, OUT* y, const float* g, int n, int h, int w)
{
    const int all = n * h * w;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < all; i += blockDim.x * gridDim.x) {
        const int c = i % w, r = i / w % h, k = i / (w * h);
        y[place(c, k, h - 1 - r, n, h)] = g[0] * (float)x[i] - 3;
    }
}
)";

/// The same, read where it is written.
const char* const kGathered = R"(// warploom: launch turn<<<ceil_div(n * h * w, 128), 128>>>(x, y, g, n, h, w)
__global__ void turn(const short* x, OUT* y, const float* g, int n, int h, int w)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n * h * w)
        return;
    const int r = i % h;
    const int c = i / h % w;
    const int k = i / h / w;
    y[i] = g[0] * x[(k * h + h - 1 - r) * w + (w - c - 1)];
}
)";

Result<Task> gridTask(const TemporaryFolder& folder, const std::string& element, const std::string& body)
{
    const bool isInPlace = element == "f64";
    auto text = replacedAll(kDescription, "IN", element);
    text = replacedAll(text, "XROLE", isInPlace ? "inout" : "in");
    const bool isFlat = body.find("[i]") != std::string::npos;
    text = replacedAll(text, "OUTPUT",
                       isInPlace ? ""
                                 : "\n[[buffer]]\nname = \"y\"\ntype = \"f32\"\nshape = ["
                               + std::string(isFlat ? R"("n * h * w")" : R"("n", "h", "w")") + "]\nrole = \"out\"\n");
    folder.write("task.toml", text);
    folder.write(
        "baseline.cu",
        replacedAll(replacedAll(replacedAll(body, "MID", "float"), "smooth float", "smooth f32"), "OUT", "float"));
    folder.write(
        "reference.cu",
        replacedAll(replacedAll(replacedAll(body, "MID", "double"), "smooth double", "smooth f64"), "OUT", "double"));
    return loadTask(folder.path());
}

}  // namespace

class TestGridAxesProven : public QObject {
    Q_OBJECT

private slots:
    void proven_data()
    {
        QTest::addColumn<QString>("element");
        QTest::addColumn<QString>("body");
        QTest::addColumn<QStringList>("moves");
        const auto row = [](const char* name, const char* element, const char* body, const QStringList& moves) {
            QTest::newRow(name) << QString(element) << QString(body) << moves;
        };
        row("sweeps along rows", "f64", kSweeps, {"interchange-axes"});
        row("sweeps in patches", "f64", kSweeps, {"window"});
        row("filters along rows", "f32", kFilters, {"interchange-axes"});
        row("a filter in patches", "f32", kFilters, {"window"});
        row("both filters in patches", "f32", kFilters, {"interchange-axes", "window", "window"});
        row("turned from the input's side", "i16", kTurned, {"tile-transpose"});
        row("turned from the output's side", "i16", kGathered, {"tile-transpose"});
    }
    void proven()
    {
        QFETCH(QString, element);
        QFETCH(QString, body);
        QFETCH(QStringList, moves);
        const TemporaryFolder folder;
        const auto task = gridTask(folder, element.toStdString(), body.toStdString());
        QVERIFY2(task.has_value(), task ? "" : task.error().toString().c_str());
        std::vector<std::string> steps;
        for (const auto& move : moves)
            steps.push_back(move.toStdString());
        const auto source = madeBy(*task, steps);
        QVERIFY2(source.has_value(), source ? "" : source.error().toString().c_str());
        QCOMPARE(objectionToSource(*task, *source), std::string());
    }
};

QTEST_GUILESS_MAIN(TestGridAxesProven)
#include "tst_GridAxesProven.moc"
