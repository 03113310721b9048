// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// An exclusive scan of squares in three launches, with other names, loops and layouts than the library's.
const char* const kSquares =
    "// warploom: tune PIECE = 100 200\n"
    "// warploom: let PIECES = ceil_div(n, PIECE)\n"
    "// warploom: scratch left i64[PIECES]\n"
    "// warploom: launch fold<<<ceil_div(PIECES, 64), 64>>>(left, v, PIECES, n)\n"
    "// warploom: launch spread<<<1, 1>>>(PIECES, left)\n"
    "// warploom: launch finish<<<ceil_div(PIECES, 64), 64>>>(n, w, PIECES, v, left)\n"
    "__global__ void fold(long long* t, const int* a, int pieces, int n) {\n"
    "    const int p = threadIdx.x + blockDim.x * blockIdx.x;\n"
    "    if (p < pieces) {\n"
    "        long long s = 0;\n"
    "        for (int i = p * PIECE; i < (p + 1) * PIECE && i < n; i++)\n"
    "            s += (long long)a[i] * a[i];\n"
    "        t[p] = s;\n"
    "    }\n}\n"
    "__global__ void spread(int pieces, long long* t) {\n"
    "    if (threadIdx.x == 0) {\n"
    "        long long run = 0;\n"
    "        for (int p = 0; p < pieces; ++p) {\n"
    "            const long long mine = t[p];\n"
    "            t[p] = run;\n"
    "            run = run + mine;\n"
    "        }\n    }\n}\n"
    "__global__ void finish(int total, long long* out, int pieces, const int* b, const long long* t) {\n"
    "    const int q = threadIdx.x + blockDim.x * blockIdx.x;\n"
    "    if (q >= pieces) return;\n"
    "    const int end = PIECE * q + PIECE < total ? PIECE * q + PIECE : total;\n"
    "    long long sum = t[q];\n"
    "    for (int k = PIECE * q; k < end; ++k) {\n"
    "        const int x = b[k];\n"
    "        out[k] = sum;\n"
    "        sum += (long long)x * x;\n"
    "    }\n}\n";

/// One thread takes running maxima.
const char* const kMaxima = "// warploom: launch peaks<<<1, 1>>>(x, y, n, floor)\n"
                            "__global__ void peaks(const float* x, float* y, int n, float floor) {\n"
                            "    float best = floor;\n"
                            "    for (int i = 0; i < n; ++i) {\n"
                            "        best = fmaxf(best, x[i]);\n"
                            "        y[i] = best - x[i];\n"
                            "    }\n}\n";

std::string withChange(const std::string& source, const QString& replaced, const QString& by)
{
    auto text = QString::fromStdString(source);
    if (!replaced.isEmpty() && !text.contains(replaced))
        qFatal("'%s' is not in the source", qPrintable(replaced));
    return text.replace(replaced, by).toStdString();
}

std::vector<MoveProposal> scans(const std::string& source)
{
    const auto made = proposals(source, "scan-single-pass");
    for (const auto& one : made)
        if (const auto error = errorOf(one.source); !error.empty())
            qFatal("%s\n%s", error.c_str(), one.source.c_str());
    return made;
}

/// Proposals that make one launch of those that end with \p kernel. The scan of the chunks' totals alone is another.
std::ptrdiff_t scansIn(const std::string& source, const std::string& kernel)
{
    const auto made = scans(source);
    return std::ranges::count_if(made, [&](const auto& one) { return one.title.ends_with(" in " + kernel); });
}

}  // namespace

class TestScanSinglePass : public QObject {
    Q_OBJECT

private slots:
    void prefixSum()
    {
        const auto made = scans(baseline("prefix_sum"));
        QCOMPARE(made.size(), std::size_t{1});
        COMPARE_GOLDEN("scan-single-pass-prefix_sum", made[0].source);
        // Nothing is left to do, and nothing is left of the three launches.
        QVERIFY(scans(made[0].source).empty());
        VERIFY_LACKS(made[0].source, "CHUNKS");
        VERIFY_LACKS(made[0].source, "scan_chunks");
    }

    void squares()
    {
        const auto made = scans(kSquares);
        QCOMPARE(made.size(), std::size_t{1});
        COMPARE_GOLDEN("scan-single-pass-squares", made[0].source);
        VERIFY_CONTAINS(made[0].source, "// warploom: scratch tile_state u64[1 + 2 * SCAN_TILES]");
        VERIFY_CONTAINS(made[0].source, "finish<<<SCAN_TILES, SCAN_BLOCK>>>(n, w, v, tile_state)");
    }

    void maxima()
    {
        const auto made = scans(kMaxima);
        QCOMPARE(made.size(), std::size_t{1});
        COMPARE_GOLDEN("scan-single-pass-maxima", made[0].source);
        VERIFY_CONTAINS(made[0].source, "lookBackMax(tile_state + 1, tile, of_tile, floor)");
    }

    void fewerChunks()
    {
        // What the launches leave out stays left out.
        const auto source = withChange(baseline("prefix_sum"), "ceil_div(n, 1024)", "n / 1024");
        const auto made = scans(source);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "min(n, (CHUNKS) * (1024))");
        VERIFY_CONTAINS(made[0].source, "long long count");
    }

    void otherShapes_data()
    {
        QTest::addColumn<QStringList>("changes");
        QTest::newRow("totals up to each chunk's end") << QStringList{
            "        before[chunk] = sum;\n        sum += own;", "        sum += own;\n        before[chunk] = sum;",
            "int sum = before[chunk];", "int sum = chunk > 0 ? before[chunk - 1] : 0;"};
        QTest::newRow("ends cut afterwards") << QStringList{"int end = min((chunk + 1) * 1024, n);",
                                                            "int end = chunk * 1024 + 1024;\n    if (end > n)\n"
                                                            "        end = n;"};
        QTest::newRow("both conditions in the loop") << QStringList{
            "int end = min((chunk + 1) * 1024, n);", "int end = (chunk + 1) * 1024;", "i < end;", "i < end && i < n;"};
        QTest::newRow("exclusive") << QStringList{"        sum += x[i];\n        sums[i] = sum;",
                                                  "        sums[i] = sum;\n        sum += x[i];"};
        QTest::newRow("only some") << QStringList{"        sum += x[i];", "        if (x[i] > 3) sum += x[i];"};
        QTest::newRow("counted") << QStringList{"        sum += x[i];", "        if (x[i] > 3) ++sum;"};
    }
    void otherShapes()
    {
        QFETCH(QStringList, changes);
        auto source = baseline("prefix_sum");
        for (qsizetype i = 0; i < changes.size(); i += 2)
            source = withChange(source, changes[i], changes[i + 1]);
        QCOMPARE(scansIn(source, "write_sums"), std::ptrdiff_t{1});
    }

    void lastElement()
    {
        // The whole sum goes behind the others, as tables of offsets have it.
        const auto source = withChange(kMaxima, "    }\n}\n", "    }\n    y[n] = best;\n}\n");
        const auto made = scans(source);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "threadIdx.x == 0 && limit <= (tile + 1)");
        QVERIFY(scans(withChange(kMaxima, "    }\n}\n", "    }\n    y[0] = best;\n}\n")).empty());
    }

    void localCount()
    {
        // A count that only the launch can tell.
        const auto made = scans(withChange(withChange(kMaxima, "float best", "const int all = 2 * n;\n    float best"),
                                           "i < n", "i < all"));
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "(x, y, floor, 2 * n, tile_state)");
        VERIFY_CONTAINS(made[0].source, "long long count");
    }

    void elementTypes_data()
    {
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("word");
        QTest::newRow("unsigned") << "unsigned" << "u32";
        QTest::newRow("float") << "float" << "f32";
        QTest::newRow("double") << "double" << "f64";
        QTest::newRow("long long") << "long long" << "i64";
    }
    void elementTypes()
    {
        QFETCH(QString, type);
        QFETCH(QString, word);
        auto source = QString::fromStdString(baseline("prefix_sum"));
        for (const auto* name : {"int* x", "int* before", "int* sums", "int sum", "int own"})
            source.replace(name, type + (name + 3));
        const auto made = scans(source.replace("before i32", "before " + word).toStdString());
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, (type == "float" ? "scanWarpSum(" : "scanWarpSum_"));
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        QTest::newRow("other elements") << "        sum += x[i];\n        sums"
                                        << "        sum += x[i] + 1;\n        sums";
        QTest::newRow("other chunks") << "min((chunk + 1) * 1024, n);\n    int sum = before"
                                      << "min((chunk + 1) * 512, n);\n    int sum = before";
        QTest::newRow("other starts") << "int sum = 0;\n    for (int i" << "int sum = 1;\n    for (int i";
        QTest::newRow("inclusive totals") << "        before[chunk] = sum;\n        sum += own;"
                                          << "        sum += own;\n        before[chunk] = sum;";
        QTest::newRow("read after it was overwritten") << "sum += own;" << "sum += before[chunk];";
        QTest::newRow("another's chunk") << "int sum = before[chunk];" << "int sum = before[chunk + 1];";
        QTest::newRow("not all chunks") << "(before, CHUNKS)\n" << "(before, CHUNKS - 1)\n";
        QTest::newRow("totals that are wanted") << "// warploom: scratch before i32[CHUNKS]\n" << "";
        QTest::newRow("conditional launch") << "scan_chunks<<<1, 1>>>(before, CHUNKS)"
                                            << "scan_chunks<<<1, 1>>>(before, CHUNKS) when n > 5";
        QTest::newRow("another step between") << "// warploom: launch write_sums"
                                              << "// warploom: zero sums\n// warploom: launch write_sums";
        QTest::newRow("many threads scan") << "scan_chunks<<<1, 1>>>" << "scan_chunks<<<1, 32>>>";
        QTest::newRow("the chunk counts") << "sums[i] = sum;" << "sums[i] = sum + chunk;";
        QTest::newRow("no running value") << "sums[i] = sum;" << "sums[i / 2] = sum;";
        QTest::newRow("depends on what is written") << "sums[i] = sum;" << "sums[i] = sum + sums[i - 1];";
        QTest::newRow("in place") << "write_sums<<<ceil_div(CHUNKS, 256), 256>>>(x, before, sums,"
                                  << "write_sums<<<ceil_div(CHUNKS, 256), 256>>>(x, before, x,";
        QTest::newRow("not associative") << "        sum += x[i];\n        sums"
                                         << "        sum = sum / 2 + x[i];\n        sums";
    }
    void notThere()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        QCOMPARE(scansIn(baseline("prefix_sum"), "write_sums"), std::ptrdiff_t{1});
        QCOMPARE(scansIn(withChange(baseline("prefix_sum"), replaced, by), "write_sums"), std::ptrdiff_t{0});
    }

    void notAlone_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        QTest::newRow("many threads") << "<<<1, 1>>>" << "<<<n, 1>>>";
        QTest::newRow("from another place") << "int i = 0" << "int i = 1";
        QTest::newRow("early end") << "y[i] = best - x[i];" << "if (best > 5) break; y[i] = best - x[i];";
        QTest::newRow("atomics") << "y[i] = best - x[i];" << "y[i] = best - x[i]; atomicAdd(&y[0], 1.0f);";
        QTest::newRow("two values") << "best = fmaxf(best, x[i]);" << "best = fmaxf(best, x[i]); floor += x[i];";
        QTest::newRow("neighbours of what is written") << "y[i] = best - x[i];" << "y[i] = best - y[i + 1];";
        QTest::newRow("rounded") << "float best = floor;" << "int best = 0;";
    }
    void notAlone()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        QVERIFY(scans(withChange(kMaxima, replaced, by)).empty());
    }

    /// A grid of nothing is an error, and what comes after the loop is done all the same.
    void emptyOnes()
    {
        const auto less = scans(withChange(kMaxima, "i < n", "i < n - 1"));
        QCOMPARE(less.size(), std::size_t{1});
        VERIFY_CONTAINS(less[0].source, "let SCAN_TILES = max(1, ceil_div(");
        const auto after =
            withChange(kMaxima, "y[i] = best - x[i];\n    }", "y[i] = best - x[i];\n    }\n    y[n] = best;");
        QCOMPARE(scans(after).size(), std::size_t{1});
        VERIFY_CONTAINS(scans(after)[0].source, "let SCAN_TILES = max(1, ceil_div(n, SCAN_BLOCK * SCAN_ITEMS))");
        // Other blocks read what the last one would write.
        QVERIFY(scans(withChange(after, "y[n] = best;", "const_cast<float*>(x)[0] = best;")).empty());
        QVERIFY(scans(withChange(withChange(after, "best = floor", "best = y[n]"), "y[i] = best - x[i]", "y[i] = best"))
                    .empty());
    }

    void tunableChunks()
    {
        // Only the names tell that chunks are as long as the launches think.
        const auto source = withChange(kSquares, "ceil_div(n, PIECE)", "ceil_div(n, 100)");
        const auto made = scans(source);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "min(n, (PIECES) * (PIECE))");
        QCOMPARE(scansIn(withChange(kSquares, "PIECE * q + PIECE < total ? PIECE * q + PIECE",
                                    "100 * q + 100 < total ? 100 * q + 100"),
                         "finish"),
                 std::ptrdiff_t{0});
    }

    void totalsAlone()
    {
        // Where the rest is not understood, the scan of the totals still is.
        const auto source = withChange(baseline("prefix_sum"), "sums[i] = sum;", "sums[i] = sum + chunk;");
        QCOMPARE(scansIn(source, "scan_chunks"), std::ptrdiff_t{1});
    }

    void composition()
    {
        // Its result is a source like any other.
        const auto made = scans(baseline("prefix_sum"));
        QVERIFY(!proposals(made[0].source, "restrict-const").empty());
    }
};

QTEST_APPLESS_MAIN(TestScanSinglePass)
#include "tst_ScanSinglePass.moc"
