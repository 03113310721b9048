// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <future>
#include <thread>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/BoundedJson.h"
#include "protocol/Handshake.h"
#include "protocol/RpcMessage.h"
#include "protocol/RpcPeer.h"
#include "protocol/RpcServer.h"

using namespace std::chrono_literals;

namespace warploom {

namespace {

std::array<UniqueFd, 2> socketPair()
{
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0)
        qFatal("no socket pair");
    return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

PeerIdentity identity(const std::string& kind)
{
    PeerIdentity who;
    who.kind = kind;
    return who;
}

/// A client and a server in this process, connected by a socket pair.
class Connection {
public:
    explicit Connection(RpcPeer::Handlers handlers = {}, PeerIdentity who = identity("test"))
    {
        auto [ours, theirs] = socketPair();
        m_server = std::make_unique<RpcServer>(RpcChannel::fromSocket(std::move(theirs)).value(), std::move(who));
        addMethods();
        m_peer = std::make_unique<RpcPeer>(RpcChannel::fromSocket(std::move(ours)).value(), std::move(handlers));
        m_peer->start();
        m_thread = std::thread([this] { m_outcome = m_server->serve(); });
    }

    ~Connection() { end(); }

    Result<PeerIdentity> greet(const std::string& expectedKind = "test")
    {
        return shakeHands(*m_peer, identity("client"), expectedKind, 10s);
    }

    /// Drops the client and returns what serve() did.
    Result<> end()
    {
        m_peer.reset();
        if (m_thread.joinable())
            m_thread.join();
        return m_outcome;
    }

    RpcPeer& peer() { return *m_peer; }
    RpcServer& server() { return *m_server; }
    std::atomic<int> cancelled{0};
    std::atomic<int> waiting{0};

private:
    void addMethods()
    {
        m_server->addMethod(
            "echo", [](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> { return params; });
        m_server->addMethod("half", [](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
            return nlohmann::json(params.at("number").get<int>() / 2);
        });
        m_server->addMethod("fail", [](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
            return fail(errorFromJson(params));
        });
        m_server->addMethod("throw", [](const nlohmann::json&, RequestContext&) -> Result<nlohmann::json> {
            throw std::runtime_error("out of luck");
        });
        m_server->addMethod("count",
                            [](const nlohmann::json& params, RequestContext& context) -> Result<nlohmann::json> {
                                for (int i = 0; i < params.at("steps").get<int>(); ++i)
                                    context.progress(i);
                                return nlohmann::json("done");
                            });
        m_server->addMethod("wait",
                            [this](const nlohmann::json& params, RequestContext& context) -> Result<nlohmann::json> {
                                std::mutex mutex;
                                std::condition_variable_any changed;
                                std::unique_lock lock(mutex);
                                ++waiting;
                                const auto longest = std::chrono::milliseconds(params.value("ms", 20'000));
                                changed.wait_for(lock, context.stopToken(), longest, [] { return false; });
                                if (!context.isCancelled())
                                    return nlohmann::json("waited");
                                ++cancelled;
                                return fail(ErrorCode::Cancelled, "stopped waiting");
                            });
    }

    std::unique_ptr<RpcServer> m_server;
    std::unique_ptr<RpcPeer> m_peer;
    std::thread m_thread;
    Result<> m_outcome;
};

/// A server as others see it: bytes in, bytes out.
class RawConnection {
public:
    RawConnection()
    {
        auto [ours, theirs] = socketPair();
        m_socket = std::move(ours);
        m_thread = std::thread([socket = std::move(theirs)]() mutable {
            RpcServer server(RpcChannel::fromSocket(std::move(socket)).value(), identity("test"));
            server.addMethod(
                "echo", [](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> { return params; });
            (void)server.serve();
        });
    }
    ~RawConnection()
    {
        m_socket.reset();
        m_thread.join();
    }

    void send(const std::string& body) { write(frameMessage(body)); }
    void write(const std::string& bytes)
    {
        if (::send(m_socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
            qWarning("the server does not read");
    }
    void greet()
    {
        send(writeJson(makeRequest(0, "initialize", toJson(identity("raw")))));
        if (!receive().contains("result"))
            qFatal("no handshake");
    }
    /// The next message; null at the end of the stream.
    nlohmann::json receive()
    {
        std::array<char, 65536> buffer;
        while (m_bodies.empty()) {
            const ssize_t got = ::recv(m_socket.get(), buffer.data(), buffer.size(), 0);
            if (got <= 0)
                return nullptr;
            (void)m_parser.feed({buffer.data(), static_cast<std::size_t>(got)}, [this](std::string body) -> Result<> {
                m_bodies.push_back(std::move(body));
                return {};
            });
        }
        const std::string body = m_bodies.front();
        m_bodies.erase(m_bodies.begin());
        return parseJson(body).value();
    }

private:
    UniqueFd m_socket;
    std::thread m_thread;
    FrameParser m_parser;
    std::vector<std::string> m_bodies;
};

/// A peer whose other end this test plays by hand.
struct LonelyPeer {
    UniqueFd other;
    std::unique_ptr<RpcPeer> peer;

    explicit LonelyPeer(RpcPeer::Handlers handlers = {})
    {
        auto [ours, theirs] = socketPair();
        other = std::move(theirs);
        peer = std::make_unique<RpcPeer>(RpcChannel::fromSocket(std::move(ours)).value(), std::move(handlers));
        peer->start();
    }
    void send(const std::string& bytes) const
    {
        if (::send(other.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0)
            qWarning("the peer does not read");
    }
};

CallOptions within(std::chrono::milliseconds deadline)
{
    CallOptions options;
    options.deadline = deadline;
    return options;
}

}  // namespace

class tst_RpcPeer : public QObject {
    Q_OBJECT

private slots:
    void answersCalls();
    void carriesLargeMessages();
    void errorsSurviveTheWay();
    void badRequestsGetErrors();
    void progressArrivesInOrder();
    void manyThreadsCallAtOnce();
    void deadlinesPass();
    void cancelReachesTheMethod();
    void cancelReachesWhatWaits();
    void cancelWithoutAnAnswerGivesUp();
    void cancelledBeforeTheCall();
    void eofCancelsTheMethod();
    void eofFailsOpenCalls();
    void lateCallsFailAtOnce();
    void garbageEndsTheConnection_data();
    void garbageEndsTheConnection();
    void readersThatDoNotReadAreDropped();
    void blockingCallOnTheReaderIsRefused();
    void destroyedByItsOwnCompletion();
    void notificationsReachTheClient();
    void serverStops();
    void handshakeComparesVersions();
    void handshakeComesFirst();
    void rawMessages_data();
    void rawMessages();
    void tooManyWaitingRequestsAreRefused();
    void peersCallEachOther();
};

void tst_RpcPeer::answersCalls()
{
    Connection connection;
    const auto who = connection.greet();
    QVERIFY_RESULT(who);
    QCOMPARE(who->kind, std::string("test"));
    QCOMPARE(who->build, buildId());
    const auto answer = connection.peer().call("echo", {{"a", {1, 2.5, "x", nullptr}}});
    QVERIFY_RESULT(answer);
    QCOMPARE(*answer, (nlohmann::json{{"a", {1, 2.5, "x", nullptr}}}));
    QCOMPARE(connection.peer().call("echo", nullptr).value(), nlohmann::json::object());
    QCOMPARE(connection.peer().call("half", {{"number", 42}}).value(), nlohmann::json(21));
    QVERIFY_RESULT(connection.end());
}

void tst_RpcPeer::carriesLargeMessages()
{
    Connection connection;
    QVERIFY_RESULT(connection.greet());
    const std::string text(20'000'000, 'L');
    const auto answer = connection.peer().call("echo", {{"text", text}});
    QVERIFY_RESULT(answer);
    QVERIFY((*answer)["text"] == text);
}

void tst_RpcPeer::errorsSurviveTheWay()
{
    Connection connection;
    QVERIFY_RESULT(connection.greet());
    for (const ErrorCode code : allErrorCodes()) {
        const Error error{code, "it \"broke\"", {"dir/k.cu", 12, 7}, "a ';'", "a '}' \xc3\xa9"};
        QCOMPARE(errorFromJson(errorToJson(error)), error);
        const auto answer = connection.peer().call("fail", errorToJson(error));
        QVERIFY(!answer);
        QCOMPARE(answer.error(), error);
    }
    // Anything may stand where an error should.
    QCOMPARE(errorFromJson(nullptr), Error{});
    QCOMPARE(errorFromJson({{"code", 3}, {"message", {}}, {"place", {{"line", "x"}}}}), Error{});
}

void tst_RpcPeer::badRequestsGetErrors()
{
    Connection connection;
    QVERIFY_RESULT(connection.greet());
    const auto unknown = connection.peer().call("nothing", nullptr);
    QCOMPARE(unknown.error().code, ErrorCode::Unsupported);
    QCOMPARE(unknown.error().found, std::string("nothing"));
    const auto missing = connection.peer().call("half", nlohmann::json::object());
    QCOMPARE(missing.error().code, ErrorCode::InvalidArgument);
    QVERIFY(missing.error().found.find("number") != std::string::npos);
    const auto wrongType = connection.peer().call("half", {{"number", "four"}});
    QCOMPARE(wrongType.error().code, ErrorCode::InvalidArgument);
    const auto thrown = connection.peer().call("throw", nullptr);
    QCOMPARE(thrown.error().code, ErrorCode::Internal);
    QVERIFY(thrown.error().message.find("out of luck") != std::string::npos);
    QVERIFY_RESULT(connection.peer().call("echo", nullptr));
}

void tst_RpcPeer::progressArrivesInOrder()
{
    Connection connection;
    QVERIFY_RESULT(connection.greet());
    std::vector<int> seen;
    CallOptions options;
    options.onProgress = [&seen](const nlohmann::json& value) { seen.push_back(value.get<int>()); };
    QVERIFY_RESULT(connection.peer().call("count", {{"steps", 500}}, options));
    QCOMPARE(seen.size(), std::size_t(500));
    QVERIFY(std::is_sorted(seen.begin(), seen.end()));
}

void tst_RpcPeer::manyThreadsCallAtOnce()
{
    Connection connection;
    QVERIFY_RESULT(connection.greet());
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&connection, &right, t] {
            for (int i = 0; i < 100; ++i) {
                const auto answer = connection.peer().call("echo", {{"n", t * 1000 + i}});
                if (answer && (*answer)["n"] == t * 1000 + i)
                    ++right;
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    QCOMPARE(right.load(), 400);
}

void tst_RpcPeer::deadlinesPass()
{
    Connection connection;
    QVERIFY_RESULT(connection.greet());
    QElapsedTimer timer;
    timer.start();
    std::atomic<int> unanswered{0};
    CallOptions options = within(100ms);
    options.onUnanswered = [&unanswered] { ++unanswered; };
    const auto answer = connection.peer().call("wait", {{"ms", 300}}, options);
    QVERIFY(!answer);
    QCOMPARE(answer.error().code, ErrorCode::Timeout);
    QVERIFY(answer.error().message.find("wait within 100 ms") != std::string::npos);
    QVERIFY(timer.elapsed() >= 100);
    QVERIFY(timer.elapsed() < 1100);
    QCOMPARE(unanswered.load(), 1);
    // The late answer is nobody's, and the connection is as good as before.
    QVERIFY_RESULT(connection.peer().call("echo", nullptr));
    QCOMPARE(connection.peer().call("wait", {{"ms", 20'000}}, within(0ms)).error().code, ErrorCode::Timeout);
}

void tst_RpcPeer::cancelReachesTheMethod()
{
    Connection connection;
    QVERIFY_RESULT(connection.greet());
    std::stop_source stop;
    CallOptions options;
    options.stopToken = stop.get_token();
    options.cancelGrace = 10s;
    std::atomic<int> unanswered{0};
    options.onUnanswered = [&unanswered] { ++unanswered; };
    std::promise<Result<nlohmann::json>> outcome;
    connection.peer().callAsync("wait", {{"ms", 20'000}}, options,
                                [&outcome](Result<nlohmann::json> result) { outcome.set_value(std::move(result)); });
    QTRY_COMPARE(connection.waiting.load(), 1);
    stop.request_stop();
    const auto answer = outcome.get_future().get();
    QCOMPARE(answer.error().message, std::string("stopped waiting"));  // the server's words
    QCOMPARE(connection.cancelled.load(), 1);
    QCOMPARE(unanswered.load(), 0);
    QVERIFY_RESULT(connection.peer().call("echo", nullptr));
}

void tst_RpcPeer::cancelReachesWhatWaits()
{
    Connection connection;
    QVERIFY_RESULT(connection.greet());
    std::promise<Result<nlohmann::json>> first;
    connection.peer().callAsync("wait", {{"ms", 500}}, {},
                                [&first](Result<nlohmann::json> result) { first.set_value(std::move(result)); });
    std::stop_source stop;
    CallOptions options;
    options.stopToken = stop.get_token();
    options.cancelGrace = 10s;
    std::promise<Result<nlohmann::json>> second;
    connection.peer().callAsync("wait", {{"ms", 20'000}}, options,
                                [&second](Result<nlohmann::json> result) { second.set_value(std::move(result)); });
    stop.request_stop();
    QCOMPARE(second.get_future().get().error().message, std::string("cancelled before it began"));
    const auto undisturbed = first.get_future().get();
    QVERIFY_RESULT(undisturbed);
    QCOMPARE(connection.waiting.load(), 1);
}

void tst_RpcPeer::cancelWithoutAnAnswerGivesUp()
{
    const LonelyPeer lonely;
    std::stop_source stop;
    CallOptions options;
    options.stopToken = stop.get_token();
    options.cancelGrace = 50ms;
    std::atomic<bool> unanswered{false};
    options.onUnanswered = [&unanswered] { unanswered = true; };
    std::promise<Result<nlohmann::json>> outcome;
    lonely.peer->callAsync("x", nullptr, options,
                           [&outcome](Result<nlohmann::json> result) { outcome.set_value(std::move(result)); });
    QElapsedTimer timer;
    timer.start();
    stop.request_stop();
    QCOMPARE(outcome.get_future().get().error().code, ErrorCode::Cancelled);
    QVERIFY(timer.elapsed() >= 50);
    QVERIFY(timer.elapsed() < 1000);
    QVERIFY(unanswered.load());
}

void tst_RpcPeer::cancelledBeforeTheCall()
{
    const LonelyPeer lonely;
    std::stop_source stop;
    stop.request_stop();
    CallOptions options;
    options.stopToken = stop.get_token();
    QCOMPARE(lonely.peer->call("x", nullptr, options).error().code, ErrorCode::Cancelled);
}

void tst_RpcPeer::eofCancelsTheMethod()
{
    Connection connection;
    QVERIFY_RESULT(connection.greet());
    connection.peer().callAsync("wait", {{"ms", 20'000}}, {}, [](const Result<nlohmann::json>&) { });
    QTRY_COMPARE(connection.waiting.load(), 1);
    QElapsedTimer timer;
    timer.start();
    QVERIFY_RESULT(connection.end());
    QVERIFY(timer.elapsed() < 1000);
    QCOMPARE(connection.cancelled.load(), 1);
}

void tst_RpcPeer::eofFailsOpenCalls()
{
    LonelyPeer lonely({.explainEnd = [](Error reason) {
        reason.message = "explained: " + reason.message;
        return reason;
    }});
    std::vector<std::promise<Result<nlohmann::json>>> outcomes(3);
    for (auto& outcome : outcomes) {
        lonely.peer->callAsync("x", nullptr, {},
                               [&outcome](Result<nlohmann::json> result) { outcome.set_value(std::move(result)); });
    }
    lonely.send("Content-Length: 10\r\n\r\nabc");
    lonely.other.reset();
    for (auto& outcome : outcomes) {
        const auto answer = outcome.get_future().get();
        QCOMPARE(answer.error().code, ErrorCode::IoFailed);
        QCOMPARE(answer.error().message,
                 std::string("explained: the connection was closed in the middle of a message, "
                             "after 3 of 10 bytes of the body"));
    }
    QVERIFY(!lonely.peer->isOpen());
}

void tst_RpcPeer::lateCallsFailAtOnce()
{
    LonelyPeer lonely;
    lonely.peer->close({ErrorCode::Cancelled, "had enough"});
    QTRY_VERIFY(!lonely.peer->isOpen());
    QCOMPARE(lonely.peer->call("x", nullptr).error().message, std::string("had enough"));
    lonely.peer->notify("y", nullptr);
}

void tst_RpcPeer::garbageEndsTheConnection_data()
{
    QTest::addColumn<std::string>("bytes");
    QTest::newRow("no frame") << std::string("Hello, world");
    QTest::newRow("no JSON") << frameMessage("{\"jsonrpc\": ]");
    QTest::newRow("too deep") << frameMessage(std::string(100'000, '['));
    QTest::newRow("no JSON-RPC") << frameMessage("{\"id\": 1, \"result\": 2}");
    QTest::newRow("a batch") << frameMessage("[]");
    QTest::newRow("result and error") << frameMessage(R"({"jsonrpc":"2.0","id":1,"result":1,"error":{}})");
    QTest::newRow("neither") << frameMessage(R"({"jsonrpc":"2.0","id":1})");
    QTest::newRow("error that is no object") << frameMessage(R"({"jsonrpc":"2.0","id":1,"error":3})");
    QTest::newRow("told that ours was garbage")
        << frameMessage(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}})");
}

void tst_RpcPeer::garbageEndsTheConnection()
{
    QFETCH(std::string, bytes);
    const LonelyPeer lonely;
    std::promise<Result<nlohmann::json>> outcome;
    lonely.peer->callAsync("x", nullptr, {},
                           [&outcome](Result<nlohmann::json> result) { outcome.set_value(std::move(result)); });
    lonely.send(bytes);
    const auto answer = outcome.get_future().get();
    QVERIFY(!answer);
    QCOMPARE(answer.error().code, ErrorCode::ProtocolViolation);
}

void tst_RpcPeer::readersThatDoNotReadAreDropped()
{
    LonelyPeer lonely;
    const nlohmann::json params{{"text", std::string(50'000'000, 'x')}};
    for (int i = 0; i < 8 && lonely.peer->isOpen(); ++i)
        lonely.peer->notify("flood", params);
    QVERIFY(lonely.peer->queuedBytes() < 320u * 1024 * 1024);
    QTRY_VERIFY(!lonely.peer->isOpen());
    QVERIFY(lonely.peer->call("x", nullptr).error().message.find("does not read") != std::string::npos);
}

void tst_RpcPeer::blockingCallOnTheReaderIsRefused()
{
    Connection connection;
    QVERIFY_RESULT(connection.greet());
    std::promise<Result<nlohmann::json>> outcome;
    connection.peer().callAsync("echo", nullptr, {}, [&](const Result<nlohmann::json>&) {
        outcome.set_value(connection.peer().call("echo", nullptr));
    });
    QCOMPARE(outcome.get_future().get().error().code, ErrorCode::Internal);
}

void tst_RpcPeer::destroyedByItsOwnCompletion()
{
    auto [ours, theirs] = socketPair();
    auto peer = std::make_shared<RpcPeer>(RpcChannel::fromSocket(std::move(ours)).value(), RpcPeer::Handlers{});
    peer->start();
    std::promise<void> sent;
    std::promise<void> destroyed;
    peer->callAsync("x", nullptr, {}, [&, last = peer](const Result<nlohmann::json>&) mutable {
        sent.get_future().wait();
        last.reset();
        destroyed.set_value();
    });
    peer.reset();
    sent.set_value();
    const std::string answer = frameMessage(R"({"jsonrpc":"2.0","id":1,"result":null})");
    QCOMPARE(::send(theirs.get(), answer.data(), answer.size(), MSG_NOSIGNAL), static_cast<ssize_t>(answer.size()));
    destroyed.get_future().wait();
    char byte = 0;
    while (::recv(theirs.get(), &byte, 1, 0) > 0) { }  // until the peer's thread has closed its end
}

void tst_RpcPeer::notificationsReachTheClient()
{
    std::mutex mutex;
    std::vector<std::string> seen;
    RpcPeer::Handlers handlers;
    handlers.onNotification = [&](const std::string& method, const nlohmann::json& params) {
        const std::lock_guard lock(mutex);
        seen.push_back(method + writeJson(params));
    };
    Connection connection(std::move(handlers));
    QVERIFY_RESULT(connection.greet());
    for (int i = 0; i < 3; ++i)
        connection.server().notify("event", {{"n", i}});
    QVERIFY_RESULT(connection.peer().call("echo", nullptr));
    const std::lock_guard lock(mutex);
    QCOMPARE(seen, (std::vector<std::string>{"event{\"n\":0}", "event{\"n\":1}", "event{\"n\":2}"}));
}

void tst_RpcPeer::serverStops()
{
    Connection connection;
    QVERIFY_RESULT(connection.greet());
    QVERIFY(connection.server().client().has_value());
    std::promise<Result<nlohmann::json>> outcome;
    connection.peer().callAsync("wait", {{"ms", 20'000}}, {},
                                [&outcome](Result<nlohmann::json> result) { outcome.set_value(std::move(result)); });
    QTRY_COMPARE(connection.waiting.load(), 1);
    connection.server().stop();
    QCOMPARE(outcome.get_future().get().error().code, ErrorCode::IoFailed);
    QVERIFY_RESULT(connection.end());
    QCOMPARE(connection.cancelled.load(), 1);
}

void tst_RpcPeer::handshakeComparesVersions()
{
    PeerIdentity newer = identity("test");
    newer.protocol = kProtocolVersion + 1;
    PeerIdentity rebuilt = identity("test");
    rebuilt.build = "9.9.9+gabcdef";
    for (const PeerIdentity& other : {newer, rebuilt}) {
        Connection connection({}, other);
        const auto who = connection.greet();
        QVERIFY(!who);
        QCOMPARE(who.error().code, ErrorCode::VersionMismatch);
        const std::string words = who.error().toString();
        QVERIFY2(words.find(buildId()) != std::string::npos, words.c_str());
        QVERIFY2(words.find(fmt::format("protocol {}, build {}", other.protocol, other.build)) != std::string::npos,
                 words.c_str());
        QCOMPARE(connection.peer().call("echo", nullptr).error().code, ErrorCode::ProtocolViolation);
    }
    Connection connection;
    const auto wrongKind = connection.greet("device");
    QCOMPARE(wrongKind.error().code, ErrorCode::ProtocolViolation);
    QCOMPARE(wrongKind.error().found, std::string("test"));
}

void tst_RpcPeer::handshakeComesFirst()
{
    Connection connection;
    const auto early = connection.peer().call("echo", nullptr);
    QCOMPARE(early.error().code, ErrorCode::ProtocolViolation);
    QCOMPARE(early.error().expected, std::string("initialize"));
    QCOMPARE(connection.peer().call("initialize", {{"protocol", "one"}}).error().code, ErrorCode::ProtocolViolation);
    QVERIFY_RESULT(connection.greet());
    QCOMPARE(connection.greet().error().message, std::string("a second handshake on one connection"));
    QVERIFY_RESULT(connection.peer().call("echo", nullptr));
}

void tst_RpcPeer::rawMessages_data()
{
    QTest::addColumn<std::string>("body");
    QTest::addColumn<int>("number");
    QTest::addColumn<std::string>("id");
    QTest::newRow("no JSON") << std::string("{oops") << -32700 << std::string("null");
    QTest::newRow("empty") << std::string() << -32700 << std::string("null");
    QTest::newRow("too deep") << std::string(1'000'000, '[') << -32700 << std::string("null");
    QTest::newRow("no version") << std::string(R"({"id":4,"method":"echo"})") << -32600 << std::string("4");
    QTest::newRow("old version") << std::string(R"({"jsonrpc":"1.0","id":4,"method":"echo"})") << -32600
                                 << std::string("4");
    QTest::newRow("batch") << std::string(R"([{"jsonrpc":"2.0","id":4,"method":"echo"}])") << -32600
                           << std::string("null");
    QTest::newRow("number") << std::string("7") << -32600 << std::string("null");
    QTest::newRow("method is a number") << std::string(R"({"jsonrpc":"2.0","id":"a","method":1})") << -32600
                                        << std::string("\"a\"");
    QTest::newRow("params are a number") << std::string(R"({"jsonrpc":"2.0","id":5,"method":"echo","params":3})")
                                         << -32600 << std::string("5");
    QTest::newRow("id is an object") << std::string(R"({"jsonrpc":"2.0","id":{},"method":"echo"})") << -32600
                                     << std::string("null");
    QTest::newRow("unknown method") << std::string(R"({"jsonrpc":"2.0","id":6,"method":"rm"})") << -32601
                                    << std::string("6");
}

void tst_RpcPeer::rawMessages()
{
    QFETCH(std::string, body);
    QFETCH(int, number);
    QFETCH(std::string, id);
    RawConnection raw;
    raw.greet();
    raw.send(body);
    const auto answer = raw.receive();
    QCOMPARE(answer["error"]["code"].get<int>(), number);
    QCOMPARE(writeJson(answer["id"]), id);
    // The server goes on, with ids of either kind, and with notifications it does not know.
    raw.send(R"({"jsonrpc":"2.0","method":"unheard of"})");
    raw.send(R"({"jsonrpc":"2.0","id":"text","method":"echo","params":[1]})");
    QCOMPARE(raw.receive(), (nlohmann::json{{"jsonrpc", "2.0"}, {"id", "text"}, {"result", {1}}}));
}

void tst_RpcPeer::tooManyWaitingRequestsAreRefused()
{
    Connection connection;
    QVERIFY_RESULT(connection.greet());
    connection.peer().callAsync("wait", {{"ms", 20'000}}, {}, [](const Result<nlohmann::json>&) { });
    QTRY_COMPARE(connection.waiting.load(), 1);
    std::promise<Error> refused;
    std::atomic<int> failures{0};
    for (int i = 0; i < 4097; ++i) {
        connection.peer().callAsync("echo", nullptr, {}, [&](const Result<nlohmann::json>& outcome) {
            if (!outcome && failures++ == 0)
                refused.set_value(outcome.error());
        });
    }
    QCOMPARE(refused.get_future().get().message, std::string("more than 4096 requests are waiting"));
    QVERIFY_RESULT(connection.end());
}

void tst_RpcPeer::peersCallEachOther()
{
    auto [left, right] = socketPair();
    std::unique_ptr<RpcPeer> a;
    std::unique_ptr<RpcPeer> b;
    const auto answerTo = [](std::unique_ptr<RpcPeer>& self, int value) {
        RpcPeer::Handlers handlers;
        handlers.onRequest = [&self, value](const nlohmann::json& id, const std::string&, const nlohmann::json&) {
            self->respond(id, nlohmann::json(value));
        };
        return handlers;
    };
    a = std::make_unique<RpcPeer>(RpcChannel::fromSocket(std::move(left)).value(), answerTo(a, 1));
    b = std::make_unique<RpcPeer>(RpcChannel::fromSocket(std::move(right)).value(), answerTo(b, 2));
    a->start();
    b->start();
    QCOMPARE(a->call("x", nullptr).value(), nlohmann::json(2));
    QCOMPARE(b->call("x", nullptr).value(), nlohmann::json(1));
}

}  // namespace warploom

QTEST_APPLESS_MAIN(warploom::tst_RpcPeer)
#include "tst_RpcPeer.moc"
