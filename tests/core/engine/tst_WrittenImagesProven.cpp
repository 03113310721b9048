// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const char* const kDescription = R"toml(format    = 1
name      = "layer"
title     = "A convolution over channels"
summary   = "as the baseline"
tags      = ["convolution"]
baseline  = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "x"
type = "TYPE"
shape = ["batch", "channels", "height", "width"]
role = "in"
fill = "normal(0, 1)"

[[buffer]]
name = "w"
type = "TYPE"
shape = ["filters", "channels", "3", "3"]
role = "in"
fill = "uniform(-0.3, 0.3)"

[[buffer]]
name = "b"
type = "f32"
shape = ["filters"]
role = "in"
fill = "normal(0, 1)"

[[buffer]]
name = "y"
type = "RESULT"
shape = ["batch", "filters", "OUT_HEIGHT", "OUT_WIDTH"]
role = "out"

[[size]]
name = "timed"
batch = 8
channels = 32
filters = 64
height = 28
width = 28
use = ["time", "verify"]

[[size]]
name = "emulator"
batch = 2
channels = 16
filters = 16
height = 6
width = 8
use = ["emulator"]

[[size]]
name = "emulator_ragged"
batch = 1
channels = 5
filters = 9
height = 7
width = 5
use = ["emulator"]

[verify]
rtol = RTOL
atol = RTOL

[domain]
x     = { range = [-4, 4] }
w     = { range = [-0.5, 0.5] }
b     = { range = [-4, 4] }
sizes = { batch = [1, 64], channels = [1, 256], filters = [1, 256], height = [3, 256], width = [3, 256] }

[work]
reads  = "2 * batch * channels * height * width"
writes = "2 * batch * filters * OUT_HEIGHT * OUT_WIDTH"
flops  = "batch * filters * channels * OUT_HEIGHT * OUT_WIDTH"
)toml";

/// One of the ways in which people write it.
struct Layer {
    std::string launch;
    std::string head;  ///< where the thread's element is
    std::string nest;
    std::string outHeight = "height";
    std::string outWidth = "width";
    std::string end = "y[((n * K + k) * H + r) * W + c] = sum + b[k];";
};

const char* const kFlat = "<<<ceil_div(batch * filters * (OUT_HEIGHT) * (OUT_WIDTH), 64), 64>>>";
const char* const kFlatHead = R"(    int idx = blockIdx.x * blockDim.x + threadIdx.x;
    if (idx >= N * K * H * W)
        return;
    int c = idx % W;
    int r = (idx / W) % H;
    int k = (idx / (W * H)) % K;
    int n = idx / (W * H * K);
)";
const char* const kNest = R"(    for (int i = 0; i < C; ++i)
        for (int p = 0; p < 3; ++p)
            for (int q = 0; q < 3; ++q) {
                int down = r + p - 1;
                int across = c + q - 1;
                if (down >= 0 && down < H && across >= 0 && across < W)
                    sum += float(x[((n * C + i) * H + down) * W + across]) * float(w[((k * C + i) * 3 + p) * 3 + q]);
            }
)";

std::string sourceOf(const Layer& layer, const std::string& type, const std::string& result)
{
    auto source = "// warploom: launch layer" + layer.launch
        + "(x, w, b, y, batch, channels, filters, height, width)\n#include <cuda_fp16.h>\n"
          "extern \"C\" __global__ void layer(const "
        + type + "* x, const " + type + "* w, const float* b, " + result
        + "* y, int N, int C, int K, int H, int W)\n{\n" + layer.head + "    float sum = 0;\n" + layer.nest + "    "
        + layer.end + "\n}\n";
    return replacedAll(replacedAll(source, "OUT_HEIGHT", layer.outHeight), "OUT_WIDTH", layer.outWidth);
}

/// With tiles that are no larger than they have to be: several of them, and less to emulate.
std::string withSmallTiles(const std::string& source)
{
    const std::string widths = "TILE_N = 256 128 64";
    return source.find(widths) == std::string::npos
        ? source
        : replacedAll(replacedAll(source, "TILE_M = 128 64 256", "TILE_M = 64 128 256"), widths, "TILE_N = 64 128 256");
}

/// Of halves, or of floats.
Result<Task> layerTask(const TemporaryFolder& folder, const Layer& layer, bool isHalf)
{
    auto description = std::string(kDescription);
    for (const auto& [from, to] : {std::pair<std::string, std::string>{"TYPE", isHalf ? "f16" : "f32"},
                                   std::pair<std::string, std::string>{"RESULT", isHalf ? "f16" : "f32"},
                                   std::pair<std::string, std::string>{"RTOL", isHalf ? "2e-3" : "1e-4"},
                                   std::pair<std::string, std::string>{"OUT_HEIGHT", layer.outHeight},
                                   std::pair<std::string, std::string>{"OUT_WIDTH", layer.outWidth}})
        description = replacedAll(description, from, to);
    const std::string type = isHalf ? "__half" : "float";
    folder.write("task.toml", description);
    folder.write("baseline.cu", sourceOf(layer, type, type));
    folder.write("reference.cu", sourceOf(layer, type, "double"));
    return loadTask(folder.path());
}

}  // namespace

/// Convolutions over channels whose image is written first, in every spelling that is known.
class tst_WrittenImagesProven : public QObject {
    Q_OBJECT

private slots:
    void layersAreRight_data()
    {
        QTest::addColumn<Layer>("layer");
        QTest::addColumn<QString>("move");
        QTest::addColumn<bool>("isHalf");
        const auto add = [](const char* name, const Layer& layer, const char* move = "write-image#1",
                            bool isHalf = true) { QTest::newRow(name) << layer << QString(move) << isHalf; };
        add("one number a thread", {kFlat, kFlatHead, kNest});
        add("floats on tensor cores", {kFlat, kFlatHead, kNest}, "write-image", false);
        add("floats ahead", {kFlat, kFlatHead, kNest}, "write-image#1", false);
        add("patches, continue",
            {"<<<dim3(ceil_div(width, 8), ceil_div(height, 8), batch * filters), dim3(8, 8)>>>",
             R"(    int c = blockIdx.x * blockDim.x + threadIdx.x;
    int r = blockIdx.y * blockDim.y + threadIdx.y;
    int k = blockIdx.z % K;
    int n = blockIdx.z / K;
    if (c >= W || r >= H)
        return;
)",
             R"(    for (int i = 0; i < C; ++i)
        for (int p = 0; p < 3; ++p) {
            int down = r + p - 1;
            if (down < 0 || down >= H)
                continue;
            for (int q = 0; q < 3; ++q) {
                int across = c + q - 1;
                if (across < 0 || across >= W)
                    continue;
                sum += float(x[((n * C + i) * H + down) * W + across]) * float(w[((k * C + i) * 3 + p) * 3 + q]);
            }
        }
)"});
        add("a block's row of pixels, taps outside, a choice",
            {"<<<dim3(ceil_div(height * width, 64), filters, batch), 64>>>",
             R"(    const int pixel = blockIdx.x * blockDim.x + threadIdx.x;
    const int k = blockIdx.y;
    const int n = blockIdx.z;
    if (pixel >= H * W)
        return;
    const int r = pixel / W;
    const int c = pixel % W;
    const __half* plane = x + n * C * H * W;
)",
             R"(    for (int p = 0; p < 3; ++p)
        for (int q = 0; q < 3; ++q) {
            const int down = r + p * 2 - 2;
            const int across = c + q * 2 - 2;
            for (int i = 0; i < C; ++i) {
                const float value = down >= 0 && down < H && across >= 0 && across < W
                    ? float(plane[(i * H + down) * W + across]) : 0.0f;
                sum += value * float(w[((k * C + i) * 3 + p) * 3 + q]);
            }
        }
)"});
        add("steps of two, nothing around",
            {kFlat, R"(    int idx = blockIdx.x * blockDim.x + threadIdx.x;
    const int OH = (H - 3) / 2 + 1;
    const int OW = (W - 3) / 2 + 1;
    if (idx >= N * K * OH * OW)
        return;
    const int c = idx % OW;
    const int r = idx / OW % OH;
    const int k = idx / OW / OH % K;
    const int n = idx / OW / OH / K;
)",
             R"(    for (int i = 0; i < C; ++i)
        for (int p = 0; p < 3; ++p)
            for (int q = 0; q < 3; ++q) {
                const int down = r * 2 + p;
                const int across = c * 2 + q;
                sum += float(x[((n * C + i) * H + down) * W + across]) * float(w[((k * C + i) * 3 + p) * 3 + q]);
            }
)",
             "(height - 3) / 2 + 1", "(width - 3) / 2 + 1", "y[idx] = sum + b[k];"});
        const Layer activated = {kFlat, kFlatHead, R"(    for (int i = 0; i < C; ++i)
        for (int q = 0; q < 3; ++q) {
            const int across = c + q - 1;
            if (across >= 0 && across < W) {
                const float value = x[((n * C + i) * H + r) * W + across];
                sum += (value > 0.0f ? value : value * 0.5f) * float(w[(k * C + i) * 9 + q]);
            }
        }
)"};
        add("a row of the filter alone, a function of the image", activated);
        add("the same in two parts", activated, "write-image#3");
        add("what is left of a division, a value chosen before, taps around 0",
            {"<<<dim3(ceil_div(height * width, 64), batch * filters), 64>>>",
             R"(    int pixel = blockIdx.x * blockDim.x + threadIdx.x;
    int plane = blockIdx.y;
    if (pixel >= H * W)
        return;
    int n = plane / K;
    int k = plane - n * K;
    int r = pixel / W;
    int c = pixel - r * W;
)",
             R"(    for (int i = 0; i < C; ++i)
        for (int p = -1; p <= 1; ++p)
            for (int q = -1; q <= 1; ++q) {
                int down = r + p;
                int across = c + q;
                float value = 0.0f;
                if (down >= 0 && down < H && across >= 0 && across < W)
                    value = x[((n * C + i) * H + down) * W + across];
                sum += value * float(w[((k * C + i) * 3 + p + 1) * 3 + q + 1]);
            }
)"});
        add("nowhere a place", {kFlat, kFlatHead, R"(    for (int i = 0; i < C; ++i)
        for (int p = 0; p < 3; ++p)
            for (int q = 0; q < 3; ++q)
                if (r + p - 1 >= 0 && r + p - 1 < H && c + q >= 1 && c + q - 1 < W)
                    sum += float(x[n * C * H * W + i * H * W + r * W + c + (p - 1) * W + q - 1])
                        * float(w[k * C * 9 + i * 9 + p * 3 + q]);
)"});
        add("round about", {kFlat, kFlatHead, R"(    for (int i = 0; i < C; ++i)
        for (int q = 0; q < 3; ++q)
            sum += float(x[((n * C + i) * H + (r + q * 4) % H) * W + c]) * float(w[(k * C + i) * 9 + q]);
)"});
        add("channels last",
            {kFlat, R"(    int idx = blockIdx.x * blockDim.x + threadIdx.x;
    if (idx >= N * K * H * W)
        return;
    int k = idx % K;
    int c = idx / K % W;
    int r = idx / K / W % H;
    int n = idx / K / W / H;
)",
             R"(    for (int p = 0; p < 3; ++p)
        for (int q = 0; q < 3; ++q) {
            int down = r + p - 1;
            int across = c + q - 1;
            if (down >= 0 && down < H && across >= 0 && across < W)
                for (int i = 0; i < C; ++i)
                    sum += float(x[((n * H + down) * W + across) * C + i]) * float(w[((k * 3 + p) * 3 + q) * C + i]);
        }
)",
             "height", "width", "y[idx] = sum + b[k];"});
        add("three axes", {kFlat, kFlatHead, R"(    for (int i = 0; i < C; ++i)
        for (int p = 0; p < 3; ++p)
            for (int q = 0; q < 3; ++q) {
                int image = n + p - 1;
                int across = c + q * 2 - 2;
                if (image >= 0 && image < N && across >= 0 && across < W)
                    sum += float(x[((image * C + i) * H + r) * W + across]) * float(w[((k * C + i) * 3 + p) * 3 + q]);
            }
)"});
        add("one tap", {kFlat, kFlatHead, R"(    for (int i = 0; i < C; ++i)
        sum += float(x[((n * C + i) * H + r) * W + c]) * float(w[(k * C + i) * 9 + 4]);
)"});
    }
    void layersAreRight()
    {
        QFETCH(Layer, layer);
        QFETCH(QString, move);
        QFETCH(bool, isHalf);
        const TemporaryFolder folder;
        const auto task = layerTask(folder, layer, isHalf);
        QVERIFY2(task.has_value(), task ? "" : task.error().toString().c_str());
        const auto made = madeBy(*task, {move.toStdString()});
        QVERIFY2(made.has_value(), made ? "" : made.error().toString().c_str());
        const auto objection = objectionToSource(*task, withSmallTiles(*made));
        QVERIFY2(objection.empty(), objection.c_str());
    }

    void dilatedTapsAlongTimeAreRight_data()
    {
        QTest::addColumn<QString>("move");
        QTest::newRow("halves") << QString("write-image#1");
        QTest::newRow("two parts") << QString("write-image#3");
    }
    void dilatedTapsAlongTimeAreRight()
    {
        QFETCH(QString, move);
        const auto task = loadTask(sourceFolder() / "tests/bench/agent/unseen/vocoder_resblock");
        QVERIFY2(task.has_value(), task ? "" : task.error().toString().c_str());
        const auto made = madeBy(*task, {move.toStdString()});
        QVERIFY2(made.has_value(), made ? "" : made.error().toString().c_str());
        const auto objection = objectionToSource(*task, withSmallTiles(*made));
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_WrittenImagesProven)
#include "tst_WrittenImagesProven.moc"
