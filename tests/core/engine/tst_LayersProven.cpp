// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const char* const kTask = R"toml(format    = 1
name      = "layers"
title     = "Histograms of images"
summary   = "as the baseline"
tags      = ["histogram"]
baseline  = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "img"
type = "u8"
shape = ["n", "h", "w", "3"]
role = "in"
fill = "integers(0, 256)"

[[buffer]]
name = "hist"
type = "u32"
shape = ["n", "3", "256"]
role = "out"

[[size]]
name = "timed"
n = 40
h = 500
w = 600
use = ["time"]

[[size]]
name = "emulator"
n = 3
h = 11
w = 37
use = ["verify", "emulator"]

[[size]]
name = "one"
n = 1
h = 1
w = 1
use = ["verify", "emulator"]

[verify]
rtol = 0
atol = 0

[domain]
sizes = { n = [1, 512], h = [1, 4096], w = [1, 4096] }

[work]
reads  = "3 * n * h * w"
writes = "3072 * n"
flops  = "0"
)toml";

/// A kernel with one launch, \p shape, of \p parameters with \p arguments.
std::string counting(const std::string& shape, const std::string& arguments, const std::string& parameters,
                     const std::string& body)
{
    return "// warploom: zero hist\n// warploom: launch count<<<" + shape + ">>>(img, hist, " + arguments
        + ")\nextern \"C\" __global__ void count(" + parameters + ")\n{\n" + body + "}\n";
}

const char* const kBytes = "const unsigned char* img, unsigned* hist, int h, int w";

}  // namespace

/// Histograms of layers that are counted a layer at a time are right on the emulator.
class tst_LayersProven : public QObject {
    Q_OBJECT

private slots:
    void areRight_data()
    {
        QTest::addColumn<std::string>("source");
        const auto add = [](const char* name, const std::string& source) { QTest::newRow(name) << source; };
        add("an image a layer of the grid, its pixels in one line",
            counting("dim3(ceil_div(w, 16), ceil_div(h, 16), n), dim3(16, 16, 1)", "h, w",
                     "const uchar3* img, unsigned* hist, int h, int w",
                     R"(    const int x = blockIdx.x * blockDim.x + threadIdx.x;
    const int y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= w || y >= h)
        return;
    const uchar3 pixel = img[((size_t)blockIdx.z * h + y) * w + x];
    unsigned* own = hist + blockIdx.z * 768;
    atomicAdd(own + pixel.x, 1u);
    atomicAdd(own + 256 + pixel.y, 1u);
    atomicAdd(own + 512 + pixel.z, 1u);
)"));
        add("channels and images as layers",
            counting("dim3(ceil_div(h * w, 64), 3, n), 64", "h, w", kBytes,
                     R"(    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < h * w)
        atomicAdd(&hist[(blockIdx.z * 3 + blockIdx.y) * 256 + img[(blockIdx.z * h * w + i) * 3 + blockIdx.y]], 1u);
)"));
        add("both in one number",
            counting("dim3(ceil_div(w, 32), ceil_div(h, 8), 3 * n), dim3(32, 8)", "h, w", kBytes,
                     R"(    const int x = blockIdx.x * blockDim.x + threadIdx.x;
    const int y = blockIdx.y * blockDim.y + threadIdx.y;
    const int image = blockIdx.z / 3;
    if (x < w && y < h)
        atomicAdd(&hist[blockIdx.z * 256 + img[((image * h + y) * w + x) * 3 + blockIdx.z % 3]], 1u);
)"));
        add("rows of images",
            counting("dim3(ceil_div(h, 64), n), 64", "h, w", kBytes,
                     R"(    const int y = blockIdx.x * blockDim.x + threadIdx.x;
    const int image = blockIdx.y;
    if (y >= h)
        return;
    for (int x = 0; x < w; ++x)
        for (int c = 0; c < 3; ++c)
            atomicAdd(&hist[(image * 3 + c) * 256 + img[((image * h + y) * w + x) * 3 + c]], 1u);
)"));
        add("an image by a division",
            counting("ceil_div(n * h * w, 128), 128", "n * h * w, h * w",
                     "const unsigned char* img, unsigned* hist, int total, int pixels",
                     R"(    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    const int image = i / pixels;
    for (int c = 0; c < 3; ++c)
        atomicAdd(&hist[(image * 3 + c) * 256 + img[i * 3 + c]], 1u);
)"));
        add("an image by two divisions, channels side by side",
            counting("ceil_div(n * h * w * 3, 128), 128", "n * h * w * 3, h, w",
                     "const unsigned char* img, unsigned* hist, int total, int h, int w",
                     R"(    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    const int image = i / (3 * w) / h;
    atomicAdd(&hist[image * 768 + i % 3 * 256 + img[i]], 1u);
)"));
        // Additions elsewhere than in the block's layer go to the array itself.
        add("into the next image's bins",
            counting("dim3(ceil_div(h * w, 64), n), 64", "h, w, n",
                     "const unsigned char* img, unsigned* hist, int h, int w, int n",
                     R"(    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const int image = blockIdx.y;
    if (i < h * w)
        atomicAdd(&hist[(image + i % 2) % n * 768 + img[(image * h * w + i) * 3]], 1u + i % 5);
)"));
    }
    void areRight()
    {
        QFETCH(std::string, source);
        const TemporaryFolder folder;
        folder.write("task.toml", kTask);
        folder.write("baseline.cu", source);
        folder.write("reference.cu", source);
        const auto task = loadTask(folder.path());
        QVERIFY_RESULT(task);
        const auto made = madeBy(*task, {"slice-histogram"});
        QVERIFY_RESULT(made);
        QVERIFY2(made->find("addToLayer") != std::string::npos, made->c_str());
        const std::string objection = objectionToSource(*task, *made);
        QVERIFY2(objection.empty(), objection.c_str());
        // Fewer elements than a layer has, and several blocks a layer.
        auto few = replacedAll(*made, "tune BLOCK = 512 1024 256", "tune BLOCK = 64");
        few = replacedAll(few, "tune BLOCK = 1024 512 256", "tune BLOCK = 64");
        few = replacedAll(replacedAll(few, "tune SLICE = 768", "tune SLICE = 320"), "tune SLICE = 256",
                          "tune SLICE = 96");
        const std::string again = objectionToSource(*task, few);
        QVERIFY2(again.empty(), again.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_LayersProven)
#include "tst_LayersProven.moc"
