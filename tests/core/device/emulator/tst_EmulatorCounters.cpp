// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "EmulatorHarness.h"

using namespace warploom;
using namespace warploom::test;

class tst_EmulatorCounters : public QObject {
    Q_OBJECT

private slots:
    void sectorsOfCopies_data()
    {
        QTest::addColumn<int>("stride");
        QTest::addColumn<unsigned>("sectors");
        QTest::newRow("coalesced") << 1 << 4u;
        QTest::newRow("every second") << 2 << 8u;
        QTest::newRow("strided") << 32 << 32u;
    }
    void sectorsOfCopies()
    {
        QFETCH(int, stride);
        QFETCH(unsigned, sectors);
        Harness harness("elementwise");
        const int n = 4096;
        const auto x = harness.buffer("x", std::vector<float>(n));
        const auto y = harness.buffer("y", std::vector<float>(n));
        const auto outcome = harness.run(harness.step("copy", {n / 256}, {256}, {}, x.address, y.address, n, stride));
        QVERIFY(!outcome.fault);
        const LaunchCounters& counters = outcome.counters.at(0);
        QCOMPARE(counters.globalLoadRequests, n / 32u);
        QCOMPARE(counters.globalLoadSectors, n / 32u * sectors);
        QCOMPARE(counters.globalStoreRequests, n / 32u);
        QCOMPARE(counters.globalStoreSectors, n / 32u * sectors);
        QCOMPARE(counters.blocks, 16u);
        QCOMPARE(counters.sampledBlocks, 16u);
    }

    void vectorAccessNeedsFewerRequests()
    {
        Harness harness("elementwise");
        const int n = 1024;
        const auto x = harness.buffer("x", std::vector<float>(4 * n));
        const auto y = harness.buffer("y", std::vector<float>(4 * n));
        const auto outcome = harness.run(harness.step("copy_vector", {4}, {256}, {}, x.address, y.address, n));
        QVERIFY(!outcome.fault);
        QCOMPARE(outcome.counters[0].globalLoadRequests, 32u);
        QCOMPARE(outcome.counters[0].globalLoadSectors, 32u * 16u);
    }

    void bankConflictsOfTransposes_data()
    {
        QTest::addColumn<QString>("kernel");
        QTest::addColumn<unsigned>("extra");
        QTest::newRow("plain tile") << "transpose_tile" << 31u;
        QTest::newRow("padded tile") << "transpose_padded" << 0u;
    }
    void bankConflictsOfTransposes()
    {
        QFETCH(QString, kernel);
        QFETCH(unsigned, extra);
        Harness harness("tiles");
        const int n = 128;
        const auto x = harness.buffer("x", std::vector<float>(n * n));
        const auto y = harness.buffer("y", std::vector<float>(n * n));
        const auto outcome =
            harness.run(harness.step(kernel.toStdString(), {4, 4}, {32, 8}, {}, x.address, y.address, n, n));
        QVERIFY(!outcome.fault);
        const LaunchCounters& counters = outcome.counters.at(0);
        const std::uint64_t reads = n * n / 32;
        QCOMPARE(counters.sharedRequests, 2 * reads);
        QCOMPARE(counters.sharedBankConflicts, extra * reads);
        QCOMPARE(counters.sharedWavefronts, 2 * reads + extra * reads);
        QCOMPARE(counters.barriers, 16u * 8u);
    }

    void instructionsAndFlops()
    {
        Harness harness("tiles");
        const int n = 64;
        const auto a = harness.buffer("a", std::vector<float>(n * n));
        const auto c = harness.buffer("c", std::vector<float>(n * n));
        const auto outcome =
            harness.run(harness.step("sgemm_naive", {4, 4}, {16, 16}, {}, a.address, a.address, c.address, n, n, n));
        QVERIFY(!outcome.fault);
        const LaunchCounters& counters = outcome.counters.at(0);
        QCOMPARE(counters.flops32, 2ull * n * n * n);
        QVERIFY(counters.threadInstructions > counters.warpInstructions * 31);
        QVERIFY(counters.threadInstructions <= counters.warpInstructions * 32);
    }

    void divergenceAndLines()
    {
        Harness harness("elementwise");
        const int n = 100;
        const auto x = harness.buffer("x", std::vector<float>(n));
        const auto outcome =
            harness.run(harness.step("vector_add", {1}, {128}, {}, x.address, x.address, x.address, n));
        QVERIFY(!outcome.fault);
        const LaunchCounters& counters = outcome.counters.at(0);
        QCOMPARE(counters.branches, 4u);
        QCOMPARE(counters.divergentBranches, 1u);  // only the last warp holds both sides of n
        QCOMPARE(counters.lines.at(6).divergentBranches, 1u);
        // Three full warps and one of 4 lanes, two loads and a store each.
        QCOMPARE(counters.lines.at(7).globalSectors, 3u * (3 * 4 + 1));
        std::uint64_t sum = 0;
        for (const auto& [number, line] : counters.lines)
            sum += line.warpInstructions;
        QCOMPARE(sum, counters.warpInstructions);
        QCOMPARE(counters.globalLoadBytes, 100u * 2 * 4);
        QCOMPARE(counters.globalStoreBytes, 100u * 4);
        QCOMPARE(counters.lines.at(7).globalRequests, 4u * 3);
        QCOMPARE(counters.integerInstructions + counters.singleInstructions + counters.doubleInstructions
                     + counters.halfInstructions + counters.tensorInstructions + counters.specialInstructions
                     + counters.memoryInstructions + counters.controlInstructions,
                 counters.warpInstructions);
        QCOMPARE(counters.singleInstructions, 4u);
        QCOMPARE(counters.doubleInstructions, 0u);
    }

    void everyCountTravels()
    {
        LaunchCounters counters;
        std::uint64_t next = 1;
        for (const auto& field : launchCounterFields())
            counters.*field.member = next++;
        for (const auto& field : lineCounterFields())
            counters.lines[12].*field.member = next++;
        const auto json = nlohmann::json(counters);
        const auto again = json.get<LaunchCounters>();
        QCOMPARE(nlohmann::json(again).dump(), json.dump());
        QCOMPARE(again.lines.at(12).doubleInstructions, next - 1);
        // As builds before these counts wrote a line.
        auto old = json;
        old["lines"] = {{7, 1, 2, 3, 4}};
        QCOMPARE(old.get<LaunchCounters>().lines.at(7).divergentBranches, 4u);
        QCOMPARE(old.get<LaunchCounters>().lines.at(7).threadInstructions, 0u);
    }

    void atomics()
    {
        Harness harness("reduction");
        const auto x = harness.buffer("x", std::vector<unsigned char>(1000));
        const auto bins = harness.buffer("bins", std::vector<unsigned>(256));
        const auto outcome =
            harness.run(harness.step("histogram_global", {4}, {256}, {}, x.address, bins.address, 1000));
        QVERIFY(!outcome.fault);
        QCOMPARE(outcome.counters.at(0).globalAtomics, 1000u);
        QCOMPARE(outcome.counters.at(0).globalAtomicRequests, 32u);
        QCOMPARE(harness.read<unsigned>(bins)[0], 1000u);
    }
};

QTEST_APPLESS_MAIN(tst_EmulatorCounters)
#include "tst_EmulatorCounters.moc"
