// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// A recurrence there and back, the first half of which is kept.
const std::string kThereAndBack =
    "// warploom: scratch kept f64[rows, n]\n"
    "// warploom: launch smooth<<<ceil_div(rows, 64), 64>>>(x, kept, y, rows, n)\n"
    "__global__ void smooth(const double* x, double* kept, double* y, int count, int n) {\n"
    "    int r = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    if (r >= count) return;\n"
    "    size_t at = (size_t)r * n;\n"
    "    kept[at] = x[at];\n"
    "    for (int i = 1; i < n; ++i)\n"
    "        kept[at + i] = 0.5 * kept[at + i - 1] + x[at + i];\n"
    "    y[at + n - 1] = kept[at + n - 1];\n"
    "    for (int i = n - 2; i >= 0; --i)\n"
    "        y[at + i] = kept[at + i] - 0.25 * y[at + i + 1];\n}\n";

/// A thread a row, with a scratch of that many rows; \p body touches it.
std::string kernelOf(const std::string& body, const std::string& scratch = "i32[rows, n]",
                     const std::string& arguments = "x, w, y, rows, n", const std::string& above = {})
{
    return "// warploom: scratch w " + scratch
        + "\n"
          "// warploom: launch k<<<ceil_div(rows, 128), 128>>>("
        + arguments + ")\n" + above
        + "__global__ void k(const int* x, int* w, int* y, int rows, int n) {\n"
          "    int r = blockIdx.x * blockDim.x + threadIdx.x;\n"
          "    if (r >= rows) return;\n    "
        + body + "\n}\n";
}

std::vector<MoveProposal> made(const std::string& source)
{
    const auto answer = proposeMoves({source, "test.cu", {"transpose-scratch"}, {}, {"rows", "n", "m"}});
    if (!answer)
        qFatal("%s\n%s", answer.error().toString().c_str(), source.c_str());
    for (const auto& one : answer->proposals)
        if (const auto error = errorOf(one.source); !error.empty())
            qFatal("%s\n%s", error.c_str(), one.source.c_str());
    return answer->proposals;
}

}  // namespace

class TestTransposeScratch : public QObject {
    Q_OBJECT

private slots:
    void axesAreExchanged()
    {
        const auto found = made(kThereAndBack);
        QCOMPARE(found.size(), std::size_t{1});
        QVERIFY(found[0].predictedGain > 1.2);
        VERIFY_CONTAINS(found[0].source, "// warploom: scratch kept f64[n, rows]\n");
        VERIFY_CONTAINS(found[0].source, "kept[size_t(i) * count + r] = 0.5 * kept[size_t(i - 1) * count + r]");
        // What the task gives and wants lies as it does.
        VERIFY_CONTAINS(found[0].source, "y[at + n - 1] = kept[size_t(n - 1) * count + r];");
        COMPARE_GOLDEN("transpose-scratch-there-and-back", found[0].source);
        QVERIFY(made(found[0].source).empty());
    }

    /// Pointers to rows, several scratches, macros that repeat what they are given.
    void pointersToRows()
    {
        const auto found =
            made("// warploom: scratch best i32[pairs, m]\n"
                 "// warploom: scratch gap i32[pairs, m]\n"
                 "// warploom: launch align<<<ceil_div(pairs, 64), 64>>>(x, y, best, gap, score, pairs, n, m)\n"
                 "#define MORE(a, b) ((a) > (b) ? (a) : (b))\n"
                 "__global__ void align(const char* x, const char* y, int* best_row, int* gap_row, int* score,\n"
                 "                      int pairs, int n, int m) {\n"
                 "    const unsigned p = threadIdx.x + blockDim.x * blockIdx.x;\n"
                 "    if (p < pairs) {\n"
                 "        int* B = best_row + (long long)p * m;\n"
                 "        int* G = &gap_row[(long long)p * m];\n"
                 "        for (int j = 0; j < m; ++j) { B[j] = 0; G[j] = -9; }\n"
                 "        int top = 0;\n"
                 "        for (int i = 0; i < n; ++i) {\n"
                 "            int corner = 0;\n"
                 "            for (int j = 0; j < m; ++j) {\n"
                 "                G[j] = MORE(G[j] - 1, B[j] - 3);\n"
                 "                int left = j > 0 ? B[j - 1] : 0;\n"
                 "                int h = MORE(corner + (x[i] == y[j]), MORE(G[j], left - 3));\n"
                 "                corner = *(B + j);\n"
                 "                B[j] = h;\n"
                 "                top = MORE(top, h);\n"
                 "            }\n"
                 "        }\n"
                 "        score[p] = top;\n"
                 "    }\n}\n");
        QCOMPARE(found.size(), std::size_t{1});
        VERIFY_CONTAINS(found[0].source, "scratch gap i32[m, pairs]");
        VERIFY_CONTAINS(found[0].source,
                        "MORE(gap_row[size_t(j) * pairs + p] - 1, best_row[size_t(j) * pairs + p] - 3)");
        VERIFY_CONTAINS(found[0].source, "corner = best_row[size_t(j) * pairs + p];");
        VERIFY_LACKS(found[0].source, "int* B");
        COMPARE_GOLDEN("transpose-scratch-pointers", found[0].source);
    }

    /// Two kernels, of which one does not know how many rows there are, and two scratches that exchange their roles.
    void severalLaunches()
    {
        const auto found =
            made("// warploom: let WIDE = n + 1\n"
                 "// warploom: scratch a f32[rows, WIDE]\n"
                 "// warploom: scratch b f32[rows * (n + 1)]\n"
                 "// warploom: zero b\n"
                 "// warploom: launch fill<<<rows / 32, 32>>>(x, a, n + 1)\n"
                 "// warploom: launch step<<<rows / 32, 32>>>(a, b, n)\n"
                 "// warploom: launch step<<<rows / 32, 32>>>(b, a, n)\n"
                 "// warploom: launch fill<<<rows / 32, 32>>>(x, b, WIDE)\n"
                 "__global__ void fill(const float* x, float* to, int wide) {\n"
                 "    for (int i = 0; i < wide; ++i)\n"
                 "        to[(blockIdx.x * blockDim.x + threadIdx.x) * wide + i] = x[i];\n}\n"
                 "__global__ void step(const float* from, float* to, int n) {\n"
                 "    int r = blockIdx.x * 32 + threadIdx.x;\n"
                 "    const float* row = from + r * (n + 1);\n"
                 "    to[r * (n + 1)] = row[n];\n"
                 "    for (int i = 1; i <= n; i += 2)\n"
                 "        to[r * (n + 1) + i] = __ldg(&row[i]) + __ldg(from + r * (n + 1) + i - 1);\n}\n");
        QCOMPARE(found.size(), std::size_t{1});
        VERIFY_CONTAINS(found[0].source, "scratch a f32[WIDE, rows]");
        VERIFY_CONTAINS(found[0].source, "scratch b f32[rows * (n + 1)]");
        VERIFY_CONTAINS(found[0].source, "int wide, int rows_2) {");
        VERIFY_CONTAINS(found[0].source, "(b, a, n, rows)");
        VERIFY_CONTAINS(found[0].source, "to[i * rows_2 + blockIdx.x * blockDim.x + threadIdx.x] = x[i];");
        VERIFY_CONTAINS(found[0].source, "__ldg(&from[(i - 1) * rows_2 + r])");
        COMPARE_GOLDEN("transpose-scratch-launches", found[0].source);
    }

    void exchanged_data()
    {
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("scratch");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* name, const char* body, const char* scratch, const char* expected) {
            QTest::newRow(name) << QString(body) << QString(scratch) << QString(expected);
        };
        row("one extent", "for (int i = 0; i < n; ++i) w[r * n + i] = x[i];", "i32[rows * n]", "w[i * rows + r]");
        row("a number of elements", "for (int i = 0; i < 16; ++i) w[r * 16 + i] = x[i];", "i32[rows, 16]",
            "w[i * rows + r]");
        row("two loops", "for (int i = 0; i < n; ++i) for (int j = 0; j < n; ++j) w[(r * n + i) * n + j] = x[j];",
            "i32[rows, n, n]", "w[(i * n + j) * rows + r]");
        row("a triangle", "for (int i = 0; i < n; ++i) for (int j = i; j < n; ++j) w[r * n + j - i] += x[i] * x[j];",
            "i32[rows, n]", "w[(j - i) * rows + r]");
        row("backwards", "for (int i = 0; i < n; ++i) w[r * n + n - 1 - i] = x[i];", "i32[rows, n]",
            "w[(n - i - 1) * rows + r]");
        row("behind a condition", "for (int i = 0; i < n; ++i) if (i + 1 < n) w[r * n + i + 1] = x[i];", "i32[rows, n]",
            "w[(i + 1) * rows + r]");
        row("behind a return", "if (n < 2) return; w[r * n + 1] = x[r];", "i32[rows, n]", "w[rows + r]");
        row("a name of its own", "const int row = r; for (int i = 0; i < n; ++i) w[row * n + i] = x[i];",
            "i32[rows, n]", "w[i * rows + r]");
        row("a place with a name", "for (int i = 0; i < n; ++i) { int at = r * n + i; w[at] = x[i]; y[at] = w[at]; }",
            "i32[rows, n]", "y[at] = w[i * rows + r]");
        row("a reference", "for (int i = 0; i < n; ++i) { int& one = w[r * n + i]; one = x[i]; }", "i32[rows, n]",
            "int& one = w[i * rows + r];");
    }
    void exchanged()
    {
        QFETCH(QString, body);
        QFETCH(QString, scratch);
        QFETCH(QString, expected);
        const auto found = made(kernelOf(body.toStdString(), scratch.toStdString()));
        QCOMPARE(found.size(), std::size_t{1});
        VERIFY_CONTAINS(found[0].source, expected.toStdString());
    }

    void leftAlone_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("columns already") << "for (int i = 0; i < n; ++i) w[i * rows + r] = x[i];";
        QTest::newRow("both orders")
            << "for (int i = 0; i < n; ++i) w[r * n + i] = x[i]; __syncthreads(); y[r] = w[n + r];";
        QTest::newRow("the row before") << "for (int i = 0; i < n; ++i) w[r * n + i - 1] = x[i];";
        QTest::newRow("the row behind") << "for (int i = 0; i <= n; ++i) w[r * n + i] = x[i];";
        QTest::newRow("a place that a row may not have") << "w[r * n + 1] = x[r];";
        QTest::newRow("data says which element") << "for (int i = 0; i < n; ++i) w[r * n + x[i]] = i;";
        QTest::newRow("data says how many") << "for (int i = 0; i < x[r]; ++i) w[r * n + i] = x[i];";
        QTest::newRow("data says which row") << "for (int i = 0; i < n; ++i) w[x[r] * n + i] = x[i];";
        QTest::newRow("a row for all") << "for (int i = 0; i < n; ++i) w[blockIdx.x * n + i] = x[i];";
        QTest::newRow("a row for two") << "for (int i = 0; i < n; ++i) w[r / 2 * n + i] = x[i];";
        QTest::newRow("every other row") << "for (int i = 0; i < n; ++i) w[2 * r * n + i] = x[i];";
        QTest::newRow("rows of two lengths")
            << "for (int i = 0; i < n; ++i) { w[r * n + i] = x[i]; w[r * (n + 1) + i] = x[i]; }";
        QTest::newRow("a counter that jumps")
            << "for (int i = 0; i < n; ++i) { w[r * n + i] = x[i]; if (x[i] > 3) ++i; }";
        QTest::newRow("a stack")
            << "int top = 0; for (int i = 0; i < n; ++i) { w[r * n + top] = x[i]; if (x[i] > 0) top += 1; }";
        QTest::newRow("a length that changes")
            << "for (int i = 0; i < n; ++i) w[r * n + i] = x[i]; n /= 2; y[r] = w[r * n];";
        QTest::newRow("a pointer that moves")
            << "int* at = w + r * n; for (int i = 0; i < n; i += 1 + x[i]) { *at = x[i]; at += 1 + x[i]; }";
        QTest::newRow("an atomic") << "for (int i = 0; i < n; ++i) atomicAdd(&w[r * n + i], x[i]);";
        QTest::newRow("other elements")
            << "for (int i = 0; i < n; ++i) w[r * n + i] = 0; y[r] = reinterpret_cast<int2*>(w + r * n)->x;";
        QTest::newRow("a comparison") << "int* row = w + r * n; if (row != y) row[0] = 1;";
        QTest::newRow("passed on") << "fill(w + r * n, n); y[r] = w[r * n];";
        QTest::newRow("too short to matter") << "for (int i = 0; i < 2; ++i) w[r * 2 + i] = x[i];";
        QTest::newRow("another length") << "for (int i = 0; i < rows; ++i) w[r * rows + i] = x[i];";
    }
    void leftAlone()
    {
        QFETCH(QString, body);
        const std::string fill =
            "__device__ __noinline__ void fill(int* to, int n) { *to = atomicAdd(to + n - 1, 1); }\n";
        QVERIFY(made(kernelOf(body.toStdString(), "i32[rows, n]", "x, w, y, rows, n", fill)).empty());
    }

    /// Buffers are the task's; who else gets a scratch has a say.
    void otherLaunches()
    {
        const std::string body = "for (int i = 0; i < n; ++i) w[r * n + i] = x[i];";
        const auto scratch = [](const std::string& text) { return kernelOf("y[r] = w[r * n];", text); };
        QCOMPARE(made(kernelOf(body)).size(), std::size_t{1});
        QVERIFY(made(kernelOf(body, "i32[rows, n]", "x, buffer, y, rows, n")).empty());
        QVERIFY(made(kernelOf(body, "i32[rows, n]", "x, w, y, n, rows")).empty());
        QVERIFY(made(kernelOf(body, "i16[rows, n]")).empty());
        // A launch that gives the parameter a buffer.
        const auto both = kernelOf(body);
        QVERIFY(made("// warploom: launch k<<<ceil_div(rows, 128), 128>>>(x, y, y, rows, n)\n" + both).empty());
        // A kernel that is not here, and one that looks at it in another way.
        QVERIFY(made("// warploom: launch other<<<1, 32>>>(w)\n" + both).empty());
        QVERIFY(made("// warploom: launch other<<<1, 32>>>(w)\n__global__ void other(int* w) { w[threadIdx.x] = 1; }\n"
                     + both)
                    .empty());
        // Blocks of columns have no neighbours along x.
        auto tall = both;
        tall.replace(tall.find(", 128>>>"), 8, ", dim3(1, 128)>>>");
        QVERIFY(made(tall).empty());
        QCOMPARE(made(scratch("i32[rows, n]")).size(), std::size_t{1});
        // More than it has to be.
        const auto large = made(scratch("i32[rows, m, n]"));
        QCOMPARE(large.size(), std::size_t{1});
        VERIFY_CONTAINS(large[0].source, "i32[n, rows, m]");
    }

    /// Lengths that the search may change prove nothing.
    void tunedLengths()
    {
        const std::string body = "for (int i = 0; i < LONG; ++i) w[r * 16 + i] = x[i];";
        QVERIFY(made("// warploom: tune LONG = 16 32\n" + kernelOf(body, "i32[rows, 16]")).empty());
        QCOMPARE(made("#define LONG 16\n" + kernelOf(body, "i32[rows, 16]")).size(), std::size_t{1});
    }
};

QTEST_APPLESS_MAIN(TestTransposeScratch)
#include "tst_TransposeScratch.moc"
