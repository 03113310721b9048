// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const char* const kTask = R"toml(format    = 1
name      = "channels"
title     = "Mean and variance of each channel of a batch"
summary   = "as the baseline"
tags      = ["reduction"]
baseline  = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "x"
type = "f32"
shape = ["images", "channels", "pixels"]
role = "in"
fill = "normal(1, 2)"

[[buffer]]
name = "mean"
type = "f32"
shape = ["channels"]
role = "out"

[[buffer]]
name = "variance"
type = "f32"
shape = ["channels"]
role = "inout"
fill = "uniform(1, 2)"

[[size]]
name = "timed"
images = 64
channels = 128
pixels = 3136
use = ["time", "verify"]

[[size]]
name = "emulator"
images = 4
channels = 3
pixels = 97
use = ["emulator"]

[[size]]
name = "few"
images = 1
channels = 2
pixels = 5
use = ["verify", "emulator"]

[verify]
rtol = 2e-5
atol = 1e-5

[domain]
x     = { range = [-64, 64], special = [] }
sizes = { images = [1, 512], channels = [1, 2048], pixels = [2, 65536] }

[work]
reads  = "4 * images * channels * pixels"
writes = "8 * channels"
flops  = "3 * images * channels * pixels"
)toml";

const char* const kReference =
    R"(// warploom: launch channels_reference<<<channels, 1>>>(x, mean, variance, images, channels, pixels)
extern "C" __global__ void channels_reference(const float* x, double* mean, double* variance, long long images,
                                              long long channels, long long pixels)
{
    const long long c = blockIdx.x;
    double sum = 0;
    double squares = 0;
    for (long long n = 0; n < images; ++n)
        for (long long p = 0; p < pixels; ++p)
            sum += x[(n * channels + c) * pixels + p];
    const double own = sum / (images * pixels);
    for (long long n = 0; n < images; ++n)
        for (long long p = 0; p < pixels; ++p) {
            const double d = x[(n * channels + c) * pixels + p] - own;
            squares += d * d;
        }
    mean[c] = own;
    variance[c] = 0.9 * variance[c] + 0.1 * squares / (images * pixels);
}
)";

/// A block a channel: passes over all images, put together by a tree whose steps double.
const char* const kKernel =
    R"(// warploom: launch channel_moments<<<channels, 128>>>(x, mean, variance, images, channels, pixels)
extern "C" __global__ void channel_moments(const float* x, float* mean, float* variance, int images, int channels,
                                           int pixels)
{
    __shared__ float parts[128];
    __shared__ float center;
    const int c = blockIdx.x;
    const int t = threadIdx.x;
    float acc = 0.0f;
    for (int n = 0; n < images; ++n) {
        const float* plane = x + (n * channels + c) * pixels;
        for (int p = t; p < pixels; p += blockDim.x)
            acc += plane[p];
    }
    parts[t] = acc;
    __syncthreads();
    for (int step = 1; step < blockDim.x; step *= 2) {
        if (t % (2 * step) == 0)
            parts[t] += parts[t + step];
        __syncthreads();
    }
    if (t == 0)
        center = parts[0] / (images * pixels);
    __syncthreads();

    acc = 0.0f;
    for (int n = 0; n < images; ++n)
        for (int p = t; p < pixels; p += blockDim.x)
            acc += powf(x[(n * channels + c) * pixels + p] - center, 2.0f);
    parts[t] = acc;
    __syncthreads();
    for (int step = 1; step < blockDim.x; step *= 2) {
        if (t % (2 * step) == 0)
            parts[t] += parts[t + step];
        __syncthreads();
    }
    if (t == 0) {
        mean[c] = center;
        variance[c] = 0.9f * variance[c] + 0.1f * parts[0] / (images * pixels);
    }
}
)";

}  // namespace

/// Rows that lie apart, as a channel's planes do, shared out by hand: what moves make of them is right.
class tst_NestedRowsProven : public QObject {
    Q_OBJECT

private slots:
    void areRight_data()
    {
        QTest::addColumn<std::vector<std::string>>("moves");
        QTest::newRow("a block a channel") << std::vector<std::string>{"row-per-block"};
        QTest::newRow("a warp a channel") << std::vector<std::string>{"row-per-block#1"};
        QTest::newRow("a warp a plane") << std::vector<std::string>{"row-per-block#2"};
    }
    void areRight()
    {
        QFETCH(std::vector<std::string>, moves);
        const TemporaryFolder folder;
        folder.write("task.toml", kTask);
        folder.write("baseline.cu", kKernel);
        folder.write("reference.cu", kReference);
        const auto task = loadTask(folder.path());
        QVERIFY_RESULT(task);
        const auto made = madeBy(*task, moves);
        QVERIFY_RESULT(made);
        QVERIFY2(made->find("parts[t + step]") == std::string::npos, made->c_str());
        const std::string objection = objectionToSource(*task, *made);
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_NestedRowsProven)
#include "tst_NestedRowsProven.moc"
