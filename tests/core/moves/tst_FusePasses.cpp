// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestFusePasses : public QObject {
    Q_OBJECT

private slots:
    void softmax()
    {
        const auto made = proposals(rowPerBlock(baseline("softmax")), "fuse-passes");
        QCOMPARE(made.size(), std::size_t{1});
        const auto& text = made[0].source;
        VERIFY_CONTAINS(text, "const float ratio = expf(-fabsf(ahead));");
        VERIFY_CONTAINS(text, "sum += scaled * expf(high - largest);");
        VERIFY_CONTAINS(made[0].hypothesis, "3 times");
        COMPARE_GOLDEN("fuse-passes-softmax", text);
        QVERIFY(proposals(text, "fuse-passes").empty());
    }

    void layernormByWarps()
    {
        const auto warps = proposals(baseline("layernorm"), "row-per-block").at(1).source;
        const auto made = proposals(warps, "fuse-passes");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "middle += __fdividef(ahead, seen);");
        COMPARE_GOLDEN("fuse-passes-layernorm", made[0].source);
        QCOMPARE(proposals(made[0].source, "vectorize").size(), std::size_t{1});
    }

    void groupNorm()
    {
        const auto path = sourceFolder() / "tests/bench/agent/unseen/group_norm_silu/baseline.cu";
        const auto made = proposals(rowPerBlock(readFile(path)), "fuse-passes");
        QCOMPARE(made.size(), std::size_t{1});
        COMPARE_GOLDEN("fuse-passes-group_norm_silu", made[0].source);
        const auto vectors = proposals(made[0].source, "vectorize");
        QCOMPARE(vectors.size(), std::size_t{1});
        // The row and the nest behind it: 16 bytes each.
        QCOMPARE(countOf(vectors[0].source, "= *reinterpret_cast<const uint4*>(&in["), 2);
        VERIFY_CONTAINS(vectors[0].source, "(&out[size_t(k) * pixels + p]) = ");
    }

    /// Nests, which name the same elements in different ways.
    void nests()
    {
        const auto source =
            rowPerBlock("// warploom: launch k<<<ceil_div(rows, 64), 64>>>(x, y, rows, h, n)\n"
                        "__global__ void k(const float* x, float* y, int rows, int h, int n)\n{\n"
                        "    int r = blockIdx.x * blockDim.x + threadIdx.x;\n    if (r >= rows)\n        return;\n"
                        "    size_t at = size_t(r) * h * n;\n    float s = 0;\n"
                        "    for (int i = 0; i < h; ++i) {\n        const float* p = x + at + i * n;\n"
                        "        for (int c = 0; c < n; ++c)\n            s += p[c];\n    }\n"
                        "    s /= h * n;\n    float t = 0;\n    for (int j = 0; j < h; ++j)\n"
                        "        for (int q = 0; q < n; ++q) {\n            float d = x[at + j * n + q] - s;\n"
                        "            t += d * d;\n        }\n    y[r] = t;\n}\n");
        const auto made = proposals(source, "fuse-passes");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "const float origin = h > 0 && n > 0 ? x[at + 0 * n + 0] : 0.0f;");
        VERIFY_CONTAINS(made[0].source, "            const float entry = x[at + i * n + c] - origin;");
        QCOMPARE(errorOf(made[0].source), std::string());
        COMPARE_GOLDEN("fuse-passes-nests", made[0].source);
    }

    /// Other words for the same.
    void inOtherWords_data()
    {
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("wanted");
        const QString mean = "double a = 0; for (int j = threadIdx.x; j < n; j += blockDim.x) { double u = z[r * n + "
                             "j]; a = a + u; } a = s(a); a /= n; double b = 0;\n    ";
        QTest::newRow("the mean in its sum") << mean
                + "for (int c = threadIdx.x; c < n; c += blockDim.x) { double v = z[r * n + c]; double d = a - v; "
                  "b += d * d; } b = s(b); q[r] = b;"
                                             << "b += spread + seen * off * off;";
        QTest::newRow("products written out") << mean
                + "for (int c = threadIdx.x; c < n; c += blockDim.x) b = b + (z[r * n + c] - a) * (z[r * n + c] - "
                  "a); b = s(b); q[r] = b;" << "const double entry = z[r * n + j] - origin;";
        QTest::newRow("multiply-add") << mean
                + "for (int c = threadIdx.x; c < n; c += blockDim.x) { double d = z[r * n + c] - a; b = fma(d, d, "
                  "b); } b = s(b); q[r] = b;"
                                      << "middle += ahead / seen;";
        QTest::newRow("a power") << mean
                + "for (int c = threadIdx.x; c < n; c += blockDim.x) b += pow(z[r * n + c] - a, 2.0); b = s(b); q[r] "
                  "= b;" << "const double entry = z[r * n + j] - origin;";
        QTest::newRow("a power of a whole number") << mean
                + "for (int c = threadIdx.x; c < n; c += blockDim.x) { double d = a - z[r * n + c]; b += pow(d, 2); } "
                  "b = s(b); q[r] = b;" << "middle += ahead / seen;";
        QTest::newRow("a maximum kept by comparison")
            << "double a = -1e300; for (int j = threadIdx.x; j < n; j += blockDim.x) if (z[r * n + j] > a) a = z[r * n "
               "+ j]; a = s(a); double b = 0;\n    for (int c = threadIdx.x; c < n; c += blockDim.x) b += exp(z[r * n "
               "+ c] - a); b = s(b); q[r] = b;"
            << "b += scaled * exp(high - a);";
    }
    void inOtherWords()
    {
        QFETCH(QString, body);
        QFETCH(QString, wanted);
        const auto made = proposals(kernel(body), "fuse-passes");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, wanted.toStdString());
        QCOMPARE(errorOf(made[0].source), std::string());
        QCOMPARE(countOf(made[0].source, "for ("), 1);
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("first");
        QTest::addColumn<QString>("between");
        QTest::addColumn<QString>("second");
        const QString sum = "a += z[r * n + c];";
        const QString mean = "a = s(a); a /= n;";
        const QString squares = "for (int c = threadIdx.x; c < n; c += blockDim.x) { double d = z[r * n + c] - a; b += "
                                "d * d; }";
        QTest::newRow("another bound") << sum << mean
                                       << "for (int c = threadIdx.x; c < n - 1; c += blockDim.x) { double d = z[r * n "
                                          "+ c] - a; b += d * d; }";
        QTest::newRow("another step") << sum << mean
                                      << "for (int c = threadIdx.x; c < n; c += 32) { double d = z[r * n + c] - a; b "
                                         "+= d * d; }";
        QTest::newRow("another start")
            << sum << mean
            << "for (int c = threadIdx.x + 1; c < n; c += blockDim.x) { double d = z[r * n + c] - a; b += d * d; }";
        QTest::newRow("another type")
            << sum << mean
            << "for (long long c = threadIdx.x; c < n; c += blockDim.x) { double d = z[r * n + c] - a; b += d * d; }";
        QTest::newRow("without a sign")
            << sum << mean
            << "for (unsigned c = threadIdx.x; c < n; c += blockDim.x) { double d = z[r * n + c] - a; b += d * d; }";
        QTest::newRow("another row")
            << sum << mean
            << "for (int c = threadIdx.x; c < n; c += blockDim.x) { double d = z[(r + 1) * n + c] - a; b += d * d; }";
        QTest::newRow("a row that is hidden") << sum << mean
                                              << "for (int c = threadIdx.x; c < n; c += blockDim.x) { const int r = 0; "
                                                 "double d = z[r * n + c] - a; b += d * d; }";
        QTest::newRow("elements twice")
            << "a += z[r * n + c / 2];" << mean
            << "for (int c = threadIdx.x; c < n; c += blockDim.x) { double d = z[r * n + c / 2] - a; b += d * d; }";
        QTest::newRow("what others may change") << sum << mean
                                                << "for (int c = threadIdx.x; c < n; c += blockDim.x) { double d = "
                                                   "((const volatile double*)z)[r * n + c] - a; b += d * d; }";
        QTest::newRow("left early") << sum << mean
                                    << "for (int c = threadIdx.x; c < n; c += blockDim.x) { if (z[r * n + c] > 9) "
                                       "break; double d = z[r * n + c] - a; b += d * d; }";
        QTest::newRow("signs kept")
            << sum << mean
            << "for (int c = threadIdx.x; c < n; c += blockDim.x) { double d = z[r * n + c] - a; b += d * fabs(d); }";
        QTest::newRow("under a condition")
            << sum << mean + QString(" if (a > 0)")
            << "for (int c = threadIdx.x; c < n; c += blockDim.x) { double d = z[r * n + c] - a; b += d * d; }";
        QTest::newRow("an array that moves") << sum << "a = s(a); a /= n; z += n;" << squares;
        QTest::newRow("a bound that moves") << sum << "a = s(a); a /= n; n -= 1;" << squares;
        QTest::newRow("a barrier and a store between")
            << sum << "a = s(a); a /= n; __syncthreads(); if (threadIdx.x == 0) z[r * n + 1] = a; __syncthreads();"
            << squares;
        QTest::newRow("written on the way") << "a += z[r * n + c]; z[r * n + c] = 0;" << mean << squares;
        QTest::newRow("written between") << sum << "z[r * n] = 1; a = s(a);" << squares;
        QTest::newRow("a number from elsewhere") << sum << "a = 7;" << squares;
        QTest::newRow("sum of something else") << "a += z[r * n + c] * 2;" << mean << squares;
        QTest::newRow("extremum and squares") << "a = fmax(a, z[r * n + c]);" << "a = s(a);" << squares;
        QTest::newRow("some of them only") << "if (c % 2) break; a += z[r * n + c];" << mean << squares;
        QTest::newRow("other products") << sum << mean
                                        << "for (int c = threadIdx.x; c < n; c += blockDim.x) { double d = z[r * n + "
                                           "c] - a; double e = z[r * n + c]; b += d * e; }";
        QTest::newRow("cubes") << sum << mean
                               << "for (int c = threadIdx.x; c < n; c += blockDim.x) b += pow(z[r * n + c] - a, 3.0);";
        QTest::newRow("powers of two") << sum << mean
                                       << "for (int c = threadIdx.x; c < n; c += blockDim.x) b += pow(2.0, z[r * n + "
                                          "c] - a);";
        QTest::newRow("some squares only") << sum << mean
                                           << "for (int c = threadIdx.x; c < n; c += blockDim.x) { double d = z[r * n "
                                              "+ c] - a; if (d > 0) b += d * d; }";
        QTest::newRow("writes too") << sum << mean
                                    << "for (int c = threadIdx.x; c < n; c += blockDim.x) { double d = z[r * n + c] - "
                                       "a; b += d * d; q[r * n + c] = d; }";
        QTest::newRow("a number that moves") << sum << mean
                                             << "for (int c = threadIdx.x; c < n; c += blockDim.x) { double d = z[r * "
                                                "n + c] - a; b += d * d; a = b; }";
        QTest::newRow("exponentials upside down")
            << "a = fmax(a, z[r * n + c]);" << "a = s(a);"
            << "for (int c = threadIdx.x; c < n; c += blockDim.x) b += exp(a - z[r * n + c]);";
        QTest::newRow("a row that moves") << sum << "a = s(a); a /= n; r += 1;" << squares;
        QTest::newRow("shared row")
            << sum << mean << "for (int c = threadIdx.x; c < n; c += blockDim.x) { double d = t[c] - a; b += d * d; }";
    }
    void notThere()
    {
        QFETCH(QString, first);
        QFETCH(QString, between);
        QFETCH(QString, second);
        const auto source = kernel("__shared__ double t[64]; double a = 0; double b = 0; for (int c = threadIdx.x; c < "
                                   "n; c += blockDim.x) { "
                                   + first + " } " + between + "\n    " + second + " b = s(b); q[r] = b;");
        QCOMPARE(errorOf(source), std::string());
        const auto made = proposals(source, "fuse-passes");
        QVERIFY2(made.empty(), made.empty() ? "" : made[0].source.c_str());
    }

    void whatChangesBetween_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("bound");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("between");
        QTest::newRow("a member") << "double2 w{1, 1};" << "n" << "z[r * n + c] * w.x" << "w.x = 2;";
        QTest::newRow("a bound's member") << "int2 w{n, n};" << "w.x" << "z[r * n + c]" << "w.x = 2;";
        QTest::newRow("a bound's real") << "float w = 1;" << "n * w" << "z[r * n + c]" << "w = 0.5f;";
        QTest::newRow("another name") << "double w = 1; double& v = w;" << "n" << "z[r * n + c] * w" << "v = 2;";
        QTest::newRow("assembly") << "double w = 1;" << "n" << "z[r * n + c] * w"
                                  << "asm(\"mov.f64 %0, 0d4000000000000000;\" : \"=d\"(w));";
    }
    void whatChangesBetween()
    {
        QFETCH(QString, before);
        QFETCH(QString, bound);
        QFETCH(QString, value);
        QFETCH(QString, between);
        const auto source = [&](const QString& changes) {
            return kernel(before + " double a = 0; for (int c = threadIdx.x; c < " + bound + "; c += blockDim.x) a += "
                          + value + "; a = s(a); a /= n; " + changes + " double b = 0; for (int c = threadIdx.x; c < "
                          + bound + "; c += blockDim.x) { double d = " + value + " - a; b += d * d; } q[r] = s(b);");
        };
        QCOMPARE(proposals(source({}), "fuse-passes").size(), std::size_t{1});
        QCOMPARE(errorOf(source(between)), std::string());
        QVERIFY(proposals(source(between), "fuse-passes").empty());
    }

    /// The first element is read once more: whoever counts reads would count it.
    void functionsThatCount()
    {
        const QString body =
            "double a = 0; for (int c = threadIdx.x; c < n; c += blockDim.x) a += f(z[r * n + c]); a = "
            "s(a); double b = 0; for (int c = threadIdx.x; c < n; c += blockDim.x) { double d = "
            "f(z[r * n + c]) - a; b += d * d; } q[r] = s(b);";
        const std::string plain = "__device__ double f(double v) { return v * 2; }\n";
        const std::string counting =
            "__device__ int n;\n__device__ double f(double v) { atomicAdd(&n, 1); return v; }\n";
        QCOMPARE(proposals(plain + kernel(body), "fuse-passes").size(), std::size_t{1});
        QVERIFY(proposals(counting + kernel(body), "fuse-passes").empty());
    }

    /// Where one buffer is passed twice, the first pass may have written what the second reads; a thread's own row is
    /// first given to a block.
    void otherKernels()
    {
        const QString body = "double a = 0; for (int c = threadIdx.x; c < n; c += blockDim.x) a += z[r * n + c]; a = "
                             "s(a); double b = 0; for (int c = threadIdx.x; c < n; c += blockDim.x) { double d = z[r * "
                             "n + c] - a; b += d * d; } q[r] = s(b);";
        QCOMPARE(proposals(kernel(body), "fuse-passes").size(), std::size_t{1});
        auto twice = QString::fromStdString(kernel(body));
        QVERIFY(proposals(twice.replace("(z, q, n)", "(z, z, n)").toStdString(), "fuse-passes").empty());
        QVERIFY(proposals(baseline("layernorm"), "fuse-passes").empty());
    }

private:
    static std::string rowPerBlock(const std::string& source)
    {
        return proposals(source, "row-per-block").at(0).source;
    }

    static std::string kernel(const QString& body)
    {
        return "// warploom: launch k<<<rows, 128>>>(z, q, n)\n"
               "__device__ double s(double v) { return v + __shfl_xor_sync(0xffffffffu, v, 1); }\n"
               "__global__ void k(double* z, double* q, int n)\n{\n    int r = blockIdx.x;\n    "
            + body.toStdString() + "\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestFusePasses)
#include "tst_FusePasses.moc"
