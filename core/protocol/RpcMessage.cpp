// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/RpcMessage.h"

#include <utility>

#include <fmt/format.h>

#include "protocol/BoundedJson.h"

namespace warploom {

namespace {

constexpr std::size_t kMessageExcerpt = 80;

std::string excerptOf(const nlohmann::json& json)
{
    const std::string text = writeJson(json);
    return text.size() > kMessageExcerpt ? text.substr(0, kMessageExcerpt) + "…" : text;
}

std::string textIn(const nlohmann::json& json, const char* key)
{
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

int numberIn(const nlohmann::json& json, const char* key)
{
    const auto found = json.find(key);
    return found != json.end() && found->is_number_integer() ? found->get<int>() : 0;
}

RpcErrorNumber numberOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Cancelled:
        return RpcErrorNumber::RequestCancelled;
    case ErrorCode::InvalidArgument:
        return RpcErrorNumber::InvalidParams;
    case ErrorCode::Internal:
        return RpcErrorNumber::InternalError;
    default:
        return RpcErrorNumber::RequestFailed;
    }
}

ErrorCode codeOf(int number)
{
    switch (static_cast<RpcErrorNumber>(number)) {
    case RpcErrorNumber::ParseError:
    case RpcErrorNumber::InvalidRequest:
    case RpcErrorNumber::NotInitialized:
        return ErrorCode::ProtocolViolation;
    case RpcErrorNumber::MethodNotFound:
        return ErrorCode::Unsupported;
    case RpcErrorNumber::InvalidParams:
        return ErrorCode::InvalidArgument;
    case RpcErrorNumber::RequestCancelled:
        return ErrorCode::Cancelled;
    default:
        return ErrorCode::Internal;
    }
}

/// The "error" member of a response, from any JSON-RPC peer.
Error failureFrom(const nlohmann::json& json)
{
    if (const auto data = json.find("data"); data != json.end() && data->is_object() && data->contains("code"))
        return errorFromJson(*data);
    return {codeOf(numberIn(json, "code")), textIn(json, "message"), {}, {}, {}};
}

tl::unexpected<Error> violation(std::string expected, const nlohmann::json& found)
{
    return fail(Error{ErrorCode::ProtocolViolation, "no JSON-RPC message", {}, std::move(expected), excerptOf(found)});
}

bool canBeId(const nlohmann::json& id) { return id.is_string() || id.is_number_integer(); }

Result<RpcMessage> readCall(nlohmann::json&& json)
{
    RpcMessage message;
    if (!json["method"].is_string())
        return violation("a method that is a string", json);
    message.method = json["method"].get<std::string>();
    message.params = json.contains("params") ? std::move(json["params"]) : nlohmann::json::object();
    if (!message.params.is_structured())
        return violation("params that are an object or an array", message.params);
    if (const auto id = json.find("id"); id != json.end()) {
        if (!canBeId(*id))
            return violation("an id that is a number or a string", *id);
        message.kind = RpcMessage::Kind::Request;
        message.id = std::move(*id);
    }
    return message;
}

Result<RpcMessage> readResponse(nlohmann::json&& json)
{
    const bool hasResult = json.contains("result");
    const bool hasError = json.contains("error") && json["error"].is_object();
    if (!json.contains("id") || hasResult == hasError)
        return violation("a method, or an id with a result or an error", json);
    RpcMessage message;
    message.kind = RpcMessage::Kind::Response;
    message.id = json["id"];
    if (hasResult)
        message.outcome = std::move(json["result"]);
    else
        message.outcome = fail(failureFrom(json["error"]));
    return message;
}

}  // namespace

nlohmann::json makeRequest(const nlohmann::json& id, const std::string& method, const nlohmann::json& params)
{
    nlohmann::json json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}};
    if (!params.is_null())
        json["params"] = params;
    return json;
}

nlohmann::json makeNotification(const std::string& method, const nlohmann::json& params)
{
    nlohmann::json json{{"jsonrpc", "2.0"}, {"method", method}};
    if (!params.is_null())
        json["params"] = params;
    return json;
}

nlohmann::json makeResponse(const nlohmann::json& id, const Result<nlohmann::json>& outcome)
{
    if (!outcome)
        return makeFailure(id, numberOf(outcome.error().code), outcome.error());
    return {{"jsonrpc", "2.0"}, {"id", id}, {"result", *outcome}};
}

nlohmann::json makeFailure(const nlohmann::json& id, RpcErrorNumber number, const Error& error)
{
    return {
        {"jsonrpc", "2.0"},
        {"id", id},
        {"error", {{"code", static_cast<int>(number)}, {"message", error.toString()}, {"data", errorToJson(error)}}}};
}

Result<RpcMessage> readRpcMessage(nlohmann::json json, nlohmann::json& id)
{
    id = nullptr;
    if (!json.is_object())
        return violation("an object", json);
    if (const auto found = json.find("id"); found != json.end() && canBeId(*found))
        id = *found;
    if (textIn(json, "jsonrpc") != "2.0")
        return violation("\"jsonrpc\": \"2.0\"", json);
    return json.contains("method") ? readCall(std::move(json)) : readResponse(std::move(json));
}

nlohmann::json errorToJson(const Error& error)
{
    return {{"code", errorCodeName(error.code)},
            {"message", error.message},
            {"place", {{"file", error.place.file}, {"line", error.place.line}, {"column", error.place.column}}},
            {"expected", error.expected},
            {"found", error.found}};
}

Error errorFromJson(const nlohmann::json& json)
{
    Error error;
    if (!json.is_object())
        return error;
    error.code = errorCodeFromName(textIn(json, "code"));
    error.message = textIn(json, "message");
    if (const auto place = json.find("place"); place != json.end() && place->is_object())
        error.place = {textIn(*place, "file"), numberIn(*place, "line"), numberIn(*place, "column")};
    error.expected = textIn(json, "expected");
    error.found = textIn(json, "found");
    return error;
}

}  // namespace warploom
