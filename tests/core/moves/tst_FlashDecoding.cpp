// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// A block a query; PARTS stand for what near misses change.
const char* const kQuery =
    R"(// warploom: launch att<<<dim3(h, b), 64, 4 * n>>>(q, k, v, y, n, h, d)
__device__ float most(float x)
{
    __shared__ float part[64];
    part[threadIdx.x] = x;
    __syncthreads();
    for (int s = 32; s > LAST; s >>= 1) {
        if (threadIdx.x < s)
            part[threadIdx.x] = fmaxf(part[threadIdx.x], part[threadIdx.x + s]);
        __syncthreads();
    }
    return part[0];
}
__device__ float sum(float x)
{
    __shared__ float part[64];
    part[threadIdx.x] = x;
    __syncthreads();
    for (int s = 32; s > 0; s >>= 1) {
        if (threadIdx.x < s)
            part[threadIdx.x] += part[threadIdx.x + ADDED];
        __syncthreads();
    }
    return part[0];
}
__global__ void att(const float* q, const float* k, const float* v, float* y, int n, int h, int d)
{
    extern __shared__ float w[];
    const float* own = q + (blockIdx.y * h + blockIdx.x) * d;
    const float* keys = k + (blockIdx.y * h + blockIdx.x) * n * d;
    float m = -1e30f;
    for (int j = threadIdx.x; j < n; j += STRIDE) {
        float s = 0;
        for (int c = 0; c < d; ++c)
            s += own[c] * keys[PLACE];
        w[j] = s;
        m = fmaxf(m, s);
    }
    m = most(m);
    float z = ZERO;
    for (int j = threadIdx.x; j < BOUND; j += blockDim.x) {
        w[j] = expf(w[j] - m);
        z += w[j];
    }
    z = sum(z);
    for (int c = threadIdx.x; c < d; c += blockDim.x) {
        float o = 0;
        for (int j = 0; j < n; ++j)
            o += w[j] * v[((blockIdx.y * h + blockIdx.x) * n + j) * d + c];
        y[(blockIdx.y * h + blockIdx.x) * d + c] = o / RESULT;
    }
}
)";

struct Parts {
    std::string last = "0", added = "s", stride = "64", place = "j * d + c", zero = "0", bound = "n", result = "z";
};

std::string query(const Parts& parts)
{
    QString text = QString::fromUtf8(kQuery);
    for (const auto& [mark, part] :
         {std::pair("LAST", parts.last), std::pair("ADDED", parts.added), std::pair("STRIDE", parts.stride),
          std::pair("PLACE", parts.place), std::pair("ZERO", parts.zero), std::pair("BOUND", parts.bound),
          std::pair("RESULT", parts.result)})
        text.replace(QString::fromUtf8(mark), QString::fromStdString(part));
    return text.toStdString();
}

}  // namespace

class TestFlashDecoding : public QObject {
    Q_OBJECT

private slots:
    /// A function that is called for a value, and cannot be followed, leaves what the value is for as it was.
    void functionsThatAreNotFollowed()
    {
        const auto rows = proposals(baseline("cross_entropy"), "row-per-block");
        QVERIFY(!rows.empty());
        const auto fused = proposals(rows[0].source, "fuse-passes");
        QVERIFY(!fused.empty());
        QVERIFY(proposals(fused[0].source, "flash-decoding").empty());
    }

    void groupsOfHeads()
    {
        const auto source = readFile(sourceFolder() / "tests/bench/agent/unseen/alibi_gqa_decode/baseline.cu");
        const auto made = proposals(source, "flash-decoding");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(errorOf(made[0].source), std::string());
        VERIFY_CONTAINS(made[0].source, "<<<dim3(ceil_div(kv_heads * group, HEADS) * SPLITS, batch), THREADS, ");
        VERIFY_CONTAINS(made[0].source, "for (taken = 1; first + taken < end; ++taken)");
        COMPARE_GOLDEN("flash-decoding-alibi_gqa_decode", made[0].source);
        // What it made is none any more.
        QVERIFY(proposals(made[0].source, "flash-decoding").empty());
    }

    void headsOfTheirOwn()
    {
        const auto made = proposals(query({}), "flash-decoding");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(errorOf(made[0].source), std::string());
        VERIFY_CONTAINS(made[0].source, "tune HEADS = 1\n");
        VERIFY_LACKS(made[0].source, "++taken");
        VERIFY_CONTAINS(made[0].source, "y[size_t(item_y) * d");
    }

    void nearMisses_data()
    {
        QTest::addColumn<std::string>("source");
        const auto add = [](const char* name, const Parts& parts) { QTest::newRow(name) << query(parts); };
        add("a tree that ends early", {.last = "1"});
        add("a tree that adds some twice", {.added = "1"});
        add("keys that nobody looks at", {.stride = "128"});
        add("keys that two look at", {.stride = "32"});
        add("elements that lie apart", {.place = "c * n + j"});
        add("a sum that starts from something", {.zero = "threadIdx.x"});
        add("weights of some keys only", {.bound = "n - 1"});
        add("a maximum that is no part of the weights", {.result = "(z + w[0])"});
    }
    void nearMisses()
    {
        QFETCH(std::string, source);
        QCOMPARE(errorOf(source), std::string());
        QVERIFY(proposals(source, "flash-decoding").empty());
    }
};

QTEST_GUILESS_MAIN(TestFlashDecoding)
#include "tst_FlashDecoding.moc"
