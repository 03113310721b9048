// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

using Sizes = std::map<std::string, std::vector<std::int64_t>>;

class TestKeepRow : public QObject {
    Q_OBJECT

private slots:
    void softmax()
    {
        const auto made = kept(rowPerBlock("softmax"), {{"rows", {4096}}, {"cols", {32000}}});
        QCOMPARE(made.size(), std::size_t{1});
        // 32000 columns are 7.8 steps of 1024 threads, 4 columns each.
        VERIFY_CONTAINS(made[0].source, "// warploom: tune ROW_STEPS = 8 ");
        VERIFY_CONTAINS(made[0].source, "// warploom: tune BLOCK = 1024 ");
        VERIFY_CONTAINS(made[0].source, "__launch_bounds__(BLOCK)");
        VERIFY_CONTAINS(made[0].source,
                        "const int cols_kept = cols % 4 == 0 ? min(cols, int(ROW_STEPS * 4 * blockDim.x)) : 0;");
        COMPARE_GOLDEN("keep-row-softmax", made[0].source);
        QVERIFY(kept(made[0].source, {}).empty());
        QVERIFY(proposals(made[0].source, "vectorize").empty());
    }

    /// Packed halves, and weights that are no row.
    void rmsnorm()
    {
        const auto made = kept(rowPerBlock("rmsnorm"), {{"rows", {8}}, {"cols", {4096}}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "__align__(16) __nv_bfloat16 x_row[ROW_STEPS][8];");
        VERIFY_LACKS(made[0].source, "w_row");
        VERIFY_CONTAINS(made[0].source, "// warploom: tune ROW_STEPS = 2 ");
        COMPARE_GOLDEN("keep-row-rmsnorm", made[0].source);
    }

    /// Rows that start anywhere: registers hold vectors from the first boundary on.
    void oddRows()
    {
        const auto made = kept(rowPerBlock("softmax"), {{"rows", {4096}}, {"cols", {50257}}});
        QCOMPARE(made.size(), std::size_t{1});
        const auto& text = made[0].source;
        VERIFY_CONTAINS(text, "const int cols_kept = min(c_whole, int(ROW_STEPS * 4 * blockDim.x));");
        VERIFY_CONTAINS(text, "const int c = c_head + (step * blockDim.x + threadIdx.x) * 4;");
        VERIFY_CONTAINS(text, "if (c < c_head + cols_kept)");
        QCOMPARE(countOf(text, "for (int c = c_head + cols_kept + threadIdx.x * 4; c < c_head + c_whole;"), 3);
        COMPARE_GOLDEN("keep-row-softmax-odd-rows", text);
        QVERIFY(kept(text, {{"rows", {4096}}, {"cols", {50257}}}).empty());
        // Two rows of 50257 halves would be 7 steps of 8 registers a thread, of which 1024 have 64 each.
        const auto two = kept("// warploom: tune BLOCK = 256 1024\n// warploom: launch k<<<n, BLOCK>>>(a, b, y, n, m)\n"
                              "#include <cuda_fp16.h>\n"
                              "__global__ void k(const __half* a, const __half* b, float* y, int n, int m)\n{\n"
                              "    const int r = blockIdx.x;\n    float s = 0;\n    float t = 0;\n"
                              "    for (int c = threadIdx.x; c < m; c += blockDim.x)\n"
                              "        s += __half2float(a[r * m + c]) + __half2float(b[r * m + c]);\n"
                              "    s = __syncthreads_or(s > 1);\n"
                              "    for (int c = threadIdx.x; c < m; c += blockDim.x)\n"
                              "        t += __half2float(a[r * m + c]) * __half2float(b[r * m + c]) - s;\n"
                              "    atomicAdd(&y[r], t);\n}\n",
                              {{"n", {2048}}, {"m", {50257}}});
        QCOMPARE(two.size(), std::size_t{1});
        VERIFY_CONTAINS(two[0].source, "// warploom: tune BLOCK = 1024 ");
        VERIFY_CONTAINS(two[0].source, "// warploom: tune ROW_STEPS = 4 ");
        // Of two sizes one is enough; weights keep their vectors where rows are aligned, so there are two proposals.
        QCOMPARE(kept(rowPerBlock("softmax"), {{"rows", {9, 9}}, {"cols", {32000, 50257}}}).at(0).source, text);
        QCOMPARE(kept(rowPerBlock("rmsnorm"), {{"rows", {9}}, {"cols", {4097}}}).size(), std::size_t{2});
    }

    /// A row whose pointer is set between the loops is loaded when it is there.
    void rowsThatAreThereLater()
    {
        const auto made =
            kept("// warploom: launch k<<<n, 256>>>(a, b, y, n, m)\n"
                 "__global__ void k(const float* a, const float* b, float* y, int n, int m)\n{\n"
                 "    const int r = blockIdx.x;\n    const float* first = a + r * m;\n    float s = 0;\n"
                 "    for (int c = threadIdx.x; c < m; c += blockDim.x)\n        s += first[c];\n"
                 "    const float* second = b + r * m;\n    float t = 0;\n"
                 "    for (int c = threadIdx.x; c < m; c += blockDim.x)\n        t += second[c];\n"
                 "    float u = 0;\n"
                 "    for (int c = threadIdx.x; c < m; c += blockDim.x)\n        u += first[c] * second[c];\n"
                 "    atomicAdd(&y[r], s + t + u);\n}\n",
                 {});
        QCOMPARE(made.size(), std::size_t{1});
        const auto first = made[0].source.find("a_row[ROW_STEPS][4]");
        const auto pointer = made[0].source.find("const float* second");
        const auto second = made[0].source.find("b_row[ROW_STEPS][4]");
        QVERIFY2(first < pointer && pointer < second && second != std::string::npos, made[0].source.c_str());
        VERIFY_CONTAINS(made[0].source, "u += a_row[step][lane] * b_row[step][lane];");
    }

    void warpsAndLosses()
    {
        for (const std::string task : {"softmax", "layernorm", "rmsnorm", "cross_entropy"})
            for (const std::size_t group : {0, 1})
                QCOMPARE(kept(proposals(baseline(task), "row-per-block").at(group).source, {}).size(), std::size_t{1});
    }

    /// A warp's registers hold 4096 floats at most.
    void rowsTooLongForAWarp()
    {
        const auto warps = proposals(baseline("softmax"), "row-per-block").at(1).source;
        QCOMPARE(kept(warps, {{"rows", {4096}}, {"cols", {8192}}}).size(), std::size_t{1});
        QVERIFY(kept(warps, {{"rows", {4096}}, {"cols", {8193}}}).empty());
        QCOMPARE(kept(warps, {{"rows", {4096, 9}}, {"cols", {8193, 100}}}).size(), std::size_t{1});
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("second");
        QTest::newRow("one loop") << "y[r] = s;";
        QTest::newRow("another row") << "for (int c = threadIdx.x; c < n; c += blockDim.x) s += x[(r + 1) * n + c];";
        QTest::newRow("other columns") << "for (int c = threadIdx.x; c < n - 1; c += blockDim.x) s += x[r * n + c];";
        QTest::newRow("other threads") << "for (int c = threadIdx.x % 32; c < n; c += 32) s += x[r * n + c];";
        QTest::newRow("a shifted read") << "for (int c = threadIdx.x; c < n; c += blockDim.x) s += x[r * n + c + 1];";
        QTest::newRow("written in between") << "x[r * n + threadIdx.x] = 1; for (int c = threadIdx.x; c < n; c += "
                                               "blockDim.x) s += x[r * n + c];";
        QTest::newRow("another place by the same name")
            << "off = n; for (int c = threadIdx.x; c < n; c += blockDim.x) s += x[off + r * n + c];";
        QTest::newRow("fewer columns by the same name")
            << "n /= 2; for (int c = threadIdx.x; c < n; c += blockDim.x) s += x[off + r * n + c];";
        QTest::newRow("within a loop")
            << "for (int k = 0; k < 3; ++k) for (int c = threadIdx.x; c < n; c += blockDim.x) "
               "s += x[r * n + c];";
    }
    void notThere()
    {
        QFETCH(QString, second);
        const auto kernel = [](const std::string& more) {
            return "// warploom: launch g<<<m, 128>>>(x, y, n)\n"
                   "__global__ void g(float* x, float* y, int n) {\n    int r = blockIdx.x, off = 0;\n    float s = "
                   "0;\n    for (int c = threadIdx.x; c < n; c += blockDim.x)\n        s += x[off + r * n + c];\n    s "
                   "= __syncthreads_or(s > 1);\n    "
                + more + "\n}\n";
        };
        const std::string again =
            "for (int c = threadIdx.x; c < n; c += blockDim.x)\n        y[r * n + c] = x[off + r * n + c] - s;";
        QCOMPARE(kept(kernel(again), {}).size(), std::size_t{1});
        const auto twice = QString::fromStdString(kernel(again)).replace("(x, y, n)\n", "(x, x, n)\n");
        QVERIFY(kept(twice.toStdString(), {}).empty());
        QVERIFY(kept(kernel(second.toStdString()), {}).empty());
    }

    /// What each thread has added up for itself depends on which elements it had.
    void sumsOfTheirOwn()
    {
        const auto kernel = [](const std::string& between) {
            return "// warploom: launch g<<<m, 128>>>(x, y, n)\n"
                   "__global__ void g(const float* x, float* y, int n) {\n    int r = blockIdx.x;\n    float s = 0;\n"
                   "    for (int c = threadIdx.x; c < n; c += blockDim.x)\n        s += x[r * n + c];\n    "
                + between
                + "\n    for (int c = threadIdx.x; c < n; c += blockDim.x)\n        y[r * n + c] = x[r * n + c] - "
                  "s;\n}\n";
        };
        QCOMPARE(kept(kernel("s = __syncthreads_or(s > 1);"), {}).size(), std::size_t{1});
        QVERIFY(kept(kernel("s *= 2;"), {}).empty());
    }

    /// What the loops write in place stays with its thread.
    void inPlace()
    {
        const auto made =
            kept("// warploom: launch g<<<m, 128>>>(x, n)\n"
                 "__global__ void g(double* x, long long n) {\n    long long first = blockIdx.x * n;\n"
                 "    double s = 0;\n    for (long long j = threadIdx.x; j < n; j += blockDim.x)\n"
                 "        s += x[first + j];\n    s = __syncthreads_or(s > 1);\n"
                 "    for (long long j = threadIdx.x; j < n; j += blockDim.x)\n        x[first + j] /= s;\n}\n",
                 {});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "x_row[step][lane] /= s;");
        VERIFY_CONTAINS(made[0].source,
                        "*reinterpret_cast<double2*>(&x[first + j]) = *reinterpret_cast<const double2*>(x_row[step]);");
        VERIFY_CONTAINS(made[0].source, "static_cast<long long>(ROW_STEPS * 2 * blockDim.x)");
    }

private:
    static std::string rowPerBlock(const std::string& task)
    {
        return proposals(baseline(task), "row-per-block").at(0).source;
    }

    static std::vector<MoveProposal> kept(const std::string& source, const Sizes& sizes)
    {
        MoveRequest request{source, "test.cu", {"keep-row"}, {}, {}};
        request.timeSizes = sizes;
        const auto answer = proposeMoves(request);
        if (!answer)
            qFatal("%s", answer.error().toString().c_str());
        for (const auto& made : answer->proposals)
            if (const auto error = errorOf(made.source); !error.empty())
                qFatal("%s\n%s", error.c_str(), made.source.c_str());
        return answer->proposals;
    }
};

QTEST_APPLESS_MAIN(TestKeepRow)
#include "tst_KeepRow.moc"
