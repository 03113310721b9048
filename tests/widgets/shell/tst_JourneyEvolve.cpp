// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Journey.h"

using namespace warploom;
using warploom::test::Journey;

/// From a task to its best variant: evolve, select, compare, edit, submit, steer, close, and find it all again.
class tst_JourneyEvolve : public QObject {
    Q_OBJECT

private slots:
    void evolvesAndSteers()
    {
        Journey journey;
        QVERIFY(journey.chooseTask(QStringLiteral("vector_add")));
        journey.runBar().setBudget(10);
        journey.press(Qt::Key_R, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().isRunning(), 20'000);
        QVERIFY(!journey.window().actions().action(QStringLiteral("run.evolve"))->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().lineage().data().evaluations().size() >= 3, warploom::test::kRunMs);
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-running-light"));
        QVERIFY(journey.runEnds());
        QTRY_VERIFY(journey.window().lineage().data().best() != nullptr);
        QVERIFY(journey.runBar().bestText().contains(QStringLiteral("modelled")));

        compareTheBest(journey);
        submitADraft(journey);
        steer(journey);
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-finished-light"));
        Theme::instance().choose(ThemeChoice::Dark);
        QCoreApplication::processEvents();
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-finished-dark"));
        Theme::instance().choose(ThemeChoice::Light);
        for (const char* dock : {"profiler", "feed"}) {
            journey.window().findChild<QDockWidget*>(QString::fromLatin1(dock))->raise();
            QTest::qWait(200);
            warploom::test::keepPicture(journey.window(),
                                        QStringLiteral("window-%1-light").arg(QString::fromLatin1(dock)));
        }
        m_selected = journey.window().selection().variant();
        m_evaluations = journey.window().lineage().data().evaluations().size();
        journey.close();
    }

    void findsItAllAgain()
    {
        Journey journey({3840, 2160});
        journey.window().restoreSession();
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().isOpen(), warploom::test::kOpenMs);
        journey.window().resize(3840, 2160);
        QTRY_COMPARE(journey.window().selection().variant(), m_selected);
        QCOMPARE(journey.window().lineage().data().evaluations().size(), m_evaluations);
        // How the last run ended is said again, though this host has had none.
        QVERIFY(journey.runBar().bestText().contains(QStringLiteral("modelled")));
        QTRY_VERIFY(journey.editors().currentSource().contains(QStringLiteral("by hand")));
        QTest::qWait(300);
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-large-light"));
        journey.close();
    }

private:
    void compareTheBest(Journey& journey)
    {
        journey.press(Qt::Key_J, Qt::ControlModifier);
        const VariantId best = journey.window().lineage().data().best()->variant;
        QCOMPARE(journey.window().selection().variant(), best);
        const VariantRecord* variant = journey.window().lineage().data().find(best);
        QTRY_VERIFY(journey.editors().currentTitle().startsWith(QStringLiteral("#%1").arg(best)));
        if (variant->parents.empty())
            return;
        journey.press(Qt::Key_D, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_VERIFY(journey.editors().currentTitle().contains(QStringLiteral("→")));
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-diff-light"));
    }

    void submitADraft(Journey& journey)
    {
        journey.window().selection().select(1);
        QTRY_VERIFY(journey.editors().currentTitle().startsWith(QStringLiteral("#1")));
        QTRY_VERIFY(!journey.editors().currentSource().isEmpty());
        journey.press(Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(journey.editors().currentDraft() != nullptr);
        QString text = journey.editors().currentSource();
        // Comments alone would be the same variant again.
        text.replace(QStringLiteral("__global__ void"), QStringLiteral("__global__ void __launch_bounds__(1024)"));
        text += QStringLiteral("// by hand\n");
        journey.editor().selectAll();
        journey.editor().replaceSelectedText(text);
        journey.editor().setFocus();
        journey.press(Qt::Key_Return, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().lineage().data().variants().back().agent == "person", 30'000);
        // It is selected, its draft has done its work, and it gets its verdict.
        const VariantId own = journey.window().lineage().data().variants().back().id;
        QTRY_COMPARE(journey.window().selection().variant(), own);
        QVERIFY(journey.editors().currentDraft() == nullptr);
        const auto row = journey.window().lineage().data().rowOf(own);
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().lineage().data().shownEvaluation(*row) != nullptr, 30'000);
        QVERIFY(journey.runEnds());
    }

    void steer(Journey& journey)
    {
        const VariantId own = journey.window().selection().variant();
        const auto isFavoured = [&] { return journey.window().lineage().data().find(own)->favoured; };
        journey.window().actions().action(QStringLiteral("steer.favour"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(isFavoured(), 10'000);
        // Steering has its own undo; the editor's is another.
        journey.press(Qt::Key_Z, Qt::ControlModifier | Qt::AltModifier);
        QTRY_VERIFY_WITH_TIMEOUT(!isFavoured(), 10'000);
        journey.press(Qt::Key_Z, Qt::ControlModifier | Qt::AltModifier | Qt::ShiftModifier);
        QTRY_VERIFY_WITH_TIMEOUT(isFavoured(), 10'000);
        journey.window().actions().action(QStringLiteral("steer.retire"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().lineage().data().find(own)->retired, 10'000);
        auto* guidance = journey.window().findChild<QLineEdit*>(QStringLiteral("guidance"));
        QVERIFY(guidance != nullptr);
        guidance->setText(QStringLiteral("keep the blocks small"));
        QTest::keyClick(guidance, Qt::Key_Return);
        QTRY_VERIFY(journey.notice().contains(QStringLiteral("keep the blocks small")));
    }

    VariantId m_selected = 0;
    std::size_t m_evaluations = 0;
};

WARPLOOM_JOURNEY_MAIN(tst_JourneyEvolve)
#include "tst_JourneyEvolve.moc"
