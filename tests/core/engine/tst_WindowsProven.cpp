// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const char* const kDescription = R"toml(format    = 1
name      = "windows"
title     = "Something of each window"
summary   = "as the baseline"
tags      = ["stencil"]
baseline  = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "x"
type = "u16"
shape = ["d", "h", "w"]
role = "in"
fill = "integers(700, 1000)"

[[buffer]]
name = "y"
type = "f32"
shape = ["d", "h", "w"]
role = "out"

[[size]]
name = "timed"
d = 40
h = 512
w = 640
use = ["time", "verify"]

[[size]]
name = "emulator"
d = 9
h = 36
w = 72
use = ["emulator"]

[[size]]
name = "emulator_ragged"
d = 3
h = 19
w = 37
use = ["emulator"]

[[size]]
name = "emulator_tiny"
d = 1
h = 2
w = 1
use = ["emulator"]

[verify]
rtol = 1e-5
atol = 1e-4

[domain]
x     = { range = [0, 4000], special = ["ties"] }
sizes = { d = [1, 64], h = [1, 1024], w = [1, 1024] }

[work]
reads  = "2 * d * h * w"
writes = "4 * d * h * w"
)toml";

const char* const kHead =
    R"(// warploom: launch each<<<dim3(ceil_div(w, 16), ceil_div(h, 16), d), dim3(16, 16)>>>(x, y, w, h, d)
extern "C" __global__ void each(const unsigned short* x, OUT* y, int w, int h, int d)
{
    const int u = blockIdx.x * blockDim.x + threadIdx.x;
    const int v = blockIdx.y * blockDim.y + threadIdx.y;
    const int t = blockIdx.z;
    if (u >= w || v >= h)
        return;
    const unsigned short* src = x + (size_t)t * h * w;
    const size_t at = ((size_t)t * h + v) * w + u;
)";

const char* const kWeights = R"(    const int here = src[v * w + u];
    if (here < 800) {
        y[at] = 0;
        return;
    }
    const int first = max(u - 4, 0);
    float sum = 0;
    float weights = 0;
    for (int r = max(v - 3, 0); r <= min(v + 3, h - 1); ++r) {
        for (int c = first; c < min(u + 5, w); ++c) {
            const int there = src[r * w + c];
            if (there < 800)
                continue;
            const float far = (c - u) * (c - u) + (r - v) * (r - v);
            const float apart = there - here;
            const float weight = __expf(-0.05f * far - 0.001f * apart * apart);
            sum += weight * there;
            weights += weight;
        }
    }
    y[at] = sum / weights;
}
)";

const char* const kMedian = R"(    unsigned short found[25];
    int count = 0;
    for (int p = -2; p <= 2; ++p)
        for (int q = -2; q <= 2; ++q)
            if (v + p >= 0 && v + p < h && u + q >= 0 && u + q < w)
                found[count++] = src[(v + p) * w + u + q];
    for (int i = 1; i < count; ++i)
        for (int k = i; k > 0 && found[k - 1] > found[k]; --k) {
            const unsigned short other = found[k];
            found[k] = found[k - 1];
            found[k - 1] = other;
        }
    y[at] = found[count / 2];
}
)";

const char* const kRepeated = R"(    int value = 0;
    const unsigned short* above = src + (size_t)max(v - 1, 0) * w;
    for (int q = -3; q <= 3; ++q) {
        const int c = u + q < 0 ? 0 : u + q >= w ? w - 1 : u + q;
        value += above[c] > 850 ? 1 : 0;
        for (int p = 0; p < 3; ++p)
            value = max(value, (int)src[min(v + p, h - 1) * w + c] - 100 * p);
    }
    y[at] = value;
}
)";

const char* const kVolume = R"(    int least = 65535;
    int sum = 0;
    for (int a = max(t - 1, 0); a <= min(t + 1, d - 1); ++a)
        for (int b = max(v - 1, 0); b <= min(v + 1, h - 1); ++b)
            for (int c = max(u - 1, 0); c <= min(u + 1, w - 1); ++c) {
                const int there = x[((size_t)a * h + b) * w + c];
                least = min(least, there);
                sum += there & 7;
            }
    y[at] = least + 0.125f * sum;
}
)";

/// Of every other row and column.
const char* const kPoolHead =
    R"(#define ALL_OF(i, n) for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < (n); i += gridDim.x * blockDim.x)
// warploom: launch each<<<GRID>>>(x, y, w, h, d)
extern "C" __global__ void each(const unsigned short* x, OUT* y, int w, int h, int d)
{
)";

const char* const kLinear = "max(1, ceil_div(d * ceil_div(h, 2) * ceil_div(w, 2), 64)), 64";
const char* const kPlanes = "dim3(ceil_div(ceil_div(w, 2), 32), ceil_div(ceil_div(h, 2), 2), d), dim3(32, 2)";

/// The largest with its place, as places of whole images count; the first of several.
const char* const kFirstLargest = R"(    const int columns = (w + 1) / 2;
    const int rows = (h + 1) / 2;
    ALL_OF(at, d * rows * columns) {
        int u = at % columns;
        int v = at / columns % rows;
        const unsigned short* image = x + at / columns / rows * h * w;
        int top = v * 2 - 1;
        int left = u * 2 - 1;
        const int bottom = min(top + 3, h);
        const int right = min(left + 3, w);
        top = max(top, 0);
        left = max(left, 0);
        int place = top * w + left;
        int most = image[place];
        for (int r = top; r < bottom; ++r)
            for (int c = left; c < right; ++c) {
                const int there = image[r * w + c];
                if (there > most) {
                    most = there;
                    place = r * w + c;
                }
            }
        y[at] = most + 0.5f * (place % 8192);
    }
}
)";

const char* const kMeanOfThose = R"(    int at = blockIdx.x * blockDim.x + threadIdx.x;
    const int columns = (w + 1) / 2, rows = (h + 1) / 2;
    if (at >= d * rows * columns)
        return;
    int image = at / (columns * rows);
    int v = at % (columns * rows) / columns;
    int u = at % columns;
    float sum = 0;
    int count = 0;
    for (int p = -2; p < 2; ++p) {
        int r = 2 * v + p;
        if (r < 0 || r >= h)
            continue;
        for (int q = -2; q <= 2; ++q) {
            int c = 2 * u + q;
            if (c < 0 || c >= w)
                continue;
            sum += x[(image * h + r) * w + c];
            count++;
        }
    }
    y[at] = sum / count;
}
)";

const char* const kSpreadOfPlanes = R"(    int u = blockIdx.x * blockDim.x + threadIdx.x;
    int v = blockIdx.y * blockDim.y + threadIdx.y;
    if (u < (w + 1) / 2 && v < (h + 1) / 2) {
        int least = 70000, most = 0;
        for (int p = 0; p < 2; ++p)
            for (int q = 0; q < 2; ++q)
                if (2 * v + p < h && 2 * u + q < w) {
                    const int there = x[((int)blockIdx.z * h + 2 * v + p) * w + 2 * u + q];
                    least = min(least, there);
                    most = max(most, there);
                }
        const int row = (int)blockIdx.z * ((h + 1) / 2) + v;
        y[row * ((w + 1) / 2) + u] = most - least;
        if (u == 0)
            y[row * ((w + 1) / 2)] += 0.25f;
    }
}
)";

Result<Task> poolTask(const TemporaryFolder& folder, const std::string& grid, const std::string& body)
{
    const auto head = replacedAll(kPoolHead, "GRID", grid);
    const std::string outputs = "name = \"y\"\ntype = \"f32\"\nshape = [\"d\", ";
    const auto smaller =
        replacedAll(kDescription, outputs + R"x("h", "w"])x", outputs + R"x("ceil_div(h, 2)", "ceil_div(w, 2)"])x");
    folder.write("task.toml", replacedAll(smaller, R"("4 * d * h * w")", R"("d * h * w")"));
    folder.write("baseline.cu", replacedAll(head, "OUT", "float") + body);
    folder.write("reference.cu", replacedAll(head, "OUT", "double") + body);
    return loadTask(folder.path());
}

const char* const kColumns = R"(    float sum = 0;
    int count = 0;
    unsigned most = 0;
    for (int r = 0; r < h; ++r) {
        const int apart = r - v;
        if (apart * apart % 3 == 1 || r == v) {
            const unsigned there = src[r * w + u];
            sum += there;
            if (there > most)
                most = there;
            ++count;
        }
    }
    y[at] = sum / max(count, 1) + most;
}
)";

Result<Task> windowTask(const TemporaryFolder& folder, const std::string& body)
{
    folder.write("task.toml", kDescription);
    folder.write("baseline.cu", replacedAll(kHead, "OUT", "float") + body);
    folder.write("reference.cu", replacedAll(kHead, "OUT", "double") + body);
    return loadTask(folder.path());
}

}  // namespace

/// Pairs of elements that lie half a row apart, turned in place.
const char* const kTurnDescription = R"toml(format    = 1
name      = "turn"
title     = "Pairs of elements, turned"
summary   = "as the baseline"
tags      = ["map"]
baseline  = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "x"
type = "f16"
shape = ["b", "s", "h", "d"]
role = "inout"
fill = "uniform(-1, 1)"

[[buffer]]
name = "c"
type = "f32"
shape = ["s", "d / 2"]
role = "in"
fill = "uniform(-1, 1)"

[[buffer]]
name = "gain"
type = "f32"
shape = ["d"]
role = "in"
fill = "uniform(-1, 1)"

[[size]]
name = "timed"
b = 2
s = 512
h = 8
d = 128
use = ["time", "verify"]

[[size]]
name = "emulator"
b = 2
s = 5
h = 3
d = 64
use = ["emulator"]

[[size]]
name = "emulator_ragged"
b = 1
s = 7
h = 3
d = 38
use = ["emulator"]

[verify]
rtol = 1e-2
atol = 1e-2

[domain]
sizes = { b = [1, 8], s = [1, 4096], h = [1, 64], d = [2, 256] }

[work]
reads  = "2 * b * s * h * d"
writes = "2 * b * s * h * d"
)toml";

const char* const kTurn = R"(#include <cuda_fp16.h>
// warploom: launch turn<<<max(1, ceil_div(b * s * h * (d / 2), 96)), 96>>>(x, c, gain, b, s, h, d)
extern "C" __global__ void turn(ELEMENT* x, const float* c, const float* gain, int b, int s, int h, int d)
{
    const int idx = blockIdx.x * blockDim.x + threadIdx.x;
    const int part = d / 2;
    if (idx >= b * s * h * part)
        return;
    const int at = idx % part;
    const int place = idx / (part * h) % s;
    ELEMENT* row = x + (size_t)(idx / part) * d;
    const float low = LOAD(row[at]);
    const float high = LOAD(row[at + part]);
    const float angle = c[place * part + at];
    const float size = angle * angle + 0.5f;
    row[at] = STORE((low * angle - high) * gain[at]);
    row[part + at] = STORE((high * angle + low) / size);
}
)";

/// The same with a block a row.
const char* const kTurnOfBlocks = R"(#include <cuda_fp16.h>
// warploom: launch turn<<<dim3(s, h, b), d / 2>>>(x, c, gain, b, s, h, d)
extern "C" __global__ void turn(ELEMENT* x, const float* c, const float* gain, int b, int s, int h, int d)
{
    int place = blockIdx.x, head = blockIdx.y, batch = blockIdx.z;
    int at = threadIdx.x;
    int part = d / 2;
    ELEMENT* row = x + (((size_t)batch * s + place) * h + head) * d;
    const float low = LOAD(row[at]), high = LOAD(row[at + part]);
    const float angle = c[place * part + at];
    row[at] = STORE(low * angle - high * gain[at]);
    row[at + part] = STORE(high * angle + low * gain[part + at]);
}
)";

Result<Task> turnTask(const TemporaryFolder& folder, const char* kernel)
{
    const auto filled = [&](const std::string& element, const std::string& load, const std::string& store) {
        return replacedAll(replacedAll(replacedAll(kernel, "ELEMENT", element), "LOAD", load), "STORE", store);
    };
    folder.write("task.toml", kTurnDescription);
    folder.write("baseline.cu", filled("__half", "__half2float", "__float2half"));
    folder.write("reference.cu", filled("double", "double", "double"));
    return loadTask(folder.path());
}

/// What reads a window of anything into anything, staged.
class tst_WindowsProven : public QObject {
    Q_OBJECT

private slots:
    void stridedWindowsAreRight_data()
    {
        QTest::addColumn<std::string>("grid");
        QTest::addColumn<std::string>("body");
        QTest::newRow("the first largest") << std::string(kLinear) << std::string(kFirstLargest);
        QTest::newRow("mean of what is there") << std::string(kLinear) << std::string(kMeanOfThose);
        QTest::newRow("spread, in planes") << std::string(kPlanes) << std::string(kSpreadOfPlanes);
    }
    void stridedWindowsAreRight()
    {
        QFETCH(std::string, grid);
        QFETCH(std::string, body);
        const TemporaryFolder folder;
        const auto task = poolTask(folder, grid, body);
        QVERIFY_RESULT(task);
        const auto made = madeBy(*task, {"share-windows"});
        QVERIFY_RESULT(made);
        const auto objection = objectionToSource(*task, *made);
        QVERIFY2(objection.empty(), objection.c_str());
    }

    void columnsAreRight()
    {
        const TemporaryFolder folder;
        const auto task = windowTask(folder, kColumns);
        QVERIFY_RESULT(task);
        const auto made = madeBy(*task, {"vectorize"});
        QVERIFY_RESULT(made);
        QVERIFY(made->find("copyWide<OUTPUTS * 2>") != std::string::npos);
        const auto objection = objectionToSource(*task, *made);
        QVERIFY2(objection.empty(), objection.c_str());
    }

    void rowsOfMapsAreRight_data()
    {
        QTest::addColumn<std::string>("kernel");
        QTest::newRow("in one line") << std::string(kTurn);
        QTest::newRow("a block a row") << std::string(kTurnOfBlocks);
    }
    void rowsOfMapsAreRight()
    {
        QFETCH(std::string, kernel);
        const TemporaryFolder folder;
        const auto task = turnTask(folder, kernel.c_str());
        QVERIFY_RESULT(task);
        const auto made = madeBy(*task, {"vectorize"});
        QVERIFY_RESULT(made);
        QVERIFY(made->find("copyWide<OUTPUTS * 2>") != std::string::npos);
        const auto objection = objectionToSource(*task, *made);
        QVERIFY2(objection.empty(), objection.c_str());
    }

    void volumesArePooledRight()
    {
        const auto objection = objectionToMade("../tests/bench/agent/unseen/video_max_pool", {"share-windows"});
        QVERIFY2(objection.empty(), objection.c_str());
    }

    void windowsAreRight_data()
    {
        QTest::addColumn<std::string>("body");
        QTest::newRow("weights") << std::string(kWeights);
        QTest::newRow("median") << std::string(kMedian);
        QTest::newRow("repeated edges") << std::string(kRepeated);
        QTest::newRow("volume") << std::string(kVolume);
    }
    void windowsAreRight()
    {
        QFETCH(std::string, body);
        const TemporaryFolder folder;
        const auto task = windowTask(folder, body);
        QVERIFY2(task.has_value(), task ? "" : task.error().toString().c_str());
        const auto made = madeBy(*task, {"stage-window"});
        QVERIFY2(made.has_value(), made ? "" : made.error().toString().c_str());
        const auto objection = objectionToSource(*task, *made);
        QVERIFY2(objection.empty(), objection.c_str());
    }

    /// The same in a template that is launched with its radius.
    void templatesAreRight()
    {
        const auto objection = objectionToMade("../tests/bench/agent/unseen/depth_bilateral", {"stage-window"});
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_WindowsProven)
#include "tst_WindowsProven.moc"
