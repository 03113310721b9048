// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include <nlohmann/json.hpp>

#include "base/Result.h"
#include "protocol/MessageStream.h"

namespace warploom {

using RpcCompletion = std::function<void(Result<nlohmann::json>)>;

struct CallOptions {
    std::chrono::milliseconds deadline = std::chrono::seconds(30);  ///< from now to the answer; then Timeout
    std::function<void(const nlohmann::json&)> onProgress;  ///< on the reader thread
    std::stop_token stopToken;  ///< sends $/cancelRequest
    /// How long the answer is still waited for after a cancellation; then Cancelled.
    std::chrono::milliseconds cancelGrace{0};
    /// On the reader thread, before the call completes with Timeout or Cancelled because no answer came: the other side
    /// may be stuck.
    std::function<void()> onUnanswered;
};

/// One end of a JSON-RPC 2.0 connection; both ends may call and notify. A reader thread of its own does all reading and
/// writing, so no member blocks except call(). Handlers and completions run on that thread and must not block; a
/// completion that comes too late to be delivered there (the connection is closed already) runs on the caller's. May be
/// destroyed anywhere, also on the reader thread.
class RpcPeer {
public:
    struct Handlers {
        /// A request to be answered with respond(). Unset: such requests are refused, and a message that cannot be read
        /// ends the connection instead of being answered.
        std::function<void(const nlohmann::json& id, const std::string& method, nlohmann::json params)> onRequest;
        std::function<void(const std::string& method, const nlohmann::json& params)> onNotification;
        /// First thing when the connection ends: may replace the reason that open calls will fail with ("signal 11"),
        /// and may wait a moment to learn it.
        std::function<Error(Error)> explainEnd;
        /// Once, after every open call has failed.
        std::function<void(const Error&)> onClosed;
    };

    RpcPeer(RpcChannel channel, Handlers handlers);
    /// Fails what is still open with Cancelled.
    ~RpcPeer();
    RpcPeer(const RpcPeer&) = delete;
    RpcPeer& operator=(const RpcPeer&) = delete;

    /// Starts the reader thread. What is sent before waits.
    void start();

    /// Waits for the answer. Not from handlers and completions: fails with Internal there.
    Result<nlohmann::json> call(const std::string& method, const nlohmann::json& params, CallOptions options = {});
    /// \p completion is called exactly once.
    void callAsync(const std::string& method, const nlohmann::json& params, CallOptions options,
                   RpcCompletion completion);
    void notify(const std::string& method, const nlohmann::json& params);
    void respond(const nlohmann::json& id, const Result<nlohmann::json>& outcome);
    /// Sends a message that has been made with RpcMessage.h.
    void sendRaw(const nlohmann::json& message);

    /// Ends the connection: at once, or after everything that has already arrived. Open calls fail with \p reason.
    void close(Error reason);
    void finish(Error reason);
    [[nodiscard]] bool isOpen() const;
    /// Bytes the other side has not taken yet: whoever sends events can slow down. Above 320 MiB the connection is
    /// closed.
    [[nodiscard]] std::size_t queuedBytes() const;

private:
    class Impl;
    std::shared_ptr<Impl> m_impl;
};

}  // namespace warploom
