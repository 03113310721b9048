// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ApprovalGate.h"

#include <array>
#include <chrono>

#include <fmt/format.h>

namespace warploom {

namespace {

using Decision = ApprovalGate::Decision;

constexpr std::array kDecisions{Decision::Send, Decision::Skip, Decision::SendAll};

UnixMilliseconds unixNow()
{
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

Error waitsNoMore(std::int64_t number)
{
    return {ErrorCode::NotFound, fmt::format("request {} does not wait any more", number), {}, {}, {}};
}

}  // namespace

std::string_view approvalDecisionName(Decision decision)
{
    switch (decision) {
    case Decision::Send:
        return "send";
    case Decision::Skip:
        return "skip";
    case Decision::SendAll:
        return "send-all";
    }
    return "send";
}

std::optional<Decision> approvalDecisionFromName(std::string_view name)
{
    for (const Decision decision : kDecisions)
        if (name == approvalDecisionName(decision))
            return decision;
    return std::nullopt;
}

/// With the mutex held.
void ApprovalGate::release()
{
    for (auto& [number, request] : m_requests)
        if (!request.isSent)
            request.isSent = true;
    m_changed.notify_all();
}

void ApprovalGate::begin(bool isWanted)
{
    const std::lock_guard lock(m_mutex);
    m_isWanted = isWanted;
    release();
}

void ApprovalGate::watch(bool on)
{
    const std::lock_guard lock(m_mutex);
    m_watchers += on ? 1 : -1;
    if (m_watchers <= 0)
        release();
}

bool ApprovalGate::wait(const AgentRequest& request, const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    if (!isClosed())
        return !stop.stop_requested();
    const std::int64_t number = ++m_last;
    Request& entry = m_requests[number];
    entry = {request, unixNow(), std::nullopt};
    m_changed.wait(lock, stop, [&entry] { return entry.isSent.has_value(); });
    const bool isSent = entry.isSent.value_or(false);
    m_requests.erase(number);
    return isSent && !stop.stop_requested();
}

std::vector<ApprovalGate::Waiting> ApprovalGate::waiting() const
{
    const std::lock_guard lock(m_mutex);
    std::vector<Waiting> list;
    for (const auto& [number, entry] : m_requests) {
        if (entry.isSent)
            continue;
        AgentRequest brief = entry.request;
        brief.parts.clear();
        brief.messages.clear();
        list.push_back({number, entry.since, std::move(brief)});
    }
    return list;
}

Result<AgentRequest> ApprovalGate::request(std::int64_t number) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_requests.find(number);
    if (found == m_requests.end() || found->second.isSent)
        return fail(waitsNoMore(number));
    return found->second.request;
}

Result<> ApprovalGate::decide(std::int64_t number, Decision decision)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_requests.find(number);
    if (found == m_requests.end() || found->second.isSent)
        return fail(waitsNoMore(number));
    found->second.isSent = decision != Decision::Skip;
    if (decision == Decision::SendAll) {
        m_isWanted = false;
        release();
    }
    m_changed.notify_all();
    return {};
}

}  // namespace warploom
