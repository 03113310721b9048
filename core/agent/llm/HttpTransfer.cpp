// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/HttpTransfer.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "agent/llm/HttpFailure.h"
#include "base/Trim.h"

namespace warploom {

namespace {

constexpr std::size_t kMostHeadBytes = 256 * 1024;

bool hasControlCharacter(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; });
}

/// Of "HTTP/1.1 200 OK".
int statusIn(std::string_view line)
{
    int status = 0;
    if (const std::size_t blank = line.find(' '); blank != std::string_view::npos)
        std::from_chars(line.data() + blank + 1, line.data() + line.size(), status);
    return status;
}

}  // namespace

Result<std::shared_ptr<HttpTransfer>> HttpTransfer::make(const HttpRequest& request, const HttpUrl& url)
{
    for (const HttpHeader& header : request.headers) {
        if (hasControlCharacter(header.name) || hasControlCharacter(header.value)) {
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("the header {} holds a line break or another control character",
                                    hasControlCharacter(header.name) ? "name" : header.name));
        }
    }
    std::shared_ptr<HttpTransfer> transfer(new HttpTransfer(request, url));
    if (!transfer->m_handle)
        return fail(ErrorCode::OutOfMemory, "no memory for a request");
    return transfer;
}

HttpTransfer::HttpTransfer(const HttpRequest& request, const HttpUrl& url)
    : m_request(request)
    , m_handle(curl_easy_init())
    , m_began(Clock::now())
    , m_lastByte(m_began)
{
    if (m_handle)
        setOptions(url);
}

HttpTransfer::~HttpTransfer()
{
    curl_easy_cleanup(m_handle);
    curl_slist_free_all(m_headers);
}

void HttpTransfer::setOptions(const HttpUrl& url)
{
    const auto set = [this](CURLoption option, auto value) { curl_easy_setopt(m_handle, option, value); };
    set(CURLOPT_URL, url.toString().c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // or a look-up that was given up holds up every other request until it ends
    set(CURLOPT_USERAGENT, "warploom");
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    // Compressed streams arrive in clumps; what is compressed all the same is unpacked.
    set(CURLOPT_ACCEPT_ENCODING, "identity");
    set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // the proxy gets no key
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_ERRORBUFFER, m_curlSays);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(m_request.deadlines.connect.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(m_request.deadlines.total.count()));
    if (!m_request.caFile.empty())
        set(CURLOPT_CAINFO, m_request.caFile.c_str());
    if (!m_request.proxy.empty())
        set(CURLOPT_PROXY, m_request.proxy == "direct" ? "" : m_request.proxy.c_str());
    for (const HttpHeader& header : m_request.headers)
        m_headers = curl_slist_append(m_headers, fmt::format("{}: {}", header.name, header.value).c_str());
    // Without this curl waits a second for servers that do not know it.
    m_headers = curl_slist_append(m_headers, "Expect:");
    set(CURLOPT_HTTPHEADER, m_headers);
    if (!m_request.body.empty()) {
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(m_request.body.size()));
        set(CURLOPT_POSTFIELDS, m_request.body.c_str());
    }
    set(CURLOPT_HEADERFUNCTION, &HttpTransfer::onHeader);
    set(CURLOPT_HEADERDATA, static_cast<void*>(this));
    set(CURLOPT_WRITEFUNCTION, &HttpTransfer::onBody);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
}

std::size_t HttpTransfer::onHeader(char* data, std::size_t size, std::size_t count, void* self)
{
    auto& transfer = *static_cast<HttpTransfer*>(self);
    transfer.m_lastByte = Clock::now();
    transfer.m_headBytes += size * count;
    if (transfer.m_headBytes > kMostHeadBytes) {
        transfer.m_isTooLarge = true;
        return 0;
    }
    transfer.takeHeaderLine({data, size * count});
    return size * count;
}

std::size_t HttpTransfer::onBody(char* data, std::size_t size, std::size_t count, void* self)
{
    return static_cast<HttpTransfer*>(self)->takeBody({data, size * count}) ? size * count : 0;
}

void HttpTransfer::takeHeaderLine(std::string_view line)
{
    if (m_bodyBytes.value > 0)  // a trailer: the other thread may read the head by now
        return;
    if (line.starts_with("HTTP/")) {  // "100 Continue" comes before the answer proper
        m_head = {statusIn(line), {}};
        return;
    }
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
        m_head.headers.push_back(
            {std::string(trimmed(line.substr(0, colon))), std::string(trimmed(line.substr(colon + 1)))});
    }
}

bool HttpTransfer::takeBody(std::string_view bytes)
{
    m_lastByte = Clock::now();
    m_bodyBytes += Bytes{bytes.size()};
    if (m_bodyBytes > m_request.mostAnswer) {
        m_isTooLarge = true;
        return false;
    }
    const std::lock_guard lock(m_mutex);
    m_pending.append(bytes);
    m_changed.notify_all();
    return true;
}

void HttpTransfer::end(CURLcode code)
{
    if (code != CURLE_OK) {
        end(errorOf(code));
        return;
    }
    char* elsewhere = nullptr;
    if (curl_easy_getinfo(m_handle, CURLINFO_REDIRECT_URL, &elsewhere) == CURLE_OK && elsewhere)
        m_redirect = elsewhere;
    const std::lock_guard lock(m_mutex);
    m_hasEnded = true;
    m_changed.notify_all();
}

void HttpTransfer::end(Error error)
{
    const std::lock_guard lock(m_mutex);
    m_error = std::move(error);
    m_hasEnded = true;
    m_changed.notify_all();
}

Error HttpTransfer::errorOf(CURLcode code) const
{
    if (m_isTooLarge)
        return answerTooLarge(m_request.mostAnswer);
    HttpFailure failure{code, m_curlSays, 0, 0, 0, false};
    curl_easy_getinfo(m_handle, CURLINFO_SSL_VERIFYRESULT, &failure.certificateFault);
    curl_easy_getinfo(m_handle, CURLINFO_OS_ERRNO, &failure.systemError);
    curl_easy_getinfo(m_handle, CURLINFO_HTTP_CONNECTCODE, &failure.proxyStatus);
    curl_off_t connected = 0;
    curl_easy_getinfo(m_handle, CURLINFO_PRETRANSFER_TIME_T, &connected);
    failure.wasConnected = connected > 0;
    return describe(failure, m_request);
}

std::optional<Error> HttpTransfer::overdue(Clock::time_point now) const
{
    const bool hasBody = m_bodyBytes.value > 0;
    const auto limit = hasBody ? m_request.deadlines.stall : m_request.deadlines.start;
    if (now - (hasBody ? m_lastByte : m_began) < limit)
        return std::nullopt;
    const double seconds = std::chrono::duration<double>(limit).count();
    return Error{ErrorCode::Timeout,
                 hasBody ? fmt::format("the server fell silent in the middle of its answer, for {} s", seconds)
                         : fmt::format("the server did not begin to answer within {} s", seconds),
                 {},
                 {},
                 {}};
}

bool HttpTransfer::isAbandoned() const
{
    const std::lock_guard lock(m_mutex);
    return m_isAbandoned;
}

void HttpTransfer::abandon()
{
    const std::lock_guard lock(m_mutex);
    m_isAbandoned = true;
}

Result<HttpTransfer::Piece> HttpTransfer::next(std::stop_token stop, std::optional<Clock::time_point> until)
{
    std::unique_lock lock(m_mutex);
    const auto isReady = [this] { return m_hasEnded || !m_pending.empty(); };
    if (until)
        m_changed.wait_until(lock, stop, *until, isReady);
    else
        m_changed.wait(lock, stop, isReady);
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled, "the request was cancelled");
    if (m_pending.empty() && m_error)
        return fail(*m_error);
    Piece piece{std::exchange(m_pending, {}), false};
    piece.isLast = m_hasEnded && !m_error;
    return piece;
}

}  // namespace warploom
