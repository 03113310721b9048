// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/llm/ChatDialect.h"

namespace warploom {

/// Chat completions as OpenAI defines them and Gemini, OpenRouter, vLLM, Ollama, llama.cpp and LM Studio offer them.
class OpenAiDialect : public ChatDialect {
public:
    /// Without a path, /v1 is meant.
    [[nodiscard]] HttpUrl chatUrl(const HttpUrl& base) const override;
    [[nodiscard]] HttpUrl modelsUrl(const HttpUrl& base) const override;
    [[nodiscard]] std::vector<HttpHeader> headers(std::string_view key) const override;
    [[nodiscard]] nlohmann::json body(const ChatRequest& request, const ChatQuirks& quirks) const override;
    [[nodiscard]] std::unique_ptr<ChatDecoder> makeDecoder() const override;
    [[nodiscard]] ChatQuirks learn(const ChatQuirks& quirks, std::string_view refusal) const override;
};

}  // namespace warploom
