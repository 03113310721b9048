// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "mcp/McpServer.h"
#include "mcp/McpSession.h"
#include "protocol/BoundedJson.h"

#include <sys/socket.h>

using namespace warploom;

namespace {

/// Waits in "sleep" until it is cancelled, and counts those that do.
struct Offered {
    std::atomic<int> sleeping{0};
    std::atomic<int> cancelled{0};

    McpOffer offer()
    {
        McpOffer offer;
        offer.instructions = "use it";
        McpTool echo;
        echo.name = "echo";
        echo.description = "says it again";
        echo.inputSchema = {{"type", "object"}};
        echo.call = [](const ToolCall& call) -> Result<ToolAnswer> {
            call.progress("half-way");
            return ToolAnswer{call.client, {{"arguments", call.arguments}}};
        };
        McpTool sleep;
        sleep.name = "sleep";
        sleep.call = [this](const ToolCall& call) -> Result<ToolAnswer> {
            ++sleeping;
            while (!call.stop.stop_requested())
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
            --sleeping;
            ++cancelled;
            return fail(ErrorCode::Cancelled, "cancelled");
        };
        McpTool broken;
        broken.name = "broken";
        broken.call = [](const ToolCall&) -> Result<ToolAnswer> {
            return ToolAnswer{nlohmann::json(1).get<std::string>(), {}};
        };
        McpTool refusing;
        refusing.name = "refuse";
        refusing.call = [](const ToolCall&) -> Result<ToolAnswer> {
            return fail(Error{ErrorCode::InvalidArgument, "the argument 'x'", {}, "a text", "7"});
        };
        offer.tools = {echo, sleep, broken, refusing};
        offer.resources = [] {
            return Result<std::vector<McpResource>>(
                {{"t://a", "a", "A", "text/plain", []() -> Result<std::string> { return std::string("text of a"); }}});
        };
        offer.prompts = {{"p", "P", "a prompt", "do it"}};
        return offer;
    }
};

/// A session whose lines are kept.
struct Talk {
    Offered offered;
    std::mutex mutex;
    std::vector<nlohmann::json> heard;
    McpSession session{offered.offer(), [this](const std::string& line) {
                           const std::lock_guard lock(mutex);
                           heard.push_back(nlohmann::json::parse(line));
                       }};

    void say(const nlohmann::json& message) { session.take(message.dump()); }

    nlohmann::json ask(const std::string& method, const nlohmann::json& params = nlohmann::json::object(),
                       const nlohmann::json& id = 1)
    {
        {
            const std::lock_guard lock(mutex);
            heard.clear();
        }
        session.take(makeRequest(id, method, params).dump());
        return answer(id);
    }

    nlohmann::json answer(const nlohmann::json& id)
    {
        nlohmann::json found;
        (void)QTest::qWaitFor(
            [&] {
                const std::lock_guard lock(mutex);
                for (const auto& message : heard) {
                    if (message.contains("id") && message.at("id") == id)
                        found = message;
                }
                return !found.is_null();
            },
            5'000);
        return found;
    }

    void initialize(const char* revision = "2025-11-25")
    {
        ask("initialize",
            {{"protocolVersion", revision},
             {"capabilities", nlohmann::json::object()},
             {"clientInfo", {{"name", "test client"}, {"version", "1"}}}});
        say({{"jsonrpc", "2.0"}, {"method", "notifications/initialized"}});
    }

    std::size_t linesHeard()
    {
        const std::lock_guard lock(mutex);
        return heard.size();
    }
};

nlohmann::json modernMeta()
{
    return {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
            {"io.modelcontextprotocol/clientInfo", {{"name", "modern"}, {"version", "2"}}},
            {"io.modelcontextprotocol/clientCapabilities", nlohmann::json::object()}};
}

int codeOf(const nlohmann::json& answer) { return answer.value("error", nlohmann::json::object()).value("code", 0); }

}  // namespace

class tst_McpSession : public QObject {
    Q_OBJECT

private slots:
    void initializeAgreesOnARevision_data()
    {
        QTest::addColumn<QString>("wanted");
        QTest::addColumn<QString>("agreed");
        QTest::newRow("newest") << "2025-11-25" << "2025-11-25";
        QTest::newRow("the one before") << "2025-06-18" << "2025-06-18";
        QTest::newRow("the first") << "2024-11-05" << "2024-11-05";
        QTest::newRow("with batches") << "2025-03-26" << "2025-11-25";
        QTest::newRow("unknown") << "1999-01-01" << "2025-11-25";
    }

    void initializeAgreesOnARevision()
    {
        QFETCH(QString, wanted);
        QFETCH(QString, agreed);
        Talk talk;
        const auto result = talk.ask("initialize", {{"protocolVersion", wanted.toStdString()}}).at("result");
        QCOMPARE(result.value("protocolVersion", ""), agreed.toStdString());
        QCOMPARE(result.at("serverInfo").value("name", ""), std::string("warploom"));
        QCOMPARE(result.value("instructions", ""), std::string("use it"));
        QVERIFY(result.at("capabilities").contains("tools"));
    }

    void olderClientsAreServed()
    {
        Talk talk;
        QCOMPARE(codeOf(talk.ask("tools/list")), -32602);
        QVERIFY(talk.ask("ping").at("result").empty());
        talk.initialize();
        const auto tools = talk.ask("tools/list").at("result");
        QCOMPARE(tools.at("tools").size(), std::size_t{4});
        QVERIFY(!tools.contains("resultType") && !tools.contains("ttlMs"));
        const auto echoed = talk.ask("tools/call", {{"name", "echo"}, {"arguments", {{"x", 1}}}}, "a").at("result");
        QCOMPARE(echoed.at("content").at(0).value("text", ""), std::string("test-client"));
        QCOMPARE(echoed.at("structuredContent").at("arguments").value("x", 0), 1);
        QCOMPARE(echoed.value("isError", true), false);
        QCOMPARE(talk.ask("resources/read", {{"uri", "t://a"}}).at("result").at("contents").at(0).value("text", ""),
                 std::string("text of a"));
        QCOMPARE(codeOf(talk.ask("resources/read", {{"uri", "t://b"}})), -32602);
        QCOMPARE(talk.ask("prompts/get", {{"name", "p"}}).at("result").at("messages").size(), std::size_t{1});
        QCOMPARE(codeOf(talk.ask("server/discover")), -32601);
    }

    void newerClientsSayWhoTheyAreEachTime()
    {
        Talk talk;
        const auto found = talk.ask("server/discover", {{"_meta", modernMeta()}}).at("result");
        QCOMPARE(found.value("resultType", ""), std::string("complete"));
        QCOMPARE(found.at("supportedVersions").at(0).get<std::string>(), std::string("2026-07-28"));
        QVERIFY(found.contains("ttlMs") && found.contains("cacheScope"));
        QCOMPARE(found.at("_meta").at("io.modelcontextprotocol/serverInfo").value("name", ""), std::string("warploom"));
        const auto echoed = talk.ask("tools/call", {{"name", "echo"}, {"_meta", modernMeta()}}).at("result");
        QCOMPARE(echoed.at("content").at(0).value("text", ""), std::string("modern"));
        QCOMPARE(echoed.value("resultType", ""), std::string("complete"));
        for (const char* method : {"tools/list", "resources/list", "resources/templates/list", "prompts/list"}) {
            const auto result = talk.ask(method, {{"_meta", modernMeta()}}).at("result");
            QVERIFY2(result.contains("ttlMs") && result.contains("resultType"), method);
        }

        auto unknown = modernMeta();
        unknown["io.modelcontextprotocol/protocolVersion"] = "2030-01-01";
        const auto refused = talk.ask("tools/list", {{"_meta", unknown}});
        QCOMPARE(codeOf(refused), -32022);
        QCOMPARE(refused.at("error").at("data").value("requested", ""), std::string("2030-01-01"));
        QVERIFY(refused.at("error").at("data").at("supported").size() >= 2);
        auto bare = modernMeta();
        bare.erase("io.modelcontextprotocol/clientCapabilities");
        QCOMPARE(codeOf(talk.ask("tools/list", {{"_meta", bare}})), -32602);
    }

    void wrongLinesAreAnswered_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<int>("code");
        QTest::newRow("no JSON") << QByteArray("hello") << -32700;
        QTest::newRow("half of it") << QByteArray("{\"jsonrpc\": \"2.0\", ") << -32700;
        QTest::newRow("too deep") << QByteArray(1000, '[') << -32700;
        QTest::newRow("too long") << QByteArray(static_cast<qsizetype>(kLongestLine) + 1, ' ') << -32700;
        QTest::newRow("batch") << QByteArray("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]") << -32600;
        QTest::newRow("no object") << QByteArray("7") << -32600;
        QTest::newRow("no version") << QByteArray("{\"id\":1,\"method\":\"ping\"}") << -32600;
        QTest::newRow("method of a number") << QByteArray("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":3}") << -32600;
        QTest::newRow("id of an object") << QByteArray("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}") << -32600;
        QTest::newRow("unknown method") << QByteArray("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\"}") << -32601;
        QTest::newRow("params in a list")
            << QByteArray("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":[1]}") << -32602;
        QTest::newRow("unknown tool") << QByteArray(
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"x\"}}")
                                      << -32602;
        QTest::newRow("arguments in a list")
            << QByteArray("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\","
                          "\"arguments\":[]}}")
            << -32602;
        QTest::newRow("unknown prompt") << QByteArray(
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"prompts/get\",\"params\":{\"name\":\"x\"}}")
                                        << -32602;
    }

    void wrongLinesAreAnswered()
    {
        QFETCH(QByteArray, line);
        QFETCH(int, code);
        Talk talk;
        talk.initialize();
        talk.heard.clear();
        talk.session.take(line.toStdString());
        QCOMPARE(talk.linesHeard(), std::size_t{1});
        QCOMPARE(codeOf(talk.heard.front()), code);
        // And the session goes on.
        QVERIFY(talk.ask("ping").contains("result"));
    }

    void whatNobodyWaitsForIsNotAnswered()
    {
        Talk talk;
        talk.initialize();
        talk.heard.clear();
        for (const char* line :
             {"", "  ", "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/else\"}",
              "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\"}",
              "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":[1]}",
              "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":9}}",
              "{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":{}}"})
            talk.session.take(line);
        QCOMPARE(talk.linesHeard(), std::size_t{0});
    }

    void failedCallsSayWhatToDo()
    {
        Talk talk;
        talk.initialize();
        auto result = talk.ask("tools/call", {{"name", "refuse"}}).at("result");
        QCOMPARE(result.value("isError", false), true);
        QCOMPARE(result.at("structuredContent").at("error").value("expected", ""), std::string("a text"));
        QVERIFY(!result.at("structuredContent").at("error").value("remedy", "").empty());
        QVERIFY(result.at("content").at(0).value("text", "").find("expected a text") != std::string::npos);
        result = talk.ask("tools/call", {{"name", "broken"}}).at("result");
        QCOMPARE(result.at("structuredContent").at("error").value("code", ""), std::string("internal"));
    }

    void progressIsReportedToThoseWhoAsk()
    {
        Talk talk;
        talk.initialize();
        QVERIFY(talk.ask("tools/call", {{"name", "echo"}}).contains("result"));
        QCOMPARE(talk.linesHeard(), std::size_t{1});
        QVERIFY(talk.ask("tools/call", {{"name", "echo"}, {"_meta", {{"progressToken", "p1"}}}}).contains("result"));
        QCOMPARE(talk.linesHeard(), std::size_t{2});
        const auto params = talk.heard.front().at("params");
        QCOMPARE(params.value("progressToken", ""), std::string("p1"));
        QCOMPARE(params.value("progress", 0), 1);
        QCOMPARE(params.value("message", ""), std::string("half-way"));
    }

    void cancelledCallsEndWithoutAWord()
    {
        Talk talk;
        talk.initialize();
        talk.heard.clear();
        talk.say(makeRequest(7, "tools/call", {{"name", "sleep"}}));
        talk.say(makeRequest("7", "tools/call", {{"name", "sleep"}}));
        QTRY_COMPARE(talk.offered.sleeping.load(), 2);
        talk.say(makeNotification("notifications/cancelled", {{"requestId", 7}, {"reason", "enough"}}));
        QTRY_COMPARE_WITH_TIMEOUT(talk.offered.cancelled.load(), 1, 1'000);
        // The other one goes on, and so do others beside it.
        QCOMPARE(talk.offered.sleeping.load(), 1);
        QVERIFY(talk.ask("tools/call", {{"name", "echo"}}, 8).contains("result"));
        QCOMPARE(talk.linesHeard(), std::size_t{1});
        QTRY_COMPARE(talk.session.running(), std::size_t{1});
    }

    void callsAreBounded()
    {
        Talk talk;
        talk.initialize();
        talk.heard.clear();
        for (int id = 0; id < 40; ++id)
            talk.say(makeRequest(id, "tools/call", {{"name", "sleep"}}));
        QTRY_COMPARE(talk.offered.sleeping.load(), 32);
        QCOMPARE(talk.linesHeard(), std::size_t{8});
        talk.heard.clear();
        talk.say(makeRequest(3, "tools/call", {{"name", "sleep"}}));
        QCOMPARE(codeOf(talk.answer(3)), -32600);
    }

    void theEndOfTheClientIsTheEnd()
    {
        int ends[2];
        QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        Offered offered;
        auto channel = RpcChannel::fromSocket(UniqueFd(ends[0]));
        QVERIFY_RESULT(channel);
        Result<> served;
        std::thread server([&] { served = serveMcp(std::move(*channel), offered.offer(), {}); });
        UniqueFd client(ends[1]);
        const auto say = [&client](const std::string& line) {
            return ::write(client.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
        };
        QVERIFY(say("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
                    "\"2025-11-25\"}}\r\n{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":"
                    "\"sleep\"}}\n{\"jsonrpc\":\"2.0\",\"id\":3,\"meth"));
        QTRY_COMPARE(offered.sleeping.load(), 1);
        client.reset();
        server.join();
        QVERIFY_RESULT(served);
        QCOMPARE(offered.cancelled.load(), 1);
    }
};

QTEST_GUILESS_MAIN(tst_McpSession)
#include "tst_McpSession.moc"
