// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/KeySource.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/UniqueFd.h"

namespace warploom {

namespace {

constexpr std::size_t kMostKeyBytes = std::size_t{64} * 1024;
constexpr const char* kKeyLineForm = "SERVER=KEY, one a line";

tl::unexpected<Error> failWithoutKey(const ServerPreset& server, const std::string& where)
{
    return fail(ErrorCode::NotFound, fmt::format("there is no key for {} in {}", server.name, where));
}

/// Everything up to the end of the descriptor; the buffer never moves, so that no copy of a key stays behind.
Result<> readKeys(int fd, std::chrono::milliseconds deadline, std::string& text)
{
    const auto end = std::chrono::steady_clock::now() + deadline;
    text.reserve(kMostKeyBytes + 1);
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        pollfd waiting{fd, POLLIN, 0};
        const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
        if (ready == 0)
            return fail(ErrorCode::Timeout,
                        fmt::format("descriptor {} of the keys was not closed at its other end", fd));
        const std::size_t have = text.size();
        text.resize(kMostKeyBytes + 1);
        const ssize_t got = ready < 0 ? -1 : ::read(fd, text.data() + have, text.size() - have);
        text.resize(have + static_cast<std::size_t>(std::max<ssize_t>(0, got)));
        if (got == 0)
            return {};
        if (got < 0 && errno != EINTR && errno != EAGAIN)
            return fail(ErrorCode::IoFailed,
                        fmt::format("cannot read keys from descriptor {}: {}", fd, std::strerror(errno)));
        if (text.size() > kMostKeyBytes)
            return fail(ErrorCode::InvalidInput, fmt::format("descriptor {} holds more than 64 KiB of keys", fd));
    }
}

Result<std::map<std::string, Secret>> parseKeys(std::string_view text, int fd)
{
    std::map<std::string, Secret> keys;
    int number = 0;
    while (!text.empty()) {
        ++number;
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos || line.starts_with('#'))
            continue;
        const std::size_t equals = line.find('=');
        const SourcePlace place{fmt::format("descriptor {}", fd), number, 0};
        // What stands there may be a key: it is not repeated.
        if (equals == std::string_view::npos || equals == 0)
            return fail(Error{ErrorCode::InvalidInput, "a line of keys names no server", place, kKeyLineForm,
                              fmt::format("{} characters without =", line.size())});
        std::string name(line.substr(0, equals));
        std::string value(line.substr(equals + 1));
        WARPLOOM_TRY(Secret key, keyFromText(value, fmt::format("{}, line {}", place.file, number)));
        if (key.isEmpty())
            return fail(Error{ErrorCode::InvalidInput, fmt::format("the key of {} is empty", name), place, kKeyLineForm,
                              "nothing behind ="});
        keys[std::move(name)] = std::move(key);
    }
    return keys;
}

}  // namespace

Result<Secret> keyFromText(std::string& text, const std::string& where)
{
    const auto isBlank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && isBlank(text.back()))
        text.pop_back();
    const std::size_t blanks =
        static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), isBlank) - text.begin());
    const bool isPlain = std::all_of(text.begin() + static_cast<std::ptrdiff_t>(blanks), text.end(),
                                     [](char c) { return c > ' ' && c < 0x7F; });
    if (!isPlain) {
        wipe(text);
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the key in {} holds blanks or characters beyond ASCII", where));
    }
    std::string key = text.substr(blanks);
    wipe(text);
    return Secret(std::move(key));
}

Result<Secret> EnvironmentKeys::keyOf(const ServerPreset& server) const
{
    const char* value = server.keyVariable.empty() ? nullptr : std::getenv(server.keyVariable.c_str());
    std::string text = value != nullptr ? value : "";
    WARPLOOM_TRY(Secret key, keyFromText(text, describe(server)));
    if (key.isEmpty())
        return failWithoutKey(server, describe(server));
    return key;
}

std::string EnvironmentKeys::describe(const ServerPreset& server) const
{
    return server.keyVariable.empty() ? "the environment"
                                      : fmt::format("the environment variable {}", server.keyVariable);
}

HandedKeys::HandedKeys(std::map<std::string, Secret> keys)
    : m_keys(std::move(keys))
{
}

Result<HandedKeys> HandedKeys::fromDescriptor(int fd, std::chrono::milliseconds deadline)
{
    const UniqueFd descriptor(fd);
    std::string text;
    const auto read = readKeys(fd, deadline, text);
    auto keys = read ? parseKeys(text, fd) : Result<std::map<std::string, Secret>>(fail(read.error()));
    wipe(text);
    WARPLOOM_CHECK(keys);
    return HandedKeys(std::move(*keys));
}

Result<Secret> HandedKeys::keyOf(const ServerPreset& server) const
{
    const auto found = m_keys.find(server.name);
    if (found == m_keys.end() || found->second.isEmpty())
        return failWithoutKey(server, describe(server));
    return found->second;
}

std::string HandedKeys::describe(const ServerPreset& server) const
{
    static_cast<void>(server);
    return "the keys that were handed over";
}

void ChangingKeys::change(const std::map<std::string, Secret>& handed, const std::vector<std::string>& forgotten)
{
    const std::lock_guard lock(m_mutex);
    for (const std::string& server : forgotten)
        m_keys.erase(server);
    for (const auto& [server, key] : handed)
        m_keys.insert_or_assign(server, key);
}

std::vector<Secret> ChangingKeys::all() const
{
    const std::lock_guard lock(m_mutex);
    std::vector<Secret> keys;
    for (const auto& [server, key] : m_keys)
        keys.push_back(key);
    return keys;
}

Result<Secret> ChangingKeys::keyOf(const ServerPreset& server) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_keys.find(server.name);
    if (found == m_keys.end() || found->second.isEmpty())
        return failWithoutKey(server, describe(server));
    return found->second;
}

std::string ChangingKeys::describe(const ServerPreset& server) const
{
    static_cast<void>(server);
    return "the keys that a window handed over";
}

KeyChain::KeyChain(std::vector<std::shared_ptr<const KeySource>> sources)
    : m_sources(std::move(sources))
{
}

Result<Secret> KeyChain::keyOf(const ServerPreset& server) const
{
    for (const auto& source : m_sources) {
        auto key = source->keyOf(server);
        // A key that is there and unfit is told of, not passed over.
        if (key || !key.error().isNotFound())
            return key;
    }
    return failWithoutKey(server, describe(server));
}

std::string KeyChain::describe(const ServerPreset& server) const
{
    std::string text;
    for (const auto& source : m_sources) {
        if (source->keyOf(server))
            return source->describe(server);
        text += (text.empty() ? "" : ", or ") + source->describe(server);
    }
    return text.empty() ? "no place at all" : text;
}

Secret keyLines(const std::map<std::string, Secret>& keys)
{
    std::size_t size = 0;
    for (const auto& [server, key] : keys)
        size += server.size() + key.reveal().size() + 2;
    std::string text;
    text.reserve(size);
    for (const auto& [server, key] : keys)
        text.append(server).append("=").append(key.reveal()).append("\n");
    return Secret(std::move(text));
}

Redactor redactorFor(const KeySource& keys, const std::vector<ServerPreset>& servers)
{
    Redactor redactor;
    for (const ServerPreset& server : servers)
        if (const auto key = keys.keyOf(server))
            redactor.add(*key);
    return redactor;
}

}  // namespace warploom
