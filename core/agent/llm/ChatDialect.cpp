// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/ChatDialect.h"

#include "agent/llm/AnthropicDialect.h"
#include "agent/llm/OpenAiDialect.h"

namespace warploom {

const ChatDialect& chatDialect(ChatDialectName name)
{
    static const OpenAiDialect openAi;
    static const AnthropicDialect anthropic;
    if (name == ChatDialectName::Anthropic)
        return anthropic;
    return openAi;
}

}  // namespace warploom
