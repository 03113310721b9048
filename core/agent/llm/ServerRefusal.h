// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "agent/llm/HttpMessage.h"
#include "base/Error.h"

namespace warploom {

/// What a server says about its refusal, in whatever form it says it.
struct ServerComplaint {
    std::string type;  ///< "insufficient_quota", "overloaded_error"; often empty
    std::string message;  ///< one line of at most 300 bytes
    bool isHtml = false;
};

/// From the body of an answer that is no success.
ServerComplaint readComplaint(std::string_view body);
/// From the member "error" of a stream's event or of an answer that claims to be one.
ServerComplaint complaintIn(const nlohmann::json& error);

/// How long the server asks to wait, with Retry-After or OpenAI's retry-after-ms.
std::optional<std::chrono::milliseconds> retryAfterOf(const HttpHead& head);

/// The error that an answer of that status is. \p retryAfter: what the server asked for.
Error refusalOf(int status, const ServerComplaint& complaint, std::optional<std::chrono::milliseconds> retryAfter = {});
/// The error of a complaint that came with a status of success, in mid-stream for instance.
Error refusalWithin(const nlohmann::json& error);

/// One line without control characters, at most \p most bytes, "…" where it was cut.
std::string shortLine(std::string_view text, std::size_t most);

}  // namespace warploom
