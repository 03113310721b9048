// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include <curl/curl.h>

#include "agent/llm/HttpMessage.h"
#include "agent/llm/HttpUrl.h"
#include "base/Result.h"

namespace warploom {

/// One request on its way: options and answer of one handle of curl. The thread of HttpLoop drives it, the thread that
/// asked takes the answer out.
class HttpTransfer {
public:
    using Clock = std::chrono::steady_clock;

    /// InvalidArgument for headers that would break out of their line.
    static Result<std::shared_ptr<HttpTransfer>> make(const HttpRequest& request, const HttpUrl& url);
    ~HttpTransfer();
    HttpTransfer(const HttpTransfer&) = delete;
    HttpTransfer& operator=(const HttpTransfer&) = delete;

    // For the thread that drives.
    [[nodiscard]] CURL* handle() const { return m_handle; }
    /// Ends it as curl says.
    void end(CURLcode code);
    void end(Error error);
    /// Why the answer takes too long at \p now; nothing while it does not.
    [[nodiscard]] std::optional<Error> overdue(Clock::time_point now) const;
    [[nodiscard]] bool isAbandoned() const;

    // For the thread that asked.
    struct Piece {
        std::string body;
        bool isLast = false;
    };
    /// Waits for what comes next, at most until \p until. Cancelled by \p stop. Once there was a piece, head() stands.
    Result<Piece> next(std::stop_token stop, std::optional<Clock::time_point> until = {});
    [[nodiscard]] const HttpHead& head() const { return m_head; }
    /// Where the server sends us instead, absolute; empty if it does not.
    [[nodiscard]] const std::string& redirect() const { return m_redirect; }
    /// Whatever comes is no longer wanted.
    void abandon();

private:
    HttpTransfer(const HttpRequest& request, const HttpUrl& url);
    void setOptions(const HttpUrl& url);
    [[nodiscard]] Error errorOf(CURLcode code) const;
    void takeHeaderLine(std::string_view line);
    bool takeBody(std::string_view bytes);
    static std::size_t onHeader(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t onBody(char* data, std::size_t size, std::size_t count, void* self);

    const HttpRequest m_request;
    CURL* m_handle = nullptr;
    curl_slist* m_headers = nullptr;
    char m_curlSays[CURL_ERROR_SIZE] = {};

    // Written by the driving thread only; read by the other after it has seen a piece.
    HttpHead m_head;
    std::string m_redirect;
    std::size_t m_headBytes = 0;
    Bytes m_bodyBytes;
    bool m_isTooLarge = false;
    Clock::time_point m_began;
    Clock::time_point m_lastByte;

    mutable std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::string m_pending;  ///< arrived and not taken yet
    bool m_hasEnded = false;
    bool m_isAbandoned = false;
    std::optional<Error> m_error;
};

}  // namespace warploom
