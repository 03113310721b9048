// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "mcp/McpOffer.h"
#include "protocol/RpcMessage.h"

namespace warploom {

/// The Model Context Protocol over lines of JSON, seen from the server: revision 2026-07-28, where every request says
/// who asks and how, and the older ones that begin with "initialize". Calls of tools run on threads of their own, so
/// that take() never waits for one.
class McpSession {
public:
    /// Gets a line without its end; from any thread, one at a time.
    using Send = std::function<void(const std::string& line)>;

    McpSession(McpOffer offer, Send send);
    /// Cancels what runs and waits for it.
    ~McpSession();
    McpSession(const McpSession&) = delete;
    McpSession& operator=(const McpSession&) = delete;

    /// Takes one line of the client; whatever is wrong with it becomes an error answer or, where nobody waits for one,
    /// nothing.
    void take(const std::string& line);
    /// Calls that have not been answered.
    [[nodiscard]] std::size_t running();

private:
    struct Call;
    struct Caller;

    void takeRequest(const RpcMessage& message);
    void takeModern(const RpcMessage& message, const nlohmann::json& meta);
    void initialize(const RpcMessage& message);
    void serve(const RpcMessage& message, const Caller& caller);
    void cancel(const nlohmann::json& params);
    void callTool(const RpcMessage& message, const Caller& caller);
    void listResources(const RpcMessage& message, const Caller& caller);
    void readResource(const RpcMessage& message, const Caller& caller);
    void getPrompt(const RpcMessage& message, const Caller& caller);
    /// Runs \p work beside this thread; a line that it returns is the answer, unless it has been cancelled.
    void run(const RpcMessage& message, std::function<nlohmann::json(std::stop_token)> work);
    void reap(bool all);
    void answer(const nlohmann::json& id, const Caller& caller, nlohmann::json result);
    [[nodiscard]] nlohmann::json answerJson(const nlohmann::json& id, const Caller& caller,
                                            nlohmann::json result) const;
    void send(const nlohmann::json& message);

    McpOffer m_offer;
    Send m_send;
    std::optional<std::string> m_revision;  ///< that "initialize" has agreed on
    std::string m_client;
    std::mutex m_sendMutex;
    std::mutex m_mutex;
    std::list<std::unique_ptr<Call>> m_calls;
};

}  // namespace warploom
