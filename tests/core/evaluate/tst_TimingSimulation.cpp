// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <cmath>

#include "TimingSimulation.h"
#include "evaluate/TimingIntervals.h"

using namespace warploom;
using namespace warploom::test;

/// What is claimed of the decisions and intervals, over simulated noise. `warploom-bench timing-simulation` prints
/// more.
class tst_TimingSimulation : public QObject {
    Q_OBJECT

private:
    static void addCases()
    {
        QTest::addColumn<int>("noise");
        QTest::addColumn<double>("deviation");
        for (const Noise noise : {Noise::Normal, Noise::Skewed, Noise::Outliers, Noise::HeavyTails}) {
            for (const double deviation : {0.0005, 0.005, 0.01, 0.05})
                QTest::addRow("%s, %.2f %%", noiseName(noise).c_str(), 100 * deviation)
                    << static_cast<int>(noise) << deviation;
        }
    }
    static SimulationResult simulated(double slower, int series)
    {
        QFETCH(int, noise);
        QFETCH(double, deviation);
        return simulate({static_cast<Noise>(noise), deviation, 1 / (1 + slower)}, series, 11);
    }

private slots:
    void equalKernelsAreNotCalledDifferent_data() { addCases(); }
    void equalKernelsAreNotCalledDifferent()
    {
        const SimulationResult result = simulated(0, 400);
        // 1 % is claimed; 400 series of a true 1 % stay below this 99 times in 100.
        QVERIFY2(result.different <= 0.025, qPrintable(QString::number(result.different)));
    }

    void intervalsCoverTheTruth_data() { addCases(); }
    void intervalsCoverTheTruth()
    {
        for (const double slower : {0.0, 0.01, 0.05}) {
            const SimulationResult result = simulated(slower, 250);
            // 95 % is claimed; 250 series of a true 95 % stay above this 99 times in 100.
            QVERIFY2(result.covered >= 0.916, qPrintable(QString::number(result.covered)));
        }
    }

    void differencesAreFound()
    {
        const auto found = [](Noise noise, double deviation, double slower) {
            return simulate({noise, deviation, 1 / (1 + slower)}, 200, 3);
        };
        QVERIFY(found(Noise::Normal, 0.005, 0.02).different > 0.99);
        QVERIFY(found(Noise::Normal, 0.005, 0.02).rounds < 10);
        QVERIFY(found(Noise::Normal, 0.01, 0.02).different > 0.99);
        QVERIFY(found(Noise::Outliers, 0.005, 0.02).different > 0.99);
        QVERIFY(found(Noise::HeavyTails, 0.005, 0.02).different > 0.99);
        QVERIFY(found(Noise::Normal, 0.0005, 0).equal > 0.99);
        QVERIFY(found(Noise::Normal, 0.0005, 0).rounds < 9);
        // What no method finds in 64 rounds is not claimed either.
        QVERIFY(found(Noise::Normal, 0.05, 0.02).different < 0.2);
    }

    void certainPairsAreCoins()
    {
        const std::vector<double> eight{8, 1, 7, 2, 6, 3, 5, 4};
        QVERIFY(!certainMedian(eight, 0.0078));  // 2 / 256 is a little more
        const auto widest = certainMedian(eight, 0.0079);
        QVERIFY(widest && widest->low == 1 && widest->high == 8 && widest->estimate == 4.5);
        const auto next = certainMedian(eight, 0.0704);  // 18 / 256
        QVERIFY(next && next->low == 2 && next->high == 7);
    }

    void intervalsOfFewValuesAreWide()
    {
        QVERIFY(std::isnan(medianInterval({}, 0.95).estimate));
        QVERIFY(std::isinf(medianInterval(std::vector<double>{3}, 0.95).high));
        const Interval two = medianInterval(std::vector<double>{1, 2}, 0.95);
        QVERIFY(std::abs(two.high - (1.5 + 12.706 * 0.5)) < 0.01);
        const Interval five = medianInterval(std::vector<double>{1, 2, 3, 4, 5}, 0.95);
        QVERIFY(std::abs(five.high - (3 + 2.776 * std::sqrt(0.5))) < 0.01);
        const Interval eight = medianInterval(std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8}, 0.95);
        QVERIFY(eight.low > 1 && eight.low < 2 && eight.high > 7 && eight.high < 8);
    }
};

QTEST_APPLESS_MAIN(tst_TimingSimulation)
#include "tst_TimingSimulation.moc"
