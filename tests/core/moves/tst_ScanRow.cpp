// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// Running sums along rows, with what the whole row comes to.
const char* const kRows = "// warploom: launch along<<<ceil_div(rows, 128), 128>>>(x, y, total, rows, cols)\n"
                          "__global__ void along(const float* x, float* y, float* total, int rows, int cols) {\n"
                          "    int row = blockIdx.x * blockDim.x + threadIdx.x;\n"
                          "    if (row >= rows)\n        return;\n"
                          "    float sum = 0.0f;\n"
                          "    for (int c = 0; c < cols; ++c) {\n"
                          "        sum += x[row * cols + c];\n"
                          "        y[row * cols + c] = sum;\n"
                          "    }\n"
                          "    total[row] = sum;\n}\n";

/// Exclusive running maxima of the segments that a table of offsets tells, in half precision.
const char* const kSegments = "#include <cuda_fp16.h>\n"
                              "// warploom: launch peaks<<<ceil_div(segments, 256), 256>>>(segments, offsets, v, w)\n"
                              "__global__ void peaks(int segments, const int* offsets, const __half* v, float* w) {\n"
                              "    const int s = threadIdx.x + blockIdx.x * blockDim.x;\n"
                              "    if (s < segments) {\n"
                              "        const int end = offsets[s + 1];\n"
                              "        float best = -1e30f;\n"
                              "        for (int i = offsets[s]; i < end; i++) {\n"
                              "            const float own = __half2float(v[i]);\n"
                              "            w[i] = best;\n"
                              "            best = own > best ? own : best;\n"
                              "        }\n    }\n}\n";

std::vector<MoveProposal> scans(const std::string& source)
{
    const auto made = proposals(source, "scan-row");
    for (const auto& one : made)
        if (const auto error = errorOf(one.source); !error.empty())
            qFatal("%s\n%s", error.c_str(), one.source.c_str());
    return made;
}

}  // namespace

class TestScanRow : public QObject {
    Q_OBJECT

private slots:
    void rows()
    {
        const auto made = scans(kRows);
        QCOMPARE(made.size(), std::size_t{2});
        COMPARE_GOLDEN("scan-row-block", made[0].source);
        COMPARE_GOLDEN("scan-row-warp", made[1].source);
        VERIFY_CONTAINS(made[0].source, "along<<<rows, BLOCK>>>");
        VERIFY_CONTAINS(made[1].source, "along<<<ceil_div(rows, BLOCK / 32), BLOCK>>>");
        // Nothing is left to do.
        QVERIFY(scans(made[0].source).empty());
        QVERIFY(scans(made[1].source).empty());
    }

    void segments()
    {
        const auto made = scans(kSegments);
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "for (long long tile = offsets[s]; tile < limit;");
        VERIFY_CONTAINS(made[0].source, "value = fmaxf(before, value);");
        VERIFY_CONTAINS(made[0].source, "*reinterpret_cast<uint2*>(v_packed)");
    }

    void chunks()
    {
        // What a chunk begins with is known when its block begins.
        const auto made = scans(baseline("prefix_sum"));
        QCOMPARE(made.size(), std::size_t{2});
        COMPARE_GOLDEN("scan-row-prefix_sum", made[0].source);
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        QTest::newRow("nothing written") << "y[row * cols + c] = sum;" << "";
        QTest::newRow("not folded") << "sum += x[row * cols + c];" << "sum = x[row * cols + c];";
        QTest::newRow("not associative") << "sum += x[row * cols + c];" << "sum = fabsf(sum - x[row * cols + c]);";
        QTest::newRow("columns") << "y[row * cols + c] = sum;" << "y[c * rows + row] = sum;";
        QTest::newRow("reads what it wrote") << "sum += x[row * cols + c];" << "sum += y[row * cols + c + 1];";
        QTest::newRow("leaves early") << "sum += x" << "if (sum > 9) break;\n        sum += x";
        QTest::newRow("steps") << "++c" << "c += 2";
        QTest::newRow("two folds") << "sum += x[row * cols + c];" << "sum += x[row * cols + c]; row += 0 * c;";
        QTest::newRow("written array passed twice") << "(x, y, total" << "(y, y, total";
        QTest::newRow("reads the row afterwards") << "total[row] = sum;" << "total[row] = y[row * cols];";
        QTest::newRow("other width") << "float sum" << "double sum";
        QTest::newRow("writes afterwards what others read")
            << "y[row * cols + c] = sum;" << "y[row * cols + c] = sum * total[row];";
        QTest::newRow("passed twice and written afterwards") << "(x, y, total" << "(x, y, x";
        QTest::newRow("sets afterwards") << "total[row] = sum;" << "sum *= 2; total[row] = sum;";
        QTest::newRow("atomic") << "y[row * cols + c] = sum;" << "atomicAdd(&y[row * cols + c], sum);";
        QTest::newRow("short rows") << "c < cols" << "c < 16";
        QTest::newRow("begins with what it overwrites") << "float sum = 0.0f;" << "float sum = y[row * cols];";
        QTest::newRow("two dimensions") << "<<<ceil_div(rows, 128), 128>>>" << "<<<dim3(rows, 2), 128>>>";
    }
    void notThere()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        auto source = QString::fromLatin1(kRows);
        QVERIFY(source.contains(replaced));
        source.replace(replaced, by);
        // A wider sum of narrower elements is a scan all the same.
        QCOMPARE(scans(source.toStdString()).empty(), by != "double sum");
    }

    /// Products and negations are of the sum's type, as they were; and so is the row.
    void conversionsStay()
    {
        const auto made = [](const QString& replaced, const QString& by) {
            auto source = QString::fromLatin1(kRows).replace("float sum", "double sum").replace("0.0f", "0.0");
            source.replace("int row =", "auto row =")
                .replace("blockIdx.x * blockDim", "(long long)blockIdx.x * blockDim");
            return scans(source.replace(replaced, by).toStdString()).at(0).source;
        };
        // The products of integers would overflow.
        auto integers = QString::fromLatin1(kRows).replace("const float* x", "const int* x");
        integers.replace("sum += x[row * cols + c];", "sum = fmaf(x[row * cols + c], x[row * cols + c], sum);");
        const auto product = scans(integers.toStdString()).at(0).source;
        VERIFY_CONTAINS(product, "(static_cast<float>(x_packed[k])) * (static_cast<float>(x_packed[k]))");
        const auto difference = made("sum += x", "sum -= x");
        VERIFY_CONTAINS(difference, "-(static_cast<double>(x_packed[k]))");
        VERIFY_CONTAINS(difference, "auto row = static_cast<long long>(blockIdx.x);");
    }

    void composition()
    {
        // A scan of all is still found where its last step was done by blocks.
        const auto made = scans(kRows);
        QVERIFY(!proposals(made[0].source, "restrict-const").empty());
    }
};

QTEST_APPLESS_MAIN(TestScanRow)
#include "tst_ScanRow.moc"
