// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

using Sizes = std::map<std::string, std::vector<std::int64_t>>;

const std::vector<std::string> kPixels = {"frames", "height", "width", "channels"};
const std::vector<BufferFact> kFrames = {{"x", "u8", "in", kPixels}, {"y", "u8", "out", kPixels}};
const Sizes kTimed = {{"frames", {12}}, {"height", {2160}}, {"width", {3840}}, {"channels", {3}}};

/// Sobel's filter of one plane: other names, a guard around the body, weights below zero, zeros beyond the edges, sums
/// of a row that the code has itself.
constexpr const char* kSobel =
    "// warploom: launch g<<<dim3(ceil_div(w, 64), ceil_div(h, 4)), dim3(64, 4)>>>(b, a, w, h)\n"
    "__global__ void g(float* to, const unsigned char* from, int m, int n) {\n"
    "    int v = blockIdx.y * blockDim.y + threadIdx.y;\n"
    "    int u = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    constexpr int down[3] = {1, 2, 1};\n"
    "    if (u < m && v < n) {\n"
    "        int total = 0;\n"
    "        #pragma unroll\n"
    "        for (int j = -1; j <= 1; ++j) {\n"
    "            if (v + j < 0 || v + j >= n)\n                continue;\n"
    "            const unsigned char* row = from + (v + j) * m;\n"
    "            int line = 0;\n"
    "            for (int k = -1; k <= 1; ++k)\n"
    "                line += (u + k >= 0 && u + k < m ? row[u + k] : 0) * k;\n"
    "            total = total + down[j + 1] * line;\n"
    "        }\n"
    "        to[v * m + u] = sqrtf(float(total * total));\n"
    "    }\n}\n";
/// A row written out, without loops.
constexpr const char* kWritten =
    "// warploom: launch g<<<dim3(ceil_div(w, 64), ceil_div(h, 4)), dim3(64, 4)>>>(b, a, w, h)\n"
    "__global__ void g(float* b, const unsigned char* a, int w, int h) {\n"
    "    int v = blockIdx.y * blockDim.y + threadIdx.y;\n"
    "    int u = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    if (u >= w || v >= h) return;\n"
    "    int left = max(u - 1, 0), right = u + 1 < w ? u + 1 : w - 1;\n"
    "    int edge = 3 + (8 * a[v * w + u] - a[v * w + left] - a[v * w + right]);\n"
    "    b[v * w + u] = edge * 0.5f;\n}\n";
const std::vector<BufferFact> kPlane = {{"a", "u8", "in", {"h", "w"}}, {"b", "f32", "out", {"h", "w"}}};

/// Three points of a column in 16 bits, with a choice instead of min and max.
constexpr const char* kColumn =
    "// warploom: launch g<<<dim3(ceil_div(w, 32), ceil_div(h, 8)), dim3(32, 8)>>>(a, b, w, h)\n"
    "__global__ void g(const short* a, long long* b, int w, int h) {\n"
    "    int c = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    int r = blockIdx.y * blockDim.y + threadIdx.y;\n"
    "    if (c >= w || r >= h) return;\n"
    "    long long s = 5;\n"
    "    for (int d = 0; d < 3; ++d) {\n"
    "        int at = r + d < 0 ? 0 : r + d >= h ? h - 1 : r + d;\n"
    "        s += (3 - d) * __ldg(&a[at * w + c]);\n"
    "    }\n"
    "    b[r * w + c] = s;\n}\n";
const std::vector<BufferFact> kShorts = {{"a", "i16", "in", {"h", "w"}}, {"b", "i64", "out", {"h", "w"}}};

std::string blur() { return readFile(sourceFolder() / "tests/bench/agent/unseen/interleaved_blur/baseline.cu"); }

std::vector<MoveProposal> proposed(const std::string& source, const std::vector<BufferFact>& buffers,
                                   const Sizes& timed = {})
{
    MoveRequest request{source, "test.cu", {"share-sums"}, buffers, {}};
    request.timeSizes = timed;
    const auto answer = proposeMoves(request);
    if (!answer)
        qFatal("%s\n%s", answer.error().toString().c_str(), source.c_str());
    for (const auto& made : answer->proposals)
        if (const auto error = errorOf(made.source); !error.empty())
            qFatal("%s\n%s", error.c_str(), made.source.c_str());
    return answer->proposals;
}

std::string replaced(const std::string& text, const std::string& from, const std::string& to)
{
    auto result = QString::fromStdString(text);
    if (!result.contains(QString::fromStdString(from)))
        qFatal("no '%s'", from.c_str());
    return result.replace(QString::fromStdString(from), QString::fromStdString(to)).toStdString();
}

}  // namespace

class TestShareSums : public QObject {
    Q_OBJECT

private slots:
    /// Pixels of several bytes: neighbours are as many bytes away as the timed size says.
    void interleaved()
    {
        const auto made = proposed(blur(), kFrames, kTimed);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "if (channels == 3 && (width * channels) % COLUMNS == 0)");
        VERIFY_CONTAINS(made[0].source, "blur_patch<3, 8, true>");
        VERIFY_CONTAINS(made[0].source, "constexpr int blur_down[] = {1, 4, 6, 4, 1};");
        COMPARE_GOLDEN("share-sums-blur", made[0].source);
        // Nothing is left to do.
        QVERIFY(proposed(made[0].source, kFrames, kTimed).empty());
        // One copy for each number of channels.
        const auto two = proposed(blur(), kFrames, {{"channels", {3, 4}}, {"width", {64, 64}}});
        QCOMPARE(two.size(), std::size_t{1});
        VERIFY_CONTAINS(two[0].source, "blur_patch<4, 8, false>");
        // Rows that are no whole runs would be worked out one element after the other.
        const auto eight = proposed(blur(), kFrames, {{"channels", {3}}, {"width", {8}}});
        QCOMPARE(eight.size(), std::size_t{1});
        VERIFY_CONTAINS(eight[0].source, "tune COLUMNS = 8\n");
        QVERIFY(proposed(blur(), kFrames, {{"channels", {3}}, {"width", {509}}}).empty());
        QVERIFY(proposed(blur(), kFrames).empty());
        QVERIFY(proposed(blur(), kFrames, {{"channels", {1, 2, 3, 4}}}).empty());
    }

    void guarded()
    {
        const auto made = proposed(kSobel, kPlane);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "constexpr int g_across[] = {-1, 0, 1};");
        VERIFY_CONTAINS(made[0].source, "constexpr int g_down[] = {1, 2, 1};");
        VERIFY_CONTAINS(made[0].source, "& 0xffff) - 1020;");
        COMPARE_GOLDEN("share-sums-sobel", made[0].source);
    }

    void ofColumns()
    {
        const auto made = proposed(kColumn, kShorts);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "short a_values[COLUMNS];");
        VERIFY_CONTAINS(made[0].source, "s += g_sum;");
        COMPARE_GOLDEN("share-sums-column", made[0].source);
    }

    /// Written out, with one end of an axis in each neighbour.
    void withoutLoops()
    {
        const auto made = proposed(kWritten, kPlane);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "constexpr int g_across[] = {-1, 8, -1};");
        VERIFY_CONTAINS(made[0].source, "int edge = 3 + (g_sum);");
        // An end that is another neighbour's.
        QVERIFY(proposed(replaced(kWritten, "max(u - 1, 0)", "max(u + 1, 0)"), kPlane).empty());
        QVERIFY(proposed(replaced(kWritten, "u + 1 < w ?", "u + 2 < w ?"), kPlane).empty());
    }

    /// The same by other ways.
    void otherwiseWritten_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::addColumn<QString>("expected");
        const QString nested = QStringLiteral("weights[p] * weights[q] * x");
        QTest::newRow("weights of two dimensions")
            << QStringLiteral("const int weights[5] = {1, 4, 6, 4, 1};")
            << QStringLiteral(
                   "const int weights[5] = {1, 2, 3, 2, 1};\n    static const int both[5][5] = {{1}, {}, {0, "
                   "3, 5}};\n    (void)both;")
            << QStringLiteral("{1, 2, 3, 2, 1}");
        QTest::newRow("rows that are no multiples of each other")
            << nested << QStringLiteral("(p == 2 ? 1 : 0, weights[q] + p) * x") << QString();
        QTest::newRow("several kinds of rows")
            << nested << QStringLiteral("(weights[q] + p) * x") << QStringLiteral("blur_across5");
        QTest::newRow("sums too large for 16 bits")
            << nested << QStringLiteral("100 * x") << QStringLiteral("unsigned char x_values[(COLUMNS + 2 * SIDE)];");
        QTest::newRow("another epilogue")
            << QStringLiteral("(sum + 128) / 256") << QStringLiteral("x[0] > row ? sum / 256 : channel + col")
            << QStringLiteral("= x[0] > row ? sum / 256 : channel + col;");
    }
    void otherwiseWritten()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QFETCH(QString, expected);
        const auto made = proposed(replaced(blur(), from.toStdString(), to.toStdString()), kFrames, kTimed);
        QCOMPARE(made.size(), std::size_t{expected.isEmpty() ? 0U : 1U});
        if (!expected.isEmpty())
            VERIFY_CONTAINS(made[0].source, expected.toStdString());
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        const QString add = QStringLiteral("sum += weights");
        const QString rows = QStringLiteral("min(max(row + p - 2, 0), height - 1)");
        const QString store = QStringLiteral("y[first + size_t(row) * width * channels + i]");
        QTest::newRow("weights that change")
            << QStringLiteral("const int weights[5] = {1, 4, 6, 4, 1};")
            << QStringLiteral("int weights[5] = {1, 4, 6, 4, 1};\n    weights[2] = i;");
        QTest::newRow("a sum of floats") << QStringLiteral("int sum = 0") << QStringLiteral("float sum = 0");
        QTest::newRow("a sum of 16 bits") << QStringLiteral("int sum = 0") << QStringLiteral("short sum = 0");
        QTest::newRow("a sum that overflows") << add << QStringLiteral("sum += 1000000 * weights");
        QTest::newRow("a product") << add << QStringLiteral("sum *= weights");
        QTest::newRow("the sum itself in a term") << add << QStringLiteral("sum += (sum > 9) * weights");
        QTest::newRow("a square") << QStringLiteral("* channels + channel];\n        }")
                                  << QStringLiteral("* channels + channel] * x[first];\n        }");
        QTest::newRow("something else in the loop")
            << add << QStringLiteral("if (p == 9) y[0] = 1;\n            sum += weights");
        QTest::newRow("an edge that is not the grid's")
            << rows << QStringLiteral("min(max(row + p - 2, 0), height - 2)");
        QTest::newRow("an edge that is not the first row")
            << rows << QStringLiteral("min(max(row + p - 2, 1), height - 1)");
        QTest::newRow("no edge") << rows << QStringLiteral("row + p - 2");
        QTest::newRow("numbers that wrap") << rows
                                           << QStringLiteral("min(max((long long)(unsigned(row) + p - 2), 0LL), (long "
                                                             "long)(height - 1))");
        QTest::newRow("a row that only one sum has a guard for")
            << add << QStringLiteral("if (row >= 5) sum += weights");
        QTest::newRow("another pixel's channel")
            << QStringLiteral("int channel = i % channels") << QStringLiteral("int channel = (i + 1) % channels");
        QTest::newRow("an own row that is read too")
            << QStringLiteral("+ i] = (sum") << QStringLiteral("+ i] = y[i] + (sum");
        QTest::newRow("an own row that is read by another pointer")
            << QStringLiteral("    y[first + size_t(row) * width * channels + i] = (sum")
            << QStringLiteral(
                   "    unsigned char* to = y;\n    to[first + size_t(row) * width * channels + i] = (to[0] + sum");
        QTest::newRow("a place of another element") << store << QStringLiteral("y[first + i]");
        QTest::newRow("an element that is not always stored")
            << store << QStringLiteral("if (sum > 3)\n        ") + store;
        QTest::newRow("an early return") << QStringLiteral("    const int weights")
                                         << QStringLiteral("    if (row == 3)\n        return;\n    const int weights");
        QTest::newRow("a barrier") << QStringLiteral("    const int weights")
                                   << QStringLiteral("    __syncthreads();\n    const int weights");
        QTest::newRow("one buffer twice") << QStringLiteral("(x, y, height, width, channels)\n")
                                          << QStringLiteral("(y, y, height, width, channels)\n");
        QTest::newRow("threads that know their block")
            << QStringLiteral("(sum + 128)") << QStringLiteral("(sum + threadIdx.x)");
        QTest::newRow("a bound that is no product")
            << QStringLiteral("i >= width * channels") << QStringLiteral("i >= min(width, channels)");
        QTest::newRow("memory that others write")
            << QStringLiteral("const unsigned char* x") << QStringLiteral("const volatile unsigned char* x");
        QTest::newRow("whole words") << QStringLiteral("const unsigned char* x") << QStringLiteral("const int* x");
        QTest::newRow("loops of an open length") << QStringLiteral("q < 5") << QStringLiteral("q < channels");
    }
    void notThere()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        const auto source = replaced(blur(), from.toStdString(), to.toStdString());
        QVERIFY2(errorOf(source).empty(), errorOf(source).c_str());
        QVERIFY(proposed(source, kFrames, kTimed).empty());
    }

    /// Neighbours that are not all guarded alike, or not where they are.
    void notGuarded_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::newRow("one end only") << QStringLiteral("u + k >= 0 && u + k < m") << QStringLiteral("u + k >= 0");
        QTest::newRow("one more than needed") << QStringLiteral("u + k < m") << QStringLiteral("u + k < m - 1");
        QTest::newRow("another value") << QStringLiteral("row[u + k] : 0") << QStringLiteral("row[u + k] : 1");
        QTest::newRow("a condition of its own")
            << QStringLiteral("u + k >= 0 &&") << QStringLiteral("u + k >= 0 && v > 2 &&");
        QTest::newRow("either") << QStringLiteral("u + k >= 0 &&") << QStringLiteral("u + k >= 0 ||");
        QTest::newRow("what is counted before the row is known")
            << QStringLiteral("total = total + down[j + 1] * line;")
            << QStringLiteral("if (v > 7) total = total + down[j + 1] * line;");
        QTest::newRow("what a sum was before")
            << QStringLiteral("total = total + down[j + 1] * line;")
            << QStringLiteral("int before = line;\n            line += row[u];\n            total += before;");
        QTest::newRow("out of the loop") << QStringLiteral("continue;") << QStringLiteral("break;");
        QTest::newRow("another start") << QStringLiteral("int line = 0") << QStringLiteral("int line = 1");
    }
    void notGuarded()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        const auto source = replaced(kSobel, from.toStdString(), to.toStdString());
        QVERIFY2(errorOf(source).empty(), errorOf(source).c_str());
        QVERIFY(proposed(source, kPlane).empty());
    }

    /// Arrays have to have the grid's shape.
    void shapes()
    {
        auto buffers = kPlane;
        buffers[0].shape = {"h", "w - 1"};
        QVERIFY(proposed(kSobel, buffers).empty());
        QVERIFY(proposed(kSobel, {}).empty());
        QVERIFY(proposed(replaced(kSobel, ">>>(b, a", ">>>(b + 1, a"), kPlane).empty());
        QVERIFY(proposed(replaced(kSobel, ">>>(b, a", ">>>(b, a + 1"), kPlane).empty());
    }
};

QTEST_APPLESS_MAIN(TestShareSums)
#include "tst_ShareSums.moc"
