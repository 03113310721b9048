// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Journey.h"

#include <QListView>
#include <QListWidget>

#include "shell/FeedPanel.h"
#include "shell/KnowledgeDialog.h"

using namespace warploom;
using warploom::test::Journey;

/// From an empty window to the written example's best kernel, in a workspace of its own.
class tst_JourneyExample : public QObject {
    Q_OBJECT

private slots:
    void watchesTheExample()
    {
        WindowSettings().setExamplePace(20'000);
        Journey journey;
        QVERIFY(journey.chooseTask(QStringLiteral("histogram")));
        const QString own = journey.window().session().workspace();
        dock(journey, "feed")->raise();
        auto* watch = journey.window().findChild<FeedPanel*>()->findChild<QPushButton*>();
        QVERIFY(watch != nullptr && watch->isVisible());
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-example-invitation-light"));
        QTest::mouseClick(watch, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().isRunning(), warploom::test::kOpenMs);
        QVERIFY(journey.window().session().workspace().contains(QStringLiteral("example-histogram")));
        QVERIFY(journey.window().session().workspace() != own);
        QVERIFY2(journey.notice().contains(QStringLiteral("no model is asked")), qPrintable(journey.notice()));
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().lineage().data().variants().size() == 5, kLongRunMs);
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().progress().phase == "finished", kLongRunMs);
        saysThatItIsWritten(journey);
        theMoveHasAPageByItsWords(journey);
        keepPictures(journey);
        journey.close();
    }

    void eachTimeInAFreshWorkspace()
    {
        Journey journey;
        QVERIFY(journey.chooseTask(QStringLiteral("histogram")));
        auto* example = journey.window().actions().action(QStringLiteral("help.example"));
        QVERIFY(example->isEnabled());
        example->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().isRunning(), warploom::test::kOpenMs);
        QVERIFY(journey.window().session().workspace().contains(QStringLiteral("example-histogram-2")));
        journey.window().actions().action(QStringLiteral("run.stop"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(!journey.window().session().isRunning(), warploom::test::kRunMs);
        journey.close();
    }

    void withoutATaskItIsTheUsualOne()
    {
        WindowSettings().setExamplePace(1);
        Journey journey;
        journey.window().actions().action(QStringLiteral("help.example"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().isRunning(), warploom::test::kOpenMs);
        QCOMPARE(journey.window().session().task()->name, std::string("softmax"));
        // An answer that takes an hour does not hold up the end.
        journey.window().actions().action(QStringLiteral("run.stop"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(!journey.window().session().isRunning(), warploom::test::kRunMs);
        journey.close();
    }

private:
    static constexpr int kLongRunMs = 180'000;

    static QDockWidget* dock(Journey& journey, const char* name)
    {
        return journey.window().findChild<QDockWidget*>(QString::fromLatin1(name));
    }

    static void saysThatItIsWritten(Journey& journey)
    {
        const auto& data = journey.window().lineage().data();
        auto& list = *journey.window().findChild<FeedPanel*>()->findChild<QListView*>();
        QVERIFY(list.isVisible());
        for (std::size_t row = 1; row < data.variants().size(); ++row) {
            QCOMPARE(data.variants()[row].agent, std::string("written example"));
            const QString shown = list.model()->index(int(data.variants().size() - 1 - row), 0).data().toString();
            QVERIFY2(shown.contains(QStringLiteral("written example")), qPrintable(shown));
        }
        // The first one failed, the second one mends it, the last one is the best.
        QCOMPARE(data.shownEvaluation(1)->verdict, Verdict::Race);
        QCOMPARE(data.variants()[2].repairs, data.variants()[1].id);
        QCOMPARE(data.best()->variant, data.variants()[4].id);
        QVERIFY(data.best()->modelled && data.best()->speedup->estimate > 20);
    }

    static void theMoveHasAPageByItsWords(Journey& journey)
    {
        journey.window().selection().select(journey.window().lineage().data().variants()[2].id);
        auto* what = journey.window().actions().action(QStringLiteral("help.move"));
        QTRY_VERIFY(what->isEnabled());
        what->trigger();
        auto* dialog = journey.window().findChild<KnowledgeDialog*>();
        QTRY_VERIFY(dialog != nullptr && dialog->isVisible());
        QCOMPARE(dialog->pageId(), QStringLiteral("privatised-histograms"));
        dialog->close();
    }

    static void keepPictures(Journey& journey)
    {
        journey.press(Qt::Key_J, Qt::ControlModifier);
        // Where feed and lineage have room beside each other.
        journey.window().resize(1920, 1080);
        QTest::qWait(300);
        dock(journey, "feed")->raise();
        QTest::qWait(300);
        for (const bool isDark : {false, true}) {
            Theme::instance().choose(isDark ? ThemeChoice::Dark : ThemeChoice::Light);
            QCoreApplication::processEvents();
            warploom::test::keepPicture(journey.window(),
                                        isDark ? QStringLiteral("window-example-dark")
                                               : QStringLiteral("window-example-light"));
        }
        Theme::instance().choose(ThemeChoice::Light);
    }
};

WARPLOOM_JOURNEY_MAIN(tst_JourneyExample)
#include "tst_JourneyExample.moc"
