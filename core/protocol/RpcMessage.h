// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "base/Result.h"

namespace warploom {

/// Numbers of JSON-RPC 2.0 and, from -32800 and -32002, of the language server protocol.
enum class RpcErrorNumber : int {
    ParseError = -32700,
    InvalidRequest = -32600,
    MethodNotFound = -32601,
    InvalidParams = -32602,
    InternalError = -32603,
    NotInitialized = -32002,
    RequestFailed = -32000,  ///< the ordinary failure; "data" has the whole Error
    RequestCancelled = -32800,
};

/// One message, sorted by what it is.
struct RpcMessage {
    enum class Kind { Request, Notification, Response };

    Kind kind = Kind::Notification;
    nlohmann::json id;  ///< request and response; a response to something unreadable has null
    std::string method;  ///< request and notification
    nlohmann::json params;  ///< request and notification; an empty object if there were none
    Result<nlohmann::json> outcome = nlohmann::json();  ///< response
};

nlohmann::json makeRequest(const nlohmann::json& id, const std::string& method, const nlohmann::json& params);
nlohmann::json makeNotification(const std::string& method, const nlohmann::json& params);
nlohmann::json makeResponse(const nlohmann::json& id, const Result<nlohmann::json>& outcome);
/// A failed response whose number is not the one that follows from the Error's code.
nlohmann::json makeFailure(const nlohmann::json& id, RpcErrorNumber number, const Error& error);

/// Fails with ProtocolViolation if \p json is no JSON-RPC 2.0 message; batches are refused too. \p id gets the
/// message's id where there is one, also on failure.
Result<RpcMessage> readRpcMessage(nlohmann::json json, nlohmann::json& id);

/// {"code", "message", "place", "expected", "found"}: an Error survives the way there and back unchanged.
nlohmann::json errorToJson(const Error& error);
/// Takes any JSON; what is missing or of the wrong type stays empty.
Error errorFromJson(const nlohmann::json& json);

}  // namespace warploom
