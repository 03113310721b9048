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

Result<Task> windowTask(const TemporaryFolder& folder, const std::string& body)
{
    folder.write("task.toml", kDescription);
    folder.write("baseline.cu", replacedAll(kHead, "OUT", "float") + body);
    folder.write("reference.cu", replacedAll(kHead, "OUT", "double") + body);
    return loadTask(folder.path());
}

}  // namespace

/// What reads a window of anything into anything, staged.
class tst_WindowsProven : public QObject {
    Q_OBJECT

private slots:
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
