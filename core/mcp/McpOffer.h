// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/Result.h"

namespace warploom {

/// One call of a tool.
struct ToolCall {
    nlohmann::json arguments = nlohmann::json::object();
    std::string client;  ///< how the client calls itself
    std::stop_token stop;
    std::function<void(const std::string& message)> progress;  ///< from any thread, until the call returns
};

/// What a tool says: the same for people and small models as text, and as a value that programs can read.
struct ToolAnswer {
    std::string text;
    nlohmann::json value = nlohmann::json::object();
};

/// A tool as clients see it. A failed call is an answer too: the model reads the error with its remedy.
struct McpTool {
    std::string name;
    std::string title;
    std::string description;
    nlohmann::json inputSchema = nlohmann::json::object();
    bool isReadOnly = true;  ///< changes nothing in the workspace
    std::function<Result<ToolAnswer>(const ToolCall&)> call;
};

/// A text that clients can read by its URI.
struct McpResource {
    std::string uri;
    std::string name;
    std::string title;
    std::string mimeType;
    std::function<Result<std::string>()> read;
};

/// A text that a person can start a conversation with.
struct McpPrompt {
    std::string name;
    std::string title;
    std::string description;
    std::string text;
};

/// Everything that a server offers.
struct McpOffer {
    std::string instructions;  ///< for models: what the server is for, and how its tools go together
    std::vector<McpTool> tools;
    std::function<Result<std::vector<McpResource>>()> resources;
    std::vector<McpPrompt> prompts;
};

}  // namespace warploom
