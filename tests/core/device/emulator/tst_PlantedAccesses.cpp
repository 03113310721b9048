// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "AccessKernels.h"
#include "CheckedBench.h"

using namespace warploom;
using namespace warploom::test;

class tst_PlantedAccesses : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { m_bench.emplace(); }

    void plantedIsFound_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < plantedAccesses().size(); ++i)
            QTest::newRow(plantedAccesses()[i].name) << static_cast<int>(i);
    }
    void plantedIsFound()
    {
        QFETCH(int, index);
        const CheckedKernel& kernel = plantedAccesses()[static_cast<std::size_t>(index)];
        const auto outcome = m_bench->runKernel(kernel);
        QVERIFY(outcome.fault.has_value());
        const Fault& fault = *outcome.fault;
        QVERIFY2(fault.verdict == kernel.expected, fault.message.c_str());
        QVERIFY2(linesWith(kernel.source, {"/*2*/"}).contains(fault.place.line), fault.message.c_str());
        QVERIFY(!fault.instruction.empty());
        QCOMPARE(fault.block.size(), 3u);
        QCOMPARE(fault.thread.size(), 3u);
    }

private:
    std::optional<CheckedBench> m_bench;
};

QTEST_GUILESS_MAIN(tst_PlantedAccesses)
#include "tst_PlantedAccesses.moc"
