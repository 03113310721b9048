// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Journey.h"

#include <QLineEdit>
#include <QListView>
#include <QListWidget>

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
    static KnowledgeDialog* dialogOf(Journey& journey) { return journey.window().findChild<KnowledgeDialog*>(); }
};

WARPLOOM_JOURNEY_MAIN(tst_JourneyKnowledge)
#include "tst_JourneyKnowledge.moc"
