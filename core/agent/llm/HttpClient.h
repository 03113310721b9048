// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>

#include "agent/llm/HttpMessage.h"
#include "base/Result.h"

namespace warploom {

class HttpLoop;

/// Asks HTTP servers, several at once; one thread drives them all. Members may be called from any thread.
class HttpClient {
public:
    /// Whether more of the answer is wanted.
    enum class Reading { GoOn, Enough };
    /// Hears the body piece by piece, on the thread that called send(). An Error ends the request.
    using BodySink = std::function<Result<Reading>(const HttpHead& head, std::string_view piece)>;

    HttpClient();
    /// Nobody may be in send() any more.
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// Waits for the whole answer, whatever its status. Redirects are followed where scheme, host and port stay, with
    /// all headers; those to anywhere else fail with BadAnswer, and nothing is sent there. Fails with Cancelled at
    /// once, ServerUnreachable, ServerNotTrusted, Timeout, ServerFailed (a connection that was cut), BadAnswer (no
    /// HTTP, too large) and InvalidArgument.
    Result<HttpHead> send(const HttpRequest& request, const BodySink& onBody, std::stop_token stop);

private:
    const std::unique_ptr<HttpLoop> m_loop;
};

}  // namespace warploom
