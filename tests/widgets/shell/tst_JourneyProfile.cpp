// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Journey.h"

#include <QTabWidget>

#include "profiler/AssemblyView.h"
#include "profiler/FindingsList.h"
#include "profiler/FindingsModel.h"
#include "profiler/FindingsView.h"
#include "profiler/ProfilerPanel.h"
#include "profiler/RooflineCanvas.h"
#include "profiler/RooflineView.h"
#include "shell/ProfileHeat.h"

using namespace warploom;
using warploom::test::Journey;

/// From a kernel in the editor to why it is slow: findings, heat in the gutter, instructions of a line.
class tst_JourneyProfile : public QObject {
    Q_OBJECT

private slots:
    void saysWhyTransposeIsSlow()
    {
        Journey journey;
        QVERIFY(journey.chooseTask(QStringLiteral("transpose")));
        QTRY_VERIFY(journey.editors().currentSource().contains(QStringLiteral("__global__")));
        auto* profile = journey.window().actions().action(QStringLiteral("edit.profile"));
        QTRY_VERIFY(profile->isEnabled());
        QCOMPARE(profile->shortcut(), QKeySequence(Qt::Key_F6));
        journey.press(Qt::Key_F6);
        QVERIFY(!profile->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(journey.notice().contains(QStringLiteral("is profiled")), 60'000);
        QVERIFY(profile->isEnabled());

        auto& panel = *journey.window().findChild<ProfilerPanel*>();
        auto& tabs = *panel.findChild<QTabWidget*>();
        auto& findings = *panel.findChild<FindingsView*>();
        QCOMPARE(tabs.currentWidget(), static_cast<QWidget*>(&findings));
        QVERIFY(findings.model().rowCount() > 0);
        const QString first = findings.model().index(0, 0).data(Qt::AccessibleTextRole).toString();
        QVERIFY2(first.contains(QStringLiteral("Stores are not coalesced")), qPrintable(first));
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-profile-light"));

        // The store is the hottest line, and its heat is in the gutter.
        const auto& heat = journey.editor().heat();
        QVERIFY(!heat.empty());
        const auto hottest = std::max_element(
            heat.begin(), heat.end(), [](const auto& a, const auto& b) { return a.second.share < b.second.share; });
        const QString line = journey.editor().text(hottest->first - 1);
        QVERIFY2(line.contains(QStringLiteral("y[")), qPrintable(line));
        QVERIFY(hottest->second.toolTip.contains(QStringLiteral("Sectors a request")));

        // What was compiled is there too, and follows the cursor of the source.
        auto& assembly = *panel.findChild<AssemblyView*>();
        QTRY_VERIFY_WITH_TIMEOUT(assembly.canvas().rows().count() > 0, 30'000);
        tabs.setCurrentWidget(&assembly);
        journey.editor().goToLine(hottest->first);
        QTRY_COMPARE(assembly.canvas().shownSourceLine(), hottest->first);
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-assembly-light"));
        Theme::instance().choose(ThemeChoice::Dark);
        QCoreApplication::processEvents();
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-assembly-dark"));
        tabs.setCurrentWidget(&findings);
        QCoreApplication::processEvents();
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-profile-dark"));
        Theme::instance().choose(ThemeChoice::Light);

        // A text that changes has other figures.
        journey.editor().setFocus();
        QTest::keyClick(&journey.editor(), 'x');
        QVERIFY(journey.editor().heat().empty());
        journey.close();
    }

    void showsTheWayUnderTheRoofs()
    {
        Journey journey;
        QVERIFY(journey.chooseTask(QStringLiteral("vector_add")));
        journey.runBar().setBudget(5);
        journey.press(Qt::Key_R, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().isRunning(), 20'000);
        QVERIFY(journey.runEnds());
        const VariantId child = rightChild(journey.window().lineage().data());
        QVERIFY(child != 0);
        journey.window().selection().select(child);
        QTRY_VERIFY(journey.editors().currentTitle().startsWith(QStringLiteral("#%1").arg(child)));
        QTRY_VERIFY(journey.window().actions().action(QStringLiteral("edit.profile"))->isEnabled());
        journey.press(Qt::Key_F6);
        QTRY_VERIFY_WITH_TIMEOUT(journey.notice().contains(QStringLiteral("is profiled")), 60'000);

        auto& panel = *journey.window().findChild<ProfilerPanel*>();
        auto& view = *panel.findChild<RooflineView*>();
        auto& canvas = *view.findChild<RooflineCanvas*>();
        QTRY_VERIFY(canvas.data().path.size() >= 2);
        const RooflineData& data = canvas.data();
        const RooflinePoint& first = data.points.at(data.path.front());
        const RooflinePoint& last = data.points.at(data.path.back());
        QCOMPARE(first.role, RooflineRole::Baseline);
        QCOMPARE(first.variant, std::int64_t{1});
        QCOMPARE(last.role, RooflineRole::Selected);
        QCOMPARE(last.variant, std::int64_t{child});
        // Nobody has counted what DRAM moved, so both stand at the task's least bytes; L1's are counted.
        QVERIFY(first.isByWork && last.isByWork);
        QCOMPARE(first.intensity, last.intensity);
        QCOMPARE(data.points.back().level, std::string("L1"));
        QVERIFY(data.isModelled);
        panel.findChild<QTabWidget*>()->setCurrentWidget(&view);
        QCoreApplication::processEvents();
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-roofline-light"));
        Theme::instance().choose(ThemeChoice::Dark);
        QCoreApplication::processEvents();
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-roofline-dark"));
        Theme::instance().choose(ThemeChoice::Light);
        journey.close();
    }

private:
    /// A variant with a parent that was found right; 0 for none.
    static VariantId rightChild(const Lineage& lineage)
    {
        for (std::size_t row = 0; row < lineage.variants().size(); ++row) {
            const EvaluationRecord* evaluation = lineage.shownEvaluation(row);
            if (lineage.parentOf(row) && evaluation != nullptr && evaluation->verdict == Verdict::Ok)
                return lineage.variants()[row].id;
        }
        return 0;
    }
};

WARPLOOM_JOURNEY_MAIN(tst_JourneyProfile)
#include "tst_JourneyProfile.moc"
