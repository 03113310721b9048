// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "agent/llm/ChatService.h"
#include "agent/llm/HttpMessage.h"
#include "agent/llm/HttpUrl.h"
#include "agent/llm/SseReader.h"
#include "base/Result.h"

namespace warploom {

/// What a server has turned out not to take: then it is asked without.
struct ChatQuirks {
    bool noMaxTokens = false;  ///< wants max_completion_tokens instead
    bool noStreamOptions = false;
    bool noStream = false;
    bool noTemperature = false;
    bool noTools = false;

    friend bool operator==(const ChatQuirks&, const ChatQuirks&) = default;
};

/// Puts one answer together from what the server sends. For one thread.
class ChatDecoder {
public:
    virtual ~ChatDecoder() = default;

    /// One event of the stream. BadAnswer for what the dialect does not know; what the server reports as its own error
    /// has the code that it would have as a status.
    virtual Result<> takeEvent(const SseEvent& event, const ChatService::TextSink& onText) = 0;
    /// The whole answer at once, of a server that does not stream.
    virtual Result<> takeWhole(const nlohmann::json& answer, const ChatService::TextSink& onText) = 0;
    /// Whether the model has said all: false at the end of a stream means that it was cut.
    [[nodiscard]] virtual bool isComplete() const = 0;
    /// Whether the server has said that nothing more comes.
    [[nodiscard]] virtual bool isClosed() const = 0;
    /// The arguments of a tool call that are no valid JSON become a string that holds them as they are. Usage that the
    /// server did not give is 0.
    virtual ChatAnswer take() = 0;
};

/// How a kind of model server is asked and how it answers.
class ChatDialect {
public:
    virtual ~ChatDialect() = default;

    /// Where chat requests go: \p base as people write it, with or without its version.
    [[nodiscard]] virtual HttpUrl chatUrl(const HttpUrl& base) const = 0;
    /// Where the list of models is.
    [[nodiscard]] virtual HttpUrl modelsUrl(const HttpUrl& base) const = 0;
    /// \p key may be empty: local servers want none.
    [[nodiscard]] virtual std::vector<HttpHeader> headers(std::string_view key) const = 0;
    [[nodiscard]] virtual nlohmann::json body(const ChatRequest& request, const ChatQuirks& quirks) const = 0;
    [[nodiscard]] virtual std::unique_ptr<ChatDecoder> makeDecoder() const = 0;
    /// What to leave out after the server has refused a request in these words; \p quirks themselves where nothing
    /// helps.
    [[nodiscard]] virtual ChatQuirks learn(const ChatQuirks& quirks, std::string_view refusal) const = 0;
};

enum class ChatDialectName { OpenAi, Anthropic };

/// The one dialect of that name; lives as long as the program.
const ChatDialect& chatDialect(ChatDialectName name);

}  // namespace warploom
