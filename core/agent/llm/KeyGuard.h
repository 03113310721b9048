// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "agent/llm/ChatService.h"
#include "base/Error.h"
#include "base/Redactor.h"
#include "base/Secret.h"

namespace warploom {

/// Keeps the secrets of a request out of what comes back: a server may repeat what it was sent.
class KeyGuard {
public:
    KeyGuard(Secret key, const std::vector<Secret>& others);

    /// Takes pieces of the key out too: what servers say is cut short, and some mask a part of it.
    [[nodiscard]] Error cleanError(Error error) const;
    [[nodiscard]] ChatAnswer cleanAnswer(ChatAnswer answer) const;
    [[nodiscard]] std::string cleanText(std::string_view text) const { return m_redactor.redact(text); }

    /// How many bytes at the end of \p text may be the beginning of a secret: answers come in pieces.
    [[nodiscard]] std::size_t undecidedEnd(std::string_view text) const;

private:
    [[nodiscard]] std::string withoutPieces(std::string_view text) const;
    [[nodiscard]] nlohmann::json cleanJson(const nlohmann::json& json) const;

    Secret m_key;
    std::vector<Secret> m_secrets;  ///< that m_redactor looks for
    Redactor m_redactor;
};

}  // namespace warploom
