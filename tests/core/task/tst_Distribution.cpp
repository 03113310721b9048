// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest/QtTest>

#include "TestSupport.h"
#include "task/Distribution.h"
#include "task/HiddenSizes.h"
#include "task/TaskLoader.h"

using namespace warploom;

namespace {

Task taskNamed(const char* name)
{
    auto task = loadTask(test::sourceFolder() / "kernels" / name);
    if (!task)
        qFatal("%s", task.error().toString().c_str());
    return std::move(*task);
}

bool has(const std::vector<Distribution>& list, Distribution wanted)
{
    return std::find(list.begin(), list.end(), wanted) != list.end();
}

}  // namespace

class tst_Distribution : public QObject {
    Q_OBJECT

private slots:
    void namesGoBothWays()
    {
        for (int i = 0; i <= static_cast<int>(Distribution::Special); ++i) {
            const auto distribution = static_cast<Distribution>(i);
            QCOMPARE(static_cast<int>(distributionFromName(distributionName(distribution)).value()), i);
        }
        QVERIFY(!distributionFromName("bell-shaped"));
    }

    void domainDecidesWhatIsLegal()
    {
        const Task softmax = taskNamed("softmax");
        const auto ofSoftmax = legalDistributions(softmax, softmax.sizes.front().values).value();
        QVERIFY(has(ofSoftmax, Distribution::Large) && has(ofSoftmax, Distribution::Equal));
        QVERIFY(has(ofSoftmax, Distribution::Denormal) && !has(ofSoftmax, Distribution::Special));
        QVERIFY(!has(ofSoftmax, Distribution::Declared));

        const Task layernorm = taskNamed("layernorm");
        const TaskBuffer& x = *layernorm.findBuffer("x");
        const auto& sizes = layernorm.sizes.front().values;
        QVERIFY(!distortionOf(layernorm, x, sizes, Distribution::Equal).value());
        QVERIFY(distortionOf(layernorm, x, sizes, Distribution::High).value());

        const Task transpose = taskNamed("transpose");
        const auto special =
            distortionOf(transpose, *transpose.findBuffer("x"), transpose.sizes.front().values, Distribution::Special)
                .value();
        QVERIFY(special && special->first != 0 && special->second != 0);
    }

    void integersStayWhereTheyMayBeIndices()
    {
        const Task histogram = taskNamed("histogram");
        const TaskBuffer& values = *histogram.findBuffer("values");
        const auto& sizes = histogram.sizes.front().values;
        const auto legal = legalDistributions(histogram, sizes).value();
        for (const Distribution distribution : legal) {
            const auto distortion = distortionOf(histogram, values, sizes, distribution).value();
            QVERIFY(distortion.has_value());
            QVERIFY(distortion->low >= 0 && distortion->high <= 255);
            QVERIFY(distortion->first >= 0 && distortion->first <= 255);
            QVERIFY(distortion->second >= 0 && distortion->second <= 255);
        }
        QVERIFY(!distortionOf(histogram, values, sizes, Distribution::Large).value());
    }

    void realsStayInTheirRange()
    {
        const Task sgemm = taskNamed("sgemm");
        const TaskBuffer& a = *sgemm.findBuffer("a");
        const auto& sizes = sgemm.sizes.front().values;
        const auto high = distortionOf(sgemm, a, sizes, Distribution::High).value().value();
        for (const double old : {-1.0, 0.0, 1.0}) {
            const double value = high.first * old + high.second;
            QVERIFY2(value > 0.6 && value <= 1, QByteArray::number(value));
        }
        QCOMPARE(high.row, static_cast<std::uint64_t>(a.shape.back().evaluate(sizes).value()));
        // Uniform over all of the range already.
        QVERIFY(!distortionOf(sgemm, a, sizes, Distribution::Large).value());
    }

    void hiddenSizesLieInTheDomain_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name :
             {"conv2d", "histogram", "layernorm", "reduce_sum", "sgemm", "softmax", "transpose", "vector_add"})
            QTest::newRow(name) << name;
    }
    void hiddenSizesLieInTheDomain()
    {
        QFETCH(QString, name);
        const Task task = taskNamed(qPrintable(name));
        CaseBudget small;
        small.bytes = 128 << 10;
        small.flops = 2e6;
        small.loops = 8192;
        small.outerExtent = 256;
        for (const CaseBudget& budget : {CaseBudget(), small}) {
            for (std::uint64_t seed = 0; seed < 20; ++seed) {
                const auto sizes = drawHiddenSizes(task, seed, 5, budget);
                QVERIFY2(sizes.size() >= 3, qPrintable(QString::number(sizes.size())));
                for (const TaskSize& size : sizes) {
                    std::uint64_t bytes = 0;
                    for (const TaskBuffer& buffer : task.buffers)
                        bytes += bufferBytes(buffer, size.values).value().value;
                    QVERIFY(bytes > 0 && bytes <= budget.bytes);
                    for (const auto& [extent, domain] : task.sizeDomains) {
                        const std::int64_t value = size.values.find(extent)->second;
                        QVERIFY(value >= domain.low && value <= domain.high);
                    }
                    for (const TaskSize& declared : task.sizes)
                        QVERIFY(declared.values != size.values);
                }
            }
        }
    }

    /// Lengths that vectors of two fit and those of four do not, and extents far beyond what is listed.
    void hiddenSizesAreEvenAndFarOutToo()
    {
        const Task task = taskNamed("transpose");
        int even = 0;
        int beyond = 0;
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            bool isEven = false;
            bool isBeyond = false;
            for (const TaskSize& size : drawHiddenSizes(task, seed, 7, {}))
                for (const auto& [extent, value] : size.values) {
                    std::int64_t listed = 0;
                    for (const TaskSize& declared : task.sizes)
                        listed = std::max(listed, declared.values.find(extent)->second);
                    isEven = isEven || (value % 4 == 2 && value > 16);
                    isBeyond = isBeyond || value > listed;
                }
            even += isEven ? 1 : 0;
            beyond += isBeyond ? 1 : 0;
        }
        QVERIFY2(even >= 15, qPrintable(QString::number(even)));
        QVERIFY2(beyond >= 10, qPrintable(QString::number(beyond)));
    }

    void hiddenSizesDependOnTheSeedAlone()
    {
        const Task task = taskNamed("softmax");
        const auto first = drawHiddenSizes(task, 7, 5, {});
        const auto again = drawHiddenSizes(task, 7, 5, {});
        const auto other = drawHiddenSizes(task, 8, 5, {});
        QCOMPARE(first.size(), again.size());
        bool differs = other.size() != first.size();
        for (std::size_t i = 0; i < first.size(); ++i) {
            QCOMPARE(first[i].values, again[i].values);
            differs = differs || other[i].values != first[i].values;
        }
        QVERIFY(differs);
    }

    void taskWithoutDomainHasNoHiddenSizes()
    {
        Task task = taskNamed("softmax");
        task.sizeDomains.clear();
        QVERIFY(drawHiddenSizes(task, 1, 5, {}).empty());
    }
};

QTEST_APPLESS_MAIN(tst_Distribution)
#include "tst_Distribution.moc"
