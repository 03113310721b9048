// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>

#include "WidgetTestSupport.h"
#include "session/LiveLineage.h"
#include "session/Selection.h"
#include "shell/FeedDelegate.h"
#include "shell/FeedPanel.h"

using namespace warploom;

class tst_FeedModel : public QObject {
    Q_OBJECT

private slots:
    void newestFirstAndAppendedInFront()
    {
        const WorkspaceContent whole = warploom::test::syntheticContent(12, 20, false);
        WorkspaceContent begun = whole;
        begun.variants.resize(5);
        begun.evaluations.resize(5);
        begun.lastSequence = 1;
        LiveLineage lineage;
        lineage.reset(Lineage(begun));
        FeedModel model(lineage);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        QCOMPARE(model.rowCount(), 5);
        QVERIFY(model.index(0).data().toString().startsWith(QStringLiteral("#5 ")));
        std::vector<EventRecord> events;
        for (std::size_t i = 5; i < whole.variants.size(); ++i)
            events.push_back(warploom::test::eventOf(whole.variants[i], static_cast<EventSequence>(events.size()) + 2));
        for (std::size_t i = 5; i < whole.evaluations.size(); ++i)
            events.push_back(
                warploom::test::eventOf(whole.evaluations[i], static_cast<EventSequence>(events.size()) + 2));
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        lineage.apply(events);
        QCOMPARE(model.rowCount(), 12);
        QVERIFY(changed.count() > 0);
        QVERIFY(model.index(0).data().toString().startsWith(QStringLiteral("#12 ")));
        QCOMPARE(model.variantRowOf(model.index(0)), std::size_t{11});
        QCOMPARE(model.indexOf(0).row(), 11);
        // Every figure carries its interval, every failure its verdict.
        for (int row = 0; row < model.rowCount(); ++row) {
            const QString figure = model.index(row).data(FigureRole).toString();
            QVERIFY2(!figure.contains(QStringLiteral("×")) || figure.contains(QStringLiteral("[")), qPrintable(figure));
            QVERIFY(!figure.isEmpty());
        }
        lineage.reset({});
        QCOMPARE(model.rowCount(), 0);
    }

    void whatAModelMadeNamesIt()
    {
        WorkspaceContent content = warploom::test::syntheticContent(3, 3, true);
        content.variants[1].agent = content.variants[1].model = "written example";
        content.variants[2].agent = "llm";
        content.variants[2].model = "big";
        LiveLineage lineage;
        lineage.reset(Lineage(content));
        FeedModel model(lineage);
        QVERIFY(model.indexOf(1).data().toString().startsWith(QStringLiteral("#2 written example: ")));
        QVERIFY(model.indexOf(1).data(Qt::ToolTipRole).toString().contains(QStringLiteral("\nby written example")));
        QVERIFY(model.indexOf(2).data(Qt::ToolTipRole).toString().contains(QStringLiteral("by llm: big")));
    }

    void anEmptyFeedInvites()
    {
        LiveLineage lineage;
        Selection selection;
        FeedPanel feed(lineage, selection);
        feed.resize(400, 300);
        feed.show();
        auto* watch = feed.findChild<QPushButton*>();
        QVERIFY(watch != nullptr && watch->isVisible());
        QVERIFY(!feed.findChild<QListView*>()->isVisible());
        QSignalSpy wanted(&feed, &FeedPanel::exampleWanted);
        watch->setFocus();
        QTest::keyClick(watch, Qt::Key_Space);
        QCOMPARE(wanted.size(), 1);
        warploom::test::keepPicture(feed, QStringLiteral("feed-empty-light"));
        lineage.reset(Lineage(warploom::test::syntheticContent(3, 3, true)));
        QVERIFY(!watch->isVisible() && feed.findChild<QListView*>()->isVisible());
        lineage.reset({});
        QVERIFY(watch->isVisible());
    }

    void whatBecameOfTheFindingsTakesTheHypothesissPlace()
    {
        WorkspaceContent content = warploom::test::syntheticContent(3, 3, true);
        content.variants[1].hypothesis = "half the sectors";
        LiveLineage lineage;
        lineage.reset(Lineage(content));
        FeedModel model(lineage);
        const QModelIndex row = model.indexOf(1);
        QCOMPARE(row.data(HypothesisRole).toString(), QStringLiteral("half the sectors"));
        ProfileRecord profile;
        profile.id = 1;
        profile.variant = content.variants[1].id;
        profile.bottleneck = "latency";
        profile.changes = {{{"change", "gone"}, {"rule", "uncoalesced-loads"}}};
        EventRecord event;
        event.sequence = content.lastSequence + 1;
        event.type = eventType::kProfileAdded;
        event.data = summaryOf(profile);
        lineage.apply({event});
        const QString sentence =
            QStringLiteral("“Loads are not coalesced” went away; now limited by the latency of memory.");
        QCOMPARE(row.data(HypothesisRole).toString(), sentence);
        const QString whole = row.data(Qt::ToolTipRole).toString();
        QVERIFY(whole.contains(sentence) && whole.contains(QStringLiteral("half the sectors")));
    }
};

WARPLOOM_WIDGET_TEST_MAIN(tst_FeedModel)
#include "tst_FeedModel.moc"
