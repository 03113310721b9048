// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>

#include "AssemblySamples.h"
#include "WidgetTestSupport.h"
#include "look/Theme.h"
#include "profiler/AssemblyDiff.h"
#include "profiler/AssemblyDiffModel.h"
#include "profiler/AssemblyDiffView.h"
#include "profiler/AssemblyRenaming.h"
#include "profiler/FigureTable.h"

using namespace warploom;
using namespace warploom::test;

namespace {

Listing listingOf(const std::vector<std::string>& instructions, const std::string& kernel = "k")
{
    Listing listing;
    for (const std::string& text : instructions)
        listing.lines.push_back(instruction(text, static_cast<int>(listing.lines.size()) + 1));
    listing.kernels = {{kernel, 0, static_cast<std::uint32_t>(instructions.size())}};
    return listing;
}

/// One letter a line: = ~ - + and . for a gap.
QString signsOf(const std::vector<AssemblyDiffLine>& lines)
{
    QString signs;
    for (const AssemblyDiffLine& line : lines)
        signs += QLatin1Char("=~-+."[static_cast<int>(line.kind)]);
    return signs;
}

QString diffOf(const std::vector<std::string>& before, const std::vector<std::string>& after, bool isSass = false)
{
    return signsOf(assemblyDiff(listingOf(before), listingOf(after), isSass));
}

std::shared_ptr<AssemblyReport> changedReport()
{
    auto report = sampleReport();
    // Other names, one instruction more, one fed from elsewhere.
    report->ptx.lines[12].text = "\tld.global.nc.f32 \t%f41, [%rd46];";
    report->ptx.lines[13].text = "\tmul.f32 \t%f43, %f42, %f42;";
    report->ptx.lines[14].text = "\tfma.rn.f32 \t%f44, %f43, %f43, 0f3C23D70A;";
    report->ptx.lines[15].text = "\tabs.f32 \t%f45, %f44;";
    report->ptx.lines[22].text = "\tshl.b32 \t%r2, %r1, 3;";
    return report;
}

}  // namespace

class TestAssemblyDiff : public QObject {
    Q_OBJECT

private slots:
    void registersAreTold();
    void instructionsAreNormalised();
    void renamingIsNoDifference();
    void rewiringIsTold();
    void linesAreAddedAndRemoved();
    void kernelsAreMatched();
    void hugeListingsAreCompared();
    void equalStretchesAreFolded();
    void modelIsConsistent();
    void viewShowsTheDifference();
    void viewSaysWhatIsMissing();
    void pictures_data();
    void pictures();
};

void TestAssemblyDiff::registersAreTold()
{
    for (const char* word : {"%r1", "%rd12", "%p3", "R0", "UR14", "P2", "B1"})
        QVERIFY2(isRegister(word), word);
    for (const char* word : {"%tid", "%tid.x", "RZ", "PT", "R", "%", "%r", "LDG", "0x10", "R1x", ""})
        QVERIFY2(!isRegister(word), word);
    QCOMPARE(registersOf("@!P0 LDG.E.64 R4, desc[UR6][R2.64+0x10]"),
             (std::vector<std::string>{"P0", "R4", "UR6", "R2"}));
    QCOMPARE(registersOf("ld.global.v4.f32 {%f1,%f2,%f3,%f4}, [%rd1];").size(), std::size_t{5});
}

void TestAssemblyDiff::instructionsAreNormalised()
{
    QCOMPARE(normalisedInstruction("\tadd.s32 \t%r9, %r4, %r4; // sum", "k"), std::string("add.s32 %r#1, %r#2, %r#2;"));
    QCOMPARE(normalisedInstruction("add.s32 %r1,%r2,%r3;", "k"), std::string("add.s32 %r#1,%r#2,%r#3;"));
    QCOMPARE(normalisedInstruction("@P0 BRA `(.L_x_1) ; /* 0x1 */", "k"), std::string("@P#1 BRA `(L#2) ;"));
    QCOMPARE(normalisedInstruction("ld.param.u64 %rd1, [scale_param_0];", "scale"),
             std::string("ld.param.u64 %rd#1, [kernel_param_0];"));
    // Widths and numbers are part of what an instruction does.
    QVERIFY(normalisedInstruction("mov.b32 %r1, %r2;", "") != normalisedInstruction("mov.b32 %rd1, %rd2;", ""));
    QCOMPARE(normalisedInstruction("", ""), std::string());
    QCOMPARE(normalisedInstruction("x /* open", ""), std::string("x"));
}

void TestAssemblyDiff::renamingIsNoDifference()
{
    QCOMPARE(diffOf({"mov.u32 %r1, %tid.x;", "add.s32 %r2, %r1, %r1;", "st.global.u32 [%rd1], %r2;"},
                    {"mov.u32 %r7, %tid.x;", "add.s32 %r3, %r7, %r7;", "st.global.u32 [%rd4], %r3;"}),
             QStringLiteral("==="));
    // A register more in front does not make everything behind it differ.
    QCOMPARE(diffOf({"mov.u32 %r1, %tid.x;", "add.s32 %r2, %r1, %r1;"},
                    {"mov.u32 %r1, %ctaid.x;", "mov.u32 %r2, %tid.x;", "add.s32 %r3, %r2, %r2;"}),
             QStringLiteral("+=="));
}

void TestAssemblyDiff::rewiringIsTold()
{
    const std::vector<std::string> before{"ld.f32 %f1, [%rd1];", "ld.f64 %f2, [%rd1];", "add.f32 %f3, %f1, 1;"};
    const std::vector<std::string> after{"ld.f32 %f8, [%rd9];", "ld.f64 %f9, [%rd9];", "add.f32 %f7, %f9, 1;"};
    QCOMPARE(diffOf(before, after), QStringLiteral("==~"));
    // Registers of SASS have no meaning of their own.
    QCOMPARE(diffOf(before, after, true), QStringLiteral("==="));
}

void TestAssemblyDiff::linesAreAddedAndRemoved()
{
    QCOMPARE(diffOf({"a;", "b;", "c;"}, {"a;", "c;", "d;"}), QStringLiteral("=-=+"));
    QCOMPARE(diffOf({}, {"a;"}), QStringLiteral("+"));
    QCOMPARE(diffOf({"a;"}, {}), QStringLiteral("-"));
    QCOMPARE(diffOf({}, {}), QString());
    QCOMPARE(diffOf({"a;", "a;", "b;", "a;"}, {"a;", "b;", "a;", "a;"}).count(QLatin1Char('=')), 3);
    const auto lines = assemblyDiff(listingOf({"a;", "b;"}), listingOf({"b;", "c;"}), false);
    QCOMPARE(lines[1].before, 1);
    QCOMPARE(lines[1].after, 0);
    QCOMPARE(lines[2].before, -1);
}

void TestAssemblyDiff::kernelsAreMatched()
{
    Listing before = listingOf({"a;", "b;"}, "first");
    before.lines.push_back(instruction("c;", 3));
    before.kernels.push_back({"second", 2, 1});
    Listing after = listingOf({"c;", "a;", "b;"}, "second");
    after.kernels = {{"second", 0, 1}, {"renamed", 1, 2}};
    QCOMPARE(signsOf(assemblyDiff(before, after, false)), QStringLiteral("==="));
    after.kernels.pop_back();
    QCOMPARE(signsOf(assemblyDiff(before, after, false)), QStringLiteral("=--"));
    after.kernels = {{"second", 2, 5000}};
    QCOMPARE(signsOf(assemblyDiff(before, after, false)).size(), 4);
}

void TestAssemblyDiff::hugeListingsAreCompared()
{
    std::vector<std::string> before;
    for (int i = 0; i < 30'000; ++i)
        before.push_back(fmt::format("add.s32 %r{}, %r{}, {};", i, i + 1, i % 10'000));
    std::vector<std::string> after = before;
    after.insert(after.begin() + 15'000, "sub.s32 %r1, %r2, 7;");
    const QString signs = diffOf(before, after, true);
    QCOMPARE(signs.size(), 30'001);
    QCOMPARE(signs.indexOf(QLatin1Char('+')), 15'000);
    QCOMPARE(signs.count(QLatin1Char('=')), 30'000);
    // Nothing in common: no line is lost.
    for (std::string& line : after)
        line = "x" + line;
    QCOMPARE(diffOf(before, after, true).size(), 60'001);
}

void TestAssemblyDiff::equalStretchesAreFolded()
{
    std::vector<std::string> before(50);
    for (std::size_t i = 0; i < before.size(); ++i)
        before[i] = fmt::format("mov.u32 %r1, {};", i);
    std::vector<std::string> after = before;
    after[25] = "ret;";
    const auto folded = withoutEqualLines(assemblyDiff(listingOf(before), listingOf(after), false), 3);
    QCOMPARE(signsOf(folded), QStringLiteral(".===-+===."));
    QCOMPARE(folded.front().lines, 22);
    QCOMPARE(folded.back().lines, 21);
    QCOMPARE(signsOf(withoutEqualLines(assemblyDiff(listingOf({"a;"}), listingOf({"a;"}), false), 3)),
             QStringLiteral("="));
}

void TestAssemblyDiff::modelIsConsistent()
{
    AssemblyDiffModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    QCOMPARE(model.nextChange(-1), -1);
    const auto before = std::make_shared<Listing>(samplePtx());
    const auto after = std::make_shared<Listing>(changedReport()->ptx);
    model.setListings(before, after, false);
    QCOMPARE(model.countOf(AssemblyDiffLine::Kind::Added), 2);
    QCOMPARE(model.countOf(AssemblyDiffLine::Kind::Removed), 2);
    QVERIFY(model.countOf(AssemblyDiffLine::Kind::Rewired) >= 1);
    for (int row = 0; row < model.rowCount(); ++row)
        QVERIFY(model.index(row, AssemblyDiffModel::Instruction)
                    .data(Qt::ToolTipRole)
                    .toString()
                    .contains(model.index(row, AssemblyDiffModel::Instruction).data().toString()));
    const int first = model.nextChange(-1);
    QVERIFY(first >= 0);
    QVERIFY(!model.index(first, AssemblyDiffModel::Change).data().toString().isEmpty());
    QCOMPARE(model.sourceOf(first), 24);
    model.setListings(before, before, false);
    QCOMPARE(model.nextChange(-1), -1);
    model.clear();
    QCOMPARE(model.rowCount(), 0);
}

void TestAssemblyDiff::viewShowsTheDifference()
{
    AssemblyDiffView view;
    view.resize(560, 420);
    view.show();
    view.showReports(QStringLiteral("#12 → #41"), sampleReport(), changedReport());
    QSignalSpy chosen(&view, &AssemblyDiffView::sourceLineChosen);
    auto* next = view.findChild<QPushButton*>();
    QTest::keyClick(next, Qt::Key_Space);
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen.front().front().toInt(), 24);
    const int row = view.table().currentIndex().row();
    QTest::keyClick(next, Qt::Key_Space);
    QVERIFY(view.table().currentIndex().row() != row);
    view.table().selectRow(row);
    QTest::keyClick(&view.table(), Qt::Key_C, Qt::ControlModifier);
    QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("f32")));
    view.showReports(QStringLiteral("#12 → #12"), sampleReport(), sampleReport());
    QVERIFY(view.findChildren<QLabel*>().size() >= 2);
    QVERIFY(!view.table().isVisible());
}

void TestAssemblyDiff::viewSaysWhatIsMissing()
{
    AssemblyDiffView view;
    view.show();
    const auto texts = [&view] {
        QStringList all;
        for (const QLabel* label : view.findChildren<QLabel*>())
            if (label->isVisible())
                all << label->text();
        return all.join(QLatin1Char('\n'));
    };
    QVERIFY(texts().contains(QStringLiteral("Select a variant")));
    view.showReports({}, longReport(10, 3), sampleReport());
    view.setShowsSass(true);
    QVERIFY(texts().contains(QStringLiteral("pip install")));
    view.showReports({}, sampleReport(), sampleReport());
    QVERIFY(texts().contains(QStringLiteral("The instructions are the same")));
}

void TestAssemblyDiff::pictures_data()
{
    QTest::addColumn<bool>("isDark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
}

void TestAssemblyDiff::pictures()
{
    QFETCH(const bool, isDark);
    Theme::instance().choose(isDark ? ThemeChoice::Dark : ThemeChoice::Light);
    AssemblyDiffView view;
    view.resize(560, 420);
    view.show();
    view.showReports(QStringLiteral("#12 → #41"), sampleReport(), changedReport());
    QVERIFY(view.table().isVisible());
    keepPicture(view, QStringLiteral("assembly-diff-") + QString::fromLatin1(QTest::currentDataTag()));
    Theme::instance().choose(ThemeChoice::Light);
}

WARPLOOM_WIDGET_TEST_MAIN(TestAssemblyDiff)
#include "tst_AssemblyDiff.moc"
