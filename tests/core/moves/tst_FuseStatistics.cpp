// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const std::string kDirectives =
    "// warploom: scratch mean f32[rows]\n"
    "// warploom: launch reduce<<<ceil_div(rows, 64), 64>>>(x, mean, rows, cols)\n"
    "// warploom: launch centre<<<ceil_div(rows * cols, 256), 256>>>(x, mean, y, rows, cols)\n";

const std::string kReduce = "__global__ void reduce(const float* x, float* mean, int rows, int cols)\n{\n"
                            "    int r = blockIdx.x * blockDim.x + threadIdx.x;\n    if (r >= rows) return;\n"
                            "    float s = 0;\n    for (int c = 0; c < cols; ++c) s += x[r * cols + c];\n"
                            "    mean[r] = s / cols;\n}\n";

/// A kernel of elements that does \p statement.
std::string centre(const std::string& statement)
{
    return "__global__ void centre(const float* x, const float* mean, float* y, int rows, int cols)\n{\n"
           "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i < rows * cols) {\n        "
        + statement + "\n    }\n}\n";
}

const std::string kMap = "y[i] = x[i] - mean[i / cols];";

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    const auto at = text.find(from);
    if (at == std::string::npos)
        qFatal("%s is not in\n%s", from.c_str(), text.c_str());
    return text.replace(at, from.size(), to);
}

/// The first proposal; empty where there is none.
std::string fused(const std::string& source)
{
    const auto made = proposals(source, "fuse-statistics");
    return made.empty() ? std::string() : made.front().source;
}

}  // namespace

class TestFuseStatistics : public QObject {
    Q_OBJECT

private slots:
    void rowsAreSharedAndKept()
    {
        const auto source = kDirectives + kReduce + centre(kMap);
        const auto made = proposals(source, "fuse-statistics");
        QVERIFY(made.size() >= 2);
        QCOMPARE(countOf(made[0].source, "warploom: launch"), 1);
        VERIFY_LACKS(made[0].source, "scratch");
        VERIFY_CONTAINS(made[0].source, "const float mean_value = s / cols;");
        VERIFY_CONTAINS(made[0].source, "x_row[step][");
        VERIFY_CONTAINS(made[0].title, "fuse centre into the rows of reduce: one block a row");
        QVERIFY(made[0].predictedGain > 5);
        for (const auto& one : made) {
            VERIFY_LACKS(one.source, " / cols]");
            QCOMPARE(errorOf(one.source), std::string());
        }
    }

    void columnsOfLayers()
    {
        const auto text = readFile(sourceFolder() / "tests/bench/agent/unseen/revin_clip/baseline.cu");
        const auto made = proposals(text, "fuse-statistics");
        QCOMPARE(made.size(), std::size_t{2});
        COMPARE_GOLDEN("fuse-statistics-revin_clip", made[0].source);
        // One launch of blocks that share columns, and no division is left in it.
        QCOMPARE(countOf(made[0].source, "warploom: launch"), 1);
        VERIFY_LACKS(made[0].source, "% n_channels");
        VERIFY_CONTAINS(made[0].source, "x_column[step]");
        // Long columns do not fit into registers: the mean and the squares in one pass over the rest, whose element is
        // named twice.
        COMPARE_GOLDEN("fuse-statistics-revin_clip-online", made[1].source);
        QCOMPARE(countOf(made[1].source, "series[(long)t * n_channels]"), 3);
        QVERIFY(made[1].predictedGain > made[0].predictedGain);
    }

    void otherGridsOfElements_data()
    {
        QTest::addColumn<QString>("launch");
        QTest::addColumn<QString>("indices");
        QTest::newRow("rows and columns")
            << "dim3(ceil_div(cols, 32), ceil_div(rows, 8)), dim3(32, 8)"
            << "int q = blockIdx.x * blockDim.x + threadIdx.x;\n"
               "    int r = blockIdx.y * blockDim.y + threadIdx.y;\n"
               "    if (q < cols && r < rows) { y[r * cols + q] = x[r * cols + q] - mean[r]; }";
        QTest::newRow("turned") << "dim3(ceil_div(rows, 32), ceil_div(cols, 8)), dim3(32, 8)"
                                << "int r = blockIdx.x * blockDim.x + threadIdx.x;\n"
                                   "    int q = blockIdx.y * blockDim.y + threadIdx.y;\n"
                                   "    if (q < cols && r < rows) { y[r * cols + q] = x[r * cols + q] - mean[r]; }";
        QTest::newRow("a layer a row") << "dim3(ceil_div(cols, 256), rows), 256"
                                       << "int q = blockIdx.x * blockDim.x + threadIdx.x;\n"
                                          "    int r = blockIdx.y;\n    if (q >= cols) return;\n"
                                          "    y[r * cols + q] = x[r * cols + q] - mean[r];";
        QTest::newRow("other types") << "ceil_div(rows * cols, 256), 256"
                                     << "long long at = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;\n"
                                        "    long long all = (long long)rows * cols;\n    if (at >= all) return;\n"
                                        "    long long r = at / cols;\n    int c = at % cols;\n"
                                        "    y[r * cols + c] = x[at] - mean[r];";
    }
    void otherGridsOfElements()
    {
        QFETCH(QString, launch);
        QFETCH(QString, indices);
        const auto source = replaced(kDirectives, "ceil_div(rows * cols, 256), 256", launch.toStdString()) + kReduce
            + "__global__ void centre(const float* x, const float* mean, float* y, int rows, int cols)\n{\n    "
            + indices.toStdString() + "\n}\n";
        const auto made = fused(source);
        QVERIFY2(!made.empty(), source.c_str());
        QCOMPARE(countOf(made, "warploom: launch"), 1);
        VERIFY_CONTAINS(made, "mean_value");
        QCOMPARE(errorOf(made), std::string());
    }

    void numbersOfBlocks()
    {
        // Blocks of the elements' launch are rows; those of the new one are not.
        const auto launch =
            replaced(kDirectives, "ceil_div(rows * cols, 256), 256", "dim3(ceil_div(cols, 256), rows), 256");
        const auto kernel = [](const std::string& body) {
            return "__global__ void centre(const float* x, const float* mean, float* y, int rows, int cols)\n{\n"
                   "    int q = blockIdx.x * blockDim.x + threadIdx.x;\n    if (q >= cols) return;\n    "
                + body + "\n}\n";
        };
        const auto made = fused(
            launch + kReduce
            + kernel("y[blockIdx.y * cols + q] = x[blockIdx.y * cols + q] - mean[blockIdx.y] * float(blockIdx.y);"));
        VERIFY_CONTAINS(made, "mean_value * float(static_cast<unsigned int>(r))");
        VERIFY_LACKS(made, "blockIdx.y");
        QVERIFY(fused(launch + kReduce
                      + kernel("y[blockIdx.y * cols + q] = x[blockIdx.y * cols + q] - mean[blockIdx.y] * blockDim.x;"))
                    .empty());
    }

    void whatIsAskedForIsStillStored()
    {
        // A result of the task, not a scratch.
        const auto made =
            fused(replaced(kDirectives, "// warploom: scratch mean f32[rows]\n", "") + kReduce + centre(kMap));
        VERIFY_CONTAINS(made, "mean[r] = mean_value;");
    }

    void storedSometimes()
    {
        // What was there before stays: through memory, and all threads of a block wait for it.
        const auto made = fused(
            replaced(kDirectives + kReduce + centre(kMap), "mean[r] = s / cols;", "if (s > 0) mean[r] = s / cols;"));
        VERIFY_CONTAINS(made, "if (s > 0) mean[r] = s / cols;\n    __syncthreads();\n");
        VERIFY_CONTAINS(made, "- mean[r];");
        VERIFY_LACKS(made, "mean_value");
    }

    void inPlace()
    {
        // A row's elements are written by the threads that have read the row, after they have.
        const auto directives = replaced(kDirectives, "(x, mean, y, rows, cols)", "(x, mean, rows, cols)");
        const auto kernel = [](const std::string& statement) {
            return "__global__ void centre(float* x, const float* mean, int rows, int cols)\n{\n"
                   "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i < rows * cols)\n        "
                + statement + "\n}\n";
        };
        const auto made = fused(directives + kReduce + kernel("x[i] -= mean[i / cols];"));
        VERIFY_CONTAINS(made, "mean_value");
        QCOMPARE(errorOf(made), std::string());
        // Others' elements are not theirs.
        for (const char* other :
             {"x[i] = x[(i + cols) % (rows * cols)] - mean[i / cols];", "x[i] -= mean[i / cols]; x[i / cols] = 0;",
              "x[rows * cols - 1 - i] = mean[i / cols];"})
            QVERIFY2(fused(directives + kReduce + kernel(std::string("{ ") + other + " }")).empty(), other);
        // Nor are those of another row that is reduced.
        QVERIFY(fused(directives + replaced(kReduce, "s += x[r * cols + c]", "s += x[r * cols + c] * x[c]")
                      + kernel("x[i] -= mean[i / cols];"))
                    .empty());
    }

    void fewRows()
    {
        // A few blocks read less than a launch with all the card's threads.
        MoveRequest request{kDirectives + kReduce + centre(kMap), "test.cu", {"fuse-statistics"}, {}, {"rows", "cols"}};
        for (const std::int64_t rows : {16, 4096}) {
            request.timeSizes = {{"rows", {4096, rows}}, {"cols", {4096, 1'000'000}}};
            const auto answer = proposeMoves(request);
            QVERIFY(answer);
            QCOMPARE(answer->proposals.empty(), rows == 16);
        }
    }

    void nearMisses_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        const auto row = [](const char* name, const char* from, const char* to) { QTest::newRow(name) << from << to; };
        row("the next row's", "mean[i / cols]", "mean[(i / cols + 1) % rows]");
        row("by columns", "mean[i / cols]", "mean[i % cols]");
        row("every row's", "mean[i / cols]", "mean[0]");
        row("rows of another length", "mean[i / cols]", "mean[i / rows]");
        row("two rows' at once", "mean[i / cols]", "mean[i / (2 * cols)]");
        row("of an index that is read", "mean[i / cols]", "mean[int(x[i])]");
        row("elements that are missing", "if (i < rows * cols)", "if (i < rows * cols - 1)");
        row("threads that are missing", "ceil_div(rows * cols, 256)", "ceil_div(rows * cols, 512)");
        row("rows that are missing", "ceil_div(rows, 64), 64", "rows / 64, 64");
        row("another buffer's elements", "<<<ceil_div(rows * cols, 256), 256>>>(x, mean",
            "<<<ceil_div(rows * cols, 256), 256>>>(z, mean");
        row("what is reduced is overwritten", "y[i] =", "((float*)x)[i] =");
        row("two names of one buffer", "(x, mean, y, rows, cols)", "(x, mean, x, rows, cols)");
        row("the statistics are overwritten", "(x, mean, y, rows, cols)", "(x, mean, mean, rows, cols)");
        row("threads meet", "y[i] =", "__syncwarp(); y[i] =");
        row("it leaves early", "y[i] =", "if (x[i] < 0) return; y[i] =");
        row("a step between", "// warploom: launch centre",
            "// warploom: launch reduce<<<ceil_div(rows, 64), 64>>>(z, mean, rows, cols)\n// warploom: launch centre");
        row("every second element", "s += x[r * cols + c]", "s += x[2 * (r * cols + c)]");
        row("a row of other elements", "s += x[r * cols + c]", "s += x[c * rows + r + 1]");
        row("stored for another", "mean[r] = s / cols;", "mean[rows - 1 - r] = s / cols;");
        row("added to another's", "mean[r] = s / cols;", "atomicAdd(&mean[r / 2], s);");
        row("loops that begin later", "for (int c = 0;", "for (int c = 1;");
        row("a bound that is loaded", "c < cols;", "c < int(x[r]);");
    }
    void nearMisses()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        const auto source = replaced(kDirectives + kReduce + centre(kMap), from.toStdString(), to.toStdString());
        const auto made = fused(source);
        QVERIFY2(made.empty(), made.c_str());
    }

    void namesThatMeet()
    {
        // Whatever the two kernels call their own.
        auto source = kDirectives + kReduce
            + centre("float s = mean[i / cols]; float r = x[i]; { int c = i % cols; r -= s * c; } y[i] = r;");
        const auto made = fused(source);
        QVERIFY(!made.empty());
        QCOMPARE(errorOf(made), std::string());
        VERIFY_CONTAINS(made, "float s_2 = mean_value;");
    }

    void nothingTwice()
    {
        for (const auto& made : proposals(kDirectives + kReduce + centre(kMap), "fuse-statistics"))
            QVERIFY(proposals(made.source, "fuse-statistics").empty());
        QVERIFY(proposals(baseline("layernorm"), "fuse-statistics").empty());
        QVERIFY(proposals(baseline("bias_gelu_chain"), "fuse-statistics").empty());
    }
};

QTEST_APPLESS_MAIN(TestFuseStatistics)
#include "tst_FuseStatistics.moc"
