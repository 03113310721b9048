// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const char* const kDescription = R"toml(format    = 1
name      = "packed"
title     = "Products with packed values"
summary   = "as the baseline"
tags      = ["contraction"]
baseline  = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "a"
type = "f16"
shape = ["layers", "m", "8 * w"]
role = "in"
fill = "normal(0, 1)"

[[buffer]]
name = "q"
type = "u32"
shape = ["layers", "w", "n"]
role = "in"
fill = "integers(0, 4294967296)"

[[buffer]]
name = "s"
type = "f32"
shape = ["layers", "w", "n"]
role = "in"
fill = "uniform(0.01, 0.05)"

[[buffer]]
name = "c"
type = "f16"
shape = ["layers", "m", "n"]
role = "out"

[[size]]
name = "timed"
layers = 2
m = 128
n = 128
w = 32
use = ["time", "verify"]

[[size]]
name = "emulator"
layers = 2
m = 24
n = 32
w = 8
use = ["emulator"]

[[size]]
name = "emulator_ragged"
layers = 1
m = 19
n = 21
w = 5
use = ["emulator"]

[verify]
rtol = 2e-3
atol = 5e-2

[domain]
a     = { range = [-4, 4] }
s     = { range = [0, 0.05] }
sizes = { layers = [1, 8], m = [1, 4096], n = [1, 4096], w = [1, 1024] }

[work]
reads  = "layers * (16 * m * w + 8 * w * n)"
writes = "2 * layers * m * n"
flops  = "16 * layers * m * n * w"
)toml";

const char* const kKernel =
    R"(// warploom: launch product<<<dim3(ceil_div(n, 16), ceil_div(m, 16), layers), dim3(16, 16)>>>(a, q, s, c, m, n, w)
#include <cuda_fp16.h>
__device__ float unpacked(unsigned word, int at) { return float(int(word >> (4 * at) & 15) - 8); }
extern "C" __global__ void product(const __half* a, const unsigned* q, const float* s, OUT* c, int m, int n, int w)
{
    int j = blockIdx.x * blockDim.x + threadIdx.x;
    int i = blockIdx.y * blockDim.y + threadIdx.y;
    if (i >= m || j >= n)
        return;
    float sum = 0;
BODY
    c[(blockIdx.z * m + i) * n + j] = sum;
}
)";

/// Of results that are halves, or floats which are nearly as exact as they can be.
Result<Task> packedTask(const TemporaryFolder& folder, const std::string& body, bool isExact = false)
{
    const bool isBfloat = body.find("__bfloat162float") != std::string::npos;
    auto source = replacedAll(kKernel, "BODY", body);
    auto description = std::string(kDescription);
    const std::string shape = "\nshape = [\"layers\", \"m\", \"n\"]";
    if (isExact)
        for (const auto& [from, to] :
             {std::pair{"\"f16\"" + shape, "\"f32\"" + shape},
              std::pair<std::string, std::string>{"rtol = 2e-3\natol = 5e-2", "rtol = 1e-5\natol = 2e-4"},
              std::pair<std::string, std::string>{"writes = \"2 *", "writes = \"4 *"}})
            description = replacedAll(description, from, to);
    if (isBfloat) {
        description = replacedAll(description, "\"f16\"", "\"bf16\"");
        source = replacedAll(replacedAll(source, "const __half*", "const __nv_bfloat16*"), "cuda_fp16", "cuda_bf16");
    }
    folder.write("task.toml", description);
    folder.write("baseline.cu", replacedAll(source, "OUT", isExact ? "float" : isBfloat ? "__nv_bfloat16" : "__half"));
    folder.write("reference.cu", replacedAll(source, "OUT", "double"));
    return loadTask(folder.path());
}

}  // namespace

/// Contractions whose factors are worked out first, in every spelling that is known, on tensor cores.
class tst_WrittenFactorsProven : public QObject {
    Q_OBJECT

private slots:
    void productsAreRight_data()
    {
        QTest::addColumn<std::string>("body");
        QTest::addColumn<std::string>("move");
        const auto add = [](const char* name, const std::string& move, const std::string& body) {
            QTest::newRow(name) << body << move;
        };
        const std::string across = R"(    for (int kp = 0; kp < w; ++kp) {
        const unsigned word = q[(blockIdx.z * w + kp) * n + j];
        for (int t = 0; t < 8; ++t)
            sum += __half2float(a[(blockIdx.z * m + i) * 8 * w + kp * 8 + t]) * unpacked(word, t) * s[(blockIdx.z * w + kp) * n + j];
    })";
        add("columns side by side", "write-factors#1", across);
        add("columns side by side, floats", "write-factors#4", across);
        add("columns side by side, floats ahead", "write-factors#5", across);
        add("words side by side, steps of eight", "write-factors#1", R"(    for (int k = 0; k < 8 * w; k += 8) {
        const int place = (blockIdx.z * n + j) * w + k / 8;
        for (int t = 0; t < 8; ++t)
            sum += __half2float(a[(blockIdx.z * m + i) * 8 * w + k + t]) * (unpacked(q[place], t) * s[place]);
    })");
        add("a part for each word", "write-factors#1", R"(    for (int kp = 0; kp < w; ++kp) {
        float part = 0;
        for (int t = 0; t < 8; ++t)
            part += __half2float(a[(blockIdx.z * m + i) * 8 * w + kp * 8 + t]) * unpacked(q[(blockIdx.z * w + kp) * n + j], t);
        sum += part * s[(blockIdx.z * w + kp) * n + j];
    })");
        add("one loop", "write-factors#1", R"(    for (int p = 0; p < 8 * w; ++p) {
        const int place = (blockIdx.z * w + p / 8) * n + j;
        sum += __half2float(a[(blockIdx.z * m + i) * 8 * w + p]) * (unpacked(q[place], p % 8) * s[place]);
    })");
        add("two values a round", "write-factors#1", R"(    for (int p = 0; p < 8 * w; p += 2) {
        const int place = (blockIdx.z * w + p / 8) * n + j;
        const __half* row = a + (blockIdx.z * m + i) * 8 * w;
        sum += __half2float(row[p]) * unpacked(q[place], p % 8) * s[place];
        sum += __half2float(row[p + 1]) * unpacked(q[place], p % 8 + 1) * s[place];
    })");
        add("divided", "write-factors#1", R"(    for (int p = 0; p < 8 * w; ++p) {
        const int place = (blockIdx.z * w + p / 8) * n + j;
        sum += __half2float(a[(blockIdx.z * m + i) * 8 * w + p]) * unpacked(q[place], p % 8) / (20.0f + s[place]);
    })");
        add("both sides", "write-factors#1", R"(    for (int p = 0; p < 8 * w; ++p) {
        const float x = __half2float(a[(blockIdx.z * m + i) * 8 * w + p]);
        const float gate = x / (1.0f + expf(-x));
        const float y = unpacked(q[(blockIdx.z * w + p / 8) * n + j], p % 8);
        sum += gate * y * 0.03f;
    })");
    }
    void productsAreRight()
    {
        QFETCH(std::string, body);
        QFETCH(std::string, move);
        const TemporaryFolder folder;
        const auto task = packedTask(folder, body);
        QVERIFY2(task.has_value(), task ? "" : task.error().toString().c_str());
        const auto made = madeBy(*task, {move});
        QVERIFY2(made.has_value(), made ? "" : made.error().toString().c_str());
        const auto objection = objectionToSource(*task, *made);
        QVERIFY2(objection.empty(), objection.c_str());
    }

    /// What rounded factors would be far too rough for.
    void partsAreAsGoodAsFloats_data()
    {
        QTest::addColumn<std::string>("body");
        QTest::newRow("columns side by side") << std::string(R"(    for (int kp = 0; kp < w; ++kp) {
        const unsigned word = q[(blockIdx.z * w + kp) * n + j];
        const float scale = s[(blockIdx.z * w + kp) * n + j];
        for (int t = 0; t < 8; ++t)
            sum += __half2float(a[(blockIdx.z * m + i) * 8 * w + kp * 8 + t]) * (unpacked(word, t) * scale);
    })");
        QTest::newRow("words side by side") << std::string(R"(    for (int k = 0; k < 8 * w; k += 8) {
        const int place = (blockIdx.z * n + j) * w + k / 8;
        for (int t = 0; t < 8; ++t)
            sum += __half2float(a[(blockIdx.z * m + i) * 8 * w + k + t]) * (unpacked(q[place], t) * s[place]);
    })");
        QTest::newRow("one loop") << std::string(R"(    for (int p = 0; p < 8 * w; ++p) {
        const int place = (blockIdx.z * w + p / 8) * n + j;
        sum += __half2float(a[(blockIdx.z * m + i) * 8 * w + p]) * (unpacked(q[place], p % 8) * s[place]);
    })");
        QTest::newRow("two values a round") << std::string(R"(    for (int p = 0; p < 8 * w; p += 2) {
        const int place = (blockIdx.z * w + p / 8) * n + j;
        sum += __half2float(a[(blockIdx.z * m + i) * 8 * w + p]) * (unpacked(q[place], p % 8) * s[place]);
        sum += __half2float(a[(blockIdx.z * m + i) * 8 * w + p + 1]) * (unpacked(q[place], p % 8 + 1) * s[place]);
    })");
        QTest::newRow("loops of a word") << std::string(R"(    for (int kp = 0; kp < w; ++kp)
        for (int h = 0; h < 2; ++h) {
            const unsigned half = q[(blockIdx.z * w + kp) * n + j] >> (16 * h);
            for (int t = 0; t < 4; ++t)
                sum += __half2float(a[(blockIdx.z * m + i) * 8 * w + (kp * 2 + h) * 4 + t]) * (unpacked(half, t) * s[(blockIdx.z * w + kp) * n + j]);
        })");
        QTest::newRow("words within values") << std::string(R"(    for (int t = 0; t < 8; ++t)
        for (int kp = 0; kp < w; ++kp) {
            const int place = (blockIdx.z * w + kp) * n + j;
            sum += __half2float(a[(blockIdx.z * m + i) * 8 * w + t * w + kp]) * (unpacked(q[place], t) * s[place]);
        })");
        QTest::newRow("floats as they are") << std::string(R"(    for (int p = 0; p < 8 * w; ++p)
        sum += __half2float(a[(blockIdx.z * m + i) * 8 * w + p]) * s[(blockIdx.z * w + p / 8) * n + j];)");
        QTest::newRow("on a condition") << std::string(R"(    for (int p = 0; p < 8 * w; ++p) {
        const int place = (blockIdx.z * w + p / 8) * n + j;
        sum += __half2float(a[(blockIdx.z * m + i) * 8 * w + p]) * (p % 3 == 0 ? s[place] : s[j] - unpacked(q[place], p % 8));
    })");
        QTest::newRow("bfloats") << std::string(R"(    for (int p = 0; p < 8 * w; ++p) {
        const int place = (blockIdx.z * w + p / 8) * n + j;
        sum += __bfloat162float(a[(blockIdx.z * m + i) * 8 * w + p]) * (unpacked(q[place], p % 8) * s[place]);
    })");
    }
    void partsAreAsGoodAsFloats()
    {
        QFETCH(std::string, body);
        const TemporaryFolder folder;
        // Parts of 16 bits are for results that are no floats.
        const auto task = packedTask(folder, body, body.find("__bfloat162float") == std::string::npos);
        QVERIFY2(task.has_value(), task ? "" : task.error().toString().c_str());
        const auto made = madeBy(*task, {"write-factors#1"});
        QVERIFY2(made.has_value(), made ? "" : made.error().toString().c_str());
        QVERIFY(made->find("lowPart(") != std::string::npos);
        const auto objection = objectionToSource(*task, *made);
        QVERIFY2(objection.empty(), objection.c_str());
    }

    void weightsOfFourBitsAreRight()
    {
        for (const char* move : {"write-factors#1", "write-factors#3", "write-factors#4"}) {
            const auto objection = objectionToMade("../tests/bench/agent/unseen/gptq_down_proj", {move});
            QVERIFY2(objection.empty(), objection.c_str());
        }
    }
};

QTEST_GUILESS_MAIN(tst_WrittenFactorsProven)
#include "tst_WrittenFactorsProven.moc"
