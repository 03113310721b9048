// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

using Sizes = std::map<std::string, std::vector<std::int64_t>>;

/// A histogram of each channel of each image, whose pixels are structures.
const std::string kImages =
    "// warploom: launch k<<<dim3(ceil_div(w, 32), ceil_div(h, 4), n), dim3(32, 4, 1)>>>(frames, counts, h, w)\n"
    "struct Rgb {\n    unsigned char r, g, b;\n};\n"
    "__global__ void k(const Rgb* frames, unsigned* counts, int h, int w)\n{\n"
    "    const int col = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    const int row = blockIdx.y * blockDim.y + threadIdx.y;\n"
    "    if (col >= w || row >= h)\n        return;\n"
    "    const Rgb pixel = frames[((size_t)blockIdx.z * h + row) * w + col];\n"
    "    unsigned* own = counts + blockIdx.z * 3 * 256;\n"
    "    atomicAdd(own + pixel.r, 1u);\n"
    "    atomicAdd(own + 256 + pixel.g, 1u);\n"
    "    atomicAdd(own + 512 + pixel.b, 1u);\n"
    "}\n";

/// Values of samples in one line, of each of which there are so many.
const std::string kSamples = "// warploom: launch k<<<ceil_div(n * len, 256), 256>>>(v, counts, n * len, len)\n"
                             "__global__ void k(const unsigned short* v, int* counts, int total, int len)\n{\n"
                             "    const int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                             "    if (i < total)\n"
                             "        atomicAdd(&counts[i / len * 1024 + v[i] / 64], 1);\n"
                             "}\n";

const Sizes kSizes = {{"n", {64, 8}}, {"h", {1080, 2160}}, {"w", {1920, 3840}}, {"len", {100000, 1 << 22}}};

std::vector<MoveProposal> counted(const std::string& source, const std::vector<std::string>& shape,
                                  const Sizes& sizes = kSizes)
{
    MoveRequest request{
        source,
        "test.cu",
        {"slice-histogram"},
        {{"frames", "u8", "in", {"n", "h", "w", "3"}},
         {"v", "u16", "in", {"n", "len"}},
         {"counts", source.find("int* counts, int total") != std::string::npos ? "i32" : "u32", "out", shape}},
        {}};
    request.timeSizes = sizes;
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

/// Histograms that belong to a layer of the work: blocks keep those of their own layer.
class tst_LayerHistogram : public QObject {
    Q_OBJECT

private slots:
    void images()
    {
        const auto made = counted(kImages, {"n", "3", "256"});
        QCOMPARE(made.size(), std::size_t{1});
        COMPARE_GOLDEN("slice-histogram-layers", made[0].source);
        VERIFY_CONTAINS(made[0].source, "tune SLICE = 768\n");
        VERIFY_CONTAINS(made[0].source,
                        "dim3(min(ceil_div(w * h, BLOCK), max(BLOCKS / n, 1)), 1, n), BLOCK, SLICE * 4>>>");
        QVERIFY(counted(made[0].source, {"n", "3", "256"}).empty());
    }

    void samples()
    {
        const auto made = counted(kSamples, {"n", "1024"});
        QCOMPARE(made.size(), std::size_t{1});
        COMPARE_GOLDEN("slice-histogram-quotients", made[0].source);
        QVERIFY(counted(made[0].source, {"n", "1024"}).empty());
    }

    /// Where a column or a row says more than a place in one line, both are worked out.
    void rowsAndColumns_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        const auto use = QStringLiteral("    unsigned* own");
        QTest::newRow("a column of its own") << use << QStringLiteral("    if (col == 3) return;\n    unsigned* own");
        QTest::newRow("rows with a gap") << QStringLiteral("* w + col]") << QStringLiteral("* (w + 1) + col]");
        QTest::newRow("columns first") << QStringLiteral("* h + row) * w + col]")
                                       << QStringLiteral("* w + col) * h + row]");
        QTest::newRow("fewer columns") << QStringLiteral("col >= w ||") << QStringLiteral("col >= w - 1 ||");
        QTest::newRow("a column below") << QStringLiteral("* w + col]") << QStringLiteral("* w + col - 1]");
    }
    void rowsAndColumns()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        const auto made = counted(replacedIn(kImages, from, to), {"n", "3", "256"});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_LACKS(made[0].source, "without a gap");
        VERIFY_CONTAINS(made[0].source, "const int col = static_cast<int>(item % ");
    }

    void otherwiseShaped_data()
    {
        QTest::addColumn<QString>("grid");
        QTest::addColumn<QString>("shape");
        QTest::addColumn<QString>("elements");
        QTest::newRow("a tensor of one axis more")
            << QStringLiteral("n") << QStringLiteral("n 3 16 16") << QStringLiteral("3 * 16 * 16");
        QTest::newRow("layers of two axes")
            << QStringLiteral("n * 3") << QStringLiteral("n 3 256") << QStringLiteral("256");
        QTest::newRow("layers of two axes, the other way round")
            << QStringLiteral("3 * n") << QStringLiteral("n 3 256") << QStringLiteral("256");
    }
    void otherwiseShaped()
    {
        QFETCH(QString, grid);
        QFETCH(QString, shape);
        QFETCH(QString, elements);
        std::vector<std::string> axes;
        for (const auto& axis : shape.split(QLatin1Char(' ')))
            axes.push_back(axis.toStdString());
        const auto made = counted(
            replacedIn(kImages, QStringLiteral(", n), dim3"), QStringLiteral(", ") + grid + QStringLiteral("), dim3")),
            axes);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "(frames, counts, h, w, " + elements.toStdString() + ")");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        const QString call = QStringLiteral("    atomicAdd(own + pixel.r, 1u);\n");
        QTest::newRow("as many layers as the array has none")
            << QStringLiteral(", n), dim3(") << QStringLiteral(", n + 1), dim3(");
        QTest::newRow("threads of a layer") << QStringLiteral("dim3(32, 4, 1)") << QStringLiteral("dim3(32, 4, 2)");
        QTest::newRow("an old value wanted")
            << call << QStringLiteral("    if (atomicAdd(own + pixel.r, 1u) == 0) own += 1;\n");
        QTest::newRow("bins read") << call << call + QStringLiteral("    if (own[3] > 9) return;\n");
        QTest::newRow("bins set") << call << call + QStringLiteral("    own[3] = 0;\n");
        QTest::newRow("the largest") << call << QStringLiteral("    atomicMax(own + pixel.r, 1u);\n");
        QTest::newRow("which thread it is") << call << QStringLiteral("    atomicAdd(own + threadIdx.x, 1u);\n");
        QTest::newRow("which block it is") << call << QStringLiteral("    atomicAdd(own + blockIdx.y, 1u);\n");
        QTest::newRow("how many blocks there are")
            << call << QStringLiteral("    atomicAdd(own + gridDim.x % 256, 1u);\n");
        QTest::newRow("a barrier") << call << call + QStringLiteral("    __syncthreads();\n");
        QTest::newRow("one buffer twice")
            << QStringLiteral("(frames, counts, h, w)") << QStringLiteral("(counts, counts, h, w)");
        QTest::newRow("no bound of the rows") << QStringLiteral(" || row >= h") << QString();
    }
    void notThere()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QVERIFY(counted(replacedIn(kImages, from, to), {"n", "3", "256"}).empty());
    }

    void layersThatDoNotFit()
    {
        QVERIFY(counted(kImages, {"n", "3", "65536"}).empty());
        QVERIFY(counted(kImages, {"3", "256"}).empty());
    }

    /// Slices as they were: the quotient says no layer of the array.
    void otherQuotients_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::newRow("of another number") << QStringLiteral("i / len *") << QStringLiteral("(i + 1) / len *");
        QTest::newRow("by what differs") << QStringLiteral("i / len *") << QStringLiteral("i / (len + v[0]) *");
        QTest::newRow("of fewer") << QStringLiteral("i / len *") << QStringLiteral("i / (len * 2) *");
    }
    void otherQuotients()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        const auto made = counted(replacedIn(kSamples, from, to), {"n", "1024"}, {{"n", {40}}, {"len", {1000000}}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_LACKS(made[0].source, "addToLayer");
    }
};

QTEST_APPLESS_MAIN(tst_LayerHistogram)
#include "tst_LayerHistogram.moc"
