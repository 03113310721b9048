// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Journey.h"

#include <QComboBox>
#include <QTabWidget>

#include "profiler/AccessView.h"
#include "profiler/AssemblyDiffModel.h"
#include "profiler/AssemblyDiffView.h"
#include "profiler/ComparisonBar.h"
#include "profiler/ComparisonModel.h"
#include "profiler/ComparisonView.h"
#include "profiler/FindingsModel.h"
#include "profiler/FindingsView.h"
#include "profiler/ProfilerPanel.h"

using namespace warploom;
using warploom::test::Journey;
using warploom::test::keepPicture;

namespace {

constexpr int kProfileMs = 60'000;

}  // namespace

/// What changed between two variants: figures, findings, instructions, sources.
class tst_JourneyCompare : public QObject {
    Q_OBJECT

private slots:
    void aDraftIsHeldAgainstWhatItWasMadeOf();
    void variantsOfARunAreHeldAgainstEachOther();

private:
    static void compareListings(Journey& journey);
    static void compareFindings(Journey& journey);
    static bool profileInFront(Journey& journey)
    {
        auto* action = journey.window().actions().action(QStringLiteral("edit.profile"));
        if (!QTest::qWaitFor([&] { return action->isEnabled(); }, kProfileMs))
            return false;
        journey.press(Qt::Key_F6);
        return QTest::qWaitFor([&] { return journey.notice().contains(QStringLiteral("is profiled at size")); },
                               kProfileMs);
    }
};

void tst_JourneyCompare::aDraftIsHeldAgainstWhatItWasMadeOf()
{
    Journey journey;
    QVERIFY(journey.chooseTask(QStringLiteral("vector_add")));
    QTRY_VERIFY(journey.editors().currentSource().contains(QStringLiteral("__global__")));
    auto& panel = *journey.window().findChild<ProfilerPanel*>();
    auto& tabs = *panel.findChild<QTabWidget*>();
    auto& comparison = *panel.findChild<ComparisonView*>();
    auto& bar = *panel.findChild<ComparisonBar*>();
    QVERIFY(profileInFront(journey));
    QCOMPARE(bar.otherText(), QStringLiteral("baseline has no parent"));
    QVERIFY(!panel.findChild<AccessView*>()->states().empty());

    // The first keystroke opens a draft.
    journey.editor().setFocus();
    QTest::keyClick(&journey.editor(), '/');
    QTRY_VERIFY(journey.editors().currentDraft() != nullptr);
    QTest::keyClicks(&journey.editor(), QStringLiteral("/ more"));
    QTest::keyClick(&journey.editor(), Qt::Key_Return);
    QVERIFY(journey.editors().currentSource().startsWith(QStringLiteral("// more\n")));
    QVERIFY(profileInFront(journey));
    QCOMPARE(bar.otherText(), QStringLiteral("baseline"));
    tabs.setCurrentWidget(&comparison);
    QVERIFY2(comparison.messageText().isEmpty(), qPrintable(comparison.messageText()));
    QCOMPARE(comparison.model().index(0, ComparisonModel::Name).data().toString(), QStringLiteral("Time"));
    QVERIFY(comparison.captionText().startsWith(QStringLiteral("The same findings as")));

    // The instructions are the same, so are the sources but for a line.
    auto& difference = *panel.findChild<AssemblyDiffView*>();
    tabs.setCurrentWidget(&difference);
    const auto saysTheSame = [&] {
        for (const QLabel* label : difference.findChildren<QLabel*>())
            if (label->isVisible() && label->text().contains(QStringLiteral("The instructions are the same")))
                return true;
        return false;
    };
    QTRY_VERIFY_WITH_TIMEOUT(saysTheSame(), kProfileMs);
    journey.close();
}

void tst_JourneyCompare::variantsOfARunAreHeldAgainstEachOther()
{
    Journey journey;
    QVERIFY(journey.chooseTask(QStringLiteral("transpose")));
    journey.runBar().setBudget(6);
    journey.press(Qt::Key_R, Qt::ControlModifier);
    QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().isRunning(), 20'000);
    QVERIFY(journey.runEnds());
    const EvaluationRecord* best = journey.window().lineage().data().best();
    QVERIFY(best != nullptr && best->variant != 1);
    auto& panel = *journey.window().findChild<ProfilerPanel*>();
    auto& tabs = *panel.findChild<QTabWidget*>();
    auto& findings = *panel.findChild<FindingsView*>();
    auto& comparison = *panel.findChild<ComparisonView*>();
    auto& bar = *panel.findChild<ComparisonBar*>();
    auto& selection = journey.window().selection();

    // The baseline was profiled by the run: what limits it is there without asking.
    tabs.setCurrentWidget(&findings);
    selection.select(1);
    QTRY_VERIFY(findings.model().rowCount() > 0);
    const QString first = findings.model().index(0, 0).data(Qt::AccessibleTextRole).toString();
    QVERIFY2(first.contains(QStringLiteral("Stores are not coalesced")), qPrintable(first));

    journey.press(Qt::Key_J, Qt::ControlModifier);
    QTRY_COMPARE(selection.variant(), best->variant);
    QTRY_VERIFY(journey.editors().currentTitle().startsWith(QStringLiteral("#%1").arg(best->variant)));
    QVERIFY(profileInFront(journey));
    auto& choice = *bar.findChild<QComboBox*>();
    choice.setFocus();
    QTest::keyClick(&choice, Qt::Key_Down);
    QCOMPARE(bar.otherText(), QStringLiteral("#1 baseline"));
    tabs.setCurrentWidget(&comparison);
    QVERIFY2(comparison.messageText().contains(QStringLiteral("#1 baseline has not been profiled")),
             qPrintable(comparison.messageText()));
    auto* button = comparison.findChild<QPushButton*>();
    QTest::mouseClick(button, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(comparison.model().rowCount() > 0, kProfileMs);
    QVERIFY2(comparison.captionText().contains(QStringLiteral("Gone: Stores are not coalesced")),
             qPrintable(comparison.captionText()));
    QCoreApplication::processEvents();
    keepPicture(journey.window(), QStringLiteral("window-compare-light"));

    compareListings(journey);
    compareFindings(journey);

    // Any variant can be what is compared with.
    selection.select(1);
    journey.press(Qt::Key_D, Qt::ControlModifier | Qt::AltModifier);
    selection.select(best->variant);
    QCOMPARE(choice.currentText(), QStringLiteral("#1"));
    QCOMPARE(bar.otherText(), QStringLiteral("#1 baseline"));
    QTest::mouseClick(bar.findChild<QPushButton*>(), Qt::LeftButton);
    QTRY_VERIFY(journey.editors().currentTitle().startsWith(QStringLiteral("#1 → #%1").arg(best->variant)));
    journey.close();
}

void tst_JourneyCompare::compareListings(Journey& journey)
{
    auto& panel = *journey.window().findChild<ProfilerPanel*>();
    auto& difference = *panel.findChild<AssemblyDiffView*>();
    panel.findChild<QTabWidget*>()->setCurrentWidget(&difference);
    QTRY_VERIFY_WITH_TIMEOUT(difference.model().rowCount() > 0, kProfileMs);
    QVERIFY(difference.model().countOf(AssemblyDiffLine::Kind::Added) > 0);
    QCoreApplication::processEvents();
    keepPicture(journey.window(), QStringLiteral("window-difference-light"));
}

/// Findings say what became of the baseline's.
void tst_JourneyCompare::compareFindings(Journey& journey)
{
    auto& panel = *journey.window().findChild<ProfilerPanel*>();
    auto& findings = *panel.findChild<FindingsView*>();
    panel.findChild<QTabWidget*>()->setCurrentWidget(&findings);
    QCoreApplication::processEvents();
    keepPicture(journey.window(), QStringLiteral("window-findings-compared-light"));
    bool isGone = false;
    for (int row = 0; row < findings.model().rowCount(); ++row)
        isGone = isGone
            || findings.model().index(row, 0).data(Qt::AccessibleTextRole).toString().contains(QStringLiteral("gone"));
    QVERIFY(isGone);
}

WARPLOOM_JOURNEY_MAIN(tst_JourneyCompare)
#include "tst_JourneyCompare.moc"
