// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/PresetReader.h"

#include <cctype>

#include <fmt/format.h>

namespace warploom::presets {

namespace {

constexpr std::int64_t kMostSeconds = 86'400;

Result<> readSeconds(const TomlTable& table, std::string_view key, std::chrono::seconds& into)
{
    if (table.has(key)) {
        WARPLOOM_TRY(const std::int64_t seconds, readCount(table, key, kMostSeconds));
        into = std::chrono::seconds(seconds);
    }
    return {};
}

std::string lowerCase(std::string text)
{
    for (char& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

/// Whether "user:password@" stands in front of the host.
bool holdsPassword(const std::string& url)
{
    const std::size_t scheme = url.find("://");
    const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
    return url.substr(host, url.find_first_of("/?#", host) - host).find('@') != std::string::npos;
}

bool isThisMachine(const std::string& url)
{
    const std::string lower = lowerCase(url);
    for (const char* host : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
        const std::string_view begin(host);
        if (lower.starts_with(begin)
            && (lower.size() == begin.size() || lower[begin.size()] == ':' || lower[begin.size()] == '/'))
            return true;
    }
    return false;
}

Result<> checkUrl(const TomlTable& table, const ServerPreset& server)
{
    const std::string lower = lowerCase(server.url);
    if (!lower.starts_with("http://") && !lower.starts_with("https://"))
        return table.failAt("url", "a server needs an address", "a text that begins with https:// or http://",
                            server.url.empty() ? "nothing" : fmt::format("\"{}\"", server.url));
    for (const auto& [key, text] : {std::pair("url", server.url), std::pair("proxy", server.proxy)})
        if (holdsPassword(text))
            return table.failAt(key, "a password has no place in this file", "an address without \"name:password@\"");
    // A server of one's own may be reached over a network of one's own.
    if (server.needsKey && !server.isLocal && !lower.starts_with("https://") && !isThisMachine(server.url))
        return table.failAt("url", "the key would travel in the open", "https://, or local = true",
                            fmt::format("\"{}\"", server.url));
    return {};
}

Result<> readHeaders(const TomlTable& table, ServerPreset& server)
{
    if (!table.has("headers"))
        return {};
    WARPLOOM_TRY(const TomlTable headers, table.table("headers"));
    server.headers.clear();
    for (const std::string& name : headers.keys()) {
        WARPLOOM_TRY(std::string value, headers.text(name));
        const std::string lower = lowerCase(name);
        if (lower == "authorization" || lower == "proxy-authorization" || lower == "cookie"
            || lower.find("api-key") != std::string::npos)
            return headers.failAt(name, fmt::format("the header {} would keep a key in this file", name),
                                  "key_variable, --key-fd or the keyring", "a header");
        if ((name + value).find_first_of("\r\n") != std::string::npos || name.find_first_of(": ") != std::string::npos)
            return headers.failAt(name, "a header is one line", "a name without blanks or colon, and one line");
        server.headers.emplace_back(name, std::move(value));
    }
    return {};
}

Result<> readPorts(const TomlTable& table, ServerPreset& server)
{
    if (!table.has("ports"))
        return {};
    WARPLOOM_TRY(const auto ports, table.integers("ports"));
    server.ports.clear();
    for (const std::int64_t port : ports) {
        if (port < 1 || port > 65'535)
            return table.failAt("ports", "no such port", "1 to 65535", fmt::format("{}", port));
        server.ports.push_back(static_cast<int>(port));
    }
    return {};
}

}  // namespace

Result<> readServer(const TomlTable& table, ServerPreset& server)
{
    WARPLOOM_CHECK(
        table.allowOnly({"name", "title", "dialect", "url", "key_variable", "needs_key", "local", "ports", "owner",
                         "ca_file", "proxy", "connect_seconds", "answer_seconds", "headers", "hidden"}));
    WARPLOOM_CHECK(readText(table, "title", server.title));
    WARPLOOM_CHECK(readText(table, "dialect", server.dialect));
    if (server.dialect != "openai" && server.dialect != "anthropic")
        return table.failAt("dialect", "no such dialect", "\"openai\" or \"anthropic\"",
                            fmt::format("\"{}\"", server.dialect));
    WARPLOOM_CHECK(readText(table, "url", server.url));
    while (server.url.ends_with('/'))
        server.url.pop_back();
    WARPLOOM_CHECK(readText(table, "key_variable", server.keyVariable));
    WARPLOOM_CHECK(readFlag(table, "needs_key", server.needsKey));
    WARPLOOM_CHECK(readFlag(table, "local", server.isLocal));
    WARPLOOM_CHECK(readPorts(table, server));
    WARPLOOM_CHECK(readText(table, "owner", server.owner));
    WARPLOOM_CHECK(readText(table, "ca_file", server.caFile));
    WARPLOOM_CHECK(readText(table, "proxy", server.proxy));
    WARPLOOM_CHECK(readSeconds(table, "connect_seconds", server.connectDeadline));
    WARPLOOM_CHECK(readSeconds(table, "answer_seconds", server.answerDeadline));
    WARPLOOM_CHECK(readHeaders(table, server));
    if (server.title.empty())
        server.title = server.name;
    return checkUrl(table, server);
}

}  // namespace warploom::presets
