// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/llm/ChatDialect.h"

namespace warploom {

/// Anthropic's messages, of API version 2023-06-01; llama.cpp offers them too.
class AnthropicDialect : public ChatDialect {
public:
    [[nodiscard]] HttpUrl chatUrl(const HttpUrl& base) const override;
    [[nodiscard]] HttpUrl modelsUrl(const HttpUrl& base) const override;
    [[nodiscard]] std::vector<HttpHeader> headers(std::string_view key) const override;
    [[nodiscard]] nlohmann::json body(const ChatRequest& request, const ChatQuirks& quirks) const override;
    [[nodiscard]] std::unique_ptr<ChatDecoder> makeDecoder() const override;
    [[nodiscard]] ChatQuirks learn(const ChatQuirks& quirks, std::string_view refusal) const override;
};

}  // namespace warploom
