// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "AssemblySamples.h"
#include "WidgetTestSupport.h"
#include "look/Theme.h"
#include "profiler/AssemblyPainter.h"
#include "profiler/AssemblyRows.h"
#include "profiler/AssemblyText.h"

using namespace warploom;
using namespace warploom::test;

namespace {

std::vector<AssemblyInk> inksOf(const char* line)
{
    std::vector<AssemblyInk> inks;
    for (const AssemblySpan& span : assemblySpans(shownLine(line)))
        inks.push_back(span.ink);
    return inks;
}

}  // namespace

class TestAssemblyText : public QObject {
    Q_OBJECT

private slots:
    void linesAreCutIntoPieces();
    void textIsFoundAcrossBlanks();
    void rowsKnowTheirSource();
    void everyInkIsReadableOnEveryGround();
};

void TestAssemblyText::linesAreCutIntoPieces()
{
    using enum AssemblyInk;
    QCOMPARE(inksOf("\tmul.f32 \t%f3, %f2, 0f3C23D70A;"), (std::vector{Opcode, Plain, Plain, Number, Plain}));
    QCOMPARE(inksOf("\t@%p1 bra \t$L__BB0_2;"), (std::vector{Plain, Opcode, Label, Plain}));
    QCOMPARE(inksOf("$L__BB0_2:"), (std::vector{Label, Plain}));
    QCOMPARE(inksOf(".L_x_3:"), (std::vector{Label, Plain}));
    QCOMPARE(inksOf("\t.reg .b32 %r<12>;").front(), Directive);
    QCOMPARE(inksOf("// a comment, with 12 words"), (std::vector{Comment}));
    QCOMPARE(inksOf("@!P0 BRA `(.L_x_1) ; /* 0x12 */").back(), Comment);
    QVERIFY(inksOf("").empty());
    QCOMPARE(shownLine("\tret;\tx"), QStringLiteral("        ret;    x"));
    QCOMPARE(columnsOf("\tret;\tx"), 17);
}

void TestAssemblyText::textIsFoundAcrossBlanks()
{
    const auto match = [](std::string_view text, std::string_view wanted, std::size_t from = 0) {
        const TextMatch found = matchIn(text, wanted, from);
        return std::pair(found.begin, found.length);
    };
    QCOMPARE(match("\tadd.s32 \t%r1, %r2", "ADD.S32 %r1"), std::pair(std::size_t{1}, std::size_t{12}));
    QCOMPARE(match("aaa", "a", 1), std::pair(std::size_t{1}, std::size_t{1}));
    QCOMPARE(match("add.s32", "add s32").second, std::size_t{0});
    QCOMPARE(match("", "a").second, std::size_t{0});
    QCOMPARE(match("a", "").second, std::size_t{0});
}

void TestAssemblyText::rowsKnowTheirSource()
{
    const AssemblyRows all(std::make_shared<Listing>(samplePtx()), std::nullopt);
    QCOMPARE(all.count(), 25);
    QCOMPARE(all.largestSource(), 41);
    // What was inlined is its own line's and its caller's.
    QCOMPARE(all.rowsOf(24), (std::vector{12, 13, 14, 15, 16}));
    QCOMPARE(all.rowsOf(11), (std::vector{13}));
    QCOMPARE(all.rowsOf(16), (std::vector{13}));
    // What comes from a header is only its caller's.
    QVERIFY(all.rowsOf(7).empty());
    QCOMPARE(all.sourceOf(15), 24);
    QCOMPARE(all.tintOf(15), all.tintOf(12));
    QVERIFY(all.tintOf(10) != all.tintOf(12));
    QCOMPARE(all.tintOf(7), -1);
    QVERIFY(all.rowsOf(0).empty());
    const AssemblyRows second(std::make_shared<Listing>(samplePtx()), 1);
    QCOMPARE(second.count(), 5);
    QCOMPARE(second.rowsOf(40), (std::vector{2}));
    QVERIFY(second.rowsOf(24).empty());
    QCOMPARE(second.find("ret", 0, true), 3);
    QCOMPARE(all.find("ret;", 18, true), 23);
    QCOMPARE(all.find("ret;", 18, false), 23);
    QCOMPARE(all.find("no such", 0, true), -1);
    // A kernel that does not fit into its listing.
    Listing broken = samplePtx();
    broken.kernels = {{"k", 20, 1000}, {"l", 1000, 5}};
    const auto listing = std::make_shared<Listing>(broken);
    QCOMPARE(AssemblyRows(listing, 0).count(), 5);
    QCOMPARE(AssemblyRows(listing, 1).count(), 0);
    QCOMPARE(AssemblyRows(listing, 1).find("a", -1, true), -1);
}

void TestAssemblyText::everyInkIsReadableOnEveryGround()
{
    for (const ThemeChoice choice : {ThemeChoice::Dark, ThemeChoice::Light}) {
        Theme::instance().choose(choice);
        for (int tint = -1; tint < kAssemblyTints; ++tint)
            for (const bool isShown : {false, true})
                for (int ink = 0; ink <= static_cast<int>(AssemblyInk::Comment); ++ink) {
                    const AssemblyRowLook look{.isShown = isShown};
                    const double seen =
                        contrast(assemblyInk(static_cast<AssemblyInk>(ink), look), assemblyGround(tint, look));
                    QVERIFY2(seen >= 4.5,
                             qPrintable(QStringLiteral("ink %1 on tint %2 (%3): %4")
                                            .arg(ink)
                                            .arg(tint)
                                            .arg(choice == ThemeChoice::Dark)
                                            .arg(seen)));
                }
        // Of gutter and addresses.
        for (int tint = 0; tint < kAssemblyTints; ++tint)
            QVERIFY(contrast(Theme::instance().color(Token::Muted), assemblyGround(tint)) >= 4.5);
    }
}

WARPLOOM_WIDGET_TEST_MAIN(TestAssemblyText)
#include "tst_AssemblyText.moc"
