// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "AssemblyFixtures.h"

#include "assembly/ListingSamples.h"
#include "assembly/SassListing.h"

using namespace warploom;

namespace {

Listing listing() { return sassListing(test::sassFixture("kernels-sm_90"), LineTable(), "kernel.cu"); }

const ListingLine* lineAt(const Listing& sass, const std::string& kernel, std::uint32_t address)
{
    for (const Listing::Kernel& range : sass.kernels)
        for (std::uint32_t row = 0; row < range.lineCount; ++row) {
            const ListingLine& line = sass.lines[range.firstLine + row];
            if (range.name == kernel && line.address == address)
                return &line;
        }
    return nullptr;
}

}  // namespace

class TestListingSamples : public QObject {
    Q_OBJECT

private slots:
    void instructionsGetTheirShare()
    {
        Listing sass = listing();
        InstructionReport stalls;
        stalls.instructions = {
            {"spread", 0x10, 0, {{"long_scoreboard", 60}, {"long_scoreboard_not_issued", 50}, {"wait", 15}}},
            {"spread", 0x20, 0, {{"selected", 25}}},
            {"scale_rows", 0x10, 0, {{"barrier", 100}}}};
        addSamples(sass, stalls);
        const ListingLine* hot = lineAt(sass, "spread", 0x10);
        QVERIFY(hot != nullptr);
        QCOMPARE(hot->share, 75.0 / 200);
        QCOMPARE(hot->stalls, std::string("long_scoreboard 80 %, wait 20 %"));
        QCOMPARE(lineAt(sass, "spread", 0x20)->share, 25.0 / 200);
        QCOMPARE(lineAt(sass, "scale_rows", 0x10)->share, 0.5);
        QCOMPARE(lineAt(sass, "spread", 0x30)->share, 0.0);
    }

    void withoutSamplesNothingChanges()
    {
        Listing sass = listing();
        addSamples(sass, InstructionReport());
        for (const ListingLine& line : sass.lines)
            QCOMPARE(line.share, 0.0);
    }
};

QTEST_GUILESS_MAIN(TestListingSamples)
#include "tst_ListingSamples.moc"
