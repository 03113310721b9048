// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestAttention : public QObject {
    Q_OBJECT

private slots:
    void tiles()
    {
        const auto made = proposals(baseline("attention"), "attention-tiles");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(errorOf(made[0].source), std::string());
        VERIFY_CONTAINS(made[0].source, "attention<<<dim3(ceil_div(seq, QUERIES), heads), QUERIES / ROWS * 16, ");
        COMPARE_GOLDEN("attention-tiles-attention", made[0].source);
    }

    void tensor()
    {
        const auto made = proposals(baseline("attention"), "attention-tensor");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(errorOf(made[0].source), std::string());
        VERIFY_CONTAINS(made[0].source, "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32");
        VERIFY_CONTAINS(made[0].source, "scale * 1.44269504f");
        COMPARE_GOLDEN("attention-tensor-attention", made[0].source);
    }

    void wgmma()
    {
        const auto made = proposals(baseline("attention"), "attention-wgmma");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(errorOf(made[0].source), std::string());
        VERIFY_CONTAINS(made[0].source, "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16");
        VERIFY_CONTAINS(made[0].source, "attention<<<dim3(ceil_div(seq, QUERIES), heads), QUERIES * 2, ");
        VERIFY_CONTAINS(made[0].source, "max(STAGES * KEYS * 256 + 1040, QUERIES * 288)>>>");
        VERIFY_CONTAINS(made[0].source, "__launch_bounds__(QUERIES * 2, RESIDENT_ROWS / QUERIES)");
        VERIFY_CONTAINS(made[0].source, "require RESIDENT_ROWS * (KEYS * 3 / 4 + 80) <= 32768");
        COMPARE_GOLDEN("attention-wgmma-attention", made[0].source);
    }

    /// Queries scaled beforehand and kept, two passes, keys up to the row, lines of all heads side by side.
    void otherwiseSpelled()
    {
        const std::string source =
            R"(// warploom: launch mix<<<dim3(ceil_div(n, 64), h), 64>>>(out, from, to, what, n, h)
__global__ void mix(float* out, const float* from, const float* to, const float* what, int n, int h) {
    const int t = blockIdx.x * blockDim.x + threadIdx.x;
    if (t < n) {
        float own[32];
        for (int c = 0; c < 32; ++c) own[c] = from[(t * h + blockIdx.y) * 32 + c] * 0.17677669f;
        float top = -3e38f;
        for (int m = 0; m <= t; ++m) {
            float s = 0;
            for (int c = 0; c < 32; ++c) s = fmaf(own[c], to[(m * h + blockIdx.y) * 32 + c], s);
            if (s > top) top = s;
        }
        float acc[32] = {};
        float total = 0;
        for (int m = 0; m < n; ++m) {
            if (m > t) break;
            float s = 0;
            for (int c = 0; c < 32; ++c) s = fmaf(own[c], to[(m * h + blockIdx.y) * 32 + c], s);
            const float w = __expf(s - top);
            total += w;
            for (int c = 0; c < 32; ++c) acc[c] += w * what[(m * h + blockIdx.y) * 32 + c];
        }
        const float inverse = 1 / total;
        for (int c = 0; c < 32; ++c) out[(t * h + blockIdx.y) * 32 + c] = fmaxf(acc[c] * inverse, 0.0f);
    }
}
)";
        const auto made = proposals(source, "attention-tiles");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(errorOf(made[0].source), std::string());
        VERIFY_CONTAINS(made[0].source, "= [&](int t) { return min(static_cast<int>(");
        VERIFY_CONTAINS(made[0].source, "= fmaxf(mean, 0.0f);");
        VERIFY_CONTAINS(made[0].source, " * 0.17677669f;");
        VERIFY_CONTAINS(made[0].source, "__expf(");
        COMPARE_GOLDEN("attention-tiles-causal", made[0].source);
        // No tensor cores for float.
        for (const char* move : {"attention-tensor", "attention-wgmma"})
            QVERIFY(proposals(source, move).empty());
    }

    void bfloatInOnePass()
    {
        const std::string source = R"(// warploom: launch a<<<dim3(ceil_div(n, 64), h), 64>>>(y, q, k, v, n)
#include <cuda_bf16.h>
__device__ float dot(const __nv_bfloat16* a, const __nv_bfloat16* b) {
    float s = 0;
    for (int i = 0; i < 128; i++) s += float(a[i]) * float(b[i]);
    return s;
}
__global__ void a(__nv_bfloat16* y, const __nv_bfloat16* q, const __nv_bfloat16* k, const __nv_bfloat16* v, int n) {
    int r = blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= n) return;
    long long head = (long long)blockIdx.y * n * 128;
    q += head; k += head;
    float total = 0;
    for (int j = 0; j < n; ++j) total += exp2f(dot(q + r * 128, k + j * 128) / 8);
    for (int d = 0; d < 128; ++d) {
        float s = 0;
        for (int j = 0; j < n; ++j) s += v[head + j * 128 + d] * exp2f(dot(q + r * 128, k + j * 128) / 8);
        y[head + r * 128 + d] = __float2bfloat16(s / total);
    }
}
)";
        QString text = QString::fromStdString(source);
        text.replace(QStringLiteral("v[head + j * 128 + d] *"), QStringLiteral("float(v[head + j * 128 + d]) *"));
        const auto made = proposals(text.toStdString(), "attention-tensor");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(errorOf(made[0].source), std::string());
        VERIFY_CONTAINS(made[0].source, "f32.bf16.bf16.f32");
        VERIFY_CONTAINS(made[0].source, "tune QUERIES = 64 128 256");
        // Powers of two need no other scale.
        VERIFY_LACKS(made[0].source, "1.44269504f");
        QCOMPARE(proposals(text.toStdString(), "attention-tiles").size(), std::size_t{1});
        const auto wide = proposals(text.toStdString(), "attention-wgmma");
        QCOMPARE(wide.size(), std::size_t{1});
        QCOMPARE(errorOf(wide[0].source), std::string());
        VERIFY_CONTAINS(wide[0].source, "m64n128k16.f32.bf16.bf16");
        VERIFY_CONTAINS(wide[0].source, "m64n8k16.f32.bf16.bf16");
        VERIFY_CONTAINS(wide[0].source, "= 0x3f803f80u;");
        VERIFY_CONTAINS(wide[0].source, "QUERIES * 2, max(STAGES * KEYS * 512 + 1040, QUERIES * 544)>>>");
        VERIFY_CONTAINS(wide[0].source, "tune RESIDENT_ROWS = 128 64");
        VERIFY_LACKS(wide[0].source, "1.44269504f");
    }

    /// Other names, lines of all heads side by side, keys up to the row, something done to the result; and lines of
    /// keys that are no whole panels.
    void warpgroupsOtherwise()
    {
        const std::string source =
            R"(// warploom: launch mix<<<dim3(ceil_div(n, 64), h), 64>>>(out, from, to, what, n, h)
#include <cuda_fp16.h>
__global__ void mix(float* out, const __half* from, const __half* to, const __half* what, unsigned n, unsigned h) {
    const unsigned t = blockIdx.x * blockDim.x + threadIdx.x;
    if (t < n) {
        float acc[64] = {};
        float total = 0;
        for (unsigned m = 0; m <= t; ++m) {
            float s = 0;
            for (int c = 0; c < 80; ++c)
                s += __half2float(from[(t * h + blockIdx.y) * 80 + c]) * __half2float(to[(m * h + blockIdx.y) * 80 + c]);
            const float w = __expf(-0.1f * s);
            total += w;
            for (int c = 0; c < 64; ++c) acc[c] += w * __half2float(what[(m * h + blockIdx.y) * 64 + c]);
        }
        for (int c = 0; c < 64; ++c) out[(t * h + blockIdx.y) * 64 + c] = fmaxf(acc[c] / total, 0.0f);
    }
}
)";
        const auto made = proposals(source, "attention-wgmma");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(errorOf(made[0].source), std::string());
        VERIFY_CONTAINS(made[0].source, "= fmaxf(mean, 0.0f);");
        VERIFY_CONTAINS(made[0].source, "max(STAGES * KEYS * 384 + 1040, QUERIES * 288)>>>");
    }

    void notByWarpgroups_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        const auto row = [](const char* name, const char* replaced, const char* by) {
            QTest::newRow(name) << QString::fromLatin1(replaced) << QString::fromLatin1(by);
        };
        row("values of half a panel", "kDim = 64", "kDim = 32");
        row("values of a panel and a half", "kDim = 64", "kDim = 96");
        row("too much for registers", "kDim = 64", "kDim = 256");
        row("floats", "half* ", "float* ");
        row("keys out of line", "keys + size_t(j) * kDim,", "keys + size_t(j) * (kDim + 4),");
        row("values out of line", "values[size_t(j) * kDim + d]", "values[size_t(j) * (kDim + 1) + d]");
        row("values with a gap each", "values[size_t(j) * kDim + d]", "values[size_t(j) * kDim * 2 + d * 2]");
        row("queries that begin anywhere", "query = q + head", "query = q + 2 + head");
    }
    void notByWarpgroups()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        auto source = QString::fromStdString(baseline("attention"));
        QVERIFY(source.contains(replaced));
        source.replace(replaced, by);
        if (by == QStringLiteral("float* "))
            source.remove(QStringLiteral("__half2float")).remove(QStringLiteral("__float2half"));
        QCOMPARE(errorOf(source.toStdString()), std::string());
        // It is an attention none the less.
        QCOMPARE(proposals(source.toStdString(), "attention-tiles").size(), std::size_t{1});
        QVERIFY(proposals(source.toStdString(), "attention-wgmma").empty());
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        const auto row = [](const char* name, const char* replaced, const char* by) {
            QTest::newRow(name) << QString::fromLatin1(replaced) << QString::fromLatin1(by);
        };
        row("not divided", "- largest) / sum", "- largest)");
        row("other weights below", "scale) - largest);", "2 * scale) - largest);");
        row("fewer keys below", "int j = 0; j < seq; ++j)\n        sum", "int j = 0; j < row; ++j)\n        sum");
        row("other keys below", "keys + size_t(j) * kDim, scale) - largest);", "keys + j, scale) - largest);");
        row("not from the first key on", "int j = 0;", "int j = 1;");
        row("every second key", "j < seq; ++j", "j < seq; j += 2");
        row("sum of something more", "float sum = 0;\n    for (int j", "float sum = 1;\n    for (int j");
        row("distances", "__half2float(query[d]) * __half2float(key[d])",
            "(__half2float(query[d]) - __half2float(key[d]))");
        row("values of the row", "values[size_t(j) * kDim + d]", "values[size_t(j) * kDim + d + row]");
        row("scores of the row's own", "return sum * scale;", "return sum * scale * __half2float(query[0]);");
        row("no known length", "constexpr int kDim = 64;", "__device__ int kDim_; constexpr int kDim = 40;");
        row("another function", "expf(", "coshf(");
        row("lanes meet", "float sum = 0;\n    for (int j", "__syncwarp();\n    float sum = 0;\n    for (int j");
        row("whole numbers", "weight * __half2float(values[size_t(j) * kDim + d])",
            "weight * int(__half2float(values[size_t(j) * kDim + d]))");
        const auto weight = "expf(score(query, keys + size_t(j) * kDim, scale) - largest)";
        row("rows that see no key", weight,
            "expf((j < row ? score(query, keys + size_t(j) * kDim, scale) : -1e10f) - largest)");
        row("both ends of a range", weight,
            "expf((unsigned(j - row) < 5u ? score(query, keys + size_t(j) * kDim, scale) : -1e10f) - largest)");
        row("keys of 256", "size_t(j) *", "size_t((unsigned char)j) *");
        row("keys counted in a short", "int j = 0;", "short j = 0;");
        row("rows counted in a short", "int row =", "short row =");
        row("products of doubles",
            "float sum = 0;\n    for (int d = 0; d < kDim; ++d)\n        sum += __half2float(query[d])",
            "double sum = 0;\n    for (int d = 0; d < kDim; ++d)\n        sum += double(__half2float(query[d]))");
        row("a key more than seen", "result[d] += weight", "if (j >= row) result[d] += weight");
    }
    void notThere()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        auto source = QString::fromStdString(baseline("attention"));
        QVERIFY(source.contains(replaced));
        source.replace(replaced, by);
        for (const char* move : {"attention-tiles", "attention-tensor", "attention-wgmma"})
            QVERIFY(proposals(source.toStdString(), move).empty());
    }

    /// Keys that a finite score hides, but for one at least.
    void hiddenKeys()
    {
        auto source = QString::fromStdString(baseline("attention"));
        source.replace("expf(score(query, keys + size_t(j) * kDim, scale) - largest)",
                       "expf((j <= row ? score(query, keys + size_t(j) * kDim, scale) : -1e10f) - largest)");
        QCOMPARE(proposals(source.toStdString(), "attention-tiles").size(), std::size_t{1});
    }

    void composition()
    {
        for (const char* first : {"attention-tiles", "attention-tensor", "attention-wgmma"}) {
            const auto made = proposals(baseline("attention"), first);
            QCOMPARE(made.size(), std::size_t{1});
            const auto further = proposals(made[0].source, "restrict-const");
            QCOMPARE(further.size(), std::size_t{1});
            QCOMPARE(errorOf(further[0].source), std::string());
            // Pointers that promise more are the same to it.
            const auto other = proposals(baseline("attention"), "restrict-const");
            QCOMPARE(other.size(), std::size_t{1});
            QCOMPARE(proposals(other[0].source, first).size(), std::size_t{1});
        }
    }

    void notTwice()
    {
        for (const char* task : {"softmax", "hgemm", "layernorm", "bgemm", "cross_entropy"})
            QVERIFY(proposals(baseline(task), "attention-tiles").empty());
        for (const char* first : {"attention-tiles", "attention-tensor", "attention-wgmma"})
            for (const auto& made : proposals(baseline("attention"), first))
                for (const char* second : {"attention-tiles", "attention-tensor", "attention-wgmma"})
                    QVERIFY(proposals(made.source, second).empty());
    }
};

QTEST_APPLESS_MAIN(TestAttention)
#include "tst_Attention.moc"
