// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "FuzzInput.h"
#include "protocol/BoundedJson.h"
#include "protocol/Handshake.h"
#include "protocol/RpcMessage.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace warploom;
    const auto json = parseJson(fuzz::textOf(data, size));
    if (!json)
        return 0;
    // What was read can be written, and reads as the same.
    const std::string written = writeJson(*json);
    const auto again = parseJson(written);
    fuzz::require(again && writeJson(*again) == written, "written JSON reads as itself");

    static_cast<void>(peerIdentityFromJson(*json));
    nlohmann::json id;
    const auto message = readRpcMessage(*json, id);
    fuzz::require(id.is_null() || id.is_string() || id.is_number_integer(), "an id is a text, a number or null");
    if (!message) {
        const auto answer = readRpcMessage(makeResponse(id, fail(message.error())), id);
        fuzz::require(answer && !answer->outcome, "a refusal can be read");
        return 0;
    }
    if (message->kind != RpcMessage::Kind::Response || message->outcome)
        return 0;
    // A failure passes through any number of hands.
    const Error& error = message->outcome.error();
    fuzz::require(errorFromJson(errorToJson(error)) == error, "an error travels unchanged");
    static_cast<void>(error.toString());
    return 0;
}
