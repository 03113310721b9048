// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest/QtTest>

#include <cmath>

#include "base/Random.h"
#include "base/Statistics.h"

using namespace warploom;

class tst_Statistics : public QObject {
    Q_OBJECT

private slots:
    void middles();
    void quantiles();
    void robustDeviationIgnoresOutliers();
    void geometricMeans();
    void bootstrapCoversTheMedian();
    void bootstrapIsReproducible();
    void nothingGivesNotANumber();
};

void tst_Statistics::middles()
{
    QCOMPARE(median(std::vector<double>{3, 1, 2}), 2.0);
    QCOMPARE(median(std::vector<double>{4, 1, 3, 2}), 2.5);
    QCOMPARE(median(std::vector<double>{7}), 7.0);
}

void tst_Statistics::quantiles()
{
    const std::vector<double> values{40, 10, 20, 30, 50};
    QCOMPARE(quantile(values, 0), 10.0);
    QCOMPARE(quantile(values, 1), 50.0);
    QCOMPARE(quantile(values, 0.5), 30.0);
    QCOMPARE(quantile(values, 0.875), 45.0);
    QCOMPARE(quantile(values, 2), 50.0);
}

void tst_Statistics::robustDeviationIgnoresOutliers()
{
    QCOMPARE(robustDeviation(std::vector<double>{5, 5, 5, 1e9}), 0.0);
    RandomStream random(3);
    std::vector<double> values;
    for (int i = 0; i < 20'000; ++i)  // normal, after Box and Muller
        values.push_back(std::sqrt(-2 * std::log(1 - random.unit())) * std::cos(6.283185307179586 * random.unit()));
    QVERIFY(std::abs(robustDeviation(values) - 1) < 0.03);
}

void tst_Statistics::geometricMeans()
{
    QCOMPARE(geometricMean(std::vector<double>{1, 4}), 2.0);
    QVERIFY(std::abs(geometricMean(std::vector<double>{1e200, 1e200, 1e200}) / 1e200 - 1) < 1e-9);
}

void tst_Statistics::bootstrapCoversTheMedian()
{
    int covered = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        RandomStream random(seed);
        std::vector<double> values(25);
        for (double& value : values)
            value = random.unit();
        const Interval interval = bootstrapMedian(values, 0.95, seed, 400);
        QVERIFY(interval.low <= interval.estimate && interval.estimate <= interval.high);
        covered += interval.low <= 0.5 && 0.5 <= interval.high ? 1 : 0;
    }
    // 95 % of 200 is 190; below 176 lies less than one in a million.
    QVERIFY2(covered > 175, std::to_string(covered).c_str());
}

void tst_Statistics::bootstrapIsReproducible()
{
    const std::vector<double> values{1, 2, 4, 8, 16, 32, 64};
    const Interval first = bootstrapMedian(values, 0.9, 11);
    const Interval second = bootstrapMedian(values, 0.9, 11);
    QCOMPARE(first.low, second.low);
    QCOMPARE(first.high, second.high);
    const Interval single = bootstrapMedian(std::vector<double>{3}, 0.95, 1);
    QCOMPARE(single.low, 3.0);
    QCOMPARE(single.high, 3.0);
}

void tst_Statistics::nothingGivesNotANumber()
{
    QVERIFY(std::isnan(median({})));
    QVERIFY(std::isnan(quantile({}, 0.5)));
    QVERIFY(std::isnan(robustDeviation({})));
    QVERIFY(std::isnan(geometricMean({})));
    QVERIFY(std::isnan(bootstrapMedian({}, 0.95, 1).low));
}

QTEST_APPLESS_MAIN(tst_Statistics)
#include "tst_Statistics.moc"
