// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/ServerRefusal.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "agent/llm/JsonMembers.h"
#include "agent/llm/RetryPolicy.h"
#include "agent/llm/Utf8Repair.h"
#include "protocol/BoundedJson.h"

namespace warploom {

namespace {

constexpr std::size_t kMostOfComplaint = 300;

/// The status that a type of error stands for: Anthropic's and OpenAI's, in a stream that began well.
int statusOfType(std::string_view type)
{
    static constexpr std::array<std::pair<std::string_view, int>, 14> kStatuses{{
        {"invalid_request_error", 400},
        {"authentication_error", 401},
        {"invalid_api_key", 401},
        {"billing_error", 402},
        {"insufficient_quota", 402},
        {"permission_error", 403},
        {"not_found_error", 404},
        {"model_not_found", 404},
        {"request_too_large", 413},
        {"rate_limit_error", 429},
        {"rate_limit_exceeded", 429},
        {"timeout_error", 504},
        {"overloaded_error", 529},
        {"api_error", 500},
    }};
    const auto* const found =
        std::find_if(kStatuses.begin(), kStatuses.end(), [type](const auto& entry) { return entry.first == type; });
    return found == kStatuses.end() ? 500 : found->second;
}

bool hasWords(std::string_view text, std::string_view words) { return text.find(words) != std::string_view::npos; }

ErrorCode codeOfStatus(int status, const ServerComplaint& complaint)
{
    if (complaint.type == "insufficient_quota" || complaint.type == "billing_error"
        || hasWords(complaint.message, "credit balance is too low"))  // Anthropic's, with 400
        return ErrorCode::OutOfCredit;
    if (hasWords(complaint.message, "API key not valid"))  // Gemini's, with 400
        return ErrorCode::KeyRefused;
    switch (status) {
    case 401:
    case 403:
    case 407:
        return ErrorCode::KeyRefused;
    case 402:
        return ErrorCode::OutOfCredit;
    case 404:
        return ErrorCode::NotFound;
    case 408:
    case 500:
    case 502:
    case 503:
    case 504:
    case 529:
        return ErrorCode::ServerFailed;
    case 429:
        return ErrorCode::RateLimited;
    default:
        return ErrorCode::RequestRefused;
    }
}

std::string sentenceOf(ErrorCode code, int status, std::optional<std::chrono::milliseconds> retryAfter)
{
    switch (code) {
    case ErrorCode::KeyRefused:
        return status == 403 ? "the server refuses what was asked with this key (403)" : "the server refuses the key";
    case ErrorCode::OutOfCredit:
        return "the account's credit at the server is used up";
    case ErrorCode::NotFound:
        return "the server knows no such model or path (404)";
    case ErrorCode::RateLimited:
        return retryAfter
            ? fmt::format("the server asks to wait {} s", std::chrono::duration<double>(*retryAfter).count())
            : std::string("the server asks to wait: too many requests");
    case ErrorCode::ServerFailed:
        return status == 503 || status == 529 ? fmt::format("the server is overloaded ({})", status)
                                              : fmt::format("the server failed ({})", status);
    default:
        return fmt::format("the server refuses the request ({})", status);
    }
}

bool startsLikeHtml(std::string_view body)
{
    const std::size_t begin = body.find_first_not_of(" \t\r\n");
    return begin != std::string_view::npos && body[begin] == '<';
}

/// FastAPI's: a list of what does not fit, each with "msg".
std::string detailIn(const nlohmann::json& answer)
{
    const nlohmann::json& detail = memberOf(answer, "detail");
    if (detail.is_array() && !detail.empty())
        return textIn(detail.front(), "msg");
    return detail.is_string() ? detail.get<std::string>() : std::string();
}

}  // namespace

std::string shortLine(std::string_view text, std::size_t most)
{
    std::string line = repairUtf8(text.substr(0, most + 4)).text;
    std::replace_if(line.begin(), line.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
    if (line.size() > most) {
        std::size_t end = most;
        while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80)
            --end;
        line.resize(end);
        line += "…";
    }
    return line;
}

ServerComplaint complaintIn(const nlohmann::json& error)
{
    if (error.is_string())
        return {{}, shortLine(error.get<std::string>(), kMostOfComplaint), false};
    std::string type = textIn(error, "code");  // OpenAI's says more than its type
    if (type.empty() || statusOfType(type) == 500)
        type = textIn(error, "type").empty() ? type : textIn(error, "type");
    return {shortLine(type, 60), shortLine(textIn(error, "message"), kMostOfComplaint), false};
}

ServerComplaint readComplaint(std::string_view body)
{
    if (startsLikeHtml(body))
        return {{}, {}, true};
    const auto answer = parseJson(repairUtf8(body).text);
    if (!answer)
        return {{}, shortLine(body, kMostOfComplaint), false};
    // Gemini wraps its errors in a list.
    const nlohmann::json& object = answer->is_array() && !answer->empty() ? answer->front() : *answer;
    ServerComplaint complaint = complaintIn(memberOf(object, "error"));
    if (complaint.message.empty())
        complaint.message = shortLine(textIn(object, "message"), kMostOfComplaint);
    if (complaint.message.empty())
        complaint.message = shortLine(detailIn(object), kMostOfComplaint);
    return complaint;
}

std::optional<std::chrono::milliseconds> retryAfterOf(const HttpHead& head)
{
    const auto now = std::chrono::system_clock::now();
    if (const auto precise = parseRetryAfter(std::string(head.header("retry-after-ms")), now))
        return *precise / 1000;
    return parseRetryAfter(std::string(head.header("retry-after")), now);
}

Error refusalOf(int status, const ServerComplaint& complaint, std::optional<std::chrono::milliseconds> retryAfter)
{
    const ErrorCode code = codeOfStatus(status, complaint);
    std::string message = sentenceOf(code, status, retryAfter);
    if (complaint.isHtml)
        message += ", with a page of HTML";
    else if (!complaint.message.empty())
        message += ": " + complaint.message;
    return {code, message, {}, {}, {}};
}

Error refusalWithin(const nlohmann::json& error)
{
    const ServerComplaint complaint = complaintIn(error);
    // OpenRouter gives a status as the code.
    const std::int64_t status = countIn(error, "code");
    return refusalOf(status >= 400 && status < 600 ? static_cast<int>(status) : statusOfType(complaint.type),
                     complaint);
}

}  // namespace warploom
