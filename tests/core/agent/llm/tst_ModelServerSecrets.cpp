// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ModelServerFixture.h"

using namespace warploom;
using namespace warploom::test;
using namespace std::chrono_literals;

/// The key goes to its server and nowhere else, and only where the server is who it says.
class tst_ModelServerSecrets : public ModelServerFixture {
    Q_OBJECT

private slots:
    void initTestCase() { startServer(); }

    void keyDoesNotFollowElsewhere()
    {
        for (const auto& [name, where] : {std::pair{"redirects_elsewhere", m_server.port("elsewhere")},
                                          std::pair{"redirects_to_another_name", m_server.port("http")}}) {
            const auto before = m_server.requestsAt("http").size();
            const Asked asked = ask(settings(m_server.url(name)));
            QVERIFY(!asked.answer);
            QCOMPARE(asked.answer.error().code, ErrorCode::BadAnswer);
            const std::string& message = asked.answer.error().message;
            QVERIFY2(contains(message, fmt::format(":{} (30", where)), message.c_str());
            QVERIFY2(contains(message, "the key is not sent there"), message.c_str());
            QCOMPARE(m_server.requestsAt("http").size(), before + 1);
        }
        // Nothing at all has reached the other server, so no key has.
        QCOMPARE(m_server.requestsAt("elsewhere").size(), std::size_t{0});
    }

    void redirectsWithinAreFollowed()
    {
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            const Asked asked = ask(settings(m_server.url("redirects_within"), dialect));
            QVERIFY_RESULT(asked.answer);
            QCOMPARE(asked.answer->text, std::string(kText));
        }
    }

    void repeatedKeyIsTakenOut()
    {
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            const Asked asked = ask(settings(m_server.url("repeats_key"), dialect));
            QVERIFY_RESULT(asked.answer);
            QCOMPARE(asked.answer->text, std::string("Your key [redacted] is fine"));
            QCOMPARE(asked.heard, asked.answer->text);
        }
    }

    void keyIsSentWhereItBelongs()
    {
        const auto before = m_server.requestsAt("http").size();
        QVERIFY_RESULT(ask(settings(m_server.url("ok"))).answer);
        QVERIFY_RESULT(ask(settings(m_server.url("ok"), ChatDialectName::Anthropic)).answer);
        const auto requests = m_server.requestsAt("http");
        QCOMPARE(requests.size(), before + 2);
        QCOMPARE(requests[before]["headers"].value("Authorization", ""), "Bearer " + std::string(kKey));
        QCOMPARE(requests[before + 1]["headers"].value("x-api-key", ""), std::string(kKey));
        QVERIFY(!requests[before + 1]["headers"].contains("Authorization"));
        for (const auto& request : requests) {
            QVERIFY(!contains(request["path"].dump(), kKey));
            QVERIFY(!contains(request["body"].dump(), kKey));
        }
    }

    void brokenKeysAreNotSent()
    {
        FakeTime time;
        ModelServer server(
            settings(m_server.url("ok")), [] { return Result<Secret>(Secret("sk-one\r\nX-Evil: sk-two")); }, m_http,
            time.clock());
        const auto answer = server.chat(question(), {}, {});
        QVERIFY(!answer);
        QCOMPARE(answer.error().code, ErrorCode::InvalidArgument);
        QVERIFY2(contains(answer.error().message, "the header Authorization holds a line break"),
                 answer.error().message.c_str());
        QVERIFY(!contains(answer.error().message, "sk-"));
        ModelServer keyless(
            settings(m_server.url("ok")), [] { return Result<Secret>(fail(ErrorCode::NotFound, "no key is set")); },
            m_http, time.clock());
        QCOMPARE(keyless.chat(question(), {}, {}).error().message, std::string("no key is set"));
        // From a file, with the end of its line.
        ModelServer trimmed(
            settings(m_server.url("ok")), [] { return Result<Secret>(Secret("  sk-one \n")); }, m_http, time.clock());
        QVERIFY_RESULT(trimmed.chat(question(), {}, {}));
    }

    void certificates()
    {
        if (!m_server.isSecure())
            QSKIP("there is no openssl to make certificates with");
        auto good = settings(m_server.secureUrl("https", "ok"));
        const Asked unknown = ask(good);
        QCOMPARE(unknown.answer.error().code, ErrorCode::ServerNotTrusted);
        QVERIFY2(contains(unknown.answer.error().message, "comes from an authority that is not known here"),
                 unknown.answer.error().message.c_str());
        good.caFile = m_server.authority();
        QVERIFY_RESULT(ask(good).answer);
        auto expired = settings(m_server.secureUrl("expired", "ok"));
        expired.caFile = m_server.authority();
        const Asked late = ask(expired);
        QCOMPARE(late.answer.error().code, ErrorCode::ServerNotTrusted);
        QVERIFY2(contains(late.answer.error().message, "the server's certificate has expired"),
                 late.answer.error().message.c_str());
        auto otherName = settings(fmt::format("https://localhost:{}/ok/v1", m_server.port("https")));
        otherName.caFile = m_server.authority();
        const Asked misnamed = ask(otherName);
        QCOMPARE(misnamed.answer.error().code, ErrorCode::ServerNotTrusted);
        QVERIFY2(contains(misnamed.answer.error().message, "the server's certificate does not hold"),
                 misnamed.answer.error().message.c_str());
        auto noFile = good;
        noFile.caFile = "/nonexistent/authority.pem";
        QCOMPARE(ask(noFile).answer.error().code, ErrorCode::InvalidArgument);
        QVERIFY(contains(ask(noFile).answer.error().message, "/nonexistent/authority.pem cannot be read"));
        const Asked notSecure = ask(settings(fmt::format("https://127.0.0.1:{}/ok/v1", m_server.port("http"))));
        QCOMPARE(notSecure.answer.error().code, ErrorCode::ServerNotTrusted);
        QVERIFY2(contains(notSecure.answer.error().message, "no secure connection"),
                 notSecure.answer.error().message.c_str());
        for (const Asked* asked : {&unknown, &late, &misnamed, &notSecure})
            QVERIFY(asked->pauses.empty());  // it would be no better the next time
    }
};

QTEST_APPLESS_MAIN(tst_ModelServerSecrets)
#include "tst_ModelServerSecrets.moc"
