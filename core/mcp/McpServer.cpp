// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mcp/McpServer.h"

#include "base/Log.h"
#include "mcp/McpSession.h"

namespace warploom {

namespace {

constexpr auto kTurnOfServer = std::chrono::milliseconds(200);
/// For a client that has closed its end and still reads.
constexpr auto kLastWords = std::chrono::milliseconds(500);

}  // namespace

Result<> serveMcp(RpcChannel channel, McpOffer offer, const std::stop_token& stop)
{
    MessageStream stream(std::move(channel), MessageBorders::Lines);
    Result<> turn;
    {
        McpSession session(std::move(offer), [&stream](const std::string& line) { stream.send(line); });
        while (turn && !stop.stop_requested()) {
            turn = stream.pump(MessageStream::Clock::now() + kTurnOfServer,
                               [&session](const std::string& line) -> Result<> {
                                   session.take(line);
                                   return {};
                               });
        }
    }
    stream.flush(kLastWords);
    if (turn)
        return {};
    // A client ends by closing its end: that is no failure.
    spdlog::info("the client is gone: {}", turn.error().toString());
    return turn.error().code == ErrorCode::IoFailed ? Result<>() : turn;
}

}  // namespace warploom
