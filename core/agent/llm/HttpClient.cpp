// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/HttpClient.h"

#include <chrono>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "agent/llm/HttpLoop.h"
#include "agent/llm/HttpUrl.h"

namespace warploom {

namespace {

/// How long a server may take to end an answer that is complete: then the connection can be used again.
constexpr std::chrono::milliseconds kGraceToEnd{200};

bool isRedirect(const HttpHead& head) { return head.status >= 300 && head.status < 400; }

Result<HttpClient::Reading> deliver(const HttpClient::BodySink& onBody, const HttpHead& head, std::string_view piece)
{
    if (piece.empty() || isRedirect(head))
        return HttpClient::Reading::GoOn;
    return onBody(head, piece);
}

/// Whatever may still come, an error included, changes nothing.
void awaitEnd(HttpTransfer& transfer, const std::stop_token& stop)
{
    const auto until = HttpTransfer::Clock::now() + kGraceToEnd;
    auto piece = transfer.next(stop, until);
    while (piece && !piece->isLast && HttpTransfer::Clock::now() < until)
        piece = transfer.next(stop, until);
}

Result<> receive(HttpTransfer& transfer, const HttpClient::BodySink& onBody, std::stop_token stop)
{
    for (;;) {
        WARPLOOM_TRY(const HttpTransfer::Piece piece, transfer.next(stop));
        WARPLOOM_TRY(const HttpClient::Reading reading, deliver(onBody, transfer.head(), piece.body));
        if (piece.isLast)
            return {};
        if (reading == HttpClient::Reading::Enough) {
            awaitEnd(transfer, stop);
            return {};
        }
    }
}

Result<HttpUrl> redirectTarget(const HttpTransfer& transfer, const HttpUrl& from, int hop, int most)
{
    const int status = transfer.head().status;
    if (transfer.redirect().empty() || status == 303)
        return fail(ErrorCode::BadAnswer,
                    fmt::format("the server sends elsewhere ({}) without a usable address", status));
    auto target = HttpUrl::parse(transfer.redirect());
    if (!target || target->origin() != from.origin()) {
        return fail(ErrorCode::BadAnswer,
                    fmt::format("the server sends to another address, {} ({}): the key is not sent there; if it is the "
                                "right one, set it as the server's address",
                                target ? target->origin() : "which is none of the web", status));
    }
    if (hop >= most)
        return fail(ErrorCode::BadAnswer,
                    fmt::format("the server sends from place to place, more than {} times", most));
    return target;
}

}  // namespace

HttpClient::HttpClient()
    : m_loop(std::make_unique<HttpLoop>())
{
}

HttpClient::~HttpClient() = default;

Result<HttpHead> HttpClient::send(const HttpRequest& request, const BodySink& onBody, std::stop_token stop)
{
    WARPLOOM_TRY(HttpUrl url, HttpUrl::parse(request.url));
    for (int hop = 0;; ++hop) {
        WARPLOOM_TRY(const auto transfer, HttpTransfer::make(request, url));
        WARPLOOM_CHECK(m_loop->add(transfer));
        const auto received = receive(*transfer, onBody, stop);
        transfer->abandon();
        m_loop->wake();
        WARPLOOM_CHECK(received);
        if (!isRedirect(transfer->head()))
            return transfer->head();
        WARPLOOM_TRY(url, redirectTarget(*transfer, url, hop, request.mostRedirects));
    }
}

}  // namespace warploom
