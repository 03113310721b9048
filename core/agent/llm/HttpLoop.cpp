// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/HttpLoop.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/BackgroundThread.h"

namespace warploom {

namespace {

constexpr int kIdlePollMs = 60'000;  // curl_multi_wakeup ends it
constexpr int kBusyPollMs = 100;  // how late a silent server is noticed

void initialiseCurl()
{
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(initialised);
}

Error cancelledByEnd() { return {ErrorCode::Cancelled, "the request was cancelled: the program ends", {}, {}, {}}; }

}  // namespace

HttpLoop::HttpLoop()
{
    initialiseCurl();
    m_multi = curl_multi_init();
}

HttpLoop::~HttpLoop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_isStopping = true;
    }
    wake();
    if (m_thread.joinable())
        m_thread.join();
    curl_multi_cleanup(m_multi);
}

Result<> HttpLoop::add(std::shared_ptr<HttpTransfer> transfer)
{
    if (!m_multi)
        return fail(ErrorCode::OutOfMemory, "no memory for requests");
    {
        const std::lock_guard lock(m_mutex);
        try {
            if (!m_thread.joinable())
                m_thread = startBackgroundThread("http", [this] { run(); });
        } catch (const std::system_error&) {
            return fail(ErrorCode::OutOfMemory, "the system has no thread to give for requests");
        }
        m_added.push_back(std::move(transfer));
    }
    wake();
    return {};
}

void HttpLoop::wake()
{
    if (m_multi)
        curl_multi_wakeup(m_multi);
}

void HttpLoop::run()
{
    Transfers active;
    while (takeAdded(active)) {
        int running = 0;
        curl_multi_perform(m_multi, &running);
        finishEnded(active);
        dropLate(active);
        curl_multi_poll(m_multi, nullptr, 0, active.empty() ? kIdlePollMs : kBusyPollMs, nullptr);
    }
    for (const auto& transfer : active) {
        curl_multi_remove_handle(m_multi, transfer->handle());
        transfer->end(cancelledByEnd());
    }
}

bool HttpLoop::takeAdded(Transfers& active)
{
    const std::lock_guard lock(m_mutex);
    for (auto& transfer : m_added) {
        if (const CURLMcode code = curl_multi_add_handle(m_multi, transfer->handle()); code != CURLM_OK) {
            transfer->end(Error{ErrorCode::Internal, curl_multi_strerror(code), {}, {}, {}});
            continue;
        }
        active.push_back(std::move(transfer));
    }
    m_added.clear();
    return !m_isStopping;
}

void HttpLoop::finishEnded(Transfers& active)
{
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(m_multi, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURL* const handle = message->easy_handle;
        const CURLcode code = message->data.result;  // gone with the next call
        const auto found = std::find_if(active.begin(), active.end(),
                                        [handle](const auto& transfer) { return transfer->handle() == handle; });
        if (found == active.end())
            continue;
        curl_multi_remove_handle(m_multi, handle);
        (*found)->end(code);
        active.erase(found);
    }
}

void HttpLoop::dropLate(Transfers& active)
{
    const auto now = HttpTransfer::Clock::now();
    std::erase_if(active, [this, now](const auto& transfer) {
        const auto late = transfer->overdue(now);
        if (!late && !transfer->isAbandoned())
            return false;
        curl_multi_remove_handle(m_multi, transfer->handle());
        if (late)
            transfer->end(*late);
        return true;
    });
}

}  // namespace warploom
