// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Journey.h"

#include "profiler/AssemblyView.h"

using namespace warploom;
using warploom::test::Journey;

/// From an empty window to a kernel that compiles: task, draft, error in the gutter, fixed, checked.
class tst_JourneyEdit : public QObject {
    Q_OBJECT

private slots:
    void editsUntilItIsRight()
    {
        Journey journey;
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-welcome-light"));
        QVERIFY(!journey.window().actions().action(QStringLiteral("run.evolve"))->isEnabled());
        QVERIFY(journey.chooseTask(QStringLiteral("vector_add")));
        QTRY_VERIFY(journey.editors().currentSource().contains(QStringLiteral("__global__")));
        const QString baseline = journey.editors().currentSource();
        QVERIFY(journey.window().windowTitle().contains(QStringLiteral("vector_add")));
        QVERIFY(journey.window().actions().action(QStringLiteral("run.evolve"))->isEnabled());

        // The first keystroke opens a draft; it does not compile.
        journey.editor().setFocus();
        journey.editor().setCursorPosition(journey.editor().lines() - 1, 0);
        for (const QChar letter : QStringLiteral("oops"))
            QTest::keyClick(&journey.editor(), letter.toLatin1());
        QVERIFY(journey.editors().currentDraft() != nullptr);
        QVERIFY(journey.editors().currentSource().endsWith(QStringLiteral("oops")));
        QCOMPARE(journey.editors().findChild<QTabWidget*>()->count(), 2);
        journey.press(Qt::Key_B, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(!journey.editor().problems().empty(), 30'000);
        QVERIFY(journey.notice().contains(QStringLiteral("does not compile")));
        QVERIFY(journey.editor().markersAtLine(journey.editor().problems().front().place.line - 1) != 0);
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-error-light"));
        Theme::instance().choose(ThemeChoice::Dark);
        QCoreApplication::processEvents();
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-error-dark"));
        Theme::instance().choose(ThemeChoice::Light);

        // Back to what compiles: problems go, PTX comes.
        while (journey.editor().isUndoAvailable())
            journey.press(Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(journey.editors().currentSource(), baseline);
        journey.press(Qt::Key_B, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(journey.editor().problems().empty(), 30'000);
        QTRY_VERIFY_WITH_TIMEOUT(journey.notice().contains(QStringLiteral("compiles.")), 30'000);
        auto& assembly = *journey.window().findChild<AssemblyView*>();
        QTRY_VERIFY_WITH_TIMEOUT(assembly.canvas().rows().count() > 0, 30'000);

        // F5 verifies and times it.
        journey.press(Qt::Key_F5);
        QTRY_VERIFY_WITH_TIMEOUT(journey.notice().contains(QStringLiteral(": ok")), 40'000);
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-checked-light"));
        journey.close();
    }

    void theDraftIsThereAgain()
    {
        Journey journey;
        journey.window().restoreSession();
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().isOpen(), warploom::test::kOpenMs);
        QTRY_VERIFY(journey.editors().findChild<QTabWidget*>()->count() >= 2);
        journey.close();
    }

    void everyCommandIsInThePalette()
    {
        Journey journey;
        journey.press(Qt::Key_P, Qt::ControlModifier | Qt::ShiftModifier);
        auto* list = QApplication::activePopupWidget()->findChild<QListWidget*>();
        QVERIFY(list != nullptr);
        for (QAction* action : journey.window().actions().all())
            QVERIFY2(!list->findItems(action->text().remove(QLatin1Char('&')), Qt::MatchStartsWith).isEmpty(),
                     qPrintable(action->text()));
        auto* edit = QApplication::activePopupWidget()->findChild<QLineEdit*>();
        QTest::keyClicks(edit, QStringLiteral("dark"));
        QTest::keyClick(edit, Qt::Key_Return);
        QVERIFY(Theme::instance().isDark());
        QCoreApplication::processEvents();
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-welcome-dark"));
        Theme::instance().choose(ThemeChoice::Light);
        journey.close();
    }

    void everythingHasANameForScreenReaders()
    {
        Journey journey;
        for (QWidget* widget : journey.window().findChildren<QWidget*>()) {
            if ((widget->focusPolicy() & Qt::TabFocus) == 0 || !widget->isVisibleTo(&journey.window()))
                continue;
            const QAccessibleInterface* face = QAccessible::queryAccessibleInterface(widget);
            const bool isNamed = face != nullptr && !face->text(QAccessible::Name).isEmpty();
            QVERIFY2(isNamed,
                     qPrintable(QString::fromLatin1(widget->metaObject()->className()) + QLatin1Char(' ')
                                + widget->objectName() + QStringLiteral(" in ")
                                + QString::fromLatin1(widget->parentWidget()->metaObject()->className())));
        }
        // Nothing is disabled without its reason.
        for (QAction* action : journey.window().actions().all())
            QVERIFY2(action->isEnabled() || !Actions::reasonOf(*action).isEmpty(), qPrintable(action->text()));
        journey.close();
    }
};

WARPLOOM_JOURNEY_MAIN(tst_JourneyEdit)
#include "tst_JourneyEdit.moc"
