// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Journey.h"

#include <QLineEdit>
#include <QListView>
#include <QListWidget>

#include "evolution/CandidatesTable.h"
#include "profiler/FindingsList.h"
#include "shell/FeedPanel.h"
#include "shell/KnowledgeDialog.h"

using namespace warploom;
using warploom::test::Journey;

/// From a proposal of the agent to what its move is, and to every page there is.
class tst_JourneyKnowledge : public QObject {
    Q_OBJECT

private slots:
    void asksWhatAMoveIs()
    {
        Journey journey;
        auto& actions = journey.window().actions();
        auto* what = actions.action(QStringLiteral("help.move"));
        QVERIFY(!what->isEnabled());
        QVERIFY(!Actions::reasonOf(*what).isEmpty());
        QVERIFY(journey.chooseTask(QStringLiteral("vector_add")));
        journey.runBar().setBudget(4);
        journey.press(Qt::Key_R, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().isRunning(), 20'000);
        QVERIFY(journey.runEnds());
        QTRY_VERIFY(journey.window().lineage().data().variants().size() >= 2);
        const VariantRecord variant = journey.window().lineage().data().variants().back();
        QVERIFY(!variant.move.empty());
        journey.window().selection().select(1);
        QTRY_VERIFY(!what->isEnabled());
        journey.window().selection().select(variant.id);
        QTRY_VERIFY(what->isEnabled());

        journey.press(Qt::Key_F1, Qt::ShiftModifier);
        QTRY_VERIFY(dialogOf(journey) != nullptr);
        QVERIFY(dialogOf(journey)->isVisible());
        QVERIFY(!dialogOf(journey)->isModal());
        const QString page = dialogOf(journey)->pageId();
        QVERIFY(!page.isEmpty());
        dialogOf(journey)->close();
        theProfilerLeadsThereToo(journey, page);
        theMenusLeadThereToo(journey);

        // The feed leads there too, by keys alone.
        journey.window().findChild<QDockWidget*>(QStringLiteral("feed"))->raise();
        journey.window().activateWindow();
        auto& list = *journey.window().findChild<FeedPanel*>()->findChild<QListView*>();
        list.setFocus();
        QTest::keyClick(&list, Qt::Key_Return);
        auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        QVERIFY(menu != nullptr);
        QCOMPARE(menu->actions().front()->text(),
                 QStringLiteral("What is %1?").arg(QString::fromStdString(variant.move)));
        menu->actions().front()->trigger();
        menu->close();
        QTRY_VERIFY(dialogOf(journey)->isVisible());
        QCOMPARE(dialogOf(journey)->pageId(), page);
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-feed-knowledge-light"));
        dialogOf(journey)->close();
        journey.close();
    }

    void findsEveryPageFromThePalette()
    {
        Journey journey;
        journey.press(Qt::Key_P, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(QApplication::activePopupWidget() != nullptr);
        auto* typed = QApplication::activePopupWidget()->findChild<QLineEdit*>();
        QVERIFY(typed != nullptr);
        QTest::keyClicks(typed, QStringLiteral("knowledge"));
        QTest::keyClick(typed, Qt::Key_Return);
        QTRY_VERIFY(dialogOf(journey) != nullptr && dialogOf(journey)->isVisible());
        QVERIFY(dialogOf(journey)->findChild<QListWidget*>()->count() >= 32);
        dialogOf(journey)->close();
        journey.press(Qt::Key_F1);
        QTRY_VERIFY(dialogOf(journey)->isVisible());
        journey.close();
    }

private:
    static void theProfilerLeadsThereToo(Journey& journey, const QString& page)
    {
        journey.window().findChild<QDockWidget*>(QStringLiteral("profiler"))->raise();
        auto* move = journey.window().findChild<QLabel*>(QStringLiteral("move"));
        QTRY_VERIFY(move != nullptr && move->isVisible());
        const int begin = move->fontMetrics().horizontalAdvance(QStringLiteral("Move: "));
        QTest::mouseClick(move, Qt::LeftButton, {}, QPoint(begin + 8, move->height() / 2));
        QTRY_VERIFY(dialogOf(journey)->isVisible());
        QCOMPARE(dialogOf(journey)->pageId(), page);
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-move-link-light"));
        dialogOf(journey)->close();

        // What limits it has pages of its own.
        journey.window().selection().select(1);
        auto& list = *journey.window().findChild<FindingsList*>();
        QTRY_VERIFY_WITH_TIMEOUT(list.model()->rowCount() > 0, 10'000);
        QMenu* menu = list.menuOf(0);
        const auto actions = menu->actions();
        const auto more = std::find_if(actions.begin(), actions.end(), [](const QAction* action) {
            return action->text() == QStringLiteral("Read more about this");
        });
        QVERIFY(more != actions.end());
        (*more)->trigger();
        delete menu;
        QTRY_VERIFY(dialogOf(journey)->isVisible());
        QVERIFY(!dialogOf(journey)->pageId().isEmpty());
        dialogOf(journey)->close();
        journey.window().selection().select(journey.window().lineage().data().variants().back().id);
    }

    /// Lineage and candidates offer the same commands.
    static void theMenusLeadThereToo(Journey& journey)
    {
        auto* what = journey.window().actions().action(QStringLiteral("help.move"));
        QTRY_VERIFY(what->isEnabled());
        auto* table = journey.window().findChild<CandidatesTable*>()->findChild<QTableView*>();
        emit table->customContextMenuRequested(QPoint(5, 5));
        auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        QVERIFY(menu != nullptr);
        QVERIFY(menu->actions().contains(what));
        menu->close();
    }

    static KnowledgeDialog* dialogOf(Journey& journey) { return journey.window().findChild<KnowledgeDialog*>(); }
};

WARPLOOM_JOURNEY_MAIN(tst_JourneyKnowledge)
#include "tst_JourneyKnowledge.moc"
