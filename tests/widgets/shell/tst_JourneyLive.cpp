// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <csignal>

#include "Journey.h"

using namespace warploom;
using warploom::test::Journey;

namespace {

RunOrder longRun()
{
    RunOrder order;
    order.task = warploom::test::kernelFolder("vector_add").toStdString();
    order.settings.evaluations = 1'000'000;
    return order;
}

QAbstractButton* buttonOf(QMessageBox& box, const QString& text)
{
    for (QAbstractButton* button : box.buttons())
        if (button->text().remove(QLatin1Char('&')) == text)
            return button;
    return nullptr;
}

/// Longest time that the event loop was away, measured with a timer that should fire every few milliseconds.
class LoopWatch : public QObject {
public:
    LoopWatch()
    {
        m_timer.setInterval(5);
        m_timer.setTimerType(Qt::PreciseTimer);
        QObject::connect(&m_timer, &QTimer::timeout, this,
                         [this] { m_longest = std::max(m_longest, m_clock.restart()); });
        m_clock.start();
        m_timer.start();
    }
    [[nodiscard]] qint64 longestMs() const { return m_longest; }

private:
    QTimer m_timer;
    QElapsedTimer m_clock;
    qint64 m_longest = 0;
};

}  // namespace

/// Windows come and go; the run stays.
class tst_JourneyLive : public QObject {
    Q_OBJECT

private slots:
    void aKilledWindowDoesNotEndTheRun()
    {
        const warploom::test::TemporaryFolder folder;
        const auto path = folder.path() / "run.warploom";
        auto client = attachToHost(path, {}, {});
        QVERIFY_RESULT(client);
        QVERIFY_RESULT((*client)->evolve(longRun()));
        QProcess other;
        other.start(QString::fromStdString((warploom::test::binaryFolder() / "warploom").string()),
                    {QStringLiteral("--fresh"), QString::fromStdString(path.string())});
        QVERIFY(other.waitForStarted());
        QTRY_VERIFY_WITH_TIMEOUT((*client)->progress()->evaluations >= 2, warploom::test::kRunMs);
        QTest::qWait(500);
        QCOMPARE(other.state(), QProcess::Running);
        ::kill(static_cast<pid_t>(other.processId()), SIGKILL);
        QVERIFY(other.waitForFinished());
        const auto before = (*client)->progress()->evaluations;
        QTRY_VERIFY_WITH_TIMEOUT((*client)->progress()->evaluations > before + 2, warploom::test::kRunMs);

        // The next window finds it, live.
        Journey journey;
        journey.window().openWorkspace(QString::fromStdString(path.string()));
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().isRunning(), warploom::test::kOpenMs);
        const auto shown = journey.window().lineage().data().evaluations().size();
        const LoopWatch watch;
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().lineage().data().evaluations().size() > shown + 5,
                                 warploom::test::kRunMs);
        qInfo("longest gap of the event loop during the live run: %lld ms", static_cast<long long>(watch.longestMs()));

        pauseAndStep(journey);
        closeWithAQuestion(journey, **client);
    }

    void aLostHostIsSaid()
    {
        const warploom::test::TemporaryFolder folder;
        const auto path = folder.path() / "run.warploom";
        auto host = EngineHost::open(path);
        QVERIFY_RESULT(host);
        Journey journey;
        journey.window().openWorkspace(QString::fromStdString(path.string()));
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().isOpen(), warploom::test::kOpenMs);
        host->reset();
        QTRY_VERIFY_WITH_TIMEOUT(journey.notice().contains(QStringLiteral("has ended")), 10'000);
        journey.close();
    }

    void whatIsNoWorkspaceIsSaid()
    {
        const warploom::test::TemporaryFolder folder;
        const auto path = folder.write("rubbish.warploom", std::string(5000, 'x'));
        Journey journey;
        journey.window().openWorkspace(QString::fromStdString(path.string()));
        QTRY_VERIFY_WITH_TIMEOUT(journey.notice().contains(QStringLiteral("is no database of Warploom")),
                                 warploom::test::kOpenMs);
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-failed-light"));
        journey.close();
    }

private:
    /// What was in flight is finished, and then nothing more; 0 if it goes on and on.
    static std::int64_t evaluationsAtRest(Journey& journey)
    {
        for (int i = 0; i < 20; ++i) {
            const auto before = journey.window().session().progress().evaluations;
            QTest::qWait(1'000);
            if (journey.window().session().progress().evaluations == before)
                return before;
        }
        return 0;
    }

    void pauseAndStep(Journey& journey)
    {
        const auto phase = [&] { return journey.window().session().progress().phase; };
        journey.press(Qt::Key_P, Qt::ControlModifier);
        QTRY_COMPARE_WITH_TIMEOUT(phase(), std::string("paused"), 20'000);
        const std::int64_t paused = evaluationsAtRest(journey);
        QVERIFY(paused > 0);
        journey.press(Qt::Key_Period, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().progress().evaluations > paused, 20'000);
        journey.press(Qt::Key_P, Qt::ControlModifier);
        QTRY_COMPARE_WITH_TIMEOUT(phase(), std::string("evolving"), 20'000);
    }

    void closeWithAQuestion(Journey& journey, EngineClient& client)
    {
        journey.window().close();
        QVERIFY(journey.window().isVisible());
        auto* box = journey.window().findChild<QMessageBox*>(QStringLiteral("closeQuestion"));
        QVERIFY(box != nullptr);
        warploom::test::keepPicture(*box, QStringLiteral("window-close-question"));
        QTest::mouseClick(buttonOf(*box, QStringLiteral("Cancel")), Qt::LeftButton);
        QVERIFY(journey.window().isVisible());
        QTRY_VERIFY(journey.window().findChild<QMessageBox*>(QStringLiteral("closeQuestion")) == nullptr);
        journey.window().close();
        box = journey.window().findChild<QMessageBox*>(QStringLiteral("closeQuestion"));
        QVERIFY(box != nullptr);
        QTest::mouseClick(buttonOf(*box, QStringLiteral("Stop it")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!journey.window().isVisible(), 10'000);
        QTRY_COMPARE_WITH_TIMEOUT(client.progress()->phase, std::string("finished"), 20'000);
    }
};

WARPLOOM_JOURNEY_MAIN(tst_JourneyLive)
#include "tst_JourneyLive.moc"
