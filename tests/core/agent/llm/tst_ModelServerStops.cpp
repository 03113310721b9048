// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ModelServerFixture.h"

#include <atomic>
#include <thread>

using namespace warploom;
using namespace warploom::test;
using namespace std::chrono_literals;

/// A stop does not wait for a server.
class tst_ModelServerStops : public ModelServerFixture {
    Q_OBJECT

private:
    /// How many ms after the stop the request ended; 1000 if it did not end as cancelled.
    qint64 cancelAfterAWhile(const ModelServerSettings& settings)
    {
        std::stop_source source;
        std::atomic<qint64> stoppedAt = 0;
        QElapsedTimer timer;
        timer.start();
        std::jthread stopper([&] {
            std::this_thread::sleep_for(300ms);
            stoppedAt = timer.elapsed();
            source.request_stop();
        });
        const Asked asked = ask(settings, question(), source.get_token());
        return !asked.answer && asked.answer.error().isCancelled() ? timer.elapsed() - stoppedAt : 1000;
    }

private slots:
    void initTestCase() { startServer(); }

    void cancelledAtOnce_data()
    {
        QTest::addColumn<std::string>("url");
        QTest::newRow("before the answer") << m_server.url("silent");
        QTest::newRow("in mid-stream") << m_server.url("stalls");
        QTest::newRow("while TLS is agreed on") << fmt::format("https://127.0.0.1:{}/v1", m_deaf.port);
    }

    void cancelledAtOnce()
    {
        QFETCH(std::string, url);
        qint64 late = 1000;
        // On a busy machine the test's own threads may be late: one of three tries has to do.
        for (int i = 0; i < 3 && late >= 200; ++i)
            late = cancelAfterAWhile(settings(url));
        QVERIFY2(late < 200, std::to_string(late).c_str());
    }

    void cancelledBetweenTries()
    {
        std::stop_source source;
        ModelServer server(settings(m_server.url("busy_for_seven_seconds", "cancelled")), plantedKey, m_http);
        std::jthread stopper([&source] {
            std::this_thread::sleep_for(300ms);
            source.request_stop();
        });
        QElapsedTimer timer;
        timer.start();
        QVERIFY(server.chat(question(), {}, source.get_token()).error().isCancelled());
        QVERIFY2(timer.elapsed() < 3000, std::to_string(timer.elapsed()).c_str());
    }

    void endsWithRequestsOpen()
    {
        auto http = std::make_shared<HttpClient>();
        std::stop_source source;
        {
            ModelServer server(settings(m_server.url("stalls")), plantedKey, http);
            std::jthread asking([&] { static_cast<void>(server.chat(question(), {}, source.get_token())); });
            std::this_thread::sleep_for(100ms);
            source.request_stop();
        }
        QElapsedTimer timer;
        timer.start();
        http.reset();
        QVERIFY(timer.elapsed() < 5000);
    }
};

QTEST_APPLESS_MAIN(tst_ModelServerStops)
#include "tst_ModelServerStops.moc"
