// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/HttpUrl.h"

#include <memory>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

namespace warploom {

namespace {

using UrlHandle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string urlPart(CURLU* url, CURLUPart part, unsigned flags = 0)
{
    char* text = nullptr;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK)
        return {};
    const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
    return text;
}

}  // namespace

Result<HttpUrl> HttpUrl::parse(const std::string& text)
{
    const UrlHandle handle(curl_url(), &curl_url_cleanup);
    if (!handle)
        return fail(ErrorCode::OutOfMemory, "no memory for an address");
    // The text itself stays out of the messages: it may hold a password.
    if (curl_url_set(handle.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
        return fail(ErrorCode::InvalidArgument, "the server's address is no URL: it reads like https://host/v1");
    HttpUrl url;
    url.m_scheme = urlPart(handle.get(), CURLUPART_SCHEME);
    if (url.m_scheme != "http" && url.m_scheme != "https") {
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("the server's address begins with {}://: only http and https are spoken", url.m_scheme));
    }
    if (!urlPart(handle.get(), CURLUPART_USER).empty() || !urlPart(handle.get(), CURLUPART_PASSWORD).empty())
        return fail(ErrorCode::InvalidArgument, "the server's address holds a user name or password: give it as a key");
    url.m_host = urlPart(handle.get(), CURLUPART_HOST);
    url.m_port = urlPart(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
    url.m_path = urlPart(handle.get(), CURLUPART_PATH);
    url.m_query = urlPart(handle.get(), CURLUPART_QUERY);
    return url;
}

HttpUrl HttpUrl::withPath(std::string path) const
{
    HttpUrl url = *this;
    url.m_path = std::move(path);
    return url;
}

std::string HttpUrl::origin() const { return fmt::format("{}://{}:{}", m_scheme, m_host, m_port); }

std::string HttpUrl::server() const
{
    const bool isUsual = m_port == (m_scheme == "https" ? "443" : "80");
    return isUsual ? m_host : fmt::format("{}:{}", m_host, m_port);
}

std::string HttpUrl::toString() const { return origin() + m_path + (m_query.empty() ? std::string() : "?" + m_query); }

}  // namespace warploom
