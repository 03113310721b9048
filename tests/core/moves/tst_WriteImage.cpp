// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

#include <set>

using namespace warploom;
using namespace warploom::test;

namespace {

std::vector<MoveProposal> written(const std::string& source, double rtol = 2e-3,
                                  const std::map<std::string, std::vector<std::int64_t>>& timed = {})
{
    const auto answer = proposeMoves({source, "test.cu", {"write-image"}, {}, {}, timed, rtol, 1e-3});
    if (!answer)
        qFatal("%s\n%s", answer.error().toString().c_str(), source.c_str());
    return answer->proposals;
}

std::string replaced(std::string source, const std::string& from, const std::string& to)
{
    const auto at = source.find(from);
    if (at == std::string::npos)
        qFatal("no %s", from.c_str());
    return source.replace(at, from.size(), to);
}

std::string replacedAll(std::string text, const std::string& from, const std::string& to)
{
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

/// Along time, dilated, with an activation.
const char* const kAlongTime =
    R"(// warploom: launch layer<<<dim3(ceil_div(length, 256), filters, batch), 256>>>(x, w, s, y, channels, filters, length, taps, dilation)
#include <cuda_fp16.h>
__device__ float activated(float v) { return v > 0.0f ? v : 0.1f * v; }
extern "C" __global__ void layer(const half* x, const half* w, const float* s, half* y, int C, int K, int L, int taps,
                                 int dilation)
{
    const int t = blockIdx.x * blockDim.x + threadIdx.x;
    const int k = blockIdx.y;
    const int n = blockIdx.z;
    if (t >= L)
        return;
    float sum = 0;
    for (int c = 0; c < C; ++c)
        for (int q = 0; q < taps; ++q) {
            const int from = t + q * dilation - taps / 2;
            if (from >= 0 && from < L)
                sum += activated(__half2float(x[(n * C + c) * L + from])) * __half2float(w[(k * C + c) * taps + q]);
        }
    y[(n * K + k) * L + t] = __float2half(sum + s[k]);
}
)";

/// Over planes, one number a thread.
const char* const kOverPlanes =
    R"(// warploom: launch layer<<<ceil_div(batch * filters * height * width, 256), 256>>>(x, w, s, y, batch, channels, filters, height, width)
#include <cuda_fp16.h>
extern "C" __global__ void layer(const half* x, const half* w, const float* s, half* y, int N, int C, int K, int H, int W)
{
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= N * K * H * W)
        return;
    int c = at % W;
    int r = (at / W) % H;
    int k = (at / (W * H)) % K;
    int n = at / (W * H * K);
    float sum = 0;
    for (int i = 0; i < C; ++i)
        for (int p = 0; p < 3; ++p)
            for (int q = 0; q < 3; ++q) {
                int down = r + p - 1;
                int across = c + q - 1;
                if (down >= 0 && down < H && across >= 0 && across < W)
                    sum += __half2float(x[((n * C + i) * H + down) * W + across]) * __half2float(w[((k * C + i) * 3 + p) * 3 + q]);
            }
    y[at] = __float2half(sum + s[k]);
}
)";

}  // namespace

/// Convolutions over channels whose image is written first.
class TestWriteImage : public QObject {
    Q_OBJECT

private slots:
    void goldensSayWhatIsMade()
    {
        const auto time = written(kAlongTime);
        QVERIFY(time.size() >= 2);
        QVERIFY2(time[0].title.find("by warpgroups") != std::string::npos, time[0].title.c_str());
        COMPARE_GOLDEN("write-image-time-wgmma", time[0].source);
        const auto planes = written(kOverPlanes);
        QVERIFY(planes.size() >= 2);
        QVERIFY2(planes[1].title.find("on the tensor cores") != std::string::npos, planes[1].title.c_str());
        COMPARE_GOLDEN("write-image-planes-mma", planes[1].source);
    }

    /// Halves that nothing is done with stay what they are; what is worked out is rounded, once.
    void toleranceSaysWhatIsWritten()
    {
        using Types = std::set<std::string>;
        const auto typesOf = [](const std::vector<MoveProposal>& made) {
            Types types;
            for (const auto& one : made)
                types.insert(one.title.find("in two parts") != std::string::npos  ? "f16 parts"
                                 : one.title.find("as f16") != std::string::npos  ? "f16"
                                 : one.title.find("as bf16") != std::string::npos ? "bf16"
                                                                                  : "f32");
            return types;
        };
        QVERIFY(typesOf(written(kOverPlanes, 0)) == Types({"f16"}));
        QVERIFY(typesOf(written(kAlongTime, 8e-4)) == Types({"f16", "f16 parts", "f32"}));
        QVERIFY(typesOf(written(kAlongTime, 4e-4)) == Types({"f16 parts", "f32"}));
        const auto floats =
            replacedAll(replacedAll(kOverPlanes, "__half2float", "float"), "const half*", "const float*");
        QVERIFY(typesOf(written(floats, 9e-4)) == Types({"f32"}));
        QVERIFY(typesOf(written(floats, 1e-3)) == Types({"f16", "f32"}));
        const auto bfloats = replacedAll(replacedAll(replacedAll(kOverPlanes, "__half2float", "__bfloat162float"),
                                                     "const half*", "const __nv_bfloat16*"),
                                         "<cuda_fp16.h>", "<cuda_fp16.h>\n#include <cuda_bf16.h>");
        QVERIFY(typesOf(written(bfloats, 0)) == Types({"bf16"}));
    }

    /// What is worked out of the image keeps 22 bits where it is the sum of two halves.
    void imagesInParts()
    {
        const auto partsOf = [](const std::vector<MoveProposal>& made) {
            std::vector<MoveProposal> parts;
            std::ranges::copy_if(made, std::back_inserter(parts), [](const auto& one) {
                return one.title.find("as f16 in two parts") != std::string::npos;
            });
            return parts;
        };
        const auto parts = partsOf(written(kAlongTime, 8e-4));
        QCOMPARE(parts.size(), std::size_t{2});
        VERIFY_CONTAINS(parts[0].title, "by warpgroups");
        VERIFY_CONTAINS(parts[1].source, "low[lane] = lowPart(value);");
        VERIFY_CONTAINS(parts[1].source, "const int c = place % image_channels % written_channels;");
        COMPARE_GOLDEN("write-image-parts-mma", parts[1].source);
        QCOMPARE(partsOf(written(kAlongTime, 1e-6)).size(), std::size_t{2});
        // Nothing is lost without, or more is asked for than parts have.
        QVERIFY(partsOf(written(kOverPlanes, 8e-4)).empty());
        QVERIFY(partsOf(written(kAlongTime, 1e-7)).empty());
        // Both sides in parts would be three products.
        const auto floats =
            replacedAll(replacedAll(kAlongTime, "__half2float(w", "float(w"), "const half* w", "const float* w");
        QVERIFY(partsOf(written(floats, 8e-4)).empty());
    }

    void smallOnesAreLeftAlone()
    {
        const std::map<std::string, std::vector<std::int64_t>> few = {
            {"batch", {8}}, {"channels", {64}}, {"filters", {4}}, {"height", {56}}, {"width", {56}}};
        QVERIFY(written(kOverPlanes, 2e-3, few).empty());
        auto many = few;
        many["filters"] = {64};
        QVERIFY(!written(kOverPlanes, 2e-3, many).empty());
        many["channels"] = {1};
        QVERIFY(written(kOverPlanes, 2e-3, many).empty());
        many["channels"] = {64};
        many["batch"] = {1 << 20};
        QVERIFY(written(kOverPlanes, 2e-3, many).empty());
    }

    void spellingsAreKnown_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::newRow("taps outside") << "for (int c = 0; c < C; ++c)\n        for (int q = 0; q < taps; ++q) {"
                                      << "for (int q = 0; q < taps; ++q)\n        for (int c = 0; c < C; ++c) {";
        QTest::newRow("continue") << "if (from >= 0 && from < L)" << "if (from < 0 || from >= L) continue;";
        QTest::newRow("no name for the place") << "if (from >= 0 && from < L)"
                                               << "if (t + q * dilation - taps / 2 >= 0 && from < L)";
        QTest::newRow("unsigned") << "if (from >= 0 && from < L)" << "if (unsigned(from) < unsigned(L))";
        QTest::newRow("no edge") << "if (from >= 0 && from < L)" << "";
        QTest::newRow("cut at the edge") << "if (from >= 0 && from < L)" << "if (from < L)";
        QTest::newRow("a part of the image") << "if (from >= 0 && from < L)" << "if (from >= n && from < L - c)";
        QTest::newRow("what is loaded decides") << "if (from >= 0 && from < L)"
                                                << "if (from >= 0 && from < L && s[from] > 0.0f)";
        QTest::newRow("steps") << "t + q * dilation - taps / 2" << "t * 2 + q * dilation";
        QTest::newRow("a place that wraps") << "t + q * dilation - taps / 2" << "(t + q * dilation) % L";
        QTest::newRow("another place for each channel") << "t + q * dilation - taps / 2" << "t + q * dilation - c";
        QTest::newRow("taps around 0") << "int q = 0; q < taps" << "int q = -3; q <= 3";
        QTest::newRow("nowhere a place") << "+ from]" << "+ t + q * dilation - taps / 2]";
    }
    void spellingsAreKnown()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QVERIFY(!written(replaced(kAlongTime, from.toStdString(), to.toStdString())).empty());
    }

    void nearMissesAreLeftAlone_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        const auto add = [](const char* name, const char* from, const char* to, const char* source = kAlongTime) {
            QTest::newRow(name) << QString(source) << from << to;
        };
        add("weights that depend on the position", "w[(k * C + c) * taps + q]", "w[(k * C + c) * taps + q + t]");
        add("weights of an image's own", "w[(k * C + c) * taps + q]", "w[((n * K + k) * C + c) * taps + q]");
        add("a condition on the output", "if (from >= 0 && from < L)", "if (t > 3 && from < L)");
        add("a condition on the tap", "if (from >= 0 && from < L)", "if (q < t && from >= 0 && from < L)");
        add("a condition on the output's channel", "if (from >= 0 && from < L)", "if (k > 0 && from >= 0 && from < L)");
        add("a mask of outputs", "if (from >= 0 && from < L)", "if (s[t] > 0.0f && from < L)");
        add("in place", "y[(n * K + k) * L + t] =", "const_cast<half*>(x)[(n * K + k) * L + t] =");
        add("in place by another name", "(x, w, s, y,", "(y, w, s, y,");
        add("taps that depend on the thread", "q < taps", "q < taps - t % 2");
        add("taps that depend on the image", "q < taps", "q < n");
        add("taps from the thread on", "int q = 0", "int q = t & 1");
        add("a step of the dilation", "++q", "q += dilation");
        add("an image that depends on the output's channel", "x[(n * C + c) * L + from]",
            "x[((n + k) * C + c) * L + from]");
        add("an image that is looked at from the output", "activated(__half2float(x[(n * C + c) * L + from]))",
            "(__half2float(x[(n * C + c) * L + from]) - __half2float(x[(n * C + c) * L + t]))");
        add("a place that turns round", "t + q * dilation - taps / 2", "t - q * dilation + taps / 2");
        add("a place that wraps with the output", "t + q * dilation - taps / 2", "t + q * dilation % L");
        add("a sum of doubles", "float sum", "double sum");
        add("nowhere a place, another one", "+ from]", "+ t + q * dilation * 2 - taps / 2]");
        add("nowhere a place, steps",
            "t + q * dilation - taps / 2;\n            if (from >= 0 && from < L)\n                sum += "
            "activated(__half2float(x[(n * C + c) * L + from]",
            "2 * t + q * dilation;\n            if (from < L)\n                sum += activated(__half2float(x[(n * C "
            "+ c) * L + 2 * t + "
            "q * dilation]");
        add("two products", "sum += activated", "sum += __half2float(w[q]) + activated");
        add("no sum of products", "sum += activated", "sum = sum * 0.5f + activated");
        add("something else in the loop", "sum += activated", "y[t] = __float2half(0.0f); sum += activated");
        add("a choice that is made again", "if (from >= 0 && from < L)",
            "float g = 0.0f; if (from < L) g = 1.0f; if (from < 0) g = 2.0f; if (g > 0.0f)");
        add("a choice on the output", "if (from >= 0 && from < L)\n                sum += ",
            "float g = 0.0f; if (t < L - 1) g = 1.0f; sum += g * ");
        add("something for taps outside", "* __half2float(w[(k * C + c) * taps + q]);",
            "* __half2float(w[(k * C + c) * taps + q]); else sum += 1.0f;");
        add("one channel", "for (int c = 0; c < C; ++c)", "const int c = k;");
        add("groups of channels", "for (int c = 0; c < C; ++c)", "for (int c = k / 4; c < C; ++c)");
        add("a way out", "y[(n * K + k) * L + t] =", "if (sum < 0.0f) return; y[(n * K + k) * L + t] =");
        add("two steps", "int down = r + p - 1", "int down = r * 2 + p - 1", kOverPlanes);
        add("a plane on its side", "int across = c + q - 1", "int across = r + q - 1", kOverPlanes);
        add("a place of both", "int across = c + q - 1", "int across = c + q + p - 1", kOverPlanes);
        add("not all of the line", "int r = (at / W) % H;", "int r = (at / (W + 1)) % H;", kOverPlanes);
        add("more than there are", "at >= N * K * H * W", "at >= N * K * H * W + 7", kOverPlanes);
    }
    void nearMissesAreLeftAlone()
    {
        QFETCH(QString, source);
        QFETCH(QString, from);
        QFETCH(QString, to);
        const auto made = written(replaced(source.toStdString(), from.toStdString(), to.toStdString()));
        QVERIFY2(made.empty(), made.empty() ? "" : made.front().source.c_str());
    }

    /// What other moves multiply as it lies, they do better.
    void productsAreLeftAlone()
    {
        const std::string product =
            R"(// warploom: launch product<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)
#include <cuda_fp16.h>
__global__ void product(const half* a, const half* b, half* c, int m, int n, int k)
{
    int j = blockIdx.x * blockDim.x + threadIdx.x;
    int i = blockIdx.y * blockDim.y + threadIdx.y;
    if (i >= m || j >= n)
        return;
    float sum = 0;
    for (int p = 0; p < k; ++p)
        sum += VALUE(a[i * k + p]) * __half2float(b[p * n + j]);
    c[i * n + j] = __float2half(sum);
}
)";
        QVERIFY(written(replaced(product, "VALUE", "__half2float")).empty());
        QVERIFY(written(replaced(product, "VALUE", "2.0f * __half2float")).empty());
    }

    void tunedTapsAreLeftAlone()
    {
        const auto tuned = "// warploom: tune TAPS = 3, 5\n" + replacedAll(kAlongTime, "q < taps", "q < TAPS");
        QVERIFY(written(tuned).empty());
    }
};

QTEST_GUILESS_MAIN(TestWriteImage)
#include "tst_WriteImage.moc"
