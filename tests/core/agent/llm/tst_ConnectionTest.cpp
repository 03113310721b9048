// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <thread>

#include "TestModelServer.h"
#include "agent/llm/ConnectionTest.h"

using namespace warploom;
using namespace warploom::test;

namespace {

constexpr const char* kPlanted = "sk-planted-0123456789abcdef";

ServerPreset presetAt(const std::string& url, const char* dialect = "openai")
{
    ServerPreset server;
    server.name = "tested";
    server.title = "The tested";
    server.dialect = dialect;
    server.url = url;
    server.proxy = "direct";
    return server;
}

Secret planted() { return Secret(std::string(kPlanted)); }

}  // namespace

class tst_ConnectionTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const std::string problem = m_server.start();
        QVERIFY2(problem.empty(), problem.c_str());
    }

    void bothDialectsWork_data()
    {
        QTest::addColumn<QString>("dialect");
        QTest::newRow("openai") << "openai";
        QTest::newRow("anthropic") << "anthropic";
    }

    void bothDialectsWork()
    {
        QFETCH(QString, dialect);
        const ServerPreset server = presetAt(m_server.url("list_for_a_key"), dialect.toLatin1().constData());
        const auto report = testConnection(server, planted(), m_http, {});
        QVERIFY_RESULT(report);
        QCOMPARE(report->models, (std::vector<std::string>{"first", "second"}));
        QVERIFY(report->sentKey && !report->isOpenToAll);
        QVERIFY(report->time.count() > 0 && report->time.count() < 20);
    }

    void listsThatAreOpenProveNoKey()
    {
        const auto report = testConnection(presetAt(m_server.url("ok")), planted(), m_http, {});
        QVERIFY_RESULT(report);
        QVERIFY(report->sentKey && report->isOpenToAll);
        const auto without = testConnection(presetAt(m_server.url("ok")), {}, m_http, {});
        QVERIFY_RESULT(without);
        QVERIFY(!without->sentKey && !without->isOpenToAll);
        QVERIFY(testConnection(presetAt(m_server.url("list_empty")), {}, m_http, {})->models.empty());
    }

    void whatFailsIsTold_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("code");
        QTest::newRow("list_for_a_key") << "list_for_a_key" << static_cast<int>(ErrorCode::KeyRefused);
        QTest::newRow("list_fails") << "list_fails" << static_cast<int>(ErrorCode::ServerFailed);
        QTest::newRow("list_of_html") << "list_of_html" << static_cast<int>(ErrorCode::BadAnswer);
    }

    void whatFailsIsTold()
    {
        QFETCH(QString, name);
        QFETCH(int, code);
        const std::string wrong = "sk-another-0123456789abcdef";
        const auto report =
            testConnection(presetAt(m_server.url(name.toStdString())), Secret(std::string(wrong)), m_http, {});
        QVERIFY(!report);
        QCOMPARE(static_cast<int>(report.error().code), code);
        QVERIFY2(report.error().toString().find(wrong) == std::string::npos, report.error().toString().c_str());
    }

    void nobodyThereIsTold()
    {
        const auto report = testConnection(presetAt("http://127.0.0.1:1/v1"), {}, m_http, {});
        QVERIFY(!report);
        QCOMPARE(report.error().code, ErrorCode::ServerUnreachable);
    }

    void stopsWhenToldTo()
    {
        std::stop_source stop;
        std::jthread later([&stop] {
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
            stop.request_stop();
        });
        QElapsedTimer timer;
        timer.start();
        const auto report = testConnection(presetAt(m_server.url("list_stalls")), planted(), m_http, stop.get_token());
        QVERIFY(!report && report.error().isCancelled());
        QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
    }

private:
    TestModelServer m_server;
    std::shared_ptr<HttpClient> m_http = std::make_shared<HttpClient>();
};

QTEST_GUILESS_MAIN(tst_ConnectionTest)
#include "tst_ConnectionTest.moc"
