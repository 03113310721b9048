// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CheckedBench.h"
#include "HonestKernels.h"
#include "RaceKernels.h"

using namespace warploom;
using namespace warploom::test;

class tst_EmulatorRaces : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { m_bench.emplace(); }

    void plantedIsFound_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < plantedRaces().size(); ++i)
            QTest::newRow(plantedRaces()[i].name) << static_cast<int>(i);
        QVERIFY(plantedRaces().size() >= 25);
    }
    void plantedIsFound()
    {
        QFETCH(int, index);
        const CheckedKernel& kernel = plantedRaces()[static_cast<std::size_t>(index)];
        const auto outcome = m_bench->runKernel(kernel);
        QVERIFY(outcome.fault.has_value());
        const Fault& fault = *outcome.fault;
        QVERIFY2(fault.verdict == kernel.expected, fault.message.c_str());
        const std::set<int> marked = linesWith(kernel.source, {"/*1*/", "/*2*/"});
        const std::set<int> named = linesNamed(fault.message);
        QVERIFY2(marked.contains(fault.place.line),
                 (fault.message + " at " + std::to_string(fault.place.line)).c_str());
        QVERIFY2(std::includes(marked.begin(), marked.end(), named.begin(), named.end()), fault.message.c_str());
        QVERIFY2(!named.empty(), fault.message.c_str());
        QVERIFY(!fault.instruction.empty());
        QCOMPARE(fault.block.size(), 3u);
        QCOMPARE(fault.thread.size(), 3u);
    }

    void honestIsNotAccused_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < honestKernels().size(); ++i)
            QTest::newRow(honestKernels()[i].name) << static_cast<int>(i);
        QVERIFY(honestKernels().size() >= 25);
    }
    void honestIsNotAccused()
    {
        QFETCH(int, index);
        const auto outcome = m_bench->runKernel(honestKernels()[static_cast<std::size_t>(index)]);
        QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
    }

    void bothSidesAreNamed()
    {
        const auto outcome = m_bench->runKernel(plantedRaces().front());
        QCOMPARE(outcome.fault.value().message,
                 std::string("race at shared memory + 128: read by thread 31 at line 6, written by thread 32 at line 5 "
                             "without a barrier between"));
        QCOMPARE(outcome.fault->buffer, std::string("shared memory"));
        QCOMPARE(outcome.fault->byteOffset.value(), 128);
        QCOMPARE(outcome.fault->thread, (std::vector<std::uint32_t>{32, 0, 0}));
    }

    /// The same of many races is reported however many threads run the blocks.
    void reportDoesNotDependOnThreads()
    {
        CheckedBench one(1);
        CheckedBench four(4);
        for (const CheckedKernel& planted : plantedRaces()) {
            CheckedKernel kernel = planted;
            kernel.blocks *= 8;
            const auto expected = one.runKernel(kernel);
            QVERIFY2(expected.fault.has_value(), kernel.name);
            for (int i = 0; i < 3; ++i) {
                const auto outcome = four.runKernel(kernel);
                QVERIFY2(outcome.fault.has_value(), kernel.name);
                QCOMPARE(outcome.fault->message, expected.fault->message);
                QCOMPARE(outcome.fault->block, expected.fault->block);
            }
        }
    }

    void checksCanBeLeftOut()
    {
        RunLimits limits;
        limits.checks = false;
        for (const CheckedKernel& kernel : plantedRaces()) {
            const auto outcome = m_bench->runKernel(kernel, limits);
            QVERIFY2(!outcome.fault, kernel.name);
        }
    }

private:
    std::optional<CheckedBench> m_bench;
};

QTEST_APPLESS_MAIN(tst_EmulatorRaces)
#include "tst_EmulatorRaces.moc"
