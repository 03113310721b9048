// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>
#include <vector>

#include "agent/llm/ChatService.h"
#include "protocol/ExchangeRecord.h"

namespace warploom {

/// "system", "user" or "assistant".
std::string_view chatRoleName(ChatRole role);
/// As an exchange keeps them.
std::vector<ExchangeMessage> exchangeMessages(const std::vector<ChatMessage>& messages);
/// The way back. What has no known role is the user's.
std::vector<ChatMessage> chatMessages(const std::vector<ExchangeMessage>& messages);

}  // namespace warploom
