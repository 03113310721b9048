// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/RpcPeer.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/BackgroundThread.h"
#include "protocol/BoundedJson.h"
#include "protocol/RpcMessage.h"

namespace warploom {

namespace {

using Clock = MessageStream::Clock;

constexpr auto kLastWords = std::chrono::milliseconds(200);

struct PendingCall {
    std::string method;
    CallOptions options;
    RpcCompletion completion;
    Clock::time_point deadline;
    std::optional<Clock::time_point> abandonAt;  ///< set by a cancellation
    std::optional<std::stop_callback<std::function<void()>>> stopCallback;
};

using PendingPtr = std::shared_ptr<PendingCall>;

/// A deadline of years must not overflow the clock.
Clock::time_point after(std::chrono::milliseconds duration)
{
    return Clock::now() + std::min<std::chrono::milliseconds>(duration, std::chrono::hours(24 * 365));
}

Error timeoutOf(const PendingCall& call)
{
    return {ErrorCode::Timeout,
            fmt::format("no answer to {} within {} ms", call.method, call.options.deadline.count())};
}

}  // namespace

class RpcPeer::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(RpcChannel channel, Handlers handlers)
        : m_stream(std::move(channel))
        , m_handlers(std::move(handlers))
    {
    }

    void start();
    void leave();
    void callAsync(const std::string& method, const nlohmann::json& params, CallOptions options,
                   RpcCompletion completion);
    void send(const nlohmann::json& message) { m_stream.send(writeJson(message)); }
    void failOpenCalls(const Error& reason);

    MessageStream& stream() { return m_stream; }
    [[nodiscard]] bool isOnReaderThread() const { return std::this_thread::get_id() == m_readerId.load(); }
    [[nodiscard]] bool isClosed() const
    {
        const std::lock_guard lock(m_mutex);
        return m_closed.has_value();
    }

private:
    void run();
    Result<> take(const std::string& body);
    Result<> refuse(const nlohmann::json& id, RpcErrorNumber number, const Error& error);
    Result<> takeResponse(RpcMessage&& message);
    void takeNotification(const RpcMessage& message);
    void cancel(std::int64_t id);
    Clock::time_point giveUpOverdue();
    PendingPtr findPending(const nlohmann::json& id, bool remove);

    MessageStream m_stream;
    Handlers m_handlers;
    std::thread m_reader;
    std::atomic<std::thread::id> m_readerId{};

    mutable std::mutex m_mutex;
    std::map<std::int64_t, PendingPtr> m_pending;
    std::int64_t m_nextId = 1;
    std::optional<Error> m_closed;
};

void RpcPeer::Impl::start()
{
    try {
        m_reader = startBackgroundThread("wl-rpc", [self = shared_from_this()] { self->run(); });
    } catch (const std::system_error& error) {
        Error reason{ErrorCode::IoFailed, fmt::format("cannot start a thread: {}", error.what()), {}, {}, {}};
        m_stream.close(reason);
        failOpenCalls(reason);
    }
}

/// The owner goes away.
void RpcPeer::Impl::leave()
{
    m_stream.close({ErrorCode::Cancelled, "the connection was given up", {}, {}, {}});
    if (!m_reader.joinable())
        failOpenCalls({ErrorCode::Cancelled, "the connection was never started", {}, {}, {}});
    else if (isOnReaderThread())
        m_reader.detach();
    else
        m_reader.join();
}

void RpcPeer::Impl::run()
{
    m_readerId = std::this_thread::get_id();
    Result<> going;
    while (going)
        going = m_stream.pump(giveUpOverdue(), [this](const std::string& body) { return take(body); });
    Error reason = std::move(going).error();
    if (m_handlers.explainEnd)
        reason = m_handlers.explainEnd(std::move(reason));
    m_stream.flush(kLastWords);
    m_stream.shut();
    failOpenCalls(reason);
    if (m_handlers.onClosed)
        m_handlers.onClosed(reason);
}

void RpcPeer::Impl::failOpenCalls(const Error& reason)
{
    std::map<std::int64_t, PendingPtr> pending;
    {
        const std::lock_guard lock(m_mutex);
        m_closed = reason;
        pending.swap(m_pending);
    }
    for (auto& [id, call] : pending)
        call->completion(fail(reason));
}

void RpcPeer::Impl::callAsync(const std::string& method, const nlohmann::json& params, CallOptions options,
                              RpcCompletion completion)
{
    auto call = std::make_shared<PendingCall>();
    call->method = method;
    call->options = std::move(options);
    call->completion = std::move(completion);
    call->deadline = after(call->options.deadline);
    std::int64_t id = 0;
    std::optional<Error> closed;
    {
        const std::lock_guard lock(m_mutex);
        closed = m_closed;
        if (!closed) {
            id = m_nextId++;
            m_pending.emplace(id, call);
        }
    }
    if (closed)
        return call->completion(fail(*closed));
    send(makeRequest(id, method, params));
    // The call may complete, and even be cancelled, while this runs: cancel() looks the id up again.
    if (call->options.stopToken.stop_possible())
        call->stopCallback.emplace(call->options.stopToken, [this, id] { cancel(id); });
}

void RpcPeer::Impl::cancel(std::int64_t id)
{
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_pending.find(id);
        if (found == m_pending.end() || found->second->abandonAt)
            return;
        found->second->abandonAt = after(found->second->options.cancelGrace);
    }
    send(makeNotification("$/cancelRequest", {{"id", id}}));
}

/// Completes the calls whose time is over; returns when the next one's will be.
Clock::time_point RpcPeer::Impl::giveUpOverdue()
{
    auto next = Clock::time_point::max();
    std::vector<std::pair<PendingPtr, Error>> overdue;
    {
        const std::lock_guard lock(m_mutex);
        const auto now = Clock::now();
        for (auto it = m_pending.begin(); it != m_pending.end();) {
            const PendingPtr& call = it->second;
            const auto due = std::min(call->deadline, call->abandonAt.value_or(call->deadline));
            if (due > now) {
                next = std::min(next, due);
                ++it;
                continue;
            }
            overdue.emplace_back(call,
                                 call->abandonAt ? Error{ErrorCode::Cancelled, call->method + " was cancelled"}
                                                 : timeoutOf(*call));
            it = m_pending.erase(it);
        }
    }
    for (auto& [call, error] : overdue) {
        if (call->options.onUnanswered)
            call->options.onUnanswered();
        call->completion(fail(std::move(error)));
    }
    return next;
}

Result<> RpcPeer::Impl::refuse(const nlohmann::json& id, RpcErrorNumber number, const Error& error)
{
    if (!m_handlers.onRequest)
        return fail(Error{ErrorCode::ProtocolViolation, error.message, error.place, error.expected, error.found});
    send(makeFailure(id, number, error));
    return {};
}

Result<> RpcPeer::Impl::take(const std::string& body)
{
    auto json = parseJson(body);
    if (!json)
        return refuse(nullptr, RpcErrorNumber::ParseError, json.error());
    nlohmann::json id;
    auto message = readRpcMessage(std::move(*json), id);
    if (!message)
        return refuse(id, RpcErrorNumber::InvalidRequest, message.error());
    switch (message->kind) {
    case RpcMessage::Kind::Response:
        return takeResponse(std::move(*message));
    case RpcMessage::Kind::Notification:
        takeNotification(*message);
        return {};
    case RpcMessage::Kind::Request:
        break;
    }
    if (m_handlers.onRequest) {
        m_handlers.onRequest(message->id, message->method, std::move(message->params));
    } else {
        send(makeFailure(message->id, RpcErrorNumber::MethodNotFound,
                         {ErrorCode::Unsupported, "this side takes no requests", {}, {}, message->method}));
    }
    return {};
}

PendingPtr RpcPeer::Impl::findPending(const nlohmann::json& id, bool remove)
{
    if (!id.is_number_integer())
        return nullptr;
    const std::lock_guard lock(m_mutex);
    const auto found = m_pending.find(id.get<std::int64_t>());
    if (found == m_pending.end())
        return nullptr;
    PendingPtr call = found->second;
    if (remove)
        m_pending.erase(found);
    return call;
}

Result<> RpcPeer::Impl::takeResponse(RpcMessage&& message)
{
    if (message.id.is_null() && !message.outcome) {
        Error error = message.outcome.error();
        error.code = ErrorCode::ProtocolViolation;
        error.message = "the other side could not read a message: " + error.message;
        return fail(std::move(error));
    }
    // An answer nobody waits for any more is late, not wrong.
    if (const PendingPtr call = findPending(message.id, true))
        call->completion(std::move(message.outcome));
    return {};
}

void RpcPeer::Impl::takeNotification(const RpcMessage& message)
{
    if (message.method == "$/progress" && message.params.is_object() && message.params.contains("id")) {
        const PendingPtr call = findPending(message.params["id"], false);
        if (call && call->options.onProgress)
            call->options.onProgress(message.params.value("value", nlohmann::json()));
        return;
    }
    if (m_handlers.onNotification)
        m_handlers.onNotification(message.method, message.params);
}

RpcPeer::RpcPeer(RpcChannel channel, Handlers handlers)
    : m_impl(std::make_shared<Impl>(std::move(channel), std::move(handlers)))
{
}

RpcPeer::~RpcPeer() { m_impl->leave(); }

void RpcPeer::start() { m_impl->start(); }

Result<nlohmann::json> RpcPeer::call(const std::string& method, const nlohmann::json& params, CallOptions options)
{
    if (m_impl->isOnReaderThread())
        return fail(ErrorCode::Internal, fmt::format("{} was called on the thread that reads its answer", method));
    struct Waiting {
        std::mutex mutex;
        std::condition_variable arrived;
        std::optional<Result<nlohmann::json>> outcome;
    };
    const auto waiting = std::make_shared<Waiting>();
    m_impl->callAsync(method, params, std::move(options), [waiting](Result<nlohmann::json> outcome) {
        const std::lock_guard lock(waiting->mutex);
        waiting->outcome = std::move(outcome);
        waiting->arrived.notify_all();
    });
    std::unique_lock lock(waiting->mutex);
    waiting->arrived.wait(lock, [&waiting] { return waiting->outcome.has_value(); });
    return std::move(*waiting->outcome);
}

void RpcPeer::callAsync(const std::string& method, const nlohmann::json& params, CallOptions options,
                        RpcCompletion completion)
{
    m_impl->callAsync(method, params, std::move(options), std::move(completion));
}

void RpcPeer::notify(const std::string& method, const nlohmann::json& params)
{
    m_impl->send(makeNotification(method, params));
}

void RpcPeer::respond(const nlohmann::json& id, const Result<nlohmann::json>& outcome)
{
    m_impl->send(makeResponse(id, outcome));
}

void RpcPeer::sendRaw(const nlohmann::json& message) { m_impl->send(message); }

void RpcPeer::close(Error reason) { m_impl->stream().close(std::move(reason)); }

void RpcPeer::finish(Error reason) { m_impl->stream().finish(std::move(reason)); }

bool RpcPeer::isOpen() const { return !m_impl->isClosed(); }

std::size_t RpcPeer::queuedBytes() const { return m_impl->stream().queuedBytes(); }

}  // namespace warploom
