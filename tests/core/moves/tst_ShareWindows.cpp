// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const char* const kDeclarations = R"(    int OW = (W + 1) / 2, OH = (H + 1) / 2;
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= N * OH * OW)
        return;
    int ow = i % OW;
    int oh = i / OW % OH;
    int n = i / (OH * OW);
    float m = -1e30f;
)";

/// A kernel of one index with \p body, in which W and H are what the input has and OW and OH what the output has.
std::string linear(const std::string& body, const std::string& declarations = kDeclarations)
{
    return "// warploom: launch pool<<<ceil_div(N * ((H + 1) / 2) * ((W + 1) / 2), 256), 256>>>(x, f, y, N, H, W)\n"
           "__global__ void pool(const float* x, const float* f, float* y, int N, int H, int W)\n{\n"
        + declarations + body + "}\n";
}

std::string withLoops(const std::string& tap, const std::string& end = "    y[i] = m;\n")
{
    return linear("    for (int p = 0; p < 3; ++p)\n        for (int q = 0; q < 3; ++q) {\n"
                  "            int h = oh * 2 + p - 1, w = ow * 2 + q - 1;\n"
                  + tap + "        }\n" + end);
}

const char* const kLargest = "            if (h >= 0 && h < H && w >= 0 && w < W)\n"
                             "                m = fmaxf(m, x[(n * H + h) * W + w]);\n";

std::string only(const std::string& source)
{
    const auto made = proposals(source, "share-windows");
    return made.size() == 1 ? made[0].source : std::string();
}

}  // namespace

class tst_ShareWindows : public QObject {
    Q_OBJECT

private slots:
    void largest()
    {
        const auto made = only(withLoops(kLargest));
        VERIFY_CONTAINS(made, "const int row = number / each;");
        VERIFY_CONTAINS(made, "int oh = row % OH;");
        VERIFY_CONTAINS(made, "int n = (row / OH);");
        VERIFY_CONTAINS(made, "constexpr int kLength = (OUTPUTS - 1) * 2 + 3;");
        // The window begins one element before where vectors may.
        VERIFY_CONTAINS(made, "constexpr int begin = 1;");
        VERIFY_CONTAINS(made, "m_of[output] = fmaxf(m_of[output], line[p][3 + output * 2 + q]);");
        VERIFY_CONTAINS(made, "copyWide<OUTPUTS * 4>");
        VERIFY_CONTAINS(made, "ceil_div(((N * ((H + 1) / 2)) * ((W + 1) / 2)), max(((W + 1) / 2), 1))");
        COMPARE_GOLDEN("share-windows-largest", made);
    }

    /// The loop of a macro, ends that are cut once more, the place of the first of several.
    void endsOfRows()
    {
        // Those whose windows lie within their row come first, and ask for no ends.
        const auto made = only(withLoops(kLargest));
        VERIFY_CONTAINS(made, "const bool isEnd = item >= before;");
        VERIFY_CONTAINS(made, "isWithin(0) && isWithin((OUTPUTS - 1) * 2 + 3 - 1);");
        const auto begin = made.find("if (isInner) {");
        const auto inner = made.substr(begin, made.find("\n    } else {", begin) - begin);
        VERIFY_CONTAINS(made, "if (isInner) {");
        VERIFY_CONTAINS(inner, "if ((h >= 0) && (h < H))");
        // Without conditions there are no ends.
        const auto open = only(withLoops("            m = fmaxf(m, x[(n * H + oh * 2 + p) * W + ow * 2 + q]);\n"));
        VERIFY_CONTAINS(open, "const int row = item / groups;");
        VERIFY_LACKS(open, "isInner");
    }

    void numbersWithoutSign()
    {
        auto source = withLoops(kLargest);
        for (auto at = source.find("    int i = "); at != std::string::npos; at = source.find("    int i = "))
            source.replace(at, 12, "    unsigned i = ");
        const auto made = only(source);
        if (!made.empty())
            VERIFY_CONTAINS(made, "row * OW >= ");
    }

    void volumes()
    {
        const auto task = sourceFolder() / "tests/bench/agent/unseen/video_max_pool/baseline.cu";
        const auto made = only(readFile(task));
        VERIFY_CONTAINS(made, "const float val = __half2float(line[t_step * 3 + h_step][7 + output * 2 + w_step]);");
        VERIFY_CONTAINS(made, "if (val > maxval_of[output]) {");
        VERIFY_CONTAINS(made, "maxidx_of[output] = idx;");
        VERIFY_CONTAINS(made, "copyWide<OUTPUTS * 2>");
        VERIFY_CONTAINS(made, "copyWide<OUTPUTS * 4>");
        VERIFY_CONTAINS(made, "ceil_div(ceil_div(TOTAL, OUT_W) * ceil_div(OUT_W, OUTPUTS), 512), 512");
        COMPARE_GOLDEN("share-windows-volumes", made);
    }

    void planes()
    {
        const auto made = only(
            "// warploom: launch pool<<<dim3(ceil_div(v, 32), ceil_div(u, 4), c), dim3(32, 4)>>>(a, b, u, v, s, t)\n"
            "__global__ void pool(const unsigned char* a, float* b, int u, int v, int s, int t)\n{\n"
            "    const int q = threadIdx.x + blockIdx.x * blockDim.x;\n"
            "    const int r = threadIdx.y + blockIdx.y * blockDim.y;\n"
            "    if (r < u && q < v) {\n"
            "        float sum = 0;\n        int count = 0;\n"
            "        for (int e = 0; e < 4; e++)\n            for (int d = 0; d < 4; d++)\n"
            "                if (3 * r + e < s && 3 * q + d < t) {\n"
            "                    sum += a[(size_t(blockIdx.z) * s + 3 * r + e) * t + (3 * q + d)];\n"
            "                    ++count;\n                }\n"
            "        b[(size_t(blockIdx.z) * u + r) * v + q] = sum / count;\n    }\n}\n");
        VERIFY_CONTAINS(made, "dim3(ceil_div(ceil_div(v, 32), OUTPUTS), ceil_div(u, 4), c), dim3(32, 4)");
        VERIFY_CONTAINS(made, "const int first = (threadIdx.x + blockIdx.x * blockDim.x) * OUTPUTS;");
        VERIFY_CONTAINS(made, "if (!(r < u && first < v))");
        VERIFY_CONTAINS(made, "sum_of[output] += line[e][output * 3 + d];");
        VERIFY_CONTAINS(made, "++count_of[output];");
        VERIFY_CONTAINS(made, "/ 16 : 0;");
    }

    /// Rows and columns that have names, what is asked before it is taken, loads that are not kept.
    void otherWords()
    {
        const auto made = only(
            "// warploom: launch q<<<dim3(ceil_div(w / 2, 16), ceil_div(h / 2, 16), n), dim3(16, 16)>>>(in, out, h, "
            "w)\n"
            "__global__ void q(const float* in, float* out, int h, int w)\n{\n"
            "    int x = blockIdx.x * blockDim.x + threadIdx.x;\n    int y = blockIdx.y * blockDim.y + threadIdx.y;\n"
            "    int across = w / 2, down = h / 2;\n    if (x >= across || y >= down) return;\n"
            "    const float* from = in + (size_t)blockIdx.z * h * w;\n    float best = -1e30f;\n"
            "    for (int r = 0; r < 3; r++) {\n        int v = y * 2 - 1 + r;\n"
            "        if (v < 0 || v >= h) continue;\n        for (int c = 0; c < 3; c++) {\n"
            "            int u = x * 2 - 1 + c;\n            if (u < 0 || u >= w) continue;\n"
            "            if (from[v * w + u] > best) best = from[v * w + u];\n        }\n    }\n"
            "    out[((size_t)blockIdx.z * down + y) * across + x] = best;\n}\n");
        VERIFY_CONTAINS(made, "if (line[r][3 + output * 2 + c] > best_of[output])");
        VERIFY_CONTAINS(made, "best_of[output] = line[r][3 + output * 2 + c];");
        QVERIFY(made.find("int down = h / 2;") < made.find("y >= down"));
    }

    void filters()
    {
        const auto made = only(withLoops("            if (h >= 0 && h < H && w >= 0 && w < W)\n"
                                         "                m += f[p * 3 + q] * x[(n * H + h) * W + w];\n",
                                         "    if (m > 0)\n        y[i] = m;\n    else\n        y[i] = 0.1f * m;\n"));
        VERIFY_CONTAINS(made, "m_of[output] += f[p * 3 + q] * line[p][3 + output * 2 + q];");
        // What more than stores stays as it is.
        VERIFY_CONTAINS(made, "y[i] = 0.1f * m;");
        VERIFY_LACKS(made, "copyWide");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("source");
        const auto row = [](const char* name, const std::string& source) {
            QTest::newRow(name) << QString::fromStdString(source);
        };
        const std::string guard = "            if (h >= 0 && h < H && w >= 0 && w < W)\n                ";
        row("one apart",
            withLoops("            w = ow + q - 1;\n" + guard + "m = fmaxf(m, x[(n * H + h) * W + w]);\n"));
        row("neighbours never meet",
            linear("    for (int q = 0; q < 2; ++q)\n        if (5 * ow + q < W)\n"
                   "            m = fmaxf(m, x[n * W + 5 * ow + q]);\n    y[i] = m;\n"));
        row("along columns",
            linear("    for (int q = 0; q < 3; ++q)\n        for (int p = 0; p < 3; ++p)\n"
                   "            if (oh * 2 + p < H && ow * 2 + q < W)\n"
                   "                m = fmaxf(m, x[(n * H + oh * 2 + p) * W + ow * 2 + q]);\n"
                   "    y[i] = m;\n"));
        row("every other tap", withLoops(guard + "m = fmaxf(m, x[(n * H + h) * W + ow * 2 + 2 * q]);\n"));
        row("places that are read", withLoops(guard + "m = fmaxf(m, x[int(f[w])]);\n"));
        row("stores on the way", withLoops(guard + "y[i] = x[(n * H + h) * W + w];\n"));
        row("reads what it stores", withLoops(guard + "m = fmaxf(m, y[(n * H + h) * W + w]);\n"));
        row("asks what it has",
            withLoops("            if (h >= 0 && h < H && w >= 0 && w < W && m < 3)\n"
                      "                m = fmaxf(m, x[(n * H + h) * W + w]);\n"));
        row("loads at times",
            withLoops(guard + "if (f[q] > 0)\n                    m = fmaxf(m, x[(n * H + h) * W + w]);\n"));
        row("only some are there",
            withLoops("            if (h >= 0 && h < H && w >= 0 && w < W && w % 3 == 0)\n"
                      "                m = fmaxf(m, x[(n * H + h) * W + w]);\n"));
        row("turned around",
            withLoops("            if (h >= 0 && h < H && W - w >= 0 && w < W)\n"
                      "                m = fmaxf(m, x[(n * H + h) * W + ow * 2 - q]);\n"));
        row("leaves early", withLoops(guard + "{ m = x[(n * H + h) * W + w]; if (m > 9) return; }\n"));
        row("as long as its column",
            linear("    for (int q = 0; q < 2 + ow % 2; ++q)\n        if (2 * ow + q < W)\n"
                   "            m = fmaxf(m, x[(n * H + oh) * W + 2 * ow + q]);\n"
                   "    y[i] = m;\n"));
        row("other rows",
            linear("    int r = i / (OW + 1);\n    for (int q = 0; q < 3; ++q)\n        if (2 * ow + q < W)\n"
                   "            m = fmaxf(m, x[r * W + 2 * ow + q]);\n    y[i] = m;\n"));
        row("one window",
            linear("    for (int q = 0; q < 3; ++q)\n        m = fmaxf(m, x[n * W + q]);\n    y[i] = m;\n"));
        row("a barrier", withLoops(kLargest, "    __syncthreads();\n    y[i] = m;\n"));
        row("asks for its warp", withLoops(guard + "m = fmaxf(m, x[(n * H + h) * W + w] * __activemask());\n"));
    }
    void notThere()
    {
        QFETCH(QString, source);
        QVERIFY(proposals(source.toStdString(), "share-windows").empty());
    }

    /// What a macro makes is a loop like others where it is one, and says what it says.
    void loopsOfMacros_data()
    {
        QTest::addColumn<QString>("macro");
        QTest::addColumn<QString>("use");
        QTest::addColumn<bool>("isThere");
        const QString loop =
            "for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < (n); i += blockDim.x * gridDim.x)";
        QTest::newRow("two lines") << "#define EACH(i, n) \\\n    " + loop + "\n"
                                   << "EACH(i, N * ((W + 1) / 2))" << true;
        QTest::newRow("names that hold others") << "#define EACH(i, n) " + loop + "\n"
                                                << "EACH(i, (N) * min((W + 1) / 2, 4096))" << true;
        QTest::newRow("defined twice") << "#define EACH(i, n) " + loop + "\n#undef EACH\n#define EACH(i, n) " + loop
                + "\n" << "EACH(i, N * ((W + 1) / 2))"
                                       << false;
        QTest::newRow("makes names") << "#define EACH(i, n) for (int i##_ = 0, i = threadIdx.x; i < (n); i += 256)\n"
                                     << "EACH(i, N)" << false;
        QTest::newRow("with what comes before") << "#define EACH(i, n) const int all = (n); " + loop + "\n"
                                                << "EACH(i, N)" << true;
        QTest::newRow("the body too") << "#define EACH(i, n) " + loop + "\n#define ALL(i, n) EACH(i, n) {\n"
                                      << "ALL(i, N)" << true;
    }
    void loopsOfMacros()
    {
        QFETCH(QString, macro);
        QFETCH(QString, use);
        QFETCH(bool, isThere);
        const bool isOpen = use.startsWith("ALL");
        const auto source = macro.toStdString()
            + "// warploom: launch pool<<<ceil_div(N * ((W + 1) / 2), 256), 256>>>(x, y, N, W)\n"
              "__global__ void pool(const float* x, float* y, int N, int W)\n{\n    "
            + use.toStdString() + (isOpen ? "" : " {") + "\n        y[i] = x[i];\n    }\n}\n";
        const auto plain = plainSource(source, "test.cu");
        QVERIFY_RESULT(plain);
        QCOMPARE(plain->find("EACH(i, N") == std::string::npos && plain->find("ALL(i, N") == std::string::npos,
                 isThere);
    }

    void nothingTwice() { QVERIFY(proposals(only(withLoops(kLargest)), "share-windows").empty()); }
};

QTEST_APPLESS_MAIN(tst_ShareWindows)
#include "tst_ShareWindows.moc"
