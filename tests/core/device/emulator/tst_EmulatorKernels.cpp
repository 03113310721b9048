// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "EmulatorHarness.h"

#include <cmath>
#include <numeric>

using namespace warploom;
using namespace warploom::test;

namespace {

std::vector<double> softmaxReference(const std::vector<float>& x, int rows, int cols)
{
    std::vector<double> y(x.size());
    for (int r = 0; r < rows; ++r) {
        const float* row = x.data() + r * cols;
        const double top = *std::max_element(row, row + cols);
        double sum = 0;
        for (int c = 0; c < cols; ++c)
            sum += std::exp(row[c] - top);
        for (int c = 0; c < cols; ++c)
            y[r * cols + c] = std::exp(row[c] - top) / sum;
    }
    return y;
}

double worstError(const std::vector<float>& found, const std::vector<double>& expected)
{
    double worst = 0;
    for (std::size_t i = 0; i < found.size(); ++i)
        worst = std::max(worst, std::abs(found[i] - expected[i]) / (std::abs(expected[i]) + 1e-6));
    return worst;
}

}  // namespace

class tst_EmulatorKernels : public QObject {
    Q_OBJECT

private slots:
    void vectorAdd()
    {
        Harness harness("elementwise");
        const int n = 1000;
        const auto a = noise(n, 1);
        const auto b = noise(n, 2);
        const auto da = harness.buffer("a", a);
        const auto db = harness.buffer("b", b);
        const auto dc = harness.buffer("c", std::vector<float>(n, -7.0f));
        const auto outcome =
            harness.run(harness.step("vector_add", {8}, {128}, {}, da.address, db.address, dc.address, n));
        QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
        const auto c = harness.read<float>(dc);
        for (int i = 0; i < n; ++i)
            QCOMPARE(c[i], a[i] + b[i]);
    }

    void reduction()
    {
        Harness harness("reduction");
        const int n = 10007;
        const auto x = noise(n);
        const auto dx = harness.buffer("x", x);
        const auto dy = harness.buffer("y", std::vector<float>(1, 0.0f));
        const auto outcome = harness.run(harness.step("reduce_sum", {5}, {256}, {}, dx.address, dy.address, n));
        QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
        const double expected = std::accumulate(x.begin(), x.end(), 0.0);
        QVERIFY(std::abs(harness.read<float>(dy)[0] - expected) < 1e-3);
    }

    void histograms_data()
    {
        QTest::addColumn<QString>("kernel");
        QTest::addColumn<int>("blocks");
        QTest::newRow("shared") << "histogram" << 7;
        QTest::newRow("global") << "histogram_global" << 20;
    }
    void histograms()
    {
        QFETCH(QString, kernel);
        QFETCH(int, blocks);
        Harness harness("reduction");
        const int n = 5000;
        std::vector<unsigned char> x(n);
        std::vector<unsigned> expected(256);
        for (int i = 0; i < n; ++i)
            ++expected[x[i] = static_cast<unsigned char>((i * i + 3 * i) % 251)];
        const auto dx = harness.buffer("x", x);
        const auto bins = harness.buffer("bins", std::vector<unsigned>(256));
        const auto outcome = harness.run(harness.step(kernel.toStdString(), {static_cast<unsigned>(blocks)}, {256}, {},
                                                      dx.address, bins.address, n));
        QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
        QVERIFY(harness.read<unsigned>(bins) == expected);
    }

    void softmax_data()
    {
        QTest::addColumn<QString>("kernel");
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("cols");
        for (const auto& [rows, cols] : {std::pair{64, 100}, {33, 257}, {1, 1}})
            for (const char* kernel : {"softmax_thread", "softmax_block"})
                QTest::addRow("%s %dx%d", kernel, rows, cols) << kernel << rows << cols;
    }
    void softmax()
    {
        QFETCH(QString, kernel);
        QFETCH(int, rows);
        QFETCH(int, cols);
        Harness harness("reduction");
        auto x = noise(static_cast<std::size_t>(rows) * cols);
        for (float& value : x)
            value *= 8;
        const auto dx = harness.buffer("x", x);
        const auto dy = harness.buffer("y", std::vector<float>(x.size()));
        const bool isBlock = kernel == "softmax_block";
        const Extent3 grid{static_cast<unsigned>(isBlock ? rows : (rows + 63) / 64)};
        const auto outcome = harness.run(harness.step(kernel.toStdString(), grid, {64}, Bytes{isBlock ? 256u : 0u},
                                                      dx.address, dy.address, rows, cols));
        QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
        QVERIFY(worstError(harness.read<float>(dy), softmaxReference(x, rows, cols)) < 2e-6);
    }

    void transposes_data()
    {
        QTest::addColumn<QString>("kernel");
        for (const char* kernel : {"transpose_naive", "transpose_tile", "transpose_padded"})
            QTest::newRow(kernel) << kernel;
    }
    void transposes()
    {
        QFETCH(QString, kernel);
        Harness harness("tiles");
        const int rows = 70;
        const int cols = 45;
        const auto x = noise(rows * cols);
        const auto dx = harness.buffer("x", x);
        const auto dy = harness.buffer("y", std::vector<float>(x.size()));
        const Extent3 block{32, kernel == "transpose_naive" ? 32u : 8u};
        const auto outcome =
            harness.run(harness.step(kernel.toStdString(), {2, 3}, block, {}, dx.address, dy.address, rows, cols));
        QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
        const auto y = harness.read<float>(dy);
        for (int r = 0; r < rows; ++r)
            for (int c = 0; c < cols; ++c)
                QCOMPARE(y[c * rows + r], x[r * cols + c]);
    }

    void products_data()
    {
        QTest::addColumn<QString>("kernel");
        QTest::newRow("naive") << "sgemm_naive";
        QTest::newRow("tiled") << "sgemm_tiled";
    }
    void products()
    {
        QFETCH(QString, kernel);
        Harness harness("tiles");
        const int n = 64;
        const auto a = noise(n * n, 1);
        const auto b = noise(n * n, 2);
        const auto da = harness.buffer("a", a);
        const auto db = harness.buffer("b", b);
        const auto dc = harness.buffer("c", std::vector<float>(n * n));
        const bool isTiled = kernel == "sgemm_tiled";
        const auto outcome = harness.run(harness.step(kernel.toStdString(), isTiled ? Extent3{1, 1} : Extent3{4, 4},
                                                      isTiled ? Extent3{256} : Extent3{16, 16}, {}, da.address,
                                                      db.address, dc.address, n, n, n));
        QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
        const auto c = harness.read<float>(dc);
        for (int i = 0; i < n; ++i)
            for (int j = 0; j < n; ++j) {
                double expected = 0;
                for (int k = 0; k < n; ++k)
                    expected += static_cast<double>(a[i * n + k]) * b[k * n + j];
                QVERIFY(std::abs(c[i * n + j] - expected) < 1e-4);
            }
    }

    void convolution()
    {
        Harness harness("tiles");
        const int height = 19;
        const int width = 37;
        const auto x = noise(height * width, 3);
        const auto w = noise(9, 4);
        const auto dx = harness.buffer("x", x);
        const auto dw = harness.buffer("w", w);
        const auto dy = harness.buffer("y", std::vector<float>(x.size()));
        const auto outcome = harness.run(
            harness.step("conv2d", {3, 2}, {16, 16}, {}, dx.address, dw.address, dy.address, height, width));
        QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
        const auto y = harness.read<float>(dy);
        for (int r = 0; r < height; ++r)
            for (int c = 0; c < width; ++c) {
                double expected = 0;
                for (int i = -1; i <= 1; ++i)
                    for (int j = -1; j <= 1; ++j)
                        if (r + i >= 0 && r + i < height && c + j >= 0 && c + j < width)
                            expected += static_cast<double>(x[(r + i) * width + c + j]) * w[(i + 1) * 3 + j + 1];
                QVERIFY(std::abs(y[r * width + c] - expected) < 1e-5);
            }
    }

    void sameResultsForAnyNumberOfThreads()
    {
        std::vector<std::vector<float>> results;
        std::vector<std::string> counters;
        for (const unsigned threads : {1u, 2u, 5u}) {
            Harness harness("reduction", threads);
            const int rows = 40;
            const int cols = 77;
            const auto dx = harness.buffer("x", noise(rows * cols));
            const auto dy = harness.buffer("y", std::vector<float>(rows * cols));
            const auto outcome =
                harness.run(harness.step("softmax_block", {40}, {64}, Bytes{256}, dx.address, dy.address, rows, cols));
            QVERIFY(!outcome.fault);
            results.push_back(harness.read<float>(dy));
            counters.push_back(nlohmann::json(outcome.counters).dump());
        }
        QVERIFY(results[0] == results[1] && results[0] == results[2]);
        QVERIFY(counters[0] == counters[1] && counters[0] == counters[2]);
    }
};

QTEST_APPLESS_MAIN(tst_EmulatorKernels)
#include "tst_EmulatorKernels.moc"
