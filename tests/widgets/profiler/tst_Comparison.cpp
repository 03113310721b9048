// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "RecordedProfile.h"
#include "WidgetTestSupport.h"
#include "look/Theme.h"
#include "profiler/ComparisonBar.h"
#include "profiler/ComparisonModel.h"
#include "profiler/ComparisonTarget.h"
#include "profiler/ComparisonView.h"
#include "profiler/FigureTable.h"
#include "profiler/KeptProfiles.h"

#include <QComboBox>
#include <QPushButton>
#include <QSignalSpy>

using namespace warploom;
using namespace warploom::test;

namespace {

VariantRecord variantOf(VariantId id, std::vector<VariantId> parents)
{
    VariantRecord variant;
    variant.id = id;
    variant.parents = std::move(parents);
    variant.title = "title " + std::to_string(id);
    return variant;
}

/// 1 ← 2 ← 4, 1 ← 3; 3 is the best.
Lineage smallLineage()
{
    WorkspaceContent content;
    content.variants = {variantOf(1, {}), variantOf(2, {1}), variantOf(3, {1}), variantOf(4, {2})};
    content.environments.resize(1);
    content.environments[0].id = 1;
    for (const auto& [variant, speedup] :
         {std::pair(1, 1.0), std::pair(2, 1.2), std::pair(3, 3.0), std::pair(4, 2.0)}) {
        EvaluationRecord evaluation;
        evaluation.id = variant;
        evaluation.variant = variant;
        evaluation.environment = 1;
        evaluation.verdict = Verdict::Ok;
        evaluation.time = Interval{100 / speedup, 99 / speedup, 101 / speedup};
        evaluation.speedup = Interval{speedup, speedup - 0.01, speedup + 0.01};
        content.evaluations.push_back(evaluation);
    }
    return Lineage(std::move(content));
}

KeptProfile keptOf(VariantId variant, const QString& title, VariantProfile profile)
{
    return {{title, {}, {variant, 0}}, std::make_shared<const VariantProfile>(std::move(profile)), {}, {}};
}

ComparisonTarget targetOf(ComparisonTarget::Kind kind, VariantId chosen = 0) { return {kind, chosen}; }

}  // namespace

class TestComparison : public QObject {
    Q_OBJECT

private slots:
    void targetsAreFoundInTheLineage();
    void theBaselineOfATaskWithoutRuns();
    void keptProfilesForgetTheOldest();
    void anotherTextUnderTheSameNameStartsAnew();
    void barSaysWithWhatItCompares();
    void figuresOfAnEvolvedKernel();
    void whatCannotBeComparedSaysWhy();
};

void TestComparison::targetsAreFoundInTheLineage()
{
    using Kind = ComparisonTarget::Kind;
    const Lineage lineage = smallLineage();
    QVERIFY(lineage.best() != nullptr);
    const ComparisonSubject four = subjectOf(lineage, 4);
    QCOMPARE(four.parent, VariantId{2});
    QCOMPARE(variantToCompareWith(targetOf(Kind::Parent), four, lineage), VariantId{2});
    QCOMPARE(variantToCompareWith(targetOf(Kind::Baseline), four, lineage), VariantId{1});
    QCOMPARE(variantToCompareWith(targetOf(Kind::Best), four, lineage), VariantId{3});
    QCOMPARE(variantToCompareWith(targetOf(Kind::Chosen, 3), four, lineage), VariantId{3});
    QCOMPARE(variantToCompareWith(targetOf(Kind::Chosen, 4), four, lineage), VariantId{0});
    QCOMPARE(variantToCompareWith(targetOf(Kind::Chosen, 77), four, lineage), VariantId{0});
    QCOMPARE(variantToCompareWith(targetOf(Kind::Parent), subjectOf(lineage, 1), lineage), VariantId{0});
    QCOMPARE(variantToCompareWith(targetOf(Kind::Baseline), subjectOf(lineage, 1), lineage), VariantId{0});
    // A draft of #4 is held against #4.
    QCOMPARE(variantToCompareWith(targetOf(Kind::Parent), {0, 4}, lineage), VariantId{4});
    QCOMPARE(variantToCompareWith(targetOf(Kind::Baseline), {0, 4}, lineage), VariantId{1});
    QCOMPARE(variantTitle(lineage, 4), QStringLiteral("#4 title 4"));
    QCOMPARE(variantTitle(lineage, 9), QStringLiteral("#9"));
}

void TestComparison::theBaselineOfATaskWithoutRuns()
{
    using Kind = ComparisonTarget::Kind;
    const Lineage empty;
    QCOMPARE(variantToCompareWith(targetOf(Kind::Parent), {0, kTaskBaseline}, empty), kTaskBaseline);
    QCOMPARE(variantToCompareWith(targetOf(Kind::Baseline), {0, kTaskBaseline}, empty), kTaskBaseline);
    QCOMPARE(variantToCompareWith(targetOf(Kind::Best), {0, kTaskBaseline}, empty), VariantId{0});
    QCOMPARE(variantToCompareWith(targetOf(Kind::Baseline), {kTaskBaseline, 0}, empty), VariantId{0});
    QCOMPARE(variantToCompareWith(targetOf(Kind::Parent), {kTaskBaseline, 0}, empty), VariantId{0});
    QCOMPARE(variantTitle(empty, kTaskBaseline), QStringLiteral("baseline"));
}

void TestComparison::keptProfilesForgetTheOldest()
{
    KeptProfiles kept;
    const auto textOf = [](VariantId variant) { return ProfiledText{QStringLiteral("#"), {}, {variant, 0}}; };
    for (VariantId variant = 1; variant <= VariantId{KeptProfiles::kMost}; ++variant)
        kept.of(textOf(variant)).assembly = std::make_shared<const AssemblyReport>();
    kept.of(textOf(1)).profile = std::make_shared<const VariantProfile>();
    kept.of(textOf(1000));
    QVERIFY(kept.find(1) != nullptr && kept.find(1)->profile != nullptr);
    QVERIFY(kept.find(2) == nullptr);
    QVERIFY(kept.find(3) != nullptr);
    kept.forgetAssembly();
    QVERIFY(kept.find(3)->assembly == nullptr);
    kept.clear();
    QVERIFY(kept.find(1) == nullptr);
}

void TestComparison::anotherTextUnderTheSameNameStartsAnew()
{
    KeptProfiles kept;
    ProfiledText text{QStringLiteral("Draft of #1"), QStringLiteral("one"), {0, 1}};
    kept.of(text).profile = std::make_shared<const VariantProfile>();
    kept.of(text).assembly = std::make_shared<const AssemblyReport>();
    QVERIFY(kept.find(0)->profile != nullptr);
    text.source = QStringLiteral("two");
    kept.of(text).assembly = std::make_shared<const AssemblyReport>();
    QVERIFY(kept.find(0)->profile == nullptr);
    QVERIFY(kept.find(0)->assembly != nullptr);
}

void TestComparison::barSaysWithWhatItCompares()
{
    ComparisonBar bar;
    bar.show();
    QSignalSpy chosen(&bar, &ComparisonBar::targetChosen);
    auto* choice = bar.findChild<QComboBox*>();
    QCOMPARE(choice->count(), 3);
    bar.showOther({}, QStringLiteral("#1 has no parent"));
    QCOMPARE(bar.otherText(), QStringLiteral("#1 has no parent"));
    QVERIFY(!bar.findChild<QPushButton*>()->isEnabled());
    choice->setFocus();
    QTest::keyClick(choice, Qt::Key_Down);
    QCOMPARE(chosen.count(), 1);
    QVERIFY(bar.target().kind == ComparisonTarget::Kind::Baseline);
    bar.setTarget({ComparisonTarget::Kind::Chosen, 12});
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(choice->currentText(), QStringLiteral("#12"));
    bar.showOther(QStringLiteral("#12 title"), {});
    QVERIFY(bar.findChild<QPushButton*>()->isEnabled());
    QSignalSpy sources(&bar, &ComparisonBar::sourcesWanted);
    QTest::mouseClick(bar.findChild<QPushButton*>(), Qt::LeftButton);
    QCOMPARE(sources.count(), 1);
}

void TestComparison::figuresOfAnEvolvedKernel()
{
    const auto before = keptOf(1, QStringLiteral("#1 baseline"), recordedProfile("sgemm-baseline"));
    const auto after = keptOf(7, QStringLiteral("#7 Tile the contraction"), recordedProfile("sgemm-best"));
    ComparisonView view;
    view.resize(640, 720);
    view.show();
    view.showProfiles(after, before);
    QVERIFY(view.messageText().isEmpty());
    QVERIFY(view.captionText().startsWith(QStringLiteral("Findings against #1 baseline. ")));
    QVERIFY2(view.captionText().contains(QStringLiteral("Weaker: The same data is loaded again and again")),
             qPrintable(view.captionText()));
    const ComparisonModel& model = view.model();
    const auto textAt = [&](int row, int column) { return model.index(row, column).data().toString(); };
    QVERIFY(model.rowCount() > 40);
    QCOMPARE(textAt(0, ComparisonModel::Name), QStringLiteral("Time"));
    QCOMPARE(textAt(0, ComparisonModel::Own), QStringLiteral("6.25 ms"));
    QCOMPARE(textAt(0, ComparisonModel::Other), QStringLiteral("25.8 ms"));
    QCOMPARE(textAt(0, ComparisonModel::Ratio), QStringLiteral("0.243×"));
    QCOMPARE(textAt(0, ComparisonModel::Origin), QStringLiteral("measured"));
    QCOMPARE(model.index(0, ComparisonModel::Ratio).data(Qt::ForegroundRole).value<QColor>(),
             Theme::instance().color(Token::Ok));
    QCOMPARE(model.headerData(ComparisonModel::Own, Qt::Horizontal, Qt::DisplayRole).toString(), QStringLiteral("#7"));
    keepPicture(view, QStringLiteral("comparison-light"));
    Theme::instance().choose(ThemeChoice::Dark);
    keepPicture(view, QStringLiteral("comparison-dark"));
    Theme::instance().choose(ThemeChoice::Light);
    // By the column of ratios, what is not comparable last.
    view.table().sortByColumn(ComparisonModel::Ratio, Qt::AscendingOrder);
    const auto* sorted = view.table().model();
    double last = 0;
    for (int row = 0; row < sorted->rowCount(); ++row) {
        const QVariant ratio = sorted->index(row, ComparisonModel::Ratio).data(Qt::UserRole);
        if (!ratio.isValid())
            break;
        QVERIFY(ratio.toDouble() >= last);
        last = ratio.toDouble();
    }
    QVERIFY(last > 1);
}

void TestComparison::whatCannotBeComparedSaysWhy()
{
    auto other = recordedProfile("sgemm-baseline");
    const auto own = keptOf(7, QStringLiteral("#7"), recordedProfile("sgemm-best"));
    QVERIFY(whyNotComparable(*own.profile, other).isEmpty());
    other.size = "tall";
    ComparisonView view;
    view.show();
    view.showProfiles(own, keptOf(1, QStringLiteral("#1"), other));
    QVERIFY2(view.messageText().contains(QStringLiteral("'tall'")), qPrintable(view.messageText()));
    QCOMPARE(view.model().rowCount(), 0);
    other.size = own.profile->size;
    other.observation.facts.name = "NVIDIA T4";
    view.showProfiles(own, keptOf(1, QStringLiteral("#1"), other));
    QVERIFY(view.messageText().contains(QStringLiteral("NVIDIA T4")));
    QSignalSpy wanted(&view, &ComparisonView::profileWanted);
    view.showMessage(QStringLiteral("#1 has not been profiled."), QStringLiteral("Profile #1 too"));
    auto* button = view.findChild<QPushButton*>();
    QVERIFY(button->isVisible());
    QTest::mouseClick(button, Qt::LeftButton);
    QCOMPARE(wanted.count(), 1);
}

WARPLOOM_WIDGET_TEST_MAIN(TestComparison)
#include "tst_Comparison.moc"
