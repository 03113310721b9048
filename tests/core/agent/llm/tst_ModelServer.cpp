// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestModelServer.h"
#include "TestSupport.h"

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>

#include "agent/llm/ModelServer.h"
#include "base/UniqueFd.h"

using namespace warploom;
using namespace warploom::test;
using namespace std::chrono_literals;

Q_DECLARE_METATYPE(warploom::ErrorCode)

namespace {

constexpr const char* kKey = "sk-planted-0123456789abcdefghij";
constexpr const char* kText = "Hello from the model: äöü ✓";

/// Time that passes only when somebody sleeps.
class FakeTime {
public:
    RetryClock clock()
    {
        return {[this] {
                    const std::lock_guard lock(m_mutex);
                    return std::chrono::steady_clock::time_point() + m_elapsed;
                },
                [this](std::chrono::milliseconds pause, std::stop_token) {
                    const std::lock_guard lock(m_mutex);
                    m_elapsed += pause;
                    m_pauses.push_back(pause);
                    return true;
                }};
    }
    std::vector<std::chrono::milliseconds> pauses()
    {
        const std::lock_guard lock(m_mutex);
        return m_pauses;
    }

private:
    std::mutex m_mutex;
    std::chrono::milliseconds m_elapsed{};
    std::vector<std::chrono::milliseconds> m_pauses;
};

/// Connections are made, for the system makes them, and nobody reads what comes.
struct DeafListener {
    DeafListener()
        : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        if (::bind(socket.get(), any, size) == 0 && ::listen(socket.get(), 8) == 0
            && ::getsockname(socket.get(), any, &size) == 0)
            port = ntohs(address.sin_port);
    }

    UniqueFd socket;
    int port = 0;
};

Result<Secret> plantedKey() { return Secret(std::string(kKey)); }

ChatRequest question()
{
    ChatRequest request;
    request.model = "test-model";
    request.messages = {{ChatRole::System, "You are brief."}, {ChatRole::User, "Say hello."}};
    request.maxAnswerTokens = 64;
    return request;
}

bool contains(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

}  // namespace

/// Whole exchanges with a server of both dialects that misbehaves on demand (tests/support/model_server).
class tst_ModelServer : public QObject {
    Q_OBJECT

private:
    struct Asked {
        Result<ChatAnswer> answer;
        std::string heard;  ///< what was streamed
        std::vector<std::chrono::milliseconds> pauses;
        std::chrono::milliseconds took{};
    };

    ModelServerSettings settings(const std::string& url, ChatDialectName dialect = ChatDialectName::OpenAi) const
    {
        ModelServerSettings settings;
        settings.dialect = dialect;
        settings.baseUrl = url;
        settings.proxy = "direct";  // whatever the machine of the test has set
        settings.deadlines = {5s, 5s, 5s, 20s};
        settings.retries.tries = 3;
        return settings;
    }

    Asked ask(const ModelServerSettings& settings, const ChatRequest& request = question(), std::stop_token stop = {})
    {
        return askWith(m_http, settings, request, stop);
    }

    static Asked askWith(const std::shared_ptr<HttpClient>& http, const ModelServerSettings& settings,
                         const ChatRequest& request = question(), std::stop_token stop = {})
    {
        FakeTime time;
        ModelServer server(settings, plantedKey, http, time.clock());
        Asked asked;
        QElapsedTimer timer;
        timer.start();
        asked.answer = server.chat(request, [&asked](std::string_view piece) { asked.heard += piece; }, stop);
        asked.took = std::chrono::milliseconds(timer.elapsed());
        asked.pauses = time.pauses();
        return asked;
    }

    /// Of the listener, as it reports them.
    nlohmann::json requestsAt(const std::string& listener)
    {
        HttpRequest request;
        request.url = fmt::format("http://127.0.0.1:{}/requests", m_server.port(listener));
        request.proxy = "direct";
        std::string body;
        const auto head = m_http->send(request,
                                       [&body](const HttpHead&, std::string_view piece) -> Result<HttpClient::Reading> {
                                           body += piece;
                                           return HttpClient::Reading::GoOn;
                                       },
                                       {});
        return head ? nlohmann::json::parse(body, nullptr, false) : nlohmann::json();
    }

    TestModelServer m_server;
    DeafListener m_deaf;
    std::shared_ptr<HttpClient> m_http = std::make_shared<HttpClient>();

private slots:
    void initTestCase()
    {
        const std::string fault = m_server.start();
        QVERIFY2(fault.empty(), fault.c_str());
    }

    void goesWell_data()
    {
        QTest::addColumn<std::string>("name");
        QTest::addColumn<bool>("isCounted");
        for (const char* name : {"ok", "slow_start", "split_anywhere", "whole", "keeps_open"})
            QTest::newRow(name) << std::string(name) << true;
        QTest::newRow("no_usage") << std::string("no_usage") << false;
    }

    void goesWell()
    {
        QFETCH(std::string, name);
        QFETCH(bool, isCounted);
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            const Asked asked = ask(settings(m_server.url(name), dialect));
            QVERIFY_RESULT(asked.answer);
            QCOMPARE(asked.answer->text, std::string(kText));
            QCOMPARE(asked.heard, std::string(kText));
            QCOMPARE(asked.answer->finish, ChatFinish::Stop);
            QCOMPARE(asked.answer->model, std::string("test-model-2"));
            QCOMPARE(asked.answer->usage.estimated, !isCounted);
            QCOMPARE(asked.answer->usage.promptTokens, isCounted ? 120 : 6);
            QCOMPARE(asked.answer->usage.answerTokens, isCounted ? 30 : 8);
            QCOMPARE(asked.answer->usage.cachedPromptTokens, isCounted && name != "whole" ? 100 : 0);
            QVERIFY(asked.answer->notes.empty());
            QVERIFY2(asked.took < 2500ms, std::to_string(asked.took.count()).c_str());
        }
    }

    void textArrivesAsItIsWritten()
    {
        FakeTime time;
        ModelServer server(settings(m_server.url("many_at_once")), plantedKey, m_http, time.clock());
        std::set<qint64> times;
        QElapsedTimer timer;
        timer.start();
        const auto answer = server.chat(question(), [&](std::string_view) { times.insert(timer.elapsed() / 20); }, {});
        QVERIFY_RESULT(answer);
        QVERIFY2(times.size() >= 3, std::to_string(times.size()).c_str());
    }

    void otherEndings()
    {
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            const Asked cut = ask(settings(m_server.url("cut_by_length"), dialect));
            QVERIFY_RESULT(cut.answer);
            QCOMPARE(cut.answer->finish, ChatFinish::Length);
            const Asked refused = ask(settings(m_server.url("refusal"), dialect));
            QVERIFY_RESULT(refused.answer);
            QCOMPARE(refused.answer->finish, ChatFinish::Refused);
        }
    }

    void callsTools()
    {
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            const Asked asked = ask(settings(m_server.url("tools"), dialect));
            QVERIFY_RESULT(asked.answer);
            QCOMPARE(asked.answer->toolCalls.size(), std::size_t{2});
            QCOMPARE(asked.answer->toolCalls[0].name, std::string("propose"));
            QCOMPARE(asked.answer->toolCalls[0].arguments.dump(), std::string(R"({"move":"tile"})"));
            QCOMPARE(asked.answer->toolCalls[1].arguments, nlohmann::json(R"({"move": )"));
            QCOMPARE(asked.answer->finish, ChatFinish::Stop);
        }
    }

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
            QVERIFY2(asked.took < 2000ms, std::to_string(asked.took.count()).c_str());
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

    void learnsWhatTheServerDoesNotTake()
    {
        FakeTime time;
        ModelServer server(settings(m_server.url("wants_completion_tokens")), plantedKey, m_http, time.clock());
        ChatRequest request = question();
        request.temperature = 0.5;
        const auto before = requestsAt("http").size();
        QVERIFY_RESULT(server.chat(request, {}, {}));
        QCOMPARE(requestsAt("http").size(), before + 3);
        QVERIFY_RESULT(server.chat(request, {}, {}));
        QCOMPARE(requestsAt("http").size(), before + 4);  // it is remembered
        QVERIFY(time.pauses().empty());
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
            QVERIFY2(asked->took < 1500ms, std::to_string(asked->took.count()).c_str());
    }

    void wrongEncodingIsReplacedAndNoted()
    {
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            const Asked asked = ask(settings(m_server.url("wrong_encoding"), dialect));
            QVERIFY_RESULT(asked.answer);
            QCOMPARE(asked.answer->text, std::string("gr\xEF\xBF\xBDn"));
            QCOMPARE(asked.answer->notes.size(), std::size_t{1});
            QCOMPARE(asked.answer->notes[0], std::string("1 bytes of the answer were no UTF-8 and were replaced"));
        }
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

    void keyDoesNotFollowElsewhere()
    {
        for (const auto& [name, where] : {std::pair{"redirects_elsewhere", m_server.port("elsewhere")},
                                          std::pair{"redirects_to_another_name", m_server.port("http")}}) {
            const auto before = requestsAt("http").size();
            const Asked asked = ask(settings(m_server.url(name)));
            QVERIFY(!asked.answer);
            QCOMPARE(asked.answer.error().code, ErrorCode::BadAnswer);
            const std::string& message = asked.answer.error().message;
            QVERIFY2(contains(message, fmt::format(":{} (30", where)), message.c_str());
            QVERIFY2(contains(message, "the key is not sent there"), message.c_str());
            QCOMPARE(requestsAt("http").size(), before + 1);
        }
        // Nothing at all has reached the other server, so no key has.
        QCOMPARE(requestsAt("elsewhere").size(), std::size_t{0});
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
        const auto before = requestsAt("http").size();
        QVERIFY_RESULT(ask(settings(m_server.url("ok"))).answer);
        QVERIFY_RESULT(ask(settings(m_server.url("ok"), ChatDialectName::Anthropic)).answer);
        const auto requests = requestsAt("http");
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
            const auto before = requestsAt("http").size();
            const Asked asked = ask(proxied);
            qunsetenv("http_proxy");
            QVERIFY(!asked.answer);
            QCOMPARE(asked.answer.error().code, ErrorCode::NotFound);
            const auto requests = requestsAt("http");
            QCOMPARE(requests.size(), before + 1);
            QCOMPARE(requests.back()["path"].get<std::string>(),
                     std::string("http://unreachable.invalid/ok/v1/chat/completions"));
        }
    }

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
        std::stop_source source;
        std::atomic<qint64> stoppedAt = 0;
        QElapsedTimer timer;
        timer.start();
        std::jthread stopper([&] {
            std::this_thread::sleep_for(300ms);
            stoppedAt = timer.elapsed();
            source.request_stop();
        });
        const Asked asked = ask(settings(url), question(), source.get_token());
        const qint64 late = timer.elapsed() - stoppedAt;
        QVERIFY(asked.answer.error().isCancelled());
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
        QVERIFY2(timer.elapsed() < 500, std::to_string(timer.elapsed()).c_str());
    }

    void eightAtOnce()
    {
        FakeTime time;
        ModelServer server(settings(m_server.url("many_at_once")), plantedKey, m_http, time.clock());
        std::vector<Result<ChatAnswer>> answers(8);
        QElapsedTimer timer;
        timer.start();
        {
            std::vector<std::jthread> threads;
            for (auto& answer : answers)
                threads.emplace_back([&] { answer = server.chat(question(), {}, {}); });
        }
        const qint64 took = timer.elapsed();
        for (const auto& answer : answers) {
            QVERIFY_RESULT(answer);
            QCOMPARE(answer->text, std::string(kText));
        }
        // One alone takes 0.45 s: they did not wait for each other.
        QVERIFY2(took < 2000, std::to_string(took).c_str());
    }

    void listsModels()
    {
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            ModelServer server(settings(m_server.url("x"), dialect), plantedKey, m_http);
            const auto models = server.models({});
            QVERIFY_RESULT(models);
            QCOMPARE(*models, (std::vector<std::string>{"first", "second"}));
        }
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
        QVERIFY(timer.elapsed() < 1000);
    }
};

QTEST_APPLESS_MAIN(tst_ModelServer)
#include "tst_ModelServer.moc"
