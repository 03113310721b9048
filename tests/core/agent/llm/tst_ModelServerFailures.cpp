// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ModelServerFixture.h"

using namespace warploom;
using namespace warploom::test;
using namespace std::chrono_literals;

Q_DECLARE_METATYPE(warploom::ErrorCode)

/// What a server does wrong is said with its reason, and tried again where that may help.
class tst_ModelServerFailures : public ModelServerFixture {
    Q_OBJECT

private slots:
    void initTestCase() { startServer(); }

    void failsWithItsReason_data()
    {
        QTest::addColumn<std::string>("name");
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<std::string>("message");
        QTest::addColumn<int>("pauses");
        const auto add = [](const char* name, ErrorCode code, const char* message, int pauses = 0) {
            QTest::newRow(name) << std::string(name) << code << std::string(message) << pauses;
        };
        add("unauthorized", ErrorCode::KeyRefused, "the server refuses the key: Incorrect API key: [redacted]");
        add("unauthorized_in_part", ErrorCode::KeyRefused, "the server refuses the key: xxx");
        add("not_found", ErrorCode::NotFound, "the server knows no such model or path (404): model: nonsense");
        add("not_found_html", ErrorCode::NotFound, "the server knows no such model or path (404), with a page of HTML");
        add("out_of_credit", ErrorCode::OutOfCredit, "the account's credit at the server is used up: You exceeded");
        add("too_long", ErrorCode::RequestRefused, "the server refuses the request (400): prompt is too long: 9 > 8");
        add("busy", ErrorCode::RateLimited, "the server asks to wait: too many requests: slow down (after 3 tries)", 2);
        add("busy_for_an_hour", ErrorCode::RateLimited, "the server asks to wait 3600 s: slow down");
        add("fails", ErrorCode::ServerFailed, "the server failed (500): internal trouble (after 3 tries)", 2);
        add("overloaded", ErrorCode::ServerFailed, "the server is overloaded (529): Overloaded (after 3 tries)", 2);
        add("fails_in_stream", ErrorCode::ServerFailed, "the server failed (500): internal trouble");
        add("cut", ErrorCode::ServerFailed, "the server cut the connection before its answer was complete");
        add("ends_early", ErrorCode::ServerFailed, "the server's stream ended before the answer did");
        add("bad_sse", ErrorCode::BadAnswer, "the server's stream holds no events: this is no stream of events");
        add("bad_json_in_stream", ErrorCode::BadAnswer, "the server's stream holds no valid JSON: {\"choices\": [}");
        add("bad_json", ErrorCode::BadAnswer, "the server's answer is no valid JSON: {\"choices\": [");
        add("html", ErrorCode::BadAnswer, "the server answers with a page of HTML");
        add("empty", ErrorCode::BadAnswer, "the server's answer is empty");
        add("falsely_compressed", ErrorCode::BadAnswer, "the server's answer is not compressed as it says");
        add("no_http", ErrorCode::BadAnswer, "what answers at the server's address does not speak HTTP");
        add("redirects_forever", ErrorCode::BadAnswer, "the server sends from place to place, more than 3 times");
        add("redirects_nowhere", ErrorCode::BadAnswer, "the server sends to another address, which is none of the web");
    }

    void failsWithItsReason()
    {
        QFETCH(std::string, name);
        QFETCH(ErrorCode, code);
        QFETCH(std::string, message);
        QFETCH(int, pauses);
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            const Asked asked = ask(settings(m_server.url(name), dialect));
            QVERIFY(!asked.answer);
            const Error& error = asked.answer.error();
            const std::string begin = fmt::format("127.0.0.1:{}: {}", m_server.port("http"), message);
            QVERIFY2(error.message.starts_with(begin), error.message.c_str());
            QCOMPARE(errorCodeName(error.code), errorCodeName(code));
            QCOMPARE(asked.pauses.size(), static_cast<std::size_t>(pauses));
            for (std::size_t at = 0; at + 8 <= std::strlen(kKey); ++at)
                QVERIFY2(!contains(error.toString(), std::string(kKey, at, 8)), error.message.c_str());
            QVERIFY2(asked.took < 10s, std::to_string(asked.took.count()).c_str());
        }
    }

    void otherJsonIsNoAnswer()
    {
        QVERIFY(contains(ask(settings(m_server.url("other_json"))).answer.error().message, "no choices"));
        const auto anthropic = ask(settings(m_server.url("other_json"), ChatDialectName::Anthropic));
        QCOMPARE(anthropic.answer.error().code, ErrorCode::BadAnswer);
        QVERIFY(contains(anthropic.answer.error().message, "no content"));
    }

    void triesAgain_data()
    {
        QTest::addColumn<std::string>("name");
        QTest::addColumn<int>("pauses");
        QTest::addColumn<qint64>("least");  // ms, of the first pause
        QTest::addColumn<qint64>("most");
        const auto add = [](const char* name, int pauses, qint64 least, qint64 most) {
            QTest::newRow(name) << std::string(name) << pauses << least << most;
        };
        add("fails_once", 1, 500, 1000);
        add("busy_twice", 2, 500, 1000);
        add("busy_for_seven_seconds", 1, 7000, 7100);
        add("busy_until_a_date", 1, 27'000, 30'100);
        add("overloaded_in_stream", 1, 500, 1000);
        add("cut_at_once", 1, 500, 1000);
    }

    void triesAgain()
    {
        QFETCH(std::string, name);
        QFETCH(int, pauses);
        QFETCH(qint64, least);
        QFETCH(qint64, most);
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            // Of its own: curl asks again by itself where a connection that was used before is cut.
            const Asked asked = askWith(std::make_shared<HttpClient>(), settings(m_server.url(name), dialect));
            QVERIFY_RESULT(asked.answer);
            QCOMPARE(asked.answer->text, std::string(kText));
            QCOMPARE(asked.heard, std::string(kText));
            QCOMPARE(asked.pauses.size(), static_cast<std::size_t>(pauses));
            const qint64 first = asked.pauses.front().count();
            QVERIFY2(first >= least && first <= most, std::to_string(first).c_str());
        }
    }

    void deadlines()
    {
        auto impatient = settings(m_server.url("silent"));
        impatient.deadlines.start = 300ms;
        const Asked silent = ask(impatient);
        QCOMPARE(silent.answer.error().code, ErrorCode::Timeout);
        QVERIFY2(contains(silent.answer.error().message, "the server did not begin to answer within 0.3 s"),
                 silent.answer.error().message.c_str());
        impatient = settings(m_server.url("stalls"));
        impatient.deadlines.stall = 300ms;
        const Asked stalled = ask(impatient);
        QCOMPARE(stalled.answer.error().code, ErrorCode::Timeout);
        QVERIFY2(contains(stalled.answer.error().message, "fell silent in the middle of its answer, for 0.3 s"),
                 stalled.answer.error().message.c_str());
        QCOMPARE(stalled.heard, std::string(kText));
        impatient = settings(m_server.url("stalls"));
        impatient.deadlines.total = 400ms;
        const Asked total = ask(impatient);
        QCOMPARE(total.answer.error().code, ErrorCode::Timeout);
        QVERIFY2(contains(total.answer.error().message, "did not finish its answer within 0.4 s"),
                 total.answer.error().message.c_str());
        impatient = settings(fmt::format("https://127.0.0.1:{}/v1", m_deaf.port));
        impatient.deadlines.connect = 300ms;
        impatient.retries.tries = 1;
        const Asked deaf = ask(impatient);
        QCOMPARE(deaf.answer.error().code, ErrorCode::ServerUnreachable);
        QVERIFY2(contains(deaf.answer.error().message, "no connection to the server within 0.3 s"),
                 deaf.answer.error().message.c_str());
        for (const Asked* asked : {&silent, &stalled, &total, &deaf})
            QVERIFY2(asked->took < 10s, std::to_string(asked->took.count()).c_str());
    }

    void hugeAnswersEnd_data()
    {
        QTest::addColumn<std::string>("name");
        QTest::addColumn<std::string>("message");
        QTest::newRow("stream") << std::string("huge")
                                << std::string("the server's answer is too large: at most 4 MiB are taken");
        QTest::newRow("whole") << std::string("huge_whole")
                               << std::string("the server's answer is too large: at most 4 MiB are taken");
        QTest::newRow("event") << std::string("huge_event")
                               << std::string("the server's answer is too large: at most 4 MiB are taken");
    }

    void hugeAnswersEnd()
    {
        QFETCH(std::string, name);
        QFETCH(std::string, message);
        auto small = settings(m_server.url(name));
        small.mostAnswer = Bytes{4 * 1024 * 1024};
        const Asked asked = ask(small);
        QVERIFY(!asked.answer);
        QCOMPARE(asked.answer.error().code, ErrorCode::BadAnswer);
        QVERIFY2(contains(asked.answer.error().message, message), asked.answer.error().message.c_str());
        QVERIFY(asked.heard.size() <= 4 * 1024 * 1024);
    }

    void hundredMegabytesEnd()
    {
        const Asked asked = ask(settings(m_server.url("huge_whole")));  // with the limit that everybody has
        QVERIFY(!asked.answer);
        QCOMPARE(asked.answer.error().code, ErrorCode::BadAnswer);
        QVERIFY2(contains(asked.answer.error().message, "at most 32 MiB"), asked.answer.error().message.c_str());
    }

    void nobodyThere()
    {
        const Asked refused = ask(settings("http://127.0.0.1:1/v1"));
        QCOMPARE(refused.answer.error().code, ErrorCode::ServerUnreachable);
        QCOMPARE(refused.answer.error().message,
                 std::string("127.0.0.1:1: connection refused: no server listens at its address (after 3 tries)"));
        QCOMPARE(refused.pauses.size(), std::size_t{2});
        auto proxied = settings(m_server.url("ok"));
        proxied.proxy = "http://user:hunter22@127.0.0.1:1";
        const Asked noProxy = ask(proxied);
        QCOMPARE(noProxy.answer.error().code, ErrorCode::ServerUnreachable);
        QVERIFY(!contains(noProxy.answer.error().message, "hunter22"));
        const Asked nowhere = ask(settings("http://no-such-host.invalid/v1"));
        QCOMPARE(nowhere.answer.error().code, ErrorCode::ServerUnreachable);
        QVERIFY2(contains(nowhere.answer.error().message, "there is no host of the server's name"),
                 nowhere.answer.error().message.c_str());
    }

    void proxiesAreUsed()
    {
        auto proxied = settings("http://unreachable.invalid/ok/v1");
        const std::string proxy = fmt::format("http://127.0.0.1:{}", m_server.port("http"));
        for (const bool isSet : {true, false}) {
            proxied.proxy = isSet ? proxy : std::string();
            if (!isSet)
                qputenv("http_proxy", QByteArray::fromStdString(proxy));
            // The test's server is no proxy, but it sees what one is asked: a whole address.
            const auto before = m_server.requestsAt("http").size();
            const Asked asked = ask(proxied);
            qunsetenv("http_proxy");
            QVERIFY(!asked.answer);
            QCOMPARE(asked.answer.error().code, ErrorCode::NotFound);
            const auto requests = m_server.requestsAt("http");
            QCOMPARE(requests.size(), before + 1);
            QCOMPARE(requests.back()["path"].get<std::string>(),
                     std::string("http://unreachable.invalid/ok/v1/chat/completions"));
        }
    }
};

QTEST_APPLESS_MAIN(tst_ModelServerFailures)
#include "tst_ModelServerFailures.moc"
