// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include "shell/ProfileHeat.h"

using namespace warploom;

namespace {

VariantProfile counted()
{
    VariantProfile profile;
    profile.lines[3].warpInstructions = 900;
    profile.lines[3].globalRequests = 10;
    profile.lines[3].globalSectors = 40;
    profile.lines[5].warpInstructions = 100;
    return profile;
}

}  // namespace

class TestProfileHeat : public QObject {
    Q_OBJECT

private slots:
    void withoutSamplesInstructionsHeat()
    {
        const LinesHeat heat = heatOf(counted());
        QCOMPARE(heat.size(), std::size_t{2});
        QCOMPARE(heat.at(3).share, 1.0);
        QCOMPARE(heat.at(3).text, QStringLiteral("90 %"));
        QVERIFY(heat.at(3).toolTip.contains(QStringLiteral("Counted on the emulator")));
        QVERIFY(heat.at(3).toolTip.contains(QStringLiteral("Sectors a request: 4")));
        QVERIFY(heat.at(5).share < 0.2);
    }

    /// Line 5 executes little and is waited at most.
    void samplesHeatWhereThereAreAny()
    {
        VariantProfile profile = counted();
        profile.linesOrigin = FigureOrigin::Measured;
        profile.observation.stalledLines[5] = {75, 70, {{"barrier", 70}, {"selected", 5}}};
        profile.observation.stalledLines[3] = {25, 0, {{"selected", 25}}};
        const LinesHeat heat = heatOf(profile);
        QCOMPARE(heat.at(5).share, 1.0);
        QCOMPARE(heat.at(5).text, QStringLiteral("75 %"));
        QVERIFY(heat.at(5).toolTip.contains(QStringLiteral("93 %: waiting at a barrier")));
        QVERIFY(heat.at(5).toolTip.contains(QStringLiteral("Counted on the card")));
        QCOMPARE(heat.at(3).text, QStringLiteral("25 %"));
    }

    void nothingKnownHeatsNothing() { QVERIFY(heatOf(VariantProfile()).empty()); }
};

QTEST_GUILESS_MAIN(TestProfileHeat)
#include "tst_ProfileHeat.moc"
