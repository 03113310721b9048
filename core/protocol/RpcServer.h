// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <nlohmann/json.hpp>

#include "base/Result.h"
#include "protocol/Handshake.h"
#include "protocol/MessageStream.h"

namespace warploom {

class RpcPeer;

/// What a method can do besides returning, while its request runs. May be used from any thread until the method
/// returns.
class RequestContext {
public:
    RequestContext(RpcPeer& peer, nlohmann::json id, std::stop_token stopToken);

    /// Sends $/progress with \p value for this request.
    void progress(const nlohmann::json& value) const;
    /// Stop is requested when the caller cancels and when it goes away: return Cancelled then.
    [[nodiscard]] const std::stop_token& stopToken() const { return m_stopToken; }
    [[nodiscard]] bool isCancelled() const { return m_stopToken.stop_requested(); }

private:
    RpcPeer& m_peer;
    nlohmann::json m_id;
    std::stop_token m_stopToken;
};

/// Serves one connection: requests run one after the other on the thread that calls serve(), while a reader thread of
/// its own takes cancellations and notices at once when the other side goes away. Answers "initialize" itself and
/// refuses everything else before it. Whatever is wrong with a request (no JSON, no such method, bad params, an
/// exception) becomes an error answer.
class RpcServer {
public:
    /// An exception of nlohmann::json (a param that is missing or has another type) is answered as invalid params.
    using Method = std::function<Result<nlohmann::json>(const nlohmann::json& params, RequestContext& context)>;

    RpcServer(RpcChannel channel, PeerIdentity identity);
    ~RpcServer();
    RpcServer(const RpcServer&) = delete;
    RpcServer& operator=(const RpcServer&) = delete;

    /// Serves stdin and stdout, for workers; see RpcChannel::fromStdio(). When the other side goes away and the method
    /// that runs does not return within half a second, the process exits (code 3).
    static Result<std::unique_ptr<RpcServer>> onStdio(PeerIdentity identity);

    /// Before serve() only.
    void addMethod(std::string name, Method method);
    /// Returns when the other side has closed the connection or after stop(); an error if the connection failed
    /// otherwise.
    Result<> serve();

    /// From any thread: a notification to the other side; it waits until serve() has started.
    void notify(const std::string& method, const nlohmann::json& params);
    /// Bytes of answers and notifications that the other side has not taken yet.
    [[nodiscard]] std::size_t queuedBytes() const;
    /// From any thread: ends the connection, cancels the request that runs.
    void stop();
    /// Who has called, after "initialize".
    [[nodiscard]] std::optional<PeerIdentity> client() const;

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace warploom
