// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "AssemblyFixtures.h"

#include "assembly/InstructionText.h"
#include "assembly/PtxListing.h"
#include "assembly/SourceNames.h"

using namespace warploom;

namespace {

const ListingLine* lineWith(const Listing& listing, std::string_view text)
{
    for (const ListingLine& line : listing.lines) {
        if (line.text.find(text) != std::string::npos)
            return &line;
    }
    return nullptr;
}

constexpr const char* kSmall = R"(.version 8.0
.func (.param .b32 r) helper(.param .b32 a) {
    .loc 1 3 0
    add.s32 %r1, %r1, 1; // one } too many
    ret;
}
.visible .entry first()
{
    /* a brace { in
       a comment */
    mov.u32 %r1, %tid.x;
    .loc 1 0 5
    add.s32 %r2, %r1, 1;
    .loc 1 9 5
$L1: @%p1 bra $L1;
    { .reg .b32 t; mov.b32 t, %r1; add.s32 %r1, t, t; }
    call.uni (retval0),
    helper,
    (
    param0
    );
    ret;
}
.entry second() { ret; }
.file 1 "kernel.cu"
)";

}  // namespace

class TestPtxListing : public QObject {
    Q_OBJECT

private slots:
    void textIsKept()
    {
        const std::string ptx = test::assemblyFixture("kernels-sm_90.ptx");
        std::string text;
        for (const ListingLine& line : ptxListing(ptx, "kernel.cu").lines)
            text += line.text + '\n';
        QVERIFY(text == ptx || text == ptx + '\n');
    }

    void kernelsWithTheirRanges()
    {
        const Listing listing = ptxListing(test::assemblyFixture("kernels-sm_90.ptx"), "kernel.cu");
        std::vector<std::string> names;
        for (const Listing::Kernel& kernel : listing.kernels) {
            names.push_back(kernel.name);
            QVERIFY(listing.lines[kernel.firstLine].text.find(".entry " + kernel.name) != std::string::npos);
            QCOMPARE(listing.lines[kernel.firstLine + kernel.lineCount - 1].text, std::string("}"));
        }
        const std::vector<std::string> expected{"scale_rows", "spread", "called", "_Z8sum_rowsIfLi128EEvPT_PKS0_i"};
        QVERIFY(names == expected);
    }

    void placesOfInlinedFunctions()
    {
        const Listing listing = ptxListing(test::assemblyFixture("kernels-sm_90.ptx"), "kernel.cu");
        const ListingLine* square = lineWith(listing, "mul.f32 \t%f3, %f2, %f2;");
        QVERIFY(square != nullptr && square->isInstruction);
        QCOMPARE(square->source, 11);
        QVERIFY((square->inlinedAt == std::vector<int>{16, 24}));
        QVERIFY(square->file.empty());
        const ListingLine* scaled = lineWith(listing, "mul.f32 \t%f7, %f5, %f6;");
        QVERIFY(scaled != nullptr);
        QCOMPARE(scaled->source, 7);
        QCOMPARE(scaled->file, std::string("/scale.h"));
        QVERIFY((scaled->inlinedAt == std::vector<int>{24}));
        const ListingLine* store = lineWith(listing, "st.global.f32 \t[%rd12], %f9;");
        QVERIFY(store != nullptr);
        QCOMPARE(store->source, 24);
        QVERIFY(store->inlinedAt.empty());
    }

    void statementsAndComments()
    {
        const Listing listing = ptxListing(kSmall, "kernel.cu");
        QCOMPARE(listing.kernels.size(), std::size_t{2});
        QCOMPARE(listing.kernels[0].name, std::string("first"));
        QCOMPARE(listing.kernels[1].name, std::string("second"));
        std::vector<std::string> instructions;
        for (const ListingLine& line : listing.lines) {
            if (line.isInstruction) {
                for (const std::string_view each : instructionsOf(line.text))
                    instructions.emplace_back(opcodeOf(each));
            }
        }
        const std::vector<std::string> expected{"add.s32", "ret",     "mov.u32",  "add.s32", "bra",
                                                "mov.b32", "add.s32", "call.uni", "ret"};
        QVERIFY(instructions == expected);
        // Nothing is known before the first .loc of a function, nor after one of line 0.
        QCOMPARE(lineWith(listing, "%tid.x")->source, 0);
        QCOMPARE(lineWith(listing, "add.s32 %r2")->source, 0);
        QCOMPARE(lineWith(listing, "@%p1 bra")->source, 9);
    }

    void textThatIsCutOff()
    {
        const std::string ptx = test::assemblyFixture("units-sm_90.ptx");
        for (std::size_t size = 0; size < ptx.size(); size += 11) {
            const Listing listing = ptxListing(std::string_view(ptx).substr(0, size), "kernel.cu");
            for (const Listing::Kernel& kernel : listing.kernels)
                QVERIFY(kernel.firstLine + kernel.lineCount <= listing.lines.size());
        }
        QVERIFY(ptxListing("}}}} @ : ; .loc .file \"\" {", "kernel.cu").kernels.empty());
    }

    void namesOfTheVariantsOwnText()
    {
        const SourceNames names("sub/kernel.cu");
        QVERIFY(names.isOwn("sub/kernel.cu"));
        QVERIFY(names.isOwn("/warploom/sub/kernel.cu"));
        QVERIFY(!names.isOwn("/warploom/kernel.cu"));
        QVERIFY(!names.isOwn("/warploom/mysub/kernel.cu"));
        QVERIFY(SourceNames("/home/me/a.cu").isOwn("/warploom/home/me/a.cu"));
        QVERIFY(!SourceNames("").isOwn("kernel.cu"));
        QCOMPARE(SourceNames::shownName("/warploom/cuda_fp16.h"), std::string("cuda_fp16.h"));
    }
};

QTEST_APPLESS_MAIN(TestPtxListing)
#include "tst_PtxListing.moc"
