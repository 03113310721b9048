// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>

#include <unistd.h>

#include "agent/answer/AnswerText.h"
#include "agent/command/CommandRun.h"

namespace warploom {

namespace {

/// Ends of the words of names, between underscores.
constexpr std::array<std::string_view, 12> kSecretWords{"key",    "keys",     "token",       "tokens",
                                                        "secret", "password", "passwd",      "pass",
                                                        "phrase", "secrets",  "credentials", "auth"};
/// How keys of known services begin.
constexpr std::array<std::string_view, 11> kKeyBeginnings{"sk-", "sk_",  "ghp_", "gho_", "github_pat_", "glpat-",
                                                          "hf_", "AIza", "AKIA", "xox",  "-----BEGIN"};

bool hasSecretWord(std::string_view name)
{
    while (!name.empty()) {
        const std::size_t end = std::min(name.find('_'), name.size());
        const std::string_view word = name.substr(0, end);
        for (const std::string_view secret : kSecretWords)
            if (word.ends_with(secret))
                return true;
        name.remove_prefix(std::min(end + 1, name.size()));
    }
    return false;
}

/// Between "://" and "@" of an address.
bool holdsPassword(std::string_view value)
{
    const std::size_t scheme = value.find("://");
    if (scheme == std::string_view::npos)
        return false;
    const std::string_view authority = value.substr(scheme + 3, value.find('/', scheme + 3) - scheme - 3);
    const std::size_t at = authority.find('@');
    return at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos;
}

}  // namespace

bool looksLikeSecret(std::string_view name, std::string_view value)
{
    const std::string plain = lowered(name);
    if (hasSecretWord(plain))
        return true;
    const auto begins = [value](std::string_view beginning) { return value.starts_with(beginning); };
    return std::any_of(kKeyBeginnings.begin(), kKeyBeginnings.end(), begins) || holdsPassword(value);
}

std::vector<EnvironmentChange> withoutSecrets()
{
    std::vector<EnvironmentChange> changes;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = std::min(text.find('='), text.size());
        if (looksLikeSecret(text.substr(0, equals), text.substr(std::min(equals + 1, text.size()))))
            changes.push_back({std::string(text.substr(0, equals)), std::nullopt});
    }
    return changes;
}

}  // namespace warploom
