// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/ChatTexts.h"

#include <string>

namespace warploom {

std::string_view chatRoleName(ChatRole role)
{
    switch (role) {
    case ChatRole::System:
        return "system";
    case ChatRole::User:
        return "user";
    case ChatRole::Assistant:
        return "assistant";
    }
    return "user";
}

std::vector<ExchangeMessage> exchangeMessages(const std::vector<ChatMessage>& messages)
{
    std::vector<ExchangeMessage> kept;
    for (const ChatMessage& message : messages)
        kept.push_back({std::string(chatRoleName(message.role)), message.text});
    return kept;
}

std::vector<ChatMessage> chatMessages(const std::vector<ExchangeMessage>& messages)
{
    std::vector<ChatMessage> sent;
    for (const ExchangeMessage& message : messages) {
        ChatRole role = ChatRole::User;
        for (const ChatRole one : {ChatRole::System, ChatRole::Assistant})
            if (message.role == chatRoleName(one))
                role = one;
        sent.push_back({role, message.text});
    }
    return sent;
}

}  // namespace warploom
