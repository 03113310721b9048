// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <random>

#include "WidgetTestSupport.h"
#include "evolution/LineageLayout.h"

using namespace warploom;

namespace {

constexpr double kRounding = 1e-6;

/// -1 is no parent.
ParentRows rowsOf(const std::vector<int>& parents)
{
    ParentRows rows;
    for (const int parent : parents)
        rows.push_back(parent < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(parent)));
    return rows;
}

ParentRows randomTree(std::size_t nodes, std::size_t reach, unsigned seed)
{
    std::mt19937 random(seed);
    ParentRows rows(nodes);
    for (std::size_t row = 1; row < nodes; ++row)
        rows[row] = row - 1 - random() % std::min(row, reach);
    return rows;
}

/// What holds of every layout; empty where it does.
QString defectOf(const LineageLayout& layout, const ParentRows& parents)
{
    if (layout.places.size() != parents.size())
        return QStringLiteral("not every node has a place");
    std::size_t listed = 0;
    for (const auto& generation : layout.generations) {
        listed += generation.size();
        for (std::size_t i = 1; i < generation.size(); ++i)
            if (layout.places[generation[i]].lane < layout.places[generation[i - 1]].lane + 1 - kRounding)
                return QStringLiteral("%1 overlaps %2").arg(generation[i]).arg(generation[i - 1]);
    }
    if (listed != parents.size())
        return QStringLiteral("the generations hold %1 nodes").arg(listed);
    for (std::size_t row = 0; row < parents.size(); ++row) {
        const NodePlace& place = layout.places[row];
        if (place.lane < 0 || place.lane > layout.lanes)
            return QStringLiteral("%1 lies outside").arg(row);
        const auto& generation = layout.generations[static_cast<std::size_t>(place.generation)];
        if (std::find(generation.begin(), generation.end(), row) == generation.end() && parents.size() < 2000)
            return QStringLiteral("%1 is not in its generation").arg(row);
        if (place.generation > 0 && layout.places[*parents[row]].generation + 1 != place.generation)
            return QStringLiteral("%1 is not one generation after its parent").arg(row);
    }
    return {};
}

}  // namespace

class TestLineageLayout : public QObject {
    Q_OBJECT

private slots:
    void emptyAndOne();
    void parentStandsInTheMiddle();
    void subtreesArePacked();
    void edgesDoNotCross();
    void forestsStandUnderEachOther();
    void missingParentMakesARoot();
    void cyclesAreCut();
    void randomTreesHaveNoDefect();
    void deepChain();
    void fiftyThousandNodes_data();
    void fiftyThousandNodes();
};

void TestLineageLayout::emptyAndOne()
{
    QVERIFY(layoutLineage({}).places.empty());
    const LineageLayout one = layoutLineage(rowsOf({-1}));
    QCOMPARE(one.places.size(), 1U);
    QCOMPARE(one.places[0].generation, 0);
    QCOMPARE(one.lanes, 0.0);
}

void TestLineageLayout::parentStandsInTheMiddle()
{
    const LineageLayout layout = layoutLineage(rowsOf({-1, 0, 0, 0}));
    QCOMPARE(layout.places[1].lane, 0.0);
    QCOMPARE(layout.places[2].lane, 1.0);
    QCOMPARE(layout.places[3].lane, 2.0);
    QCOMPARE(layout.places[0].lane, 1.0);
    QCOMPARE(layout.places[3].generation, 1);
}

void TestLineageLayout::subtreesArePacked()
{
    // 1 has three children, 2 a chain: the chain fits beside them without room for what it does not have.
    const ParentRows parents = rowsOf({-1, 0, 0, 1, 1, 1, 2, 6});
    const LineageLayout layout = layoutLineage(parents);
    QCOMPARE(defectOf(layout, parents), QString());
    QCOMPARE(layout.lanes, 3.0);
    QCOMPARE(layout.places[7].lane, layout.places[6].lane);
}

void TestLineageLayout::edgesDoNotCross()
{
    const ParentRows parents = randomTree(1500, 200, 3);
    const LineageLayout layout = layoutLineage(parents);
    for (std::size_t i = 1; i < layout.generations.size(); ++i) {
        double before = -1;
        for (const std::size_t row : layout.generations[i]) {
            const double lane = layout.places[*parents[row]].lane;
            QVERIFY(lane >= before);
            before = lane;
        }
    }
}

void TestLineageLayout::forestsStandUnderEachOther()
{
    const ParentRows parents = rowsOf({-1, -1, 0, 0, 1, 1, -1});
    const LineageLayout layout = layoutLineage(parents);
    QCOMPARE(defectOf(layout, parents), QString());
    QVERIFY(layout.generations.front() == std::vector<std::size_t>({0, 1, 6}));
    QVERIFY(layout.places[3].lane < layout.places[4].lane);
}

void TestLineageLayout::missingParentMakesARoot()
{
    const LineageLayout layout = layoutLineage(rowsOf({-1, 99, 1}));
    QCOMPARE(layout.places[1].generation, 0);
    QCOMPARE(layout.places[2].generation, 1);
    QVERIFY(layout.places[0].lane != layout.places[1].lane);
}

void TestLineageLayout::cyclesAreCut()
{
    // Itself; a circle of three with a tail; a child before its parent.
    const ParentRows parents = rowsOf({0, 3, 1, 2, 3, 6, -1});
    const LineageLayout layout = layoutLineage(parents);
    QCOMPARE(defectOf(layout, parents), QString());
    QCOMPARE(layout.places[0].generation, 0);
    QCOMPARE(layout.places[1].generation, 0);
    QCOMPARE(layout.places[3].generation, 2);
    QCOMPARE(layout.places[4].generation, 3);
    QCOMPARE(layout.places[5].generation, 1);
}

void TestLineageLayout::randomTreesHaveNoDefect()
{
    for (unsigned seed = 0; seed < 60; ++seed) {
        const ParentRows parents = randomTree(20 + seed * 5, 1 + seed % 30, seed);
        QCOMPARE(defectOf(layoutLineage(parents), parents), QString());
    }
}

void TestLineageLayout::deepChain()
{
    const ParentRows parents = randomTree(50'000, 1, 0);
    const LineageLayout layout = layoutLineage(parents);
    QCOMPARE(layout.places.back().generation, 49'999);
    QCOMPARE(layout.lanes, 0.0);
}

void TestLineageLayout::fiftyThousandNodes_data()
{
    QTest::addColumn<std::size_t>("reach");
    QTest::newRow("narrow") << std::size_t{8};
    QTest::newRow("usual") << std::size_t{40};
    QTest::newRow("bushy") << std::size_t{50'000};
}

void TestLineageLayout::fiftyThousandNodes()
{
    QFETCH(std::size_t, reach);
    const ParentRows parents = randomTree(50'000, reach, 7);
    QElapsedTimer timer;
    timer.start();
    const LineageLayout layout = layoutLineage(parents);
    qInfo("%.1f ms, %zu generations, %.0f lanes", static_cast<double>(timer.nsecsElapsed()) / 1e6,
          layout.generations.size(), layout.lanes);
    QCOMPARE(defectOf(layout, parents), QString());
}

WARPLOOM_WIDGET_TEST_MAIN(TestLineageLayout)
#include "tst_LineageLayout.moc"
