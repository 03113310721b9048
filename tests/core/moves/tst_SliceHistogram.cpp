// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

using Sizes = std::map<std::string, std::vector<std::int64_t>>;

/// Gradients and Hessians of a boosted tree's level, a walking pointer to a structure of the two.
constexpr const char* kLevels =
    "// warploom: launch k<<<ceil_div(rows, 256), 256>>>(bins, leaf, grad, hess, hist, rows, features)\n"
    "struct Entry {\n    int grad;\n    int hess;\n};\n"
    "extern \"C\" __global__ void k(const unsigned char* bins, const short* leaf_of, const signed char* grad,\n"
    "                             const unsigned char* hess, Entry* hist, int n, int features)\n"
    "{\n"
    "    const int row = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    if (row >= n)\n        return;\n"
    "    const int leaf = leaf_of[row];\n"
    "    if (leaf < 0)\n        return;\n"
    "    const int g = grad[row];\n"
    "    const unsigned char* own = bins + (size_t)row * features;\n"
    "    Entry* of_feature = hist + (size_t)leaf * features * 256;\n"
    "    for (int f = 0; f < features; f++) {\n"
    "        Entry* entry = of_feature + own[f];\n"
    "        atomicAdd(&entry->grad, g);\n"
    "        atomicAdd(&entry->hess, hess[row]);\n"
    "        of_feature += 256;\n"
    "    }\n"
    "}\n";
const std::vector<BufferFact> kLevelBuffers = {{"bins", "u8", "in", {"rows", "features"}},
                                               {"leaf", "i16", "in", {"rows"}},
                                               {"grad", "i8", "in", {"rows"}},
                                               {"hess", "u8", "in", {"rows"}},
                                               {"hist", "i32", "out", {"leaves", "features", "256", "2"}}};
const Sizes kLevelSizes = {{"rows", {22000000, 8388608}}, {"features", {28, 67}}, {"leaves", {4, 16}}};

/// Sums and counts of clusters: two arrays of other types and extents.
constexpr const char* kClusters =
    "// warploom: launch k<<<ceil_div(n, 128), 128>>>(x, cluster, sums, counts, n, d)\n"
    "__global__ void k(const float* x, const int* cluster, double* sums, unsigned* counts, int n, int d)\n"
    "{\n"
    "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    if (i < n) {\n"
    "        const int c = cluster[i];\n"
    "        for (int j = 0; j < d; ++j)\n"
    "            atomicAdd(sums + c * d + j, double(x[i * d + j]));\n"
    "        atomicAdd(&counts[c], 1u);\n"
    "    }\n"
    "}\n";
const std::vector<BufferFact> kClusterBuffers = {{"x", "f32", "in", {"n", "d"}},
                                                 {"cluster", "i32", "in", {"n"}},
                                                 {"sums", "f64", "out", {"k", "d"}},
                                                 {"counts", "u32", "out", {"k"}}};

std::vector<MoveProposal> sliced(const std::string& source, const std::vector<BufferFact>& buffers,
                                 const Sizes& timed = {})
{
    MoveRequest request{source, "test.cu", {"slice-histogram"}, buffers, {}};
    request.timeSizes = timed;
    request.multiprocessors = 132;
    const auto answer = proposeMoves(request);
    if (!answer)
        qFatal("%s\n%s", answer.error().toString().c_str(), source.c_str());
    for (const auto& made : answer->proposals)
        if (const auto error = errorOf(made.source); !error.empty())
            qFatal("%s\n%s", error.c_str(), made.source.c_str());
    return answer->proposals;
}

std::string replacedIn(const std::string& text, const QString& from, const QString& to)
{
    auto result = QString::fromStdString(text);
    if (!result.contains(from))
        qFatal("no '%s'", qPrintable(from));
    return result.replace(from, to).toStdString();
}

}  // namespace

class TestSliceHistogram : public QObject {
    Q_OBJECT

private slots:
    /// A slice for each part of the loop, and slices that are runs of the array.
    void levelOfATree()
    {
        const auto made = sliced(kLevels, kLevelBuffers, kLevelSizes);
        QCOMPARE(made.size(), std::size_t{2});
        COMPARE_GOLDEN("slice-histogram-parts", made[0].source);
        COMPARE_GOLDEN("slice-histogram-runs", made[1].source);
        // All of HIGGS's histogram fits: 57344 elements of 4 bytes.
        VERIFY_CONTAINS(made[0].source, "tune SLICE = 57344 ");
        VERIFY_CONTAINS(made[0].source, "of_feature += f_first * 256;");
        VERIFY_CONTAINS(made[1].source, "tune SLICE = 57344 54912 ");
        QVERIFY(made[0].predictedGain > made[1].predictedGain);
        for (const auto& one : made) {
            VERIFY_CONTAINS(one.source, "        if (leaf < 0)\n            continue;\n");
            VERIFY_CONTAINS(one.source, ", BLOCK, SLICE * 4>>>");
            QVERIFY(sliced(one.source, kLevelBuffers, kLevelSizes).empty());
        }
    }

    /// What others get who wrote it otherwise: the same kernel said more plainly.
    void plainForm()
    {
        const auto plain = plainSource(kLevels, "test.cu");
        QVERIFY_RESULT(plain);
        const auto made = sliced(*plain, kLevelBuffers, kLevelSizes);
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "f = f_first; f < f_last;");
    }

    void oneSliceNeedsNoParts()
    {
        const auto made = sliced(kLevels, kLevelBuffers, {{"rows", {1000000}}, {"features", {28}}, {"leaves", {2}}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "tune SLICE = 28672 12288\n");
        VERIFY_LACKS(made[0].source, "f_first");
        QCOMPARE(made[0].predictedGain, 10.0);
    }

    void promisedBlocksStay()
    {
        const auto made = sliced(replacedIn(kLevels, QStringLiteral("__global__ void k("),
                                            QStringLiteral("__global__ void __launch_bounds__(256) k(")),
                                 kLevelBuffers, kLevelSizes);
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "min(ceil_div(rows, 256), ");
        VERIFY_CONTAINS(made[0].source, ", 256, SLICE * 4>>>");
        VERIFY_LACKS(made[0].source, "tune BLOCK =");
    }

    /// Blocks get as many threads as suit a slice, whatever they were tuned to.
    void tunedBlocks()
    {
        const auto tuned = "// warploom: tune BLOCK = 128 256\n"
            + replacedIn(kLevels, QStringLiteral("<<<ceil_div(rows, 256), 256>>>"),
                         QStringLiteral("<<<ceil_div(rows, BLOCK), BLOCK>>>"));
        const auto made = sliced(tuned, kLevelBuffers, kLevelSizes);
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "tune BLOCK_2 = 1024 512 256\n");
        VERIFY_LACKS(made[0].source, "tune BLOCK =");
    }

    void tooManySlices()
    {
        const Sizes many = {{"rows", {1000000}}, {"features", {512}}, {"leaves", {256}}};
        QVERIFY(sliced(kLevels, kLevelBuffers, many).empty());
    }

    /// Elements of 8 bytes before those of 4, in one piece of shared memory.
    void severalArrays()
    {
        const auto made = sliced(kClusters, kClusterBuffers, {{"n", {1000000}}, {"k", {100}}, {"d", {32}}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "extern __shared__ double sums_kept[];");
        VERIFY_CONTAINS(made[0].source,
                        "unsigned int* const counts_kept = reinterpret_cast<unsigned int*>(sums_kept + SLICE);");
        VERIFY_CONTAINS(made[0].source, "max(k * d, k)");
        VERIFY_CONTAINS(made[0].source, "SLICE * 12>>>");
        VERIFY_CONTAINS(made[0].source, "addToSlice(&counts[c], 1u, counts_slice, counts_count, counts_kept);");
    }

    void otherwiseWritten_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::addColumn<int>("proposals");
        const QString pointer = QStringLiteral("Entry* entry = of_feature + own[f];\n");
        const QString second = QStringLiteral("atomicAdd(&entry->hess, hess[row]);");
        const QString moved = QStringLiteral("        of_feature += 256;\n");
        const QString call = QStringLiteral("atomicAdd(&entry->grad, g);");
        QTest::newRow("subscripts") << pointer + QStringLiteral("        atomicAdd(&entry->grad, g);\n        ")
                + second
                                    << QStringLiteral(
                                           "atomicAdd(&of_feature[own[f]].grad, g);\n        "
                                           "atomicAdd(&hist[leaf * features * 256 + f * 256 + own[f]].hess, 1);")
                                    << 2;
        QTest::newRow("a pointer to what is added to") << call << QStringLiteral("atomicAdd((int*)entry, g);") << 2;
        QTest::newRow("a void of it") << call << QStringLiteral("(void)atomicAdd(&entry->grad, g);") << 2;
        QTest::newRow("under a condition") << call << QStringLiteral("if (g != 0) atomicAdd(&entry->grad, g);") << 2;
        QTest::newRow("a round that is left") << call << QStringLiteral("if (g == 0) break;\n        ") + call << 1;
        QTest::newRow("a round that is cut") << call << QStringLiteral("if (g == 0) continue;\n        ") + call << 1;
        QTest::newRow("a round that is cut, and nothing moves")
            << moved << QStringLiteral("if (g == 0) continue;\n        atomicAdd(&hist[f * 256 + own[f]].grad, g);\n")
            << 2;
        QTest::newRow("a pointer that moves by what is read")
            << moved << QStringLiteral("of_feature += own[f];\n") << 1;
        QTest::newRow("a pointer that moves now and then")
            << moved << QStringLiteral("if (f > 3) of_feature += 256;\n") << 1;
        QTest::newRow("an array that is carried along")
            << call << QStringLiteral("last[0] += 1;\n        ") + call << 1;
        QTest::newRow("a loop that counts from 1") << QStringLiteral("int f = 0;") << QStringLiteral("int f = 1;") << 1;
        QTest::newRow("a loop of another length") << QStringLiteral("f < features;") << QStringLiteral("f < n;") << 1;
    }
    void otherwiseWritten()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QFETCH(int, proposals);
        auto source = replacedIn(kLevels, from, to);
        if (to.contains(QStringLiteral("last")))
            source = replacedIn(source, QStringLiteral("    const int g = grad[row];"),
                                QStringLiteral("    int last[1] = {0};\n    const int g = grad[row];"));
        const auto made = sliced(source, kLevelBuffers, kLevelSizes);
        QCOMPARE(int(made.size()), proposals);
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        const QString call = QStringLiteral("atomicAdd(&entry->grad, g);");
        const QString head = QStringLiteral("    const int g = grad[row];\n");
        QTest::newRow("the old value wanted") << call << QStringLiteral("int old = atomicAdd(&entry->grad, g);");
        QTest::newRow("the old value asked")
            << call << QStringLiteral("if (atomicAdd(&entry->grad, g) > 0) ++of_feature;");
        QTest::newRow("an element read") << call << call + QStringLiteral(" if (entry->grad > 9) continue;");
        QTest::newRow("an element written") << call << call + QStringLiteral(" entry->grad = 0;");
        QTest::newRow("another array written") << call << call + QStringLiteral(" ((short*)leaf_of)[row] = 1;");
        QTest::newRow("another atomic") << call << QStringLiteral("atomicMax(&entry->grad, g);");
        QTest::newRow("an exchange") << call << call + QStringLiteral(" atomicExch(&entry->hess, g);");
        QTest::newRow("a pointer that may lead elsewhere")
            << QStringLiteral("        of_feature += 256;\n") << QStringLiteral("        of_feature = (Entry*)bins;\n");
        QTest::newRow("a pointer that is compared") << call << QStringLiteral("if (entry > hist) ") + call;
        QTest::newRow("elements of another width")
            << QStringLiteral("    int grad;\n    int hess;") << QStringLiteral("    unsigned long long grad, hess;");
        QTest::newRow("a barrier") << head << head + QStringLiteral("    __syncthreads();\n");
        QTest::newRow("which thread it is") << head << QStringLiteral("    const int g = threadIdx.x;\n");
        QTest::newRow("how large blocks are") << head << QStringLiteral("    const int g = blockDim.x;\n");
        QTest::newRow("memory of its own") << head << head + QStringLiteral("    __shared__ int s[4];\n");
        QTest::newRow("volatile") << QStringLiteral("const short* leaf_of,")
                                  << QStringLiteral("const volatile short* leaf_of,");
        QTest::newRow("no bound") << QStringLiteral("    if (row >= n)\n        return;\n") << QString();
        QTest::newRow("a return in a loop") << call << QStringLiteral("if (g == 0) return;\n        ") + call;
        QTest::newRow("a variable of the file")
            << QStringLiteral("extern \"C\"") << QStringLiteral("__device__ int seen;\nextern \"C\"");
        QTest::newRow("one buffer twice")
            << QStringLiteral("(bins, leaf, grad, hess, hist,") << QStringLiteral("(bins, leaf, hist, hess, hist,");
        QTest::newRow("a part of the buffer once more")
            << QStringLiteral("(bins, leaf, grad, hess, hist,") << QStringLiteral("(bins, leaf, hist + 8, hess, hist,");
        QTest::newRow("a buffer of unknown extent") << QStringLiteral("hess, hist,") << QStringLiteral("hess, other,");
        QTest::newRow("two launches")
            << QStringLiteral("struct Entry")
            << QStringLiteral(
                   "// warploom: launch k<<<1, 256>>>(bins, leaf, grad, hess, hist, 5, features)\nstruct Entry");
    }
    void notThere()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        auto source = replacedIn(kLevels, from, to);
        if (source.find("seen;") != std::string::npos)
            source = replacedIn(source, QStringLiteral("const int g = grad[row];"),
                                QStringLiteral("const int g = grad[row];\n    seen = g;"));
        QVERIFY2(sliced(source, kLevelBuffers, kLevelSizes).empty(), source.c_str());
    }

    void unknownExtent() { QVERIFY(sliced(kLevels, {}, kLevelSizes).empty()); }

    /// What privatize-histogram and accumulate-local are for is left to them.
    void others()
    {
        QVERIFY(sliced(baseline("histogram"), {{"counts", "i32", "out", {"256"}}}).empty());
        QVERIFY(sliced(baseline("reduce_sum"), {{"y", "f64", "out", {"1"}}}).empty());
    }

    /// Votes of an image's pixels, in two directions: columns and rows are worked out from the item.
    void rowsAndColumns()
    {
        const std::string votes =
            "// warploom: launch k<<<dim3(ceil_div(w, 32), ceil_div(h, 8)), dim3(32, 8)>>>(edges, lines, w, h, 180, "
            "rhos)\n"
            "__global__ void k(const unsigned char* edges, int* lines, int w, int h, int angles, int rhos)\n{\n"
            "    const int x = blockIdx.x * blockDim.x + threadIdx.x;\n"
            "    const int y = blockIdx.y * blockDim.y + threadIdx.y;\n"
            "    if (x >= w || y >= h - 1) return;\n"
            "    if (edges[y * w + x] == 0) return;\n"
            "    for (int a = 0; a < angles; ++a) {\n"
            "        float angle = a * 0.0174533f;\n"
            "        atomicAdd(&lines[a * rhos + int(x * cosf(angle) + y * sinf(angle)) + rhos / 2], 1);\n"
            "    }\n}\n";
        const std::vector<BufferFact> buffers = {{"edges", "u8", "in", {"h", "w"}},
                                                 {"lines", "i32", "out", {"180", "rhos"}}};
        const Sizes timed = {{"w", {3840}}, {"h", {2160}}, {"rhos", {8812}}};
        const auto made = sliced(votes, buffers, timed);
        QCOMPARE(made.size(), std::size_t{2});
        for (const auto& one : made) {
            VERIFY_CONTAINS(one.source, "item < (0ll + w) * (h - 1);");
            VERIFY_CONTAINS(one.source, "const int x = static_cast<int>(item % w);");
            VERIFY_CONTAINS(one.source, "const int y = static_cast<int>(item / w);");
            VERIFY_CONTAINS(one.source, "min(ceil_div(w * (");
        }
        VERIFY_CONTAINS(made[0].source, "for (int a = a_first; a < a_last; ++a) {");
        // Lines of some angles follow each other in memory.
        COMPARE_GOLDEN("slice-histogram-votes", made[0].source);
        // The block's second dimension would add everything once more.
        const auto again =
            replacedIn(replacedIn(votes, QStringLiteral("    const int y = blockIdx.y * blockDim.y + threadIdx.y;\n"),
                                  QStringLiteral("    const int y = 1;\n")),
                       QStringLiteral(" || y >= h - 1"), QString());
        QVERIFY(sliced(again, buffers, timed).empty());
    }

    /// Grid-stride loops are said plainly first.
    void gridStride()
    {
        const auto made =
            sliced("// warploom: launch k<<<1024, 256>>>(v, h, n, m)\n"
                   "__global__ void k(const int* v, int* h, int n, int m)\n{\n"
                   "    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {\n"
                   "        atomicAdd(&h[v[2 * i] * m + v[2 * i + 1]], 1);\n"
                   "    }\n}\n",
                   {{"v", "i32", "in", {"n", "2"}}, {"h", "i32", "out", {"k", "m"}}},
                   {{"n", {1000000}}, {"k", {200}}, {"m", {300}}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "max(ceil_div(k * m, SLICE), 1)");
    }
};

QTEST_APPLESS_MAIN(TestSliceHistogram)
#include "tst_SliceHistogram.moc"
