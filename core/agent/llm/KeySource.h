// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/llm/ModelPreset.h"
#include "base/Redactor.h"
#include "base/Result.h"
#include "base/Secret.h"

namespace warploom {

/// Where keys of model servers come from. Never a file, an argument or a workspace. May be asked from any thread.
class KeySource {
public:
    virtual ~KeySource() = default;

    /// The server's key; NotFound where this source has none.
    [[nodiscard]] virtual Result<Secret> keyOf(const ServerPreset& server) const = 0;
    /// "environment variable OPENAI_API_KEY": for people, and never a key.
    [[nodiscard]] virtual std::string describe(const ServerPreset& server) const = 0;
};

/// The environment variable that the server's preset names.
class EnvironmentKeys : public KeySource {
public:
    [[nodiscard]] Result<Secret> keyOf(const ServerPreset& server) const override;
    [[nodiscard]] std::string describe(const ServerPreset& server) const override;
};

/// Keys that were handed over: through a file descriptor, or from the keyring by the window.
class HandedKeys : public KeySource {
public:
    HandedKeys() = default;
    explicit HandedKeys(std::map<std::string, Secret> keys);

    /// Reads "SERVER=KEY" lines to the end of \p fd and closes it, whatever comes of it. Empty lines and such that
    /// begin with # are passed over. Timeout where the other end is still open at the deadline.
    static Result<HandedKeys> fromDescriptor(int fd, std::chrono::milliseconds deadline = std::chrono::seconds(10));

    [[nodiscard]] Result<Secret> keyOf(const ServerPreset& server) const override;
    [[nodiscard]] std::string describe(const ServerPreset& server) const override;
    [[nodiscard]] const std::map<std::string, Secret>& keys() const { return m_keys; }

private:
    std::map<std::string, Secret> m_keys;  ///< by server
};

/// Handed keys that come and go while they are asked for: what windows hand to a host that runs.
class ChangingKeys : public KeySource {
public:
    /// Other keys stay as they are.
    void change(const std::map<std::string, Secret>& handed, const std::vector<std::string>& forgotten);
    [[nodiscard]] std::vector<Secret> all() const;

    [[nodiscard]] Result<Secret> keyOf(const ServerPreset& server) const override;
    [[nodiscard]] std::string describe(const ServerPreset& server) const override;

private:
    mutable std::mutex m_mutex;
    std::map<std::string, Secret> m_keys;  ///< by server
};

/// Several sources; the first that has a key has the say.
class KeyChain : public KeySource {
public:
    explicit KeyChain(std::vector<std::shared_ptr<const KeySource>> sources);

    [[nodiscard]] Result<Secret> keyOf(const ServerPreset& server) const override;
    [[nodiscard]] std::string describe(const ServerPreset& server) const override;

private:
    std::vector<std::shared_ptr<const KeySource>> m_sources;
};

/// A key without the blanks around it, as a header can hold it: InvalidInput for other characters than printable ones
/// of ASCII, without repeating them. \p where is for people. The text is overwritten.
Result<Secret> keyFromText(std::string& text, const std::string& where);

/// "SERVER=KEY" lines as HandedKeys::fromDescriptor() reads them. For a pipe, and nothing else.
Secret keyLines(const std::map<std::string, Secret>& keys);

/// Takes the keys of the servers out of whatever is kept.
Redactor redactorFor(const KeySource& keys, const std::vector<ServerPreset>& servers);

}  // namespace warploom
