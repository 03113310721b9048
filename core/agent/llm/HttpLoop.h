// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <curl/curl.h>

#include "agent/llm/HttpTransfer.h"
#include "base/Result.h"

namespace warploom {

/// The one thread that drives every transfer of an HttpClient. It starts with the first.
class HttpLoop {
public:
    HttpLoop();
    /// Cancels what is left.
    ~HttpLoop();
    HttpLoop(const HttpLoop&) = delete;
    HttpLoop& operator=(const HttpLoop&) = delete;

    Result<> add(std::shared_ptr<HttpTransfer> transfer);
    /// Lets the thread look at once who has abandoned what.
    void wake();

private:
    using Transfers = std::vector<std::shared_ptr<HttpTransfer>>;

    void run();
    /// Takes over what was added; false when the loop is to end.
    bool takeAdded(Transfers& active);
    void finishEnded(Transfers& active);
    void dropLate(Transfers& active);

    CURLM* m_multi = nullptr;
    std::mutex m_mutex;
    Transfers m_added;
    bool m_isStopping = false;
    std::thread m_thread;
};

}  // namespace warploom
