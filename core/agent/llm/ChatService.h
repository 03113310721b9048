// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/Result.h"

namespace warploom {

enum class ChatRole { System, User, Assistant };

struct ChatMessage {
    ChatRole role = ChatRole::User;
    std::string text;
};

/// A function that a model may answer with instead of text.
struct ChatTool {
    std::string name;
    std::string description;
    nlohmann::json parameters = nlohmann::json::object();  ///< JSON Schema of its arguments
};

struct ChatToolCall {
    std::string name;
    nlohmann::json arguments = nlohmann::json::object();  ///< a string where the model wrote no valid JSON
};

/// What a model is asked, whatever its server's dialect.
struct ChatRequest {
    std::string model;
    std::vector<ChatMessage> messages;  ///< system first, then user and assistant in turns
    std::vector<ChatTool> tools;  ///< none: text is wanted
    std::int64_t maxAnswerTokens = 16384;
    std::optional<double> temperature;  ///< the server's own where absent
};

/// Counted by the server; estimated where it does not say.
struct ChatUsage {
    std::int64_t promptTokens = 0;  ///< cached ones included
    std::int64_t cachedPromptTokens = 0;
    std::int64_t answerTokens = 0;  ///< reasoning included
    bool estimated = false;
};

enum class ChatFinish {
    Stop,  ///< the model was done
    Length,  ///< cut at the most tokens allowed
    Refused,  ///< the model, or a filter, declined
    Unknown,  ///< the server did not say
};

struct ChatAnswer {
    std::string text;
    std::vector<ChatToolCall> toolCalls;
    ChatUsage usage;
    ChatFinish finish = ChatFinish::Unknown;
    std::string model;  ///< as the server names it
    std::vector<std::string> notes;  ///< what was odd about it and put up with, a sentence each
};

/// Whatever answers chat requests: a model server, a recording, a test's double. Calls may come from any thread,
/// several at once.
class ChatService {
public:
    using TextSink = std::function<void(std::string_view piece)>;

    virtual ~ChatService() = default;

    /// \p onText hears of text as it arrives, from whatever thread. Cancelled within 200 ms of a stop.
    virtual Result<ChatAnswer> chat(const ChatRequest& request, const TextSink& onText, std::stop_token stop) = 0;
};

}  // namespace warploom
