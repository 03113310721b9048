// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/Result.h"
#include "protocol/AgentRequest.h"

namespace warploom {

/// Where requests of a run wait until a person has seen them. Nothing waits unless the run wants it and somebody
/// watches: a run that nobody looks at goes on. From any thread.
class ApprovalGate {
public:
    enum class Decision {
        Send,
        Skip,  ///< it is not sent
        SendAll,  ///< nor does anything else of this run wait
    };

    /// What waits, without its text.
    struct Waiting {
        std::int64_t number = 0;
        UnixMilliseconds since = 0;
        AgentRequest request;  ///< without parts and messages
    };

    /// At the beginning of a run. What waited before goes on.
    void begin(bool isWanted);
    /// A person's window has come or gone. With the last one everything that waits is sent.
    void watch(bool on);
    /// Whether to send it. At once where nothing has to wait; false at a stop.
    bool wait(const AgentRequest& request, const std::stop_token& stop);
    [[nodiscard]] std::vector<Waiting> waiting() const;
    /// In full; NotFound where it does not wait any more.
    [[nodiscard]] Result<AgentRequest> request(std::int64_t number) const;
    /// NotFound where it does not wait any more.
    Result<> decide(std::int64_t number, Decision decision);

private:
    struct Request {
        AgentRequest request;
        UnixMilliseconds since = 0;
        std::optional<bool> isSent;
    };

    [[nodiscard]] bool isClosed() const { return m_isWanted && m_watchers > 0; }
    void release();

    mutable std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::map<std::int64_t, Request> m_requests;
    std::int64_t m_last = 0;
    int m_watchers = 0;
    bool m_isWanted = false;
};

std::string_view approvalDecisionName(ApprovalGate::Decision decision);
std::optional<ApprovalGate::Decision> approvalDecisionFromName(std::string_view name);

}  // namespace warploom
