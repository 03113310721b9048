// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/KeyGuard.h"

#include <algorithm>
#include <utility>

namespace warploom {

namespace {

constexpr std::size_t kShortestPiece = 8;

/// Length of what \p text begins with and \p secret holds, wherever.
std::size_t sharedLength(std::string_view text, std::string_view secret)
{
    std::size_t longest = 0;
    for (std::size_t at = 0; at + longest < secret.size(); ++at) {
        const std::string_view rest = secret.substr(at);
        const auto* const end = std::mismatch(rest.begin(), rest.end(), text.begin(), text.end()).first;
        longest = std::max(longest, static_cast<std::size_t>(end - rest.begin()));
    }
    return longest;
}

}  // namespace

KeyGuard::KeyGuard(Secret key, const std::vector<Secret>& others)
    : m_key(std::move(key))
    , m_secrets(others)
{
    m_secrets.push_back(m_key);
    std::erase_if(m_secrets, [](const Secret& one) { return one.reveal().size() < Redactor::kShortest; });
    for (const Secret& secret : m_secrets)
        m_redactor.add(secret);
}

std::string KeyGuard::withoutPieces(std::string_view text) const
{
    const std::string whole = cleanText(text);
    const std::string_view key = m_key.reveal();
    const std::size_t shortest = std::min(kShortestPiece, key.size());
    std::string cleaned;
    for (std::size_t at = 0; at < whole.size();) {
        const std::size_t shared = sharedLength(std::string_view(whole).substr(at), key);
        const bool isSecret = shared > 0 && shared >= shortest;
        cleaned += isSecret ? Redactor::kMark : std::string_view(whole).substr(at, 1);
        at += isSecret ? shared : 1;
    }
    return cleaned;
}

Error KeyGuard::cleanError(Error error) const
{
    for (std::string* const text : {&error.message, &error.expected, &error.found})
        *text = withoutPieces(*text);
    return error;
}

ChatAnswer KeyGuard::cleanAnswer(ChatAnswer answer) const
{
    answer.text = cleanText(answer.text);
    answer.model = cleanText(answer.model);
    for (ChatToolCall& call : answer.toolCalls)
        call = {cleanText(call.name), cleanJson(call.arguments)};
    return answer;
}

nlohmann::json KeyGuard::cleanJson(const nlohmann::json& json) const
{
    if (json.is_string())
        return cleanText(json.get_ref<const std::string&>());
    if (!json.is_structured())
        return json;
    nlohmann::json cleaned = json;
    for (auto& member : cleaned)
        member = cleanJson(member);
    return cleaned;
}

std::size_t KeyGuard::undecidedEnd(std::string_view text) const
{
    std::size_t longest = 0;
    for (const Secret& secret : m_secrets) {
        const std::string_view whole = secret.reveal();
        for (std::size_t length = std::min(text.size(), whole.size() - 1); length > longest; --length) {
            if (text.ends_with(whole.substr(0, length)))
                longest = length;
        }
    }
    return longest;
}

}  // namespace warploom
