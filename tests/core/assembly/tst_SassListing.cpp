// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "AssemblyFixtures.h"

#include <algorithm>

#include "assembly/SassListing.h"

using namespace warploom;

namespace {

Listing listingOf(const std::string& name)
{
    const std::string bytes = test::assemblyFixture(name + ".cubin");
    const auto cubin = CubinFile::read(bytes);
    const auto lines = cubin ? LineTable::read(*cubin) : Result<LineTable>(LineTable());
    return sassListing(test::sassFixture(name), lines ? *lines : LineTable(), "kernel.cu");
}

std::vector<ListingLine> linesOfKernel(const Listing& listing, const std::string& name)
{
    for (const Listing::Kernel& kernel : listing.kernels) {
        if (kernel.name == name)
            return {listing.lines.begin() + kernel.firstLine,
                    listing.lines.begin() + kernel.firstLine + kernel.lineCount};
    }
    return {};
}

}  // namespace

class TestSassListing : public QObject {
    Q_OBJECT

private slots:
    void everyInstructionOfTheCubin_data()
    {
        QTest::addColumn<QString>("name");
        for (const std::string& name : test::assemblyFixtureNames())
            QTest::newRow(name.c_str()) << QString::fromStdString(name);
    }

    void everyInstructionOfTheCubin()
    {
        QFETCH(QString, name);
        const std::string bytes = test::assemblyFixture(name.toStdString() + ".cubin");
        const auto cubin = CubinFile::read(bytes);
        QVERIFY_RESULT(cubin);
        const Listing listing = listingOf(name.toStdString());
        QCOMPARE(listing.kernels.size(), cubin->kernels().size());
        std::size_t total = 0;
        for (const Listing::Kernel& kernel : listing.kernels) {
            std::uint32_t next = 0;
            for (const ListingLine& line : linesOfKernel(listing, kernel.name)) {
                QVERIFY(line.isInstruction == line.address.has_value());
                if (!line.isInstruction)
                    continue;
                QCOMPARE(*line.address, next);
                next += 16;
            }
            QCOMPARE(std::uint64_t{next}, cubin->findSection(".text." + kernel.name)->size);
            total += kernel.lineCount;
        }
        QCOMPARE(total, listing.lines.size());
    }

    void linesAndPlaces()
    {
        const auto lines = linesOfKernel(listingOf("kernels-sm_90"), "scale_rows");
        const auto square =
            std::find_if(lines.begin(), lines.end(), [](const ListingLine& line) { return line.address == 0xf0u; });
        QVERIFY(square != lines.end());
        QCOMPARE(square->text, std::string("        FMUL R3, R6, R6 ;"));
        QCOMPARE(square->source, 11);
        QVERIFY((square->inlinedAt == std::vector<int>{16, 24}));
        const auto guarded =
            std::find_if(lines.begin(), lines.end(), [](const ListingLine& line) { return line.address == 0x70u; });
        QCOMPARE(guarded->text, std::string("    @P0 EXIT ;"));
        QVERIFY(
            std::any_of(lines.begin(), lines.end(), [](const ListingLine& line) { return line.file == "/scale.h"; }));
        QVERIFY(std::any_of(lines.begin(), lines.end(),
                            [](const ListingLine& line) { return line.text.ends_with("sqrt_rn_f32_slowpath:"); }));
        for (const ListingLine& line : lines)
            QVERIFY2(line.text.find("/*") == std::string::npos && line.text.find(".type") == std::string::npos,
                     line.text.c_str());
    }

    void ptxLines()
    {
        const auto ptx = test::linesOf(test::assemblyFixture("kernels-sm_90.ptx"));
        for (const ListingLine& line : linesOfKernel(listingOf("kernels-sm_90"), "scale_rows")) {
            if (line.text.find("STG.E") == std::string::npos)
                continue;
            QVERIFY(line.ptx >= 1 && line.ptx <= static_cast<int>(ptx.size()));
            QVERIFY(ptx[static_cast<std::size_t>(line.ptx - 1)].find("st.global.f32") != std::string::npos);
        }
    }

    void notesOfTheCompilerStay()
    {
        std::size_t spills = 0;
        for (const ListingLine& line : linesOfKernel(listingOf("spilled-sm_90"), "spilled"))
            spills += line.text.ends_with("  (*\"SpillRefill\"*);") ? 1 : 0;
        QCOMPARE(spills, std::size_t{93});
    }

    void withoutALineTable()
    {
        const Listing listing = sassListing(test::sassFixture("units-sm_75"), LineTable(), "kernel.cu");
        QCOMPARE(listing.kernels.size(), std::size_t{7});
        for (const ListingLine& line : listing.lines)
            QVERIFY(line.source == 0 && line.ptx == 0);
    }

    void otherText()
    {
        QVERIFY(sassListing("", LineTable(), "").lines.empty());
        QVERIFY(sassListing("nvdisasm fatal : no\n/*0000*/ NOP ;\n", LineTable(), "").lines.empty());
        const std::string text = test::sassFixture("kernels-sm_80");
        for (std::size_t size = 0; size < text.size(); size += 37) {
            const Listing listing = sassListing(std::string_view(text).substr(0, size), LineTable(), "kernel.cu");
            for (const Listing::Kernel& kernel : listing.kernels)
                QVERIFY(kernel.firstLine + kernel.lineCount <= listing.lines.size());
        }
    }
};

QTEST_APPLESS_MAIN(TestSassListing)
#include "tst_SassListing.moc"
